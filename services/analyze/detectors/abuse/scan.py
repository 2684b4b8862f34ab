"""The abuse engine on a file of comments, for the command line: one result a comment, in the order given."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.analyze.detectors.abuse.engine import AbuseEngine
from services.register.imports.people import read_pupils, read_staff

PLACES = 4


def scan_abuse(
    comments: Iterable[Mapping[str, Any]], *, staff: Path | None = None, roster: Path | None = None
) -> Iterator[dict[str, Any]]:
    """Yield a JSON-ready result for each {"id", "text", "parent"?}; the CSV files are those that a school imports."""
    engine = AbuseEngine()
    members = read_staff(staff.read_bytes()).rows if staff else ()
    pupils = read_pupils(roster.read_bytes(), today=datetime.now(UTC).date()).rows if roster else ()
    staff_names = tuple(f"{member.title} {member.surname}" for member in members)
    pupil_names = tuple(f"{pupil.preferred_forename} {pupil.surname}" for pupil in pupils)
    for comment in comments:
        result = engine.analyse(
            comment["text"], parent=comment.get("parent"), staff_names=staff_names, pupil_names=pupil_names
        )
        found = asdict(result)
        found["score"], found["discriminatory"] = round(result.score, PLACES), round(result.discriminatory, PLACES)
        yield {"id": comment["id"], **found}
