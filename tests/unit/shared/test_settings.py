import base64

import pytest
from pydantic import Field

from services.shared.errors import SettingsError
from services.shared.settings import Settings, StoreSettings, load

KEY = base64.b64encode(b"k" * 32).decode()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHOOLGATE_MASTER_KEY", KEY)
    monkeypatch.setenv("SCHOOLGATE_KAFKA__BOOTSTRAP", "kafka:9092")
    monkeypatch.setenv("SCHOOLGATE_DATABASE_URL", "postgresql+psycopg://db/schoolgate_{owner}")
    settings = load(StoreSettings)
    assert settings.kafka.bootstrap == "kafka:9092"
    assert settings.database_for("ingest") == "postgresql+psycopg://db/schoolgate_ingest"
    assert KEY not in repr(settings)


def test_without_a_database_url_each_owner_has_a_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("data")
    assert Settings(data_dir=folder).database_for("casebook") == f"sqlite+aiosqlite:///{folder}/db/casebook.db"


def test_a_setting_that_is_no_json_is_named_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class WithMap(Settings):
        urls: dict[str, str] = Field(default_factory=dict)

    monkeypatch.setenv("SCHOOLGATE_URLS", "faces=hunter2")
    with pytest.raises(SettingsError, match=r"^settings: SCHOOLGATE_URLS: must be JSON, see docs") as caught:
        load(WithMap)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({}, "settings: SCHOOLGATE_MASTER_KEY: is not set"),
        ({"SCHOOLGATE_MASTER_KEY": "hunter2"}, "settings: SCHOOLGATE_MASTER_KEY: must be 32 random bytes in base64"),
        (
            {"SCHOOLGATE_MASTER_KEY": KEY, "SCHOOLGATE_OPS__PORT": "eighty"},
            "settings: SCHOOLGATE_OPS__PORT: Input should be a valid integer",
        ),
        (
            {"SCHOOLGATE_LOG_LEVEL": "loud"},
            "settings: SCHOOLGATE_LOG_LEVEL: Input should be 'debug', 'info', 'warning' or 'error'; SCHOOLGATE",
        ),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it_and_not_its_value(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], line: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        load(StoreSettings)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
