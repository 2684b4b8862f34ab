"""Settings from the environment (`SCHOOLGATE_*`); no default password anywhere."""

import base64
import binascii
import re
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnparsableSetting

from services.shared.errors import SettingsError

KEY_BYTES = 32


def _is_key(value: SecretStr) -> SecretStr:
    try:
        raw = base64.b64decode(value.get_secret_value(), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise ValueError(f"must be {KEY_BYTES} random bytes in base64, for example from `openssl rand -base64 32`")
    return value


MasterKey = Annotated[SecretStr, AfterValidator(_is_key)]


class KafkaSettings(BaseModel):
    """How to reach Kafka."""

    bootstrap: str = Field("127.0.0.1:9092", description="addresses of brokers, host:port, separated by commas")
    prefix: str = Field(
        "schoolgate.", description="put before every topic and group, so that several systems share a cluster"
    )
    session_timeout: float = Field(10, description="seconds after which a dead consumer's partitions move on")
    security_protocol: Literal["PLAINTEXT", "SSL"] = Field(
        "PLAINTEXT", description="SSL for mutual TLS with the three files"
    )
    ca_file: Path | None = Field(None, description="certificate authority of the brokers")
    cert_file: Path | None = Field(None, description="this client's certificate")
    key_file: Path | None = Field(None, description="this client's private key")


class OpsSettings(BaseModel):
    """The port for health and metrics; 0 takes a free one."""

    host: str = Field("127.0.0.1", description="where health and metrics are served")
    port: int = Field(0, description="0 takes a free one")


class Settings(BaseSettings):
    """What every service needs. A service adds its own fields in a subclass."""

    model_config = SettingsConfigDict(
        env_prefix="SCHOOLGATE_", env_nested_delimiter="__", secrets_dir=None, extra="ignore", frozen=True
    )

    data_dir: Path = Field(Path(".schoolgate"), description="where files are kept on one machine")
    database_url: str = Field("", description="may contain {owner}; empty means SQLite files in data_dir")
    kafka: KafkaSettings = KafkaSettings()
    ops: OpsSettings = OpsSettings()
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="debug, info, warning or error")

    def database_for(self, owner: str) -> str:
        """Return the SQLAlchemy URL of the database of `ingest`, `register` or `casebook`."""
        if self.database_url:
            return self.database_url.replace("{owner}", owner)
        return f"sqlite+aiosqlite:///{self.data_dir.resolve() / 'db' / f'{owner}.db'}"


class StoreSettings(Settings):
    """What a service needs that reads or writes the content store."""

    content_url: str = Field("", description="file:///... or s3://bucket/prefix; empty means data_dir/content")
    master_key: MasterKey = Field(
        description="32 random bytes in base64; opens every school's key, so keep it safe and apart"
    )

    def content_location(self) -> str:
        """Return the URL of the content store."""
        return self.content_url or (self.data_dir.resolve() / "content").as_uri()


S = TypeVar("S", bound=BaseSettings)


def load(settings: type[S]) -> S:
    """Read the settings of a service.

    Raises:
        SettingsError: one line that names each missing or wrong setting.
    """
    prefix = settings.model_config.get("env_prefix", "")
    try:
        return settings()
    except UnparsableSetting as error:
        (field, *_) = re.findall(r'"(\w+)"', str(error))
        raise SettingsError(f"settings: {f'{prefix}{field}'.upper()}: must be JSON, see docs/settings.md") from None
    except ValidationError as error:
        wrong = "; ".join(
            f"{prefix}{'__'.join(str(part) for part in problem['loc'])}".upper()
            + f": {_say(problem['type'], problem['msg'])}"
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise SettingsError(f"settings: {wrong}") from None


def _say(kind: str, message: str) -> str:
    return "is not set" if kind == "missing" else message.removeprefix("Value error, ")
