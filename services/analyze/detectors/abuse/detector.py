"""The abuse engine as a detector: one finding per label, with the register's names as context."""

from dataclasses import dataclass
from typing import Final

from schemas.analysis import Span
from schemas.categories import ABUSE
from services.analyze.detectors.abuse.engine import AbuseEngine
from services.analyze.detectors.abuse.result import AbuseResult, Disposition
from services.analyze.detectors.detector import Detection, DetectorInfo, FindingDraft, Material, RegisterSnapshot

VERSION: Final = "1.0.0"
CONCERNS: Final = {
    Disposition.WELFARE: "welfare_concern",
    Disposition.REPORTED_ABUSE: "reported_abuse",
    Disposition.DATA_PROTECTION: "takedown_request",
}
"""What is no abuse and yet somebody's task, by category."""


@dataclass(frozen=True)
class Names:
    """Whom a comment may name."""

    staff: tuple[str, ...]
    pupils: tuple[str, ...]


class AbuseDetector:
    """Reads the text of a post, with the text it answers."""

    def __init__(self) -> None:
        self._engine = AbuseEngine()
        self.info = DetectorInfo(ABUSE, VERSION, self._engine.model_version, needs_roster=True)

    def index(self, register: RegisterSnapshot) -> Names:
        """Take the names out of the roster."""
        roster = register.roster
        if roster is None:
            return Names((), ())
        return Names(
            staff=tuple(f"{member.title} {member.surname}" for member in roster.staff),
            pupils=tuple(f"{pupil.preferred_forename} {pupil.surname}" for pupil in roster.pupils),
        )

    def detect(self, material: Material, index: Names) -> Detection:
        """Analyse the text; an empty one has nothing to find."""
        text = material.content.text
        if not text.strip():
            return Detection()
        result = self._engine.analyse(
            text, parent=material.content.parent_text, staff_names=index.staff, pupil_names=index.pupils
        )
        labels = result.labels or ((CONCERNS[result.disposition],) if result.disposition in CONCERNS else ())
        return Detection(findings=tuple(_draft(result, label) for label in labels))


def _draft(result: AbuseResult, category: str) -> FindingDraft:
    telling = [span for span in result.spans if category in (span.label, CONCERNS.get(result.disposition))]
    return FindingDraft(
        category=category,
        confidence=round(result.score if result.abusive else 1 - result.score, 3),
        rule_id=telling[0].rule_id if telling else f"model.{category}",
        part="text",
        match=category,  # one finding per post and label, whatever the wording: a corrected typo is no new finding
        spans=tuple(Span(part="text", start=span.start, end=span.end) for span in telling),
        facts={
            "severity": float(result.severity),
            "target": str(result.target),
            "author_role": str(result.author_role),
            "disposition": str(result.disposition),
        },
    )
