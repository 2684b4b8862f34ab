"""A second school and a trust beside the sandbox's own school, each with an account, people and users of its own."""

import contextlib
import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from services.policy.load import load_profile
from services.register.gallery import Gallery
from services.register.imports.files import import_files
from services.register.models import UNKNOWN, Account, School
from services.register.reads import RegisterReader
from services.register.writes import RegisterWriter
from services.shared.clock import SystemClock
from services.shared.content_store import open_content_store
from services.shared.database import Database
from tests.support.system import System

FERNDALE = "Ferndale Primary School"
TRUST = "Larkhollow and Ferndale Trust"
COLUMNS = (
    "admission_no", "legal_forename", "preferred_forename", "surname", "year", "form", "photo_consent", "name_consent",
)  # fmt: skip
PUPILS: tuple[tuple[str, ...], ...] = (
    ("2401", "Isolde", "Isolde", "Quarrington", "3", "3F", "yes", "yes"),
    ("2402", "Caspian", "Caspian", "Thornbury-Lisle", "4", "4F", "yes", "no"),
    ("2403", "Marigold", "Goldie", "Featherstonehaugh", "5", "5F", "no", "no"),
)
"""Ferndale's; its admission numbers are also Larkhollow's, as they are in life."""


@dataclass(frozen=True)
class Register:
    """The register of a running system, for changing it as a school's office would."""

    reader: RegisterReader
    writer: RegisterWriter
    gallery: Gallery

    async def import_pupils(self, school: School, rows: Sequence[Mapping[str, str]]) -> None:
        text = io.StringIO()
        table = csv.DictWriter(text, fieldnames=list(rows[0]))
        table.writeheader()
        table.writerows(rows)
        report = await import_files(
            self.writer, school, today=datetime.now(UTC).date(), pupils=text.getvalue().encode()
        )
        assert report.complete, report.lines()

    async def set_consent(self, school: School, admission_no: str, **consents: str) -> None:
        """Send the school's whole roster again, with one pupil's consents changed."""
        roster = await self.reader.roster(school.school_id)
        rows = []
        for pupil in roster.pupils:
            row = {name: getattr(pupil, name) for name in (*COLUMNS, "upn", "dob", "address", "postcode")}
            row |= {name: "" for name in ("photo_consent", "name_consent") if row[name] == UNKNOWN}
            rows.append(row | (consents if pupil.admission_no == admission_no else {}))
        await self.import_pupils(school, rows)


@contextlib.asynccontextmanager
async def open_register(system: System) -> AsyncIterator[Register]:
    keyring = open_content_store(system.settings).keyring
    database = Database("register", system.settings.database_for("register"))
    try:
        yield Register(
            RegisterReader(database, keyring),
            RegisterWriter(database, keyring),
            Gallery(database, keyring, SystemClock()),
        )
    finally:
        await database.close()


@dataclass(frozen=True)
class Neighbours:
    """The second school and the trust, with their accounts on X and those accounts' handles."""

    ferndale: School
    ferndale_account: Account
    trust: School
    trust_account: Account


async def add_neighbours(system: System) -> Neighbours:
    """Add both to a running system; ingest takes their accounts up by itself."""
    async with open_register(system) as register:
        writer = register.writer
        ferndale = await writer.add_school("ferndale", FERNDALE, profile="sandbox")
        await register.import_pupils(ferndale, [dict(zip(COLUMNS, pupil, strict=True)) for pupil in PUPILS])
        trust = await writer.add_school("trust", TRUST, profile="sandbox", kind="trust")
        for school, domain in ((ferndale, "ferndale"), (trust, "trust")):
            for role, title in load_profile("sandbox").roles.items():
                await writer.add_user(school.school_id, title, f"{role.replace('_', '-')}@{domain}.example", (role,))
        accounts = [
            await _add_account(system, writer, school, handle, against)
            for school, handle, against in (
                (ferndale, "FerndalePri", ()),
                (trust, "LarkFernTrust", (system.school.school_id, ferndale.school_id)),
            )
        ]
    return Neighbours(ferndale, accounts[0], trust, accounts[1])


async def _add_account(
    system: System, writer: RegisterWriter, school: School, handle: str, against: Sequence[str]
) -> Account:
    opened: dict[str, Any] = (
        await system.sandbox.post("/admin/accounts", json={"platform": "x", "handle": handle, "name": school.name})
    ).json()
    return await writer.add_account(
        school.school_id, "x", opened["id"], handle=handle, token=SecretStr(opened["token"]), checked_against=against
    )
