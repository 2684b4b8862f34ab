"""`schoolgate check`: may this go live? The console's own check, from a terminal; nothing of it is recorded or kept."""

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from schemas import ids
from services.shared import logging
from services.shared.errors import InputRejected, SettingsError
from services.shared.settings import load

if TYPE_CHECKING:
    from services.console.drafts.check import CheckedDraft, DraftPicture
    from services.console.settings import CheckSettings
    from services.register.models import Account
    from services.register.reads import RegisterReader

NOT_CLEARED: Final = 1
File = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, readable=True, help="A file with the caption.")]
Photos = Annotated[
    list[Path], typer.Option("--photo", exists=True, dir_okay=False, readable=True, help="A picture; up to four.")
]


def check(
    school: Annotated[str, typer.Option(help="The school's establishment number.")],
    platform: Annotated[str, typer.Option(help="Where it will be published: x, facebook or instagram.")],
    caption: Annotated[str, typer.Option(help="What it will say.")] = "",
    caption_file: File = None,
    photo: Photos = [],  # noqa: B006  # typer copies it
    handle: Annotated[str, typer.Option(help="Which account, if the school has several on the platform.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,  # noqa: FBT002  # a flag
) -> None:
    """Check a post before it is published. Exit status 0: it may go live; 1: not as it is; 2: it was not checked."""
    text = _text(caption, caption_file)
    logging.configure("check", stream=sys.stderr)  # standard output is the answer's
    checked = asyncio.run(_checked(ids.school_id(school), platform, handle, text, photo))
    if as_json:
        typer.echo(json.dumps(_as_json(checked), ensure_ascii=False))
    else:
        _print(checked)
    if checked.decision.verdict != "allow":
        sys.exit(NOT_CLEARED)


def _text(caption: str, file: Path | None) -> str:
    if file is None:
        try:
            caption.encode()
        except UnicodeEncodeError:
            raise InputRejected("the caption is no UTF-8 text: give it in a file, with --caption-file") from None
        return caption
    if caption:
        raise InputRejected("give --caption or --caption-file, not both")
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputRejected(f"{file} is no UTF-8 text") from None
    except OSError as error:
        raise _unreadable(file, error) from None


def _picture(path: Path) -> "DraftPicture":
    from services.console.drafts.check import LARGEST_PICTURE, DraftPicture

    try:
        with path.open("rb") as file:
            return DraftPicture(file.read(LARGEST_PICTURE + 1))  # one byte more is refused as too large
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> InputRejected:
    return InputRejected(f"{path} cannot be read ({error.strerror})")


def _settings() -> "CheckSettings":
    """Read the settings; those of detectors that run on this machine lie beside its data."""
    from services.console.settings import CheckSettings
    from services.local.stack import CHECK_FILE

    settings = load(CheckSettings)
    beside = settings.data_dir / CHECK_FILE
    if settings.check_urls or not beside.is_file():
        return settings
    return CheckSettings(_env_file=beside)


async def _checked(school: str, platform: str, handle: str, text: str, photos: list[Path]) -> "CheckedDraft":
    from services.console.drafts.check import Written
    from services.console.drafts.connect import draft_checks
    from services.register.reads import RegisterReader
    from services.shared.content_store import open_content_store
    from services.shared.database import Database
    from services.shared.migrations import must_be_current

    settings = _settings()
    store = open_content_store(settings)
    registered = Database("register", settings.database_for("register"))
    casebook = Database("casebook", settings.database_for("casebook"))
    try:
        for database in (registered, casebook):
            await must_be_current(database)
        register = RegisterReader(registered, store.keyring)
        async with draft_checks(settings, register, casebook, store) as checks:
            if checks is None:
                raise SettingsError(
                    "nobody can be asked: start the detectors on this machine (`schoolgate run all`), or set"
                    " SCHOOLGATE_CHECK_URLS and SCHOOLGATE_CHECK_TOKEN to theirs"
                )
            account = await _account(register, school, platform, handle)
            checked = await checks.check(Written(account, text, tuple(map(_picture, photos))))
            await checks.discard(checked.post)
            return checked
    finally:
        await registered.close()
        await casebook.close()


async def _account(register: "RegisterReader", school: str, platform: str, handle: str) -> "Account":
    """Return the account that is meant.

    Raises:
        InputRejected: there is none, or more than one.
    """
    await register.school(school)
    wanted = handle.removeprefix("@").lower()
    found = [
        account
        for account in await register.accounts()
        if account.school_id == school
        and account.platform == platform
        and wanted in ("", account.handle.removeprefix("@").lower())
    ]
    if not found:
        raise InputRejected(f"the school has no such account on {platform}: `schoolgate register account` adds one")
    if len(found) > 1:
        raise InputRejected(f"the school has {len(found)} accounts on {platform}: say which with --handle")
    return found[0]


def _print(checked: "CheckedDraft") -> None:
    from services.console.post_view import left_unchecked
    from services.console.words import words
    from services.policy import wording

    typer.echo(f"{words('verdict', checked.decision.verdict)}.")
    for judgement in checked.decision.judgements:
        typer.echo(f"\n{judgement.severity}  {wording.explain(checked.profile, judgement)}")
        for clause_id in judgement.clause_ids:
            clause = wording.clause(checked.profile, clause_id)
            typer.echo(f"    {clause.id}: “{clause.text}” ({clause.source}, {clause.lines})")
    gaps = left_unchecked(checked.analyses)
    if gaps:
        typer.echo("\nWhat could not be checked:")
    for gap in gaps:
        typer.echo(f"    {gap.what}: {gap.reason}")


def _as_json(checked: "CheckedDraft") -> dict[str, Any]:
    from services.policy import wording

    return {
        "verdict": checked.decision.verdict,
        "findings": [
            {
                "category": judgement.finding.category,
                "severity": judgement.severity,
                "verdict": judgement.verdict,
                "confidence": judgement.finding.confidence,
                "explanation": wording.explain(checked.profile, judgement),
                "clauses": list(judgement.clause_ids),
                "spans": [span.model_dump() for span in judgement.finding.spans],
                "boxes": [box.model_dump() for box in judgement.finding.boxes],
            }
            for judgement in checked.decision.judgements
        ],
        "unchecked": [
            {"detector": analysis.detector, "part": gap.part, "reason": gap.reason}
            for analysis in checked.analyses
            for gap in analysis.unchecked
        ],
    }
