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

    host: str = Field("127.0.0.1", description="where it listens")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(8090, description="the pages' and APIs' port")
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = Field(8025, description="the mail sink's port")
    token: SecretStr = Field(SecretStr("sandbox-token"), description="the bearer token that its platforms accept")
    scenario: Annotated[bool, Field(description="whether the school lives by itself")] = True
    scenario_interval_s: Annotated[float, Field(gt=0)] = Field(20, description="seconds between two posts")
    scenario_platforms: tuple[Platform, ...] = Field(("x",), min_length=1, description="where it posts")
    seed: int = Field(1, description="of what is made up")
    search_lag_s: Annotated[float, Field(ge=0)] = Field(0, description="seconds until a new post is found by search")
    media_ttl_s: Annotated[float, Field(gt=0)] = Field(
        3600, description="seconds until an address of a picture expires"
    )


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
