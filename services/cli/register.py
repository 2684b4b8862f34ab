"""`schoolgate register`: the schools, their accounts, users and people, and receipts of what was deleted."""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas import ids
from schemas.categories import PLATFORMS
from schemas.ids import SchoolId
from services.shared.errors import InputRejected
from services.shared.settings import StoreSettings, load

if TYPE_CHECKING:
    from services.register.gallery import Gallery
    from services.register.models import Account, School
    from services.register.reads import RegisterReader
    from services.register.users import Users
    from services.register.writes import RegisterWriter

app = typer.Typer(help="Manage schools, accounts, users and people.", no_args_is_help=True)
Establishment = Annotated[str, typer.Argument(help="The school's establishment number.")]
REFUSED_STATUS = 2


@dataclass(frozen=True)
class Register:
    """The register, open."""

    reader: "RegisterReader"
    writer: "RegisterWriter"
    gallery: "Gallery"
    users: "Users"


@asynccontextmanager
async def open_register() -> AsyncIterator[Register]:
    """Open the register that the settings name; it must be migrated."""
    from services.register.gallery import Gallery
    from services.register.reads import RegisterReader
    from services.register.users import Users
    from services.register.writes import RegisterWriter
    from services.shared.clock import SystemClock
    from services.shared.content_store import open_content_store
    from services.shared.database import Database
    from services.shared.migrations import must_be_current

    settings = load(StoreSettings)
    keyring = open_content_store(settings).keyring
    database = Database("register", settings.database_for("register"))
    try:
        await must_be_current(database)
        yield Register(
            RegisterReader(database, keyring),
            RegisterWriter(database, keyring),
            Gallery(database, keyring, SystemClock()),
            Users(database, SystemClock()),
        )
    finally:
        await database.close()


@app.command()
def school(
    establishment: Establishment,
    name: Annotated[str, typer.Option(help="The school's name.")],
    profile: Annotated[str, typer.Option(help="Its policy: the name of a file in policies/, without .yaml.")],
    kind: Annotated[str | None, typer.Option(help="school, or trust: one whose accounts speak for schools.")] = None,
    dpia_reference: Annotated[
        str | None, typer.Option(help="The data protection impact assessment of face matching.")
    ] = None,
    dpo_opinion: Annotated[str | None, typer.Option(help="The data protection officer's opinion on it.")] = None,
    consulted_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When families were asked.")
    ] = None,
) -> None:
    """Add a school, or change it; a kind or document that is not given stays as it was.

    Without the three documents its faces are never matched. An empty document ("") takes it back, and within the hour
    every template is deleted.
    """
    from services.policy.load import load_profile
    from services.register.models import SCHOOL, FaceMatching

    async def add() -> None:
        load_profile(profile)
        async with open_register() as register:
            before = (await _schools(register)).get(ids.school_id(establishment))
            on_record = before.face_matching if before is not None else FaceMatching()
            documents = FaceMatching(
                on_record.dpia_reference if dpia_reference is None else dpia_reference or None,
                on_record.dpo_opinion if dpo_opinion is None else dpo_opinion or None,
                consulted_on.date() if consulted_on is not None else on_record.consulted_on,
            )
            kept = before.kind if before is not None else SCHOOL
            added = await register.writer.add_school(
                establishment, name, profile=profile, kind=kind or kept, face_matching=documents
            )
        typer.echo(f"{added.name} is {added.school_id}")

    asyncio.run(add())


@app.command()
def account(
    establishment: Establishment,
    platform: Annotated[str, typer.Option(help=f"{', '.join(PLATFORMS[:-1])} or {PLATFORMS[-1]}.")],
    platform_id: Annotated[str, typer.Option(help="The platform's own number of the account.")],
    handle: Annotated[str, typer.Option(help="Its name on the platform.")],
    token_file: Annotated[typer.FileText, typer.Option(help="A file with the access token; - reads standard input.")],
    checked_against: Annotated[
        list[str] | None,
        typer.Option(help="A school of the trust, by establishment number; may be repeated. Not given: as before."),
    ] = None,
) -> None:
    """Add an official account, or give it a new token. The token is kept sealed."""
    from pydantic import SecretStr

    token = SecretStr(token_file.read().strip())
    if not token.get_secret_value():
        raise InputRejected("the token file is empty: put the access token into it, or pass - and pipe it in")
    if platform not in PLATFORMS:
        raise InputRejected(f"there is no platform {platform!r}: choose one of {', '.join(PLATFORMS)}")

    async def add() -> None:
        async with open_register() as register:
            known = await _schools(register)
            for number in checked_against or ():
                if ids.school_id(number) not in known:
                    raise InputRejected(f"no school with the establishment number {number} is in the register")
            added = await register.writer.add_account(
                ids.school_id(establishment),
                platform,
                platform_id,
                handle=handle.removeprefix("@"),
                token=token,
                checked_against=[ids.school_id(number) for number in checked_against or ()],
            )
        typer.echo(f"{platform} account {added.account_id} is watched and checked against {_names(known, added)}")

    asyncio.run(add())


@app.command()
def accounts(establishment: Establishment) -> None:
    """List a school's official accounts with their ids, and the schools they are checked against."""

    async def run() -> None:
        async with open_register() as register:
            owner = await register.reader.school(ids.school_id(establishment))
            known = await _schools(register)
            owned = [account for account in await register.reader.accounts() if account.school_id == owner.school_id]
        for each in owned:
            typer.echo(f"{each.account_id}  {each.platform:<9}  {each.handle}  checked against {_names(known, each)}")
        typer.echo(f"{len(owned)} watched")

    asyncio.run(run())


@app.command()
def receipts(establishment: Establishment) -> None:
    """List what was deleted about a school's pupils, newest first: what, why and when, by reference only."""
    from services.register.receipts import REASONS

    async def run() -> None:
        async with open_register() as register:
            owner = await register.reader.school(ids.school_id(establishment))
            found = await register.reader.receipts(owner.school_id)
        for each in found:
            why = REASONS.get(each.reason, each.reason)
            typer.echo(f"{each.deleted_at:%Y-%m-%d %H:%M} UTC  {each.what:<17}  {each.ref}  {why}")
        typer.echo(f"{len(found)} receipts")

    asyncio.run(run())


async def _schools(register: Register) -> dict[SchoolId, "School"]:
    return {school.school_id: school for school in await register.reader.schools()}


def _names(schools: Mapping[SchoolId, "School"], account: "Account") -> str:
    return ", ".join(schools[school_id].name for school_id in account.checked_against)


@app.command()
def user(
    establishment: Establishment,
    name: Annotated[str, typer.Option(help="The person's name.")],
    email: Annotated[str, typer.Option(help="Where alerts go, and what the person signs in with.")],
    role: Annotated[list[str], typer.Option(help="A role of the school's profile; may be repeated.")],
) -> None:
    """Add somebody who is told of alerts and may sign in."""
    from services.policy.load import load_profile

    async def add() -> None:
        async with open_register() as register:
            known = load_profile((await register.reader.school(ids.school_id(establishment))).profile).roles
            if unknown := sorted(set(role) - set(known)):
                raise InputRejected(f"there is no role {unknown[0]}; the school's profile has {', '.join(known)}")
            await register.writer.add_user(ids.school_id(establishment), name, email, role)
        typer.echo("added")

    asyncio.run(add())


@app.command()
def setup_link(
    establishment: Establishment,
    email: Annotated[str, typer.Option(help="The user's e-mail address.")],
    console_url: Annotated[str, typer.Option(envvar="SCHOOLGATE_CONSOLE_URL", help="The console's address.")],
) -> None:
    """Print a link with which a user, once and within three days, sets a password."""

    async def create() -> None:
        async with open_register() as register:
            known = {user.email: user for user in await register.reader.users(ids.school_id(establishment))}
            if email.strip().lower() not in known:
                raise InputRejected(
                    "no user of this school has this e-mail address: `schoolgate register user` adds one"
                )
            token = await register.users.create_setup_token(known[email.strip().lower()].user_id)
        typer.echo(f"{console_url.rstrip('/')}/setup/{token}")

    asyncio.run(create())


@app.command("import")
def import_(
    establishment: Establishment,
    pupils: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="CSV export of the pupils.")] = None,
    staff: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="CSV export of the staff.")] = None,
    facts: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The school's facts, JSON or YAML.")
    ] = None,
) -> None:
    """Import a school's exports; rows that are refused are named with their reason, and the others go in."""
    from services.register.imports.files import import_files

    async def run() -> bool:
        async with open_register() as register:
            report = await import_files(
                register.writer,
                await register.reader.school(ids.school_id(establishment)),
                today=datetime.now(UTC).date(),
                pupils=pupils.read_bytes() if pupils else None,
                staff=staff.read_bytes() if staff else None,
                facts=facts.read_bytes() if facts else None,
            )
        for line in report.lines():
            typer.echo(line)
        return report.complete

    if not (pupils or staff or facts):
        raise InputRejected("nothing to import: give --pupils, --staff or --facts")
    if not asyncio.run(run()):
        sys.exit(REFUSED_STATUS)
