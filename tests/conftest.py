import shutil

import pytest

from tests.support.logs import kept_logging
from tests.support.servers import kafka, kafka_jars, postgres_server, postgres_url

__all__ = ["kafka", "kafka_jars", "kept_logging", "postgres_server", "postgres_url"]


WHOLE_SYSTEMS = {"e2e", "kafka"}
"""Folders of tests that start servers and many processes: one worker runs them, one after the other."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--require-browser", action="store_true", help="fail, not skip, where no Chromium is installed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if WHOLE_SYSTEMS & set(item.path.parts):
            item.add_marker(pytest.mark.xdist_group("system"))
    if shutil.which("chromium") or config.getoption("--require-browser"):
        return
    missing = pytest.mark.skip(reason="no Chromium on this machine: install Debian's package `chromium`")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(missing)
