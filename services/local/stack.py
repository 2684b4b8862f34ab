"""The services of one machine as processes for the supervisor: which there are, on which ports, who waits for whom."""

import asyncio
import contextlib
import json
import os
import secrets
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from services.local.kafka import answers
from services.local.ports import LOOPBACK, free_port
from services.local.process_spec import ProcessSpec, Ready, http_ready
from services.local.topics import create_topics
from services.shared.settings import KafkaSettings

KEY_BYTES = 32
KAFKA = "kafka"
START_SECONDS = 180
CHECK_SETTINGS = ("SCHOOLGATE_CHECK_URLS", "SCHOOLGATE_CHECK_TOKEN")
CHECK_FILE = "check.env"
TOKEN_BYTES = 24


@dataclass(frozen=True)
class Service:
    """One service to run: its name for `schoolgate run`, settings of its own, and the rest as in ProcessSpec.

    `asks` names the detectors that it asks for checks over HTTP, as far as they run here.
    """

    name: str
    env: Mapping[str, str] = field(default_factory=dict)
    depends_on: Sequence[str] = ()
    unlogged: str | None = None
    asks: Sequence[str] = ()


def master_key(data_dir: Path) -> str:
    """Return the master key of a local installation; made once and kept in a file that only its owner can read."""
    path = data_dir / "master.key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(b64encode(secrets.token_bytes(KEY_BYTES)).decode(), encoding="ascii")
    return path.read_text(encoding="ascii")


def named_kafka() -> str | None:
    """Return the address of a Kafka that the environment names to be used instead of a local one."""
    return os.environ.get("SCHOOLGATE_KAFKA__BOOTSTRAP") or os.environ.get("SCHOOLGATE_KAFKA_BOOTSTRAP")


def kafka_spec(data_dir: Path, settings: KafkaSettings) -> ProcessSpec:
    """Describe the local Kafka; it is ready when it answers and has every declared topic."""
    port = settings.bootstrap.rsplit(":", 1)[-1]
    return ProcessSpec(
        name=KAFKA,
        argv=[sys.executable, "-m", "services.local.kafka", "--data-dir", str(data_dir / KAFKA), "--port", port],
        ready=_topics_ready(settings),
        ready_timeout_s=START_SECONDS,
    )


def service_specs(services: Sequence[Service], environment: Mapping[str, str]) -> list[ProcessSpec]:
    """Describe the services as processes; `environment` holds the settings they share."""
    addresses = {service.name: f"http://{LOOPBACK}:{free_port()}" for service in services}
    tokens = _check_tokens(services)
    specs = []
    for service in services:
        address = addresses[service.name]
        own = {"SCHOOLGATE_OPS__PORT": address.rpartition(":")[2], **tokens.get(service.name, {})}
        if service.asks:
            asked = {name: addresses[name] for name in service.asks if name in addresses}
            own["SCHOOLGATE_CHECK_URLS"] = json.dumps(asked)
        specs.append(
            ProcessSpec(
                name=service.name,
                argv=[sys.executable, "-m", "services.cli.main", "run", service.name],
                env={**environment, **service.env, **own},
                ready=http_ready(f"{address}/readyz"),
                ready_timeout_s=START_SECONDS,
                depends_on=service.depends_on,
                unlogged=service.unlogged,
            )
        )
    return specs


@contextlib.contextmanager
def check_settings_kept(specs: Sequence[ProcessSpec], data_dir: Path) -> Iterator[None]:
    """Keep where posts are checked beside the data while the processes run, so that `schoolgate check` finds them.

    Only the owner can read the file: the token is in it. Whoever calls this has locked the folder.
    """
    found = {name: value for spec in specs for name, value in spec.env.items() if name in CHECK_SETTINGS}
    path = data_dir / CHECK_FILE
    path.unlink(missing_ok=True)
    if found:
        path.touch(mode=0o600)
        path.write_text("".join(f"{name}='{value}'\n" for name, value in found.items()), encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _check_tokens(services: Sequence[Service]) -> Mapping[str, Mapping[str, str]]:
    """Make a token for this start, and give it to who asks for checks and who is asked, by name."""
    token = {"SCHOOLGATE_CHECK_TOKEN": secrets.token_urlsafe(TOKEN_BYTES)}
    asking = [service for service in services if service.asks]
    return {name: token for service in asking for name in (service.name, *service.asks)}


def _topics_ready(settings: KafkaSettings) -> Ready:
    def prepare() -> bool:
        if not answers(settings.bootstrap):
            return False
        create_topics(settings)
        return True

    return lambda: asyncio.to_thread(prepare)
