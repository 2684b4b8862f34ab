"""Rows of the register's tables as the models and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from schemas.ids import SchoolId
from services.register.models import Account, FaceMatching, Facts, Pupil, School, Staff, User
from services.register.sealed_rows import open_row, pupil_ref, seal_row, staff_ref

_LAST_DAYS: Final = ("photo_consent_until", "name_consent_until", "leaving_date")


def school_from(row: Any) -> School:
    """Read a row of `schools`."""
    documents = FaceMatching(row.dpia_reference, row.dpo_opinion, row.consulted_on)
    return School(row.school_id, row.name, row.kind, row.jurisdiction, row.profile, documents)


def school_row(school: School) -> dict[str, Any]:
    """Write a row of `schools`."""
    fields: dict[str, Any] = asdict(school)
    documents: dict[str, Any] = fields.pop("face_matching")
    return fields | documents


def account_from(row: Any) -> Account:
    """Read a row of `accounts`; the token stays sealed."""
    checked_against = tuple(row.checked_against)
    return Account(row.account_id, row.school_id, row.platform, row.handle, row.platform_account, checked_against)


def user_from(row: Any) -> User:
    """Read a row of `users`."""
    return User(row.user_id, row.school_id, row.name, row.email, tuple(row.roles))


def pupil_from(key: bytes, row: Any) -> Pupil:
    """Open a row of `pupils`; one that an older release sealed lacks the last days, which are then empty."""
    return Pupil(ref=row.ref, **open_row(key, "pupils", row.school_id, row.ref, row.sealed))


def pupil_row(key: bytes, school: SchoolId, pupil: Pupil) -> dict[str, Any]:
    """Seal a row of `pupils`; the reference is derived anew from the admission number.

    Empty last days are left out, so that the release before this one, which knows none, can open the row too.
    """
    fields = {name: value for name, value in asdict(pupil).items() if value or name not in _LAST_DAYS}
    del fields["ref"]
    return _sealed(key, "pupils", school, pupil_ref(key, pupil.admission_no), fields)


def staff_from(key: bytes, row: Any) -> Staff:
    """Open a row of `staff`."""
    return Staff(**open_row(key, "staff", row.school_id, row.ref, row.sealed))


def staff_row(key: bytes, school: SchoolId, member: Staff) -> dict[str, Any]:
    """Seal a row of `staff`."""
    return _sealed(key, "staff", school, staff_ref(key, member), asdict(member))


def facts_from(key: bytes, row: Any) -> Facts:
    """Open a row of `facts`."""
    fields = open_row(key, "facts", row.school_id, "", row.sealed)
    listed: dict[str, Any] = {name: tuple(value) for name, value in fields.items() if isinstance(value, list)}
    return Facts(**(fields | listed))


def facts_row(key: bytes, school: SchoolId, facts: Facts) -> dict[str, Any]:
    """Seal a row of `facts`."""
    return {"school_id": school, "sealed": seal_row(key, "facts", school, "", asdict(facts))}


def _sealed(key: bytes, table: str, school: SchoolId, ref: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"school_id": school, "ref": ref, "sealed": seal_row(key, table, school, ref, fields)}
