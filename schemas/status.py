"""What changes besides posts: how well an account is being read, and what a school changed in its register."""

from typing import Annotated

from pydantic import Field, PositiveInt

from schemas.base import Code, Model, UtcDatetime
from schemas.ids import AccountId, Digest, PupilRef, SchoolId
from schemas.post import RegisterVersions

Share = Annotated[float, Field(ge=0, le=1)]


class Gap(Model):
    """A stream of an account on which posts may have been missed, and why."""

    stream: Code
    reason: Code
    at: UtcDatetime


class AccountStatus(Model):
    """How well an account is being read; published at every change, and at least every `repeats_within` seconds.

    `state` is `checked`, `delayed` (the platform will answer again by itself) or `not_checked` (somebody must act).
    Everything that was published on the account until `checked_at` has been read; None before the first reading.
    """

    status_id: Digest
    school_id: SchoolId
    account_id: AccountId
    platform: Code
    state: Code
    reason: Code | None = None
    checked_at: UtcDatetime | None = None
    gaps: tuple[Gap, ...] = ()
    budget_used: Share | None = None
    observed_at: UtcDatetime
    repeats_within: PositiveInt


class PupilChange(Model):
    """What changed for one pupil: one of `schemas.categories.PUPIL_CHANGES`."""

    ref: PupilRef
    what: Code


class RegisterChange(Model):
    """One write to a school's register. `parts` are the versions that rose; `versions` are those after the write."""

    change_id: Digest
    school_id: SchoolId
    parts: tuple[Code, ...]
    versions: RegisterVersions
    pupils: tuple[PupilChange, ...] = ()
    changed_at: UtcDatetime
