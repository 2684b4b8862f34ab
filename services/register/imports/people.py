"""Exports of a school's office (CSV for people, JSON or YAML for facts) as models, with a report line by line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

from schemas import ids
from schemas.ids import PupilRef
from services.register.imports import cells as rules
from services.register.imports.cells import CellRefused
from services.register.imports.problems import Problem
from services.register.imports.table import Line, read_table
from services.register.models import EnrolmentConsent, Pupil, Staff

PUPIL_REQUIRED: Final = ("admission_no", "legal_forename", "surname", "photo_consent", "name_consent")
PUPIL_OPTIONAL: Final = ("upn", "preferred_forename", "year", "form", "dob", "address", "postcode")
PUPIL_LAST_DAYS: Final = ("photo_consent_until", "name_consent_until", "leaving_date")
"""Columns that few exports have: nobody is told that they are missing."""
STAFF_REQUIRED: Final = ("title", "forename", "surname")
CONSENT_REQUIRED: Final = (
    "admission_no", "parents_notified_on", "written_consent_by", "written_consent_on",
    "parent_objection", "child_objection",
)  # fmt: skip
_LONGEST: Final = {
    "admission_no": 32, "upn": 20, "legal_forename": 100, "preferred_forename": 100, "surname": 100, "year": 20,
    "form": 40, "address": 300, "postcode": 12, "title": 20, "forename": 100, "written_consent_by": 200,
}  # fmt: skip
_UNREGISTERED: Final = "sch-0000000000000000"

T = TypeVar("T")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Parsed(Generic[T]):
    """What a file holds: the good rows, and what was wrong.

    `kept` are the admission numbers of refused rows, as far as they could be read. A file of which nothing can be used
    has no rows and at least one problem.
    """

    rows: tuple[T, ...]
    problems: tuple[Problem, ...]
    read: int
    kept: tuple[str, ...] = ()

    @property
    def refused(self) -> int:
        """How many rows were left out."""
        return self.read - len(self.rows)

    @property
    def whole(self) -> bool:
        """Whether it is known of every refused row whom it is about: only then is who is missing not in the file."""
        return self.refused == len(self.kept)


def _unregistered_ref(admission_no: str) -> PupilRef:
    return ids.pupil_ref(_UNREGISTERED, admission_no)


def read_pupils(data: bytes, *, today: date) -> Parsed[Pupil]:
    """Read an export of pupils; columns PUPIL_REQUIRED and, where the export has them, PUPIL_OPTIONAL and _LAST_DAYS.

    The references are those of no register; RegisterWriter derives a school's own.
    """

    def read(cells: "_Cells") -> Pupil:
        legal = cells.text("legal_forename")
        preferred = cells.text("preferred_forename") or legal
        if not preferred:
            cells.refuse("legal_forename", "empty")
        admission_no = cells.text("admission_no", must=True)
        upn = cells.text("upn").upper()
        cells.doubt("upn", rules.upn_doubt(upn))
        dob = cells.read("dob", lambda cell: rules.day(cell, today), None)
        return Pupil(
            ref=_unregistered_ref(admission_no),
            admission_no=admission_no,
            upn=upn,
            legal_forename=legal or preferred,
            preferred_forename=preferred,
            surname=cells.text("surname", must=True),
            year=cells.text("year"),
            form=cells.text("form"),
            dob=dob.isoformat() if dob else "",
            address=cells.text("address"),
            postcode=cells.text("postcode").upper(),
            photo_consent=cells.read("photo_consent", rules.consent, ""),
            name_consent=cells.read("name_consent", rules.consent, ""),
            **{column: cells.last_day(column) for column in PUPIL_LAST_DAYS},
        )

    columns = _Columns(PUPIL_REQUIRED, PUPIL_OPTIONAL, PUPIL_LAST_DAYS)
    return _parse(data, columns, read, key=("admission_no",), twice="duplicate_admission_no")


def read_staff(data: bytes) -> Parsed[Staff]:
    """Read an export of staff; columns STAFF_REQUIRED, of which title and forename may be empty."""

    def read(cells: "_Cells") -> Staff:
        return Staff(cells.text("title"), cells.text("forename"), cells.text("surname", must=True))

    return _parse(data, _Columns(STAFF_REQUIRED), read, key=STAFF_REQUIRED, twice="duplicate_person")


def read_enrolment_consents(data: bytes, *, today: date) -> Parsed[EnrolmentConsent]:
    """Read what is recorded for enrolment in the gallery; columns CONSENT_REQUIRED."""

    def read(cells: "_Cells") -> EnrolmentConsent:
        return EnrolmentConsent(
            admission_no=cells.text("admission_no", must=True),
            parents_notified_on=cells.read("parents_notified_on", lambda cell: rules.day(cell, today), None),
            written_consent_by=cells.text("written_consent_by"),
            written_consent_on=cells.read("written_consent_on", lambda cell: rules.day(cell, today), None),
            parent_objection=cells.read("parent_objection", rules.yes_or_no, default=True),
            child_objection=cells.read("child_objection", rules.yes_or_no, default=True),
        )

    return _parse(data, _Columns(CONSENT_REQUIRED), read, key=("admission_no",), twice="duplicate_admission_no")


@dataclass(frozen=True)
class _Columns:
    required: Sequence[str]
    optional: Sequence[str] = ()
    rare: Sequence[str] = ()


class _Cells:
    """The cells of one line while they are read; remembers every problem, so that a person sees all of them at once."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.problems: list[Problem] = []

    def text(self, column: str, *, must: bool = False) -> str:
        return self.read(column, lambda cell: rules.text(cell, longest=_LONGEST[column], must=must), "")

    def read(self, column: str, reader: Callable[[str], Value], default: Value) -> Value:
        try:
            return reader(self._line.cells[column])
        except CellRefused as error:
            self.refuse(column, str(error))
            return default

    def last_day(self, column: str) -> str:
        """Read a day that may lie ahead, as an ISO date; empty for none."""
        read = self.read(column, lambda cell: rules.day(cell, date.max), None)
        return read.isoformat() if read else ""

    def refuse(self, column: str, code: str) -> None:
        self.problems.append(Problem(self._line.number, column, code))

    def doubt(self, column: str, code: str | None) -> None:
        if code is not None:
            self.problems.append(Problem(self._line.number, column, code))


def _parse(
    data: bytes,
    columns: _Columns,
    read: Callable[[_Cells], T],
    *,
    key: Sequence[str],
    twice: str,
) -> Parsed[T]:
    table = read_table(data, required=columns.required, optional=columns.optional, rare=columns.rare)
    problems = list(table.problems)
    rows: list[T] = []
    kept: list[str] = []
    seen: set[tuple[str, ...]] = set()
    for line in table.lines:
        cells = _Cells(line)
        row = read(cells)
        identity = tuple(line.cells[column] for column in key)
        if identity in seen:
            cells.refuse(key[0], twice)
        if any(problem.refused for problem in cells.problems):
            kept.append(line.cells.get("admission_no", ""))
        else:
            seen.add(identity)
            rows.append(row)
        problems += cells.problems
    return Parsed(tuple(rows), tuple(sorted(problems)), table.read, tuple(filter(None, kept)))
