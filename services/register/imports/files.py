"""Import a school's exports: everything that is good goes in, in one transaction; the report names what was not."""

from dataclasses import dataclass
from datetime import date

from services.policy.load import load_profile
from services.register.imports.facts import read_facts
from services.register.imports.people import Parsed, read_pupils, read_staff
from services.register.imports.people_writes import Changes
from services.register.imports.problems import Problem
from services.register.models import Pupil, School, Staff
from services.register.writes import RegisterWriter


@dataclass(frozen=True)
class FileReport:
    """What became of one file. `changes` is None when nothing of it could be used; `problems` by line."""

    read: int
    refused: int
    changes: Changes | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class ImportReport:
    """What became of each file given; None for one that was not."""

    pupils: FileReport | None
    staff: FileReport | None
    facts: FileReport | None

    @property
    def complete(self) -> bool:
        """Whether nothing was refused."""
        files = [file for file in (self.pupils, self.staff, self.facts) if file is not None]
        return all(file.changes is not None and not any(problem.refused for problem in file.problems) for file in files)

    def lines(self) -> tuple[str, ...]:
        """Return the report for a person: a summary of each file, then its problems; no personal data."""
        named = (("pupils", self.pupils), ("staff", self.staff), ("facts", self.facts))
        return tuple(line for name, file in named if file is not None for line in _lines(name, file))


async def import_files(
    writer: RegisterWriter,
    school: School,
    *,
    today: date,
    pupils: bytes | None = None,
    staff: bytes | None = None,
    facts: bytes | None = None,
) -> ImportReport:
    """Import the exports given (CSV, CSV, and JSON or YAML); the same files again change nothing.

    Raises:
        InputRejected: the school is not in the register.
        SettingsError: the school's profile cannot be loaded.
        DependencyUnavailable: the database or the key store does not answer; nothing was imported.
    """
    read = None if pupils is None else read_pupils(pupils, today=today)
    members = None if staff is None else read_staff(staff)
    said = None if facts is None else read_facts(facts, choices=load_profile(school.profile).choices)
    changes = await writer.import_people(
        school.school_id,
        pupils=read.rows if read is not None and read.rows else None,
        kept=read.kept if read is not None else (),
        whole=all(parsed.whole for parsed in (read, members) if parsed is not None),
        staff=members.rows if members is not None and members.rows else None,
        facts=None if said is None else said.facts,
    )
    return ImportReport(
        pupils=None if read is None else _report(read, changes.pupils),
        staff=None if members is None else _report(members, changes.staff),
        facts=None if said is None else FileReport(1, int(said.facts is None), changes.facts, said.problems),
    )


def _report(parsed: Parsed[Pupil] | Parsed[Staff], changes: Changes | None) -> FileReport:
    held_back = (Problem(0, "", "leavers_held_back"),) if changes is not None and changes.held_back else ()
    return FileReport(parsed.read, parsed.refused, changes, (*held_back, *parsed.problems))


def _lines(name: str, file: FileReport) -> list[str]:
    if file.changes is None:
        summary = f"{name}: nothing was imported"
    else:
        done = file.changes
        summary = (
            f"{name}: {done.added} added, {done.changed} changed, {done.unchanged} unchanged, {done.left} left, "
            f"{file.refused} refused"
        )
    return [summary, *(f"{name}: {problem}" for problem in file.problems)]
