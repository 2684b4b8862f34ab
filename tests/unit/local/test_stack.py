"""Which processes run on one machine, and what each is told of the others."""

import json
from pathlib import Path
from socket import socket

import pytest

from services.cli.check import _settings
from services.local.folder_lock import lock_folder
from services.local.stack import CHECK_FILE, Service, check_settings_kept, service_specs
from services.shared.errors import SettingsError

CHECKS = {"SCHOOLGATE_CHECK_TOKEN", "SCHOOLGATE_CHECK_URLS"}


def environments(*services: Service) -> dict[str, dict[str, str]]:
    return {spec.name: dict(spec.env) for spec in service_specs(services, {"SCHOOLGATE_DATA_DIR": "here"})}


def test_who_asks_for_checks_knows_where_and_shares_a_token_with_who_is_asked_only() -> None:
    found = environments(
        Service("faces"), Service("abuse"), Service("notify"), Service("console", asks=("faces", "abuse"))
    )
    tokens = {found[name]["SCHOOLGATE_CHECK_TOKEN"] for name in ("faces", "abuse", "console")}
    assert len(tokens) == 1
    assert len(tokens.pop()) >= 32
    assert not CHECKS & found["notify"].keys()
    assert json.loads(found["console"]["SCHOOLGATE_CHECK_URLS"]) == {
        name: f"http://127.0.0.1:{found[name]['SCHOOLGATE_OPS__PORT']}" for name in ("faces", "abuse")
    }


def test_a_detector_that_does_not_run_has_no_address() -> None:
    found = environments(Service("faces"), Service("console", asks=("faces", "details")))
    assert json.loads(found["console"]["SCHOOLGATE_CHECK_URLS"]).keys() == {"faces"}


def test_each_start_has_a_token_of_its_own_and_without_a_console_there_is_none() -> None:
    asking = Service("console", asks=("faces",))
    first, second = (environments(Service("faces"), asking)["faces"]["SCHOOLGATE_CHECK_TOKEN"] for _ in range(2))
    assert first != second
    assert not CHECKS & environments(Service("faces"))["faces"].keys()


def test_the_command_line_finds_the_detectors_while_they_run_and_nobody_else_may_read_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHOOLGATE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SCHOOLGATE_MASTER_KEY", "A" * 43 + "=")
    specs = service_specs([Service("faces"), Service("console", asks=("faces",))], {})
    told = {spec.name: spec.env for spec in specs}["console"]
    assert _settings().check_urls == {}
    with check_settings_kept(specs, tmp_path):
        assert (tmp_path / CHECK_FILE).stat().st_mode & 0o077 == 0
        found = _settings()
        assert found.check_urls == json.loads(told["SCHOOLGATE_CHECK_URLS"])
        assert found.check_token is not None
        assert found.check_token.get_secret_value() == told["SCHOOLGATE_CHECK_TOKEN"]
    assert _settings().check_urls == {}


def test_no_two_services_get_the_same_port(monkeypatch: pytest.MonkeyPatch) -> None:
    class Probe(socket):
        """A system that gives each port away twice."""

        numbers = iter(number // 2 + 40_000 for number in range(100))

        def bind(self, _: object) -> None:
            """Take no real port."""

        def getsockname(self) -> tuple[str, int]:
            return "127.0.0.1", next(self.numbers)

    monkeypatch.setattr("services.local.ports._given", set())
    monkeypatch.setattr("services.local.ports.socket.socket", Probe)
    found = environments(Service("faces"), Service("abuse"), Service("notify"))
    assert len({environment["SCHOOLGATE_OPS__PORT"] for environment in found.values()}) == 3


def test_a_data_folder_is_used_by_one_set_of_processes_at_a_time(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "here"
    with (
        lock_folder(folder, "Schoolgate"),
        pytest.raises(SettingsError, match=r"another Schoolgate runs on .*here: stop it"),
    ):
        lock_folder(folder, "Schoolgate")
    lock_folder(folder, "Schoolgate").close()
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"the data folder .*file of Kafka: "):
        lock_folder(tmp_path / "file", "Kafka")
