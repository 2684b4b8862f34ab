"""Who may see what: a case is read only in its school, and only in a role that its audience is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Table, and_, exists

from schemas.ids import SchoolId
from services.casebook import tables
from services.policy.profile import Profile

ALSO_READ_BY: Final[Mapping[str, frozenset[str]]] = {
    "general": frozenset({"online_safety_lead", "headteacher", "business_manager", "slt", "dsl"}),
    "safeguarding": frozenset({"dsl", "headteacher"}),
    "staff_allegation": frozenset({"headteacher", "dsl"}),
    "data_protection": frozenset({"dpo", "headteacher"}),
    "operations": frozenset({"operations"}),
}
"""The roles that may read an audience's cases in every school, besides those to whom its profile sends them."""

AUDITORS: Final = frozenset({"dpo", "headteacher"})
"""The roles that may read a school's audit log."""


@dataclass(frozen=True)
class Viewer:
    """A person who reads: `user_id`, the schools and the roles they were given."""

    user_id: str
    school_ids: tuple[SchoolId, ...]
    roles: tuple[str, ...]

    def sees(self, table: Table) -> ColumnElement[bool]:
        """Return the condition that leaves this person's rows of a table with `school_id` and `case_id`."""
        readers = tables.case_readers
        may_read = exists().where(
            readers.c.school_id == table.c.school_id,
            readers.c.case_id == table.c.case_id,
            readers.c.role.in_(self.roles),
        )
        return and_(table.c.school_id.in_(self.school_ids), may_read)

    def reads(self, table: Table, audience: str) -> ColumnElement[bool]:
        """Return the condition that leaves the rows of schools in which this person may read what is for an audience.

        For tables whose rows belong to no case.
        """
        readers = tables.audience_readers
        may_read = exists().where(
            readers.c.school_id == table.c.school_id,
            readers.c.audience == audience,
            readers.c.role.in_(self.roles),
        )
        return and_(table.c.school_id.in_(self.school_ids), may_read)

    def may_audit(self, school: SchoolId) -> bool:
        """Tell whether this person may read the school's audit log."""
        return school in self.school_ids and bool(AUDITORS & set(self.roles))


def readers(profile: Profile, audience: str) -> frozenset[str]:
    """Return the roles that may read an audience's cases: whoever is sent them at any severity, and a few others."""
    routed = {role for roles in profile.routes[audience].values() for role in roles}
    return frozenset(routed | ALSO_READ_BY.get(audience, frozenset()))
