"""The whole system as a test sees it: a sandbox to post on, processes to kill, a casebook and mails to read."""

import asyncio
import base64
import json
import os
import secrets
import sys
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from sqlalchemy import select

from schemas.alert import Alert
from services.casebook.queue import STATES, Case, list_cases
from services.casebook.tables import checks, deliveries
from services.casebook.viewer import Viewer
from services.cli.db import upgrade_all
from services.cli.demo.gallery import enrol_portraits
from services.cli.demo.processes import DETECTORS, Addresses, processes
from services.cli.demo.school import enrol_school
from services.local.ports import free_port
from services.local.supervisor import Supervisor
from services.local.topics import create_topics
from services.policy.load import load_profile
from services.register.models import School
from services.shared.database import Database
from services.shared.paths import ROOT
from services.shared.settings import KafkaSettings, StoreSettings


@dataclass
class System:
    """A running system; `said` is what the supervisor reported, `ops` the operations port of each service."""

    school: School
    settings: StoreSettings
    addresses: Addresses
    supervisor: Supervisor
    sandbox: httpx.AsyncClient
    casebook: Database
    token: str
    log_dir: Path
    environments: Mapping[str, Mapping[str, str]]
    said: list[str] = field(default_factory=list)

    @property
    def ops(self) -> Mapping[str, str]:
        """The operations port of each service."""
        port = "SCHOOLGATE_OPS__PORT"
        return {name: environment[port] for name, environment in self.environments.items() if port in environment}

    async def post(self, text: str, **fields: Any) -> str:
        """Publish on the sandbox and return the platform's id."""
        answer = await self.sandbox.post("/admin/posts", json={"platform": "x", "text": text, **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def command(self, *arguments: str) -> tuple[int, str]:
        """Run `schoolgate ...` with the console's settings; return its exit status and what it printed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.cli.main", *arguments),
            cwd=ROOT,
            env={**os.environ, **self.environments["console"]},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, output.decode()

    async def cases(self) -> tuple[Case, ...]:
        roles = tuple(load_profile(self.school.profile).roles)
        async with self.casebook.reading() as connection:
            return await list_cases(connection, Viewer("test", (self.school.school_id,), roles), states=STATES)

    async def alerts_on(self, platform_id: str) -> list[Alert]:
        return [
            alert for case in await self.cases() for alert in case.alerts if alert.post_id.endswith(f":{platform_id}")
        ]

    async def check_states(self, platform_id: str | None = None) -> list[str]:
        async with self.casebook.reading() as connection:
            rows = (await connection.execute(select(checks.c.post_id, checks.c.state))).all()
        return [row.state for row in rows if platform_id is None or row.post_id.endswith(f":{platform_id}")]

    async def deliveries(self) -> list[Any]:
        """The rows of every message."""
        async with self.casebook.reading() as connection:
            return list((await connection.execute(select(deliveries))).all())

    async def mails(self) -> list[dict[str, Any]]:
        return list((await self.sandbox.get("/mail.json")).json()["mails"])

    async def webhooks(self) -> list[dict[str, Any]]:
        return list((await self.sandbox.get("/webhooks.json")).json()["webhooks"])


@asynccontextmanager
async def running_system(
    folder: Path,
    kafka: str,
    *,
    database_url: str = "",
    detectors: Sequence[str] = DETECTORS,
    without: Sequence[str] = (),
    ingest: Mapping[str, str] | None = None,
) -> AsyncIterator[System]:
    """Start everything (the scenario silent) and stop it again; `ingest` are settings of that service alone."""
    settings = StoreSettings(
        data_dir=folder,
        database_url=database_url,
        master_key=SecretStr(base64.b64encode(os.urandom(32)).decode()),
        kafka=KafkaSettings(bootstrap=kafka, prefix=f"e{uuid.uuid4().hex[:8]}.", session_timeout=6),
    )
    token = secrets.token_urlsafe(24)
    await asyncio.to_thread(create_topics, settings.kafka)
    await upgrade_all(settings, lambda _: None)
    school = await enrol_school(settings, token)
    if "faces" in detectors:
        await enrol_portraits(settings, school)
    addresses = Addresses(free_port(), free_port(), free_port())
    said: list[str] = []
    specs = processes(settings, addresses, token, interval=None, detectors=detectors, without=without)
    specs = [replace(spec, env={**spec.env, **(ingest or {})}) if spec.name == "ingest" else spec for spec in specs]
    environments = {spec.name: spec.env for spec in specs}
    supervisor = Supervisor(
        specs,
        folder / "logs",
        lambda name, line: said.append(json.dumps([name, line])),
    )
    casebook = Database("casebook", settings.database_for("casebook"))
    try:
        async with supervisor, httpx.AsyncClient(base_url=addresses.sandbox) as sandbox:
            log_dir = folder / "logs"
            yield System(school, settings, addresses, supervisor, sandbox, casebook, token, log_dir, environments, said)
    finally:
        await casebook.close()
