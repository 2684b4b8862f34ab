"""Which processes run on one machine, and what each is told of the others."""

import json

from services.local.stack import Service, service_specs

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
