"""The prepared registers of one child process: per school, of one version, and as many as its memory is meant for."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from services.analyze.detectors.detector import RegisterSnapshot


@dataclass(frozen=True)
class Index:
    """What a detector made of one school's register, and how many people it was made of."""

    versions: RegisterVersions
    people: int
    prepared: Any


class Indexes:
    """Keeps the indexes used last, up to `most_people` pupils, staff and templates; one school's always."""

    def __init__(self, most_people: int) -> None:
        self._most_people = most_people
        self._people = 0
        self._kept: OrderedDict[SchoolId, Index] = OrderedDict()
        self._used: set[SchoolId] = set()

    def find(self, school: SchoolId, versions: RegisterVersions) -> Index | None:
        """Return a school's index if it is of exactly these versions."""
        index = self._kept.get(school)
        if index is None or index.versions != versions:
            return None
        self._kept.move_to_end(school)
        self._used.add(school)
        return index

    def make_room(self, register: RegisterSnapshot) -> None:
        """Drop what must go before this register is prepared, so that there are never both at once."""
        if (former := self._kept.pop(register.school_id, None)) is not None:
            self._people -= former.people
        while self._kept and self._people + people_in(register) > self._most_people:
            _, dropped = self._kept.popitem(last=False)
            self._people -= dropped.people

    def keep(self, register: RegisterSnapshot, prepared: Any) -> Index:
        """Keep what was prepared of a register."""
        self.make_room(register)
        index = Index(register.versions, people_in(register), prepared)
        self._kept[register.school_id] = index
        self._used.add(register.school_id)
        self._people += index.people
        return index

    def drop_unused(self) -> None:
        """Drop what was not used since the last call: it may hold what was deleted from the register since then."""
        for school in self._kept.keys() - self._used:
            self._people -= self._kept.pop(school).people
        self._used.clear()

    def __len__(self) -> int:
        return len(self._kept)


def people_in(register: RegisterSnapshot) -> int:
    """Return how many pupils, staff and templates a register holds."""
    roster = register.roster
    return (len(roster.pupils) + len(roster.staff) if roster else 0) + len(register.templates)
