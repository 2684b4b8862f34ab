"""Findings out of what was recognised: consents, spans in the original text, and one finding for what is said twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from schemas.analysis import Span
from services.analyze.detectors.details.names.mention import Mention
from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.hit import Hit
from services.analyze.detectors.detector import FindingDraft
from services.register.models import Pupil

NONE: Final = "none"
SINGLE: Final = "single"
GROUP: Final = "group"
SOME: Final = "some"
"""A name that fits several pupils, of whom only some have agreed."""
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Found:
    """A finding with everybody it can be about."""

    draft: FindingDraft
    pupils: tuple[Pupil, ...] = ()


def consent_facts(pupils: Sequence[Pupil]) -> dict[str, str]:
    """Return the consents of whom a name can mean; a child whom the register does not know has given none."""
    return {
        "name_consent": _together([pupil.name_consent for pupil in pupils]),
        "photo_consent": _together([pupil.photo_consent for pupil in pupils]),
    }


def _together(consents: Sequence[str]) -> str:
    answers = set(consents)
    if len(answers) == 1:
        return answers.pop()
    if "yes" in answers:
        return SOME
    return "no" if "no" in answers else UNKNOWN


def found_name(passage: Passage, mention: Mention, image: str) -> Found:
    """Make a finding of a name."""
    draft = FindingDraft(
        category=mention.category,
        confidence=mention.confidence,
        band=mention.band,
        rule_id=f"name.{mention.match}",
        part=passage.part,
        match=mention.key,
        subject_ref=mention.pupils[0].ref if len(mention.pupils) == 1 else None,
        spans=(_span(passage, mention.start, mention.end),),
        facts={
            **consent_facts(mention.pupils),
            "image": image,
            "match": mention.match,
            "candidates": float(len(mention.pupils)),
        },
    )
    return Found(draft, mention.pupils)


def found_detail(passage: Passage, hit: Hit, image: str) -> Found:
    """Make a finding of an identifier."""
    draft = FindingDraft(
        category=hit.category,
        confidence=hit.confidence,
        band=hit.band,
        rule_id=hit.rule_id,
        part=passage.part,
        match=hit.match,
        subject_ref=hit.subject.ref if hit.subject else None,
        spans=(_span(passage, hit.start, hit.end),),
        facts={"image": image},
    )
    return Found(draft, (hit.subject,) if hit.subject else ())


def merged(drafts: Iterable[FindingDraft]) -> tuple[FindingDraft, ...]:
    """Join findings that would get the same id: the same thing, said in several places of one part."""
    joined: dict[tuple[str, str | None, str, str], FindingDraft] = {}
    for draft in drafts:
        identity = (draft.category, draft.subject_ref, draft.part, draft.match)
        first = joined.setdefault(identity, draft)
        if first is not draft:
            joined[identity] = replace(
                first,
                confidence=max(first.confidence, draft.confidence),
                band=first.band and draft.band,
                spans=first.spans + draft.spans,
                boxes=first.boxes + draft.boxes,
            )
    return tuple(joined.values())


def _span(passage: Passage, start: int, end: int) -> Span:
    first, last = passage.folded.span(start, end)
    return Span(part=passage.part, start=first, end=last)
