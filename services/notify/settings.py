"""The settings of notify."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, HttpUrl, SecretStr, model_validator

from services.shared.settings import StoreSettings


class SmtpSettings(BaseModel):
    """The mail server that takes our messages; a password is never sent without TLS."""

    host: str = Field(description="the mail server")
    port: int = Field(587, ge=1, le=65535, description="its port")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="none only without a password")
    ca_file: Path | None = Field(None, description="authority of its certificate, if not a public one")
    user: str = Field("", description="to sign in with; empty for none")
    password: SecretStr = Field(SecretStr(""), description="its password")
    sender: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$", description="the address in From")

    @model_validator(mode="after")
    def _password_needs_tls(self) -> Self:
        if self.user and self.security == "none":
            raise ValueError("a user and password need `security` to be starttls or tls")
        return self


class WebhookSettings(BaseModel):
    """Another system that wants every alert as JSON, signed with the secret."""

    url: HttpUrl = Field(description="where alerts are posted")
    secret: SecretStr = Field(min_length=16, description="signs each body (HMAC-SHA256); at least 16 characters")


class NotifySettings(StoreSettings):
    """What notify needs: at least one way to tell somebody, and where the console is."""

    smtp: SmtpSettings | None = None
    webhook: WebhookSettings | None = None
    console_url: HttpUrl = Field(description="what mails link to")

    @model_validator(mode="after")
    def _somebody_is_told(self) -> Self:
        if self.smtp is None and self.webhook is None:
            raise ValueError("set SCHOOLGATE_SMTP__HOST and SCHOOLGATE_SMTP__SENDER, or SCHOOLGATE_WEBHOOK__URL")
        return self
