"""The settings of the console."""

from typing import Self

from pydantic import Field, HttpUrl, SecretStr, model_validator

from services.shared.settings import StoreSettings


class CheckSettings(StoreSettings):
    """Where posts are checked before they are published."""

    check_urls: dict[str, str] = Field(
        {},
        description='each detector\'s operations port, for example {"abuse": "http://abuse:8080"}; empty: not set up',
    )
    check_token: SecretStr | None = Field(
        None, min_length=16, description="what the detectors ask for; the same as theirs"
    )

    @model_validator(mode="after")
    def _has_both_or_neither(self) -> Self:
        if self.check_urls and self.check_token is None:
            raise ValueError("check_urls is set without check_token: set both, or neither")
        return self


class ConsoleSettings(CheckSettings):
    """Where the console listens, and the address that people type."""

    host: str = Field("127.0.0.1", description="where the pages are served")
    port: int = Field(8400, ge=1, le=65535, description="its port")
    console_url: HttpUrl | None = Field(None, description="as people reach it; empty means http://host:port")
    first_user_email: str = Field("", description="who gets the set-up link of a school that has no users yet")

    @property
    def url(self) -> str:
        """The console's address, without a slash at the end."""
        return str(self.console_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def secure(self) -> bool:
        """Tell whether people reach the console by https, so that cookies may never go without."""
        return self.url.startswith("https://")

    @model_validator(mode="after")
    def _is_at_the_root(self) -> Self:
        if self.console_url is not None and self.console_url.path not in (None, "", "/"):
            raise ValueError("console_url must have no path: the console needs a host name of its own")
        return self
