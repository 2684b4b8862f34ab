import base64

import pytest

from services.notify.settings import NotifySettings
from services.shared.errors import SettingsError
from services.shared.settings import load

KEY = base64.b64encode(b"k" * 32).decode()
REQUIRED = {"SCHOOLGATE_MASTER_KEY": KEY, "SCHOOLGATE_CONSOLE_URL": "https://console.example"}
MAIL = {"SCHOOLGATE_SMTP__HOST": "mail.example", "SCHOOLGATE_SMTP__SENDER": "alerts@school.example"}
HOOK = {"SCHOOLGATE_WEBHOOK__URL": "https://hook.example/a", "SCHOOLGATE_WEBHOOK__SECRET": "sixteen characters"}


def read(monkeypatch: pytest.MonkeyPatch, *environments: dict[str, str]) -> NotifySettings:
    for environment in environments:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
    return load(NotifySettings)


def test_mail_alone_will_do_and_is_encrypted_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, REQUIRED, MAIL)
    assert settings.smtp is not None
    assert (settings.smtp.port, settings.smtp.security) == (587, "starttls")


def test_a_webhook_alone_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, REQUIRED, HOOK).smtp is None


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({}, "SCHOOLGATE_SMTP__HOST"),
        (HOOK | {"SCHOOLGATE_WEBHOOK__SECRET": "short"}, "SCHOOLGATE_WEBHOOK__SECRET"),
        (MAIL | {"SCHOOLGATE_SMTP__USER": "bot", "SCHOOLGATE_SMTP__SECURITY": "none"}, "starttls or tls"),
        (MAIL | {"SCHOOLGATE_SMTP__SENDER": "nobody"}, "SCHOOLGATE_SMTP__SENDER"),
    ],
    ids=["nobody is told", "a guessable secret", "a password in the clear", "no address"],
)
def test_settings_that_would_fail_later_are_refused_now(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        read(monkeypatch, REQUIRED, environment)
