"""What a detector is: facts about one post in, findings out. It runs in the engine's child process and does no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from schemas.analysis import Box, MediaFact, Span, Unchecked
from schemas.content import Content
from schemas.ids import PupilRef, SchoolId
from schemas.post import Post, RegisterVersions
from services.register.models import Roster, Template


@dataclass(frozen=True)
class Material:
    """One revision as a detector sees it: its text and, by attachment key, the bytes of its pictures."""

    post: Post
    content: Content
    pictures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class RegisterSnapshot:
    """One school's register at one version; a detector that does not need a part finds it empty."""

    school_id: SchoolId
    versions: RegisterVersions
    roster: Roster | None = None
    templates: tuple[Template, ...] = ()


@dataclass(frozen=True)
class FindingDraft:
    """A finding before it has its id; `match` (the normalised text or box that was matched) stays in the process."""

    category: str
    confidence: float
    rule_id: str
    part: str
    match: str
    band: str | None = None
    subject_ref: PupilRef | None = None
    spans: tuple[Span, ...] = ()
    boxes: tuple[Box, ...] = ()
    facts: Mapping[str, float | bool | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Detection:
    """Everything a detector has to say about one post and one school's register."""

    findings: tuple[FindingDraft, ...] = ()
    unchecked: tuple[Unchecked, ...] = ()
    subjects: tuple[PupilRef, ...] = ()
    media_facts: tuple[MediaFact, ...] = ()


@dataclass(frozen=True)
class DetectorInfo:
    """What the rest of the process must know of a detector without importing it."""

    name: str
    version: str
    model_version: str | None = None
    needs_roster: bool = False
    needs_gallery: bool = False
    needs_pictures: bool = False


class Detector(Protocol):
    """Built once in the child (which loads its models), then asked for every check."""

    @property
    def info(self) -> DetectorInfo:
        """Its name, versions and needs."""
        ...

    def index(self, register: RegisterSnapshot) -> Any:
        """Prepare a school's register for fast look-up; kept by school and version."""
        ...

    def detect(self, material: Material, index: Any) -> Detection:
        """Examine the material against one school's index."""
        ...
