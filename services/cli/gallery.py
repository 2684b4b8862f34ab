"""`schoolgate gallery`: who may be recognised, and on what legal basis."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from schemas import ids
from schemas.ids import PupilRef, SchoolId
from services.cli.register import REFUSED_STATUS, Establishment, Register, open_register
from services.shared.errors import InputRejected

app = typer.Typer(help="Manage the gallery of pupils whose image must not be published.", no_args_is_help=True)
Pupil = Annotated[str, typer.Option(help="The pupil's admission number.")]


@app.command()
def consents(
    establishment: Establishment,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV of what is on record for enrolment.")],
) -> None:
    """Record notices, written consents and objections; a pupil who may no longer be enrolled loses the template."""
    from services.register.imports.people import read_enrolment_consents

    parsed = read_enrolment_consents(file.read_bytes(), today=datetime.now(UTC).date())

    async def record() -> int:
        async with open_register() as register:
            return await register.gallery.record_consents(ids.school_id(establishment), parsed.rows)

    unknown = asyncio.run(record())
    typer.echo(f"{len(parsed.rows) - unknown} recorded, {unknown} belong to no pupil of the register")
    for problem in parsed.problems:
        typer.echo(str(problem))
    if parsed.refused or unknown:
        sys.exit(REFUSED_STATUS)


@app.command()
def enrol(
    establishment: Establishment,
    pupil: Pupil,
    photos: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Three to five recent portraits.")],
) -> None:
    """Make a pupil's template from photos; refused without the recorded legal basis."""
    from services.analyze.detectors.faces.enrol import PROBLEMS, enrol_pupil
    from services.analyze.detectors.faces.recognise import Recogniser

    school = ids.school_id(establishment)

    async def run() -> bool:
        async with open_register() as register:
            ref = await _ref(register, school, pupil)
            pictures = [photo.read_bytes() for photo in photos]
            report = await enrol_pupil(register.gallery, school, ref, pictures, Recogniser())
        for photo, judged in zip(photos, report.photos, strict=True):
            if judged.problem is not None:
                typer.echo(f"{photo.name}: not used: {PROBLEMS.get(judged.problem, judged.problem)}")
        if report.entry is None:
            typer.echo("not enrolled: no template could be made of these photos")
        else:
            typer.echo(f"enrolled until {report.entry.expires_at:%d %B %Y} from {report.entry.photos} photos")
            if report.advice is not None:
                typer.echo("three to five photos find the pupil more reliably")
        return report.entry is not None

    if not asyncio.run(run()):
        sys.exit(REFUSED_STATUS)


@app.command("list")
def list_(establishment: Establishment) -> None:
    """List the templates by admission number; never a name or a vector."""
    school = ids.school_id(establishment)

    async def run() -> None:
        async with open_register() as register:
            numbers = {pupil.ref: pupil.admission_no for pupil in (await register.reader.roster(school)).pupils}
            entries = await register.gallery.entries(school)
        for entry in entries:
            number, until = numbers.get(entry.ref, "left"), entry.expires_at.date()
            typer.echo(f"{number:>10}  {entry.photos} photos  {entry.model_id}  until {until}")
        typer.echo(f"{len(entries)} enrolled")

    asyncio.run(run())


@app.command()
def remove(establishment: Establishment, pupil: Pupil) -> None:
    """Delete a pupil's templates at once."""
    school = ids.school_id(establishment)

    async def run() -> int:
        async with open_register() as register:
            return await register.gallery.remove(school, await _ref(register, school, pupil))

    typer.echo(f"{asyncio.run(run())} removed")


async def _ref(register: Register, school: SchoolId, admission_no: str) -> PupilRef:
    for pupil in (await register.reader.roster(school)).pupils:
        if pupil.admission_no == admission_no:
            return pupil.ref
    raise InputRejected("there is no pupil with this admission number in the register: import the pupils first")
