"""One piece of evidence as it is shown: its words with marks, its pictures, what was found, what was not checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from schemas.analysis import Analysis, Box, Span
from schemas.content import Content
from schemas.ids import BlobKey, PupilRef
from services.casebook.checks.check import OPEN, Check
from services.casebook.evidence import Evidence, JudgedFinding
from services.console import words
from services.console.marks import Segment, segments
from services.console.pictures import Picture
from services.policy import wording
from services.policy.profile import Profile
from services.policy.wording import Clause
from services.register.models import Pupil

ALWAYS_SHOWN = "text"
WHOLE = "all"


@dataclass(frozen=True)
class Passage:
    """The words of one part of a post; `label` says which part."""

    part: str
    label: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True)
class Attachment:
    """An attachment by its number in the case. `picture` is None when it cannot be shown; `state` says why."""

    number: int
    state: str
    picture: Picture | None
    patches: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Found:
    """A finding in the school's words; `pupil` is who it may be about, as far as the register knows."""

    judged: JudgedFinding
    headline: str
    explanation: str
    clauses: tuple[Clause, ...]
    parts: tuple[str, ...]
    pupil: Pupil | None


@dataclass(frozen=True)
class Gap:
    """Something that was not examined, and why."""

    what: str
    reason: str


@dataclass(frozen=True)
class PostView:
    """A revision of a post. `content` is None when its words are gone; `deleted_at` is when the platform lost it.

    `withheld`: the case is about the system itself, and its readers need not know what people wrote.
    """

    evidence: Evidence
    account: str
    content: Content | None
    deleted_at: datetime | None
    passages: tuple[Passage, ...]
    url: str
    attachments: tuple[Attachment, ...]
    found: tuple[Found, ...]
    gaps: tuple[Gap, ...]
    withheld: bool


def numbered(evidence: Iterable[Evidence]) -> dict[int, tuple[Evidence, str, BlobKey | None]]:
    """Number a case's attachments, the earliest kept first, so that later evidence changes no number."""
    in_order = sorted(evidence, key=lambda one: (one.kept_at, one.revision_id))
    listed = [(one, key, blob) for one in in_order for key, blob in one.media_keys.items()]
    return dict(enumerate(listed, start=1))


def passages(content: Content, findings: Iterable[JudgedFinding]) -> tuple[Passage, ...]:
    """Return the post's text and whatever else in words came with it, marked where something was found."""
    spans: dict[str, list[Span]] = {}
    for judged in findings:
        for span in judged.judgement.finding.spans:
            spans.setdefault(span.part, []).append(span)
    return tuple(
        Passage(part, words.part(part), segments(text, spans.get(part, ())))
        for part, text in _parts(content).items()
        if text or part == ALWAYS_SHOWN
    )


def boxes_of(findings: Iterable[JudgedFinding], attachment: str) -> tuple[Box, ...]:
    """Return where in an attachment something was found."""
    return tuple(
        box
        for judged in findings
        for box in judged.judgement.finding.boxes
        if box.part.rpartition(":")[2] == attachment
    )


def found(profile: Profile, judged: JudgedFinding, pupils: Mapping[PupilRef, Pupil]) -> Found:
    """Put a finding into words."""
    finding = judged.judgement.finding
    located = {*(span.part for span in finding.spans), *(box.part for box in finding.boxes)}
    return Found(
        judged,
        wording.headline(profile, finding.category),
        wording.explain(profile, judged.judgement),
        tuple(wording.clause(profile, name) for name in judged.judgement.clause_ids if name in profile.clauses),
        tuple(sorted({words.part(part) for part in located})),
        pupils.get(finding.subject_ref) if finding.subject_ref else None,
    )


def gaps(checks: Iterable[Check]) -> tuple[Gap, ...]:
    """Return what the checks of a revision did not examine."""
    listed: dict[Gap, None] = {}
    for check in checks:
        waiting = "no answer yet" if check.row.state == OPEN else "no answer in time"
        for excluded in check.row.excluded:
            listed[Gap(_check_for(excluded["detector"]), words.words("reason", excluded["reason"]))] = None
        for detector in check.missing:
            listed[Gap(_check_for(detector), waiting)] = None
        for detector, parts in check.unchecked.items():
            for left in parts:
                what = f"{_check_for(detector)}, {words.part(left.part)}"
                listed[Gap(what, words.words("reason", left.reason))] = None
    return tuple(listed)


def left_unchecked(analyses: Iterable[Analysis]) -> tuple[Gap, ...]:
    """Return what the answers to one check did not examine."""
    listed: dict[Gap, None] = {}
    for analysis in analyses:
        for left in analysis.unchecked:
            of_part = f", {words.part(left.part)}" if left.part != WHOLE else ""
            listed[Gap(_check_for(analysis.detector) + of_part, words.words("reason", left.reason))] = None
    return tuple(listed)


def safe_url(url: str | None) -> str:
    """Return a link to the platform; nothing for an address that a browser would run or guess at."""
    parts = urlsplit(url or "")
    return (url or "") if parts.scheme in ("https", "http") and parts.netloc else ""


def _parts(content: Content) -> dict[str, str]:
    described = {
        f"{name}:{key}": words_of or ""
        for key, attachment in content.attachments.items()
        for name, words_of in (("alt_text", attachment.alt_text), ("file_name", attachment.file_name))
    }
    return {
        ALWAYS_SHOWN: content.text,
        "handle": content.handle or "",
        "display_name": content.display_name or "",
        "place": content.place or "",
        **described,
        "parent_text": content.parent_text or "",
    }


def _check_for(detector: str) -> str:
    return f"Check for {words.words('detector', detector)}"
