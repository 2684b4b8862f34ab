"""The process: one HTTP port, one SMTP port, and the scenario."""

import asyncio
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.sandbox.app import build
from services.sandbox.posts import Platform
from services.sandbox.sinks.mail_sink import MailSink, smtp_server
from services.shared import process, settings
from services.shared.errors import SettingsError
from services.shared.health import Part
from services.shared.settings import OpsSettings


class SandboxSettings(BaseSettings):
    """Where the sandbox listens and what happens in it. It guards nothing, so its token has a known default."""

    model_config = SettingsConfigDict(env_prefix="SCHOOLGATE_SANDBOX_", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8090
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 8025
    token: SecretStr = SecretStr("sandbox-token")
    scenario: bool = True
    scenario_interval_s: Annotated[float, Field(gt=0)] = 20
    scenario_platforms: tuple[Platform, ...] = Field(("x",), min_length=1)
    seed: int = 1
    search_lag_s: Annotated[float, Field(ge=0)] = 0
    media_ttl_s: Annotated[float, Field(gt=0)] = 3600


async def start() -> None:
    """Run the sandbox until SIGTERM."""
    chosen = settings.load(SandboxSettings)
    service = process.Process("sandbox", OpsSettings(host=chosen.host, port=chosen.port))
    sandbox = build(
        service.health,
        token=chosen.token.get_secret_value(),
        platforms=chosen.scenario_platforms,
        interval_s=chosen.scenario_interval_s,
        seed=chosen.seed,
        search_lag_s=chosen.search_lag_s,
        media_ttl_s=chosen.media_ttl_s,
    )
    if chosen.scenario:
        sandbox.scenario.restart()
        sandbox.scenario.control(running=True)
    service.task("http", process.http_server(sandbox.app, chosen.host, chosen.port))
    service.task("smtp", _smtp(sandbox.mail, chosen, service.health.part("smtp")))
    service.task("scenario", sandbox.scenario.run)
    await service.run()


def _smtp(sink: MailSink, chosen: SandboxSettings, part: Part) -> process.Task:
    async def serve(stop: asyncio.Event) -> None:
        try:
            async with smtp_server(sink, chosen.host, chosen.smtp_port):
                part.ready()
                await stop.wait()
        except OSError as error:
            where = f"{chosen.host} port {chosen.smtp_port}"
            raise SettingsError(
                f"cannot listen on {where} ({error.strerror}): set another SCHOOLGATE_SANDBOX_SMTP_PORT"
            ) from None

    return serve


def main() -> None:
    """Run the sandbox as a program."""
    process.run("sandbox", start)


if __name__ == "__main__":
    main()
