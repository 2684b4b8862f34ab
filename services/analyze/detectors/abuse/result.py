"""What the engine says about one text."""

from dataclasses import dataclass
from enum import StrEnum


class Disposition(StrEnum):
    """What kind of comment it is, first of all."""

    PRAISE = "praise"
    LOGISTICS = "logistics"
    CRITICISM = "criticism"
    INCIVILITY = "incivility"
    ABUSE = "abuse"
    UNSAFE_CONTACT = "unsafe_contact"
    SPAM = "spam"
    WELFARE = "welfare"
    REPORTED_ABUSE = "reported_abuse"
    DATA_PROTECTION = "data_protection"


class Target(StrEnum):
    """Whom the comment is about."""

    STAFF = "staff"
    PUPIL = "pupil"
    PARENT = "parent"
    SCHOOL = "school"
    GROUP = "group"
    SELF = "self"
    NONE = "none"


class AuthorRole(StrEnum):
    """Who the author says they are; never a guess."""

    PARENT = "parent"
    PUPIL = "pupil"
    STAFF = "staff"
    FORMER_PUPIL = "former_pupil"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open range of code points of the original text, and the rule that matched there."""

    start: int
    end: int
    label: str
    rule_id: str


@dataclass(frozen=True, slots=True)
class AbuseResult:
    """One text's analysis.

    `score` and `discriminatory` are 0..1, and `abusive` is `score >= 0.5`. `labels` are in the order of `LABELS`;
    `severity` is 0 (nothing) to 4 (at once). `why` is a sentence without any words of the text.
    """

    disposition: Disposition
    abusive: bool
    score: float
    discriminatory: float
    labels: tuple[str, ...]
    severity: int
    target: Target
    author_role: AuthorRole
    spans: tuple[Span, ...]
    why: str


LABELS = (
    "self_harm_encouragement",
    "grooming_contact",
    "extremist",
    "threat",
    "discriminatory",
    "sexual",
    "doxxing",
    "allegation",
    "harassment",
    "bullying",
    "insult",
    "spam_scam",
)
