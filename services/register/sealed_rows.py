"""How rows about people are sealed: one JSON blob a row, bound to its place, and references that need the key."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from schemas.ids import PupilRef, SchoolId
from services.register.models import Staff
from services.shared.crypto import seal, unseal


def pupil_ref(key: bytes, admission_no: str) -> PupilRef:
    """Derive a pupil's reference; without the school's key nobody can try admission numbers until one fits."""
    return f"pup-{_digest(key, 'pupil', admission_no)}"


def staff_ref(key: bytes, member: Staff) -> str:
    """Derive the reference of a member of staff."""
    return f"stf-{_digest(key, 'staff', chr(0).join((member.title, member.forename, member.surname)))}"


def seal_row(key: bytes, table: str, school: SchoolId, ref: str, fields: Mapping[str, Any]) -> bytes:
    """Seal the fields of one row; the blob opens only for the same table, school and reference."""
    return seal(key, json.dumps(fields, sort_keys=True).encode(), f"{table}/{school}/{ref}")


def open_row(key: bytes, table: str, school: SchoolId, ref: str, sealed: bytes) -> dict[str, Any]:
    """Open what `seal_row` sealed.

    Raises:
        InputRejected: the blob was altered or moved.
    """
    fields: dict[str, Any] = json.loads(unseal(key, sealed, f"{table}/{school}/{ref}"))
    return fields


def _digest(key: bytes, purpose: str, value: str) -> str:
    return hmac.new(key, f"register {purpose}\0{value}".encode(), hashlib.sha256).hexdigest()[:16]
