"""What the register knows: schools, their accounts, people and users. Plain values; the tables are nobody else's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from schemas.ids import AccountId, Digest, PupilRef, RunId, SchoolId

SCHOOL = "school"
TRUST = "trust"
SCHOOL_KINDS = (SCHOOL, TRUST)

YES = "yes"
NO = "no"
UNKNOWN = "unknown"
"""Never answered; everywhere this counts as not given."""


@dataclass(frozen=True)
class FaceMatching:
    """The documents without which faces are not matched: impact assessment, officer's opinion, consultation."""

    dpia_reference: str | None = None
    dpo_opinion: str | None = None
    consulted_on: date | None = None


@dataclass(frozen=True)
class School:
    """A school, or a trust of several (`kind`); `profile` names its policy."""

    school_id: SchoolId
    name: str
    kind: str
    jurisdiction: str
    profile: str
    face_matching: FaceMatching = field(default_factory=FaceMatching)


@dataclass(frozen=True)
class Account:
    """An official account; its posts are checked against the registers of `checked_against`, its own school's first."""

    account_id: AccountId
    school_id: SchoolId
    platform: str
    handle: str
    platform_account: str
    checked_against: tuple[SchoolId, ...]


@dataclass(frozen=True)
class Pupil:
    """A pupil; dates are ISO dates or empty, consents are `yes`, `no` or `unknown`.

    A consent holds until and including its last day, for ever where that is empty; so does the pupil's place.
    """

    ref: PupilRef
    admission_no: str
    upn: str
    legal_forename: str
    preferred_forename: str
    surname: str
    year: str
    form: str
    dob: str
    address: str
    postcode: str
    photo_consent: str
    name_consent: str
    photo_consent_until: str = ""
    name_consent_until: str = ""
    leaving_date: str = ""


@dataclass(frozen=True)
class Staff:
    """A member of staff."""

    title: str
    forename: str
    surname: str


@dataclass(frozen=True)
class Facts:
    """What a school publishes of itself, so that it is no finding; `policy` holds its choices (choice: verdict)."""

    name: str = ""
    address: str = ""
    postcode: str = ""
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    sponsors: tuple[str, ...] = ()
    public_phones: tuple[str, ...] = ()
    policy: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Roster:
    """Everything that detectors of details match against."""

    pupils: tuple[Pupil, ...]
    staff: tuple[Staff, ...]
    facts: Facts


@dataclass(frozen=True)
class EnrolmentConsent:
    """What is on record for a pupil's enrolment in the gallery; `parents_notified_on` is when the last was told."""

    admission_no: str
    parents_notified_on: date | None
    written_consent_by: str
    written_consent_on: date | None
    parent_objection: bool
    child_objection: bool


@dataclass(frozen=True)
class Template:
    """A face template, opened: `vector` as the model `model_id` packs it, made of `photos` photographs."""

    ref: PupilRef
    model_id: str
    vector: bytes = field(repr=False)
    photos: int


@dataclass(frozen=True)
class TemplateEntry:
    """What may be shown of a face template."""

    template_id: Digest
    ref: PupilRef
    model_id: str
    photos: int
    enrolled_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Receipt:
    """That something about a pupil was deleted, and why (receipts.REASONS)."""

    receipt_id: str
    what: str
    ref: PupilRef
    reason: str
    deleted_at: datetime


@dataclass(frozen=True)
class User:
    """Somebody who may sign in; `roles` are those of the school's profile."""

    user_id: str
    school_id: SchoolId
    name: str
    email: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Audit:
    """One reading of everything an account ever published; `state` is what people want: `running` or `paused`.

    `posts_read` counts what ingest has read so far; with `read_to_the_end` there is nothing left to read.
    """

    run_id: RunId
    account_id: AccountId
    school_id: SchoolId
    state: str
    requested_at: datetime
    posts_read: int
    read_to_the_end: bool
    changed_at: datetime
