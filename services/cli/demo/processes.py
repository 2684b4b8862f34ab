"""The processes of a school on the sandbox; the demonstration and the end-to-end tests run the same ones."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.cli.demo.school import PLATFORMS
from services.cli.run import SETUP
from services.local.ports import LOOPBACK
from services.local.process_spec import ProcessSpec, http_ready
from services.local.stack import Service, service_specs
from services.shared.settings import StoreSettings

DETECTORS = ("abuse", "details", "faces")
SANDBOX = "sandbox"


@dataclass(frozen=True)
class Addresses:
    """The loopback ports that people (or tests) open."""

    sandbox_port: int
    smtp_port: int
    console_port: int

    @property
    def sandbox(self) -> str:
        """The sandbox's address."""
        return f"http://{LOOPBACK}:{self.sandbox_port}"

    @property
    def console(self) -> str:
        """The console's address."""
        return f"http://{LOOPBACK}:{self.console_port}"


def processes(
    settings: StoreSettings,
    addresses: Addresses,
    token: str,
    *,
    interval: float | None,
    wait_for: Sequence[str] = (),
    detectors: Sequence[str] = DETECTORS,
    without: Sequence[str] = (),
) -> list[ProcessSpec]:
    """Describe the sandbox and every service.

    `interval` is the scenario's, in seconds (None: nothing happens by itself); `wait_for` names processes that the
    services need first; `without` names services that are not started though the others count on them; `token` opens
    the sandbox's APIs and signs the webhook.
    """
    services = [
        Service("register", depends_on=wait_for),
        Service("ingest", _ingest(addresses, detectors), depends_on=(*wait_for, SANDBOX)),
        *(Service(detector, depends_on=wait_for) for detector in detectors),
        Service("notify", _notify(addresses, token), depends_on=wait_for),
        Service("console", {"SCHOOLGATE_PORT": str(addresses.console_port)}, unlogged=SETUP, asks=detectors),
        Service("observe", depends_on=wait_for),
    ]
    running = [service for service in services if service.name not in without]
    return [_sandbox(addresses, token, interval), *service_specs(running, _shared(settings))]


def _shared(settings: StoreSettings) -> Mapping[str, str]:
    return {
        "SCHOOLGATE_DATA_DIR": str(settings.data_dir),
        "SCHOOLGATE_DATABASE_URL": settings.database_url,
        "SCHOOLGATE_MASTER_KEY": settings.master_key.get_secret_value(),
        "SCHOOLGATE_KAFKA__BOOTSTRAP": settings.kafka.bootstrap,
        "SCHOOLGATE_KAFKA__PREFIX": settings.kafka.prefix,
        "SCHOOLGATE_KAFKA__SESSION_TIMEOUT": str(settings.kafka.session_timeout),
    }


def _ingest(addresses: Addresses, detectors: Sequence[str]) -> Mapping[str, str]:
    return {
        "SCHOOLGATE_X_BASE_URL": addresses.sandbox,
        "SCHOOLGATE_GRAPH_BASE_URL": addresses.sandbox,
        "SCHOOLGATE_POLL_MIN": "2",
        "SCHOOLGATE_POLL_MAX": "4",
        "SCHOOLGATE_MEDIA_WAIT": "5",
        "SCHOOLGATE_LEASE_TTL": "10",
        "SCHOOLGATE_SWEEP_EVERY": "PT10S",
        "SCHOOLGATE_CONFIRM_AFTER": "PT4S",
        "SCHOOLGATE_PURGE_AFTER": "PT30S",
        "SCHOOLGATE_DETECTORS": json.dumps(detectors),
    }


def _notify(addresses: Addresses, token: str) -> Mapping[str, str]:
    return {
        "SCHOOLGATE_SMTP__HOST": LOOPBACK,
        "SCHOOLGATE_SMTP__PORT": str(addresses.smtp_port),
        "SCHOOLGATE_SMTP__SECURITY": "none",
        "SCHOOLGATE_SMTP__SENDER": "alerts@schoolgate.example",
        "SCHOOLGATE_WEBHOOK__URL": f"{addresses.sandbox}/webhook",
        "SCHOOLGATE_WEBHOOK__SECRET": token,
        "SCHOOLGATE_CONSOLE_URL": addresses.console,
    }


def _sandbox(addresses: Addresses, token: str, interval: float | None) -> ProcessSpec:
    return ProcessSpec(
        name=SANDBOX,
        argv=[sys.executable, "-m", "services.cli.main", "run", SANDBOX],
        env={
            "SCHOOLGATE_SANDBOX_PORT": str(addresses.sandbox_port),
            "SCHOOLGATE_SANDBOX_SMTP_PORT": str(addresses.smtp_port),
            "SCHOOLGATE_SANDBOX_TOKEN": token,
            "SCHOOLGATE_SANDBOX_SCENARIO": str(interval is not None).lower(),
            "SCHOOLGATE_SANDBOX_SCENARIO_INTERVAL_S": str(interval or 1),
            "SCHOOLGATE_SANDBOX_SCENARIO_PLATFORMS": json.dumps(PLATFORMS),
        },
        ready=http_ready(f"{addresses.sandbox}/readyz"),
    )
