"""One detector's complete answer to one check."""

from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt

from schemas.base import Code, Model, UtcDatetime, Version
from schemas.ids import AccountId, Digest, PostId, PupilRef, RevisionId, RuleId, RunId, SchoolId, Sha256
from schemas.post import RegisterVersions

Fraction = Annotated[float, Field(ge=0, le=1)]
Part = Annotated[str, Field(pattern=r"^[a-z_]{1,32}(:[0-9A-Za-z_-]{1,96})?$")]
"""A part of a post: `text`, `handle`, `alt_text:<attachment>`, `image:<attachment>` ..."""


class Span(Model):
    """A stretch of text: code points of the original part, end exclusive."""

    part: Part
    start: NonNegativeInt
    end: NonNegativeInt


class Box(Model):
    """A region of a picture, as fractions of its width and height after EXIF rotation."""

    part: Part
    x0: Fraction
    y0: Fraction
    x1: Fraction
    y1: Fraction


class Finding(Model):
    """A fact a detector found. What it means for the school (severity, verdict, clause) only policy says."""

    finding_id: Digest
    category: Code
    confidence: Fraction
    band: Code | None = None
    subject_ref: PupilRef | None = None
    subject_school_id: SchoolId | None = None
    spans: tuple[Span, ...] = ()
    boxes: tuple[Box, ...] = ()
    rule_id: RuleId
    facts: dict[Code, float | bool | Code] = Field(default_factory=dict)


class Unchecked(Model):
    """A part of the post that could not be examined, and why."""

    part: Part
    reason: Code


class MediaFact(Model):
    """What was learnt about a picture besides findings; `perceptual_hash` survives recompression."""

    sha256: Sha256
    perceptual_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{16,64}$")] | None = None
    has_gps: bool | None = None
    face_count: NonNegativeInt | None = None


class Analysis(Model):
    """Zero or more findings and the parts left unchecked; `status` is `complete` only when nothing was left."""

    analysis_id: Digest
    check_id: Digest
    trigger: Code
    run_id: RunId | None = None
    school_id: SchoolId
    account_id: AccountId
    post_id: PostId
    revision_id: RevisionId
    revision_no: PositiveInt
    detector: Code
    detector_version: Version
    model_version: Version | None = None
    versions: dict[SchoolId, RegisterVersions] = Field(default_factory=dict)
    status: Code
    unchecked: tuple[Unchecked, ...] = ()
    findings: tuple[Finding, ...] = ()
    subjects: tuple[PupilRef, ...] = ()
    media_facts: tuple[MediaFact, ...] = ()
    analysed_at: UtcDatetime
