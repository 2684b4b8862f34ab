"""The settings of the console."""

from typing import Self

from pydantic import Field, HttpUrl, model_validator

from services.shared.settings import StoreSettings


class ConsoleSettings(StoreSettings):
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
