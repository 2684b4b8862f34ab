"""A school's policy as data: what a profile file may say. Wrong or unknown keys are refused, not ignored."""

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, model_validator

from schemas.base import Code, Version
from schemas.ids import ClauseId
from services.policy.scales import Severity, Verdict


class Strict(BaseModel):
    """A frozen part of a profile that knows all its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _as_tuple(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


def _is_written_time(value: object) -> object:
    if isinstance(value, time | str):
        return value
    raise ValueError('write times in quotes, for example "07:30"')  # YAML reads a bare 15:30 as the number 930


def _is_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("is not a time zone, for example Europe/London") from error
    return value


LocalTime = Annotated[time, BeforeValidator(_is_written_time)]
Values = Annotated[tuple[bool | str, ...], BeforeValidator(_as_tuple)]
Fact = Literal[
    "platform", "kind", "trigger", "relation", "has_image", "band", "verdict",  # of the post and the finding
    "target", "named", "image", "name_consent", "photo_consent",  # what the detectors state
]  # fmt: skip
Conditions = Mapping[Fact, Values]
"""Every fact named must have one of the values given for it."""
VerdictSource = Code
"""`allow`, `review`, `block`, `consent_to_full_name`, `consent_to_first_name`, or the name of one of the choices."""


class Words(Strict):
    """What this school calls things."""

    pupil: str = "pupil"


class Clause(Strict):
    """A sentence of the school's own policy, and where it stands."""

    text: str = Field(min_length=10)
    source: str
    lines: str


class Case(Strict):
    """What a rule says instead where the conditions hold; `at_most` softens a stricter verdict."""

    conditions: Conditions = Field(alias="if", min_length=1)
    verdict: VerdictSource | None = None
    at_most: Verdict | None = None
    severity: Severity | None = None
    audience: Code | None = None
    clauses: tuple[ClauseId, ...] | None = None

    @model_validator(mode="after")
    def _verdict_does_not_rest_on_itself(self) -> Self:
        if (self.verdict or self.at_most) and "verdict" in self.conditions:
            raise ValueError("a case that sets the verdict cannot also ask for it")
        return self


class Together(Strict):
    """What a finding means beside others in the same post; it can only make a judgement stricter."""

    others: Annotated[tuple[Code, ...], BeforeValidator(_as_tuple)] = Field(alias="with", min_length=1)
    at_least: PositiveInt = 1
    conditions: Conditions = Field(default={}, alias="if")
    verdict: VerdictSource | None = None
    severity: Severity | None = None


class Rule(Strict):
    """What a category means: its own words first, then the first case that fits, then what it means beside others."""

    verdict: VerdictSource
    severity: Severity
    graded: bool = False
    audience: Code
    clauses: tuple[ClauseId, ...] = Field(min_length=1)
    cases: tuple[Case, ...] = ()
    together: tuple[Together, ...] = ()


class Grades(Strict):
    """How a detector's own grade (1 to 4) becomes a severity, and when it is raised by one."""

    scale: Mapping[Annotated[int, Field(ge=1, le=4)], Severity]
    raised_if: Conditions = {}


class ConsentRow(Strict):
    """The verdict on a named pupil, by what the post shows of them."""

    name_alone: VerdictSource
    first_name_with_image: VerdictSource
    full_name_with_image: VerdictSource


class Consents(Strict):
    """The verdicts by the consents that the school holds for the pupil."""

    both: ConsentRow
    photo_only: ConsentRow
    name_only: ConsentRow
    none: ConsentRow


class FaceMatching(Strict):
    """When faces may be compared with the gallery; the permission is the platform's or the school's document."""

    when: Literal["always", "declared_cleared", "never"]
    permission_reference: str | None = None


class PlatformTerms(Strict):
    """What a platform's terms say about content read from its interface."""

    forbids_face_matching: bool = False


class Approval(Strict):
    """Whether a post must have been approved before it goes live, and who may approve a draft."""

    required: bool = False
    roles: tuple[Code, ...] = ()


class Weekly(Strict):
    """When the weekly report goes out."""

    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    at: LocalTime


class Term(Strict):
    """The first and the last day on which pupils are in school."""

    first: date
    last: date

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("the term ends before it begins")
        return self


class Calendar(Strict):
    """School hours and days, in the school's own time."""

    time_zone: Annotated[str, AfterValidator(_is_zone)]
    opens: LocalTime
    closes: LocalTime
    morning: LocalTime
    digest: LocalTime
    weekly: Weekly
    longest_wait_hours: PositiveInt
    terms: tuple[Term, ...] = Field(min_length=1)
    inset_days: frozenset[date] = frozenset()


class Profile(Strict):
    """A school's whole policy."""

    version: Version
    name: str
    jurisdiction: Literal["england_and_wales", "scotland", "northern_ireland"]
    words: Words = Words()
    roles: Mapping[Code, str]
    clauses: Mapping[ClauseId, Clause]
    choices: Mapping[Code, Verdict] = {}
    consents: Consents
    grades: Grades
    rules: Mapping[Code, Rule]
    otherwise: Rule
    face_matching: FaceMatching
    platforms: Mapping[Code, PlatformTerms] = {}
    approval: Approval = Approval()
    detectors: Mapping[Code, tuple[Literal["faces", "details", "abuse"], ...]]
    answer_within: PositiveInt = 120
    routes: Mapping[Code, Mapping[str, tuple[Code, ...]]]
    send: Mapping[str, Literal["at_once", "school_hours", "daily", "weekly"]]
    respond_within_minutes: Mapping[str, PositiveInt]
    calendar: Calendar

    def rule(self, category: str) -> Rule:
        """Return the rule of a category; `otherwise` for one that this profile does not know."""
        return self.rules.get(category, self.otherwise)
