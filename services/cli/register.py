"""`schoolgate register`: the school, its accounts, its users and its people."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas import ids
from services.shared.errors import InputRejected
from services.shared.settings import StoreSettings, load

if TYPE_CHECKING:
    from services.register.gallery import Gallery
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
    dpia_reference: Annotated[str, typer.Option(help="The data protection impact assessment of face matching.")] = "",
    dpo_opinion: Annotated[str, typer.Option(help="The data protection officer's opinion on it.")] = "",
    consulted_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When families were asked.")
    ] = None,
) -> None:
    """Add a school, or change it. Without the three documents its faces are never matched."""
    from services.policy.load import load_profile
    from services.register.models import FaceMatching

    async def add() -> None:
        load_profile(profile)
        documents = FaceMatching(
            dpia_reference or None, dpo_opinion or None, consulted_on.date() if consulted_on else None
        )
        async with open_register() as register:
            added = await register.writer.add_school(establishment, name, profile=profile, face_matching=documents)
        typer.echo(f"{added.name} is {added.school_id}")

    asyncio.run(add())


@app.command()
def account(
    establishment: Establishment,
    platform: Annotated[str, typer.Option(help="x or facebook.")],
    platform_id: Annotated[str, typer.Option(help="The platform's own number of the account.")],
    handle: Annotated[str, typer.Option(help="Its name on the platform.")],
    token_file: Annotated[typer.FileText, typer.Option(help="A file with the access token; - reads standard input.")],
) -> None:
    """Add an official account, or give it a new token. The token is kept sealed."""
    from pydantic import SecretStr

    token = SecretStr(token_file.read().strip())
    if not token.get_secret_value():
        raise InputRejected("the token file is empty: put the access token into it, or pass - and pipe it in")

    async def add() -> None:
        async with open_register() as register:
            added = await register.writer.add_account(
                ids.school_id(establishment), platform, platform_id, handle=handle.removeprefix("@"), token=token
            )
        typer.echo(f"{platform} account {added.account_id} is watched")

    asyncio.run(add())


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
