"""Compares what a revision shows with approved drafts. Pure, and blind to the order of what it is given."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.ids import Digest, PostId
from services.shared.fingerprint import SAME_PICTURE, differing_bits

LATITUDE: Final = timedelta(minutes=1)
"""An approval counts until so long after the post went live: the platform's clock and ours differ."""
NOT_APPROVED: Final = "not_approved"
CHANGED: Final = "changed_since_approval"


@dataclass(frozen=True)
class Shown:
    """What a revision shows, and since when; a picture is its perceptual hash, or None where there is none."""

    text_ref: Digest
    pictures: tuple[str | None, ...]
    live_at: datetime


@dataclass(frozen=True)
class Approved:
    """An approved draft; pictures as perceptual hashes."""

    draft_id: PostId
    text_ref: Digest
    pictures: tuple[str, ...]
    approved_at: datetime


@dataclass(frozen=True)
class Departure:
    """How what is live departs from what was approved: a category, the rule that found it, and what differs."""

    category: str
    rule_id: str
    differs: str | None = None


def matching(shown: Shown, approved: Iterable[Approved]) -> Approved | None:
    """Return the draft that was approved in time and that the revision shows: the last one approved."""
    fitting = [
        draft for draft in _in_time(shown, approved) if draft.text_ref == shown.text_ref and _all_of(shown, draft)
    ]
    return max(fitting, key=lambda draft: (draft.approved_at, draft.draft_id), default=None)


def departure(shown: Shown, earlier: Iterable[Shown], approved: Iterable[Approved]) -> Departure:
    """Say how a revision that matches no draft departs from the nearest one, or from what the post showed before."""
    drafts = _in_time(shown, approved)
    same_text = [draft for draft in drafts if draft.text_ref == shown.text_ref]
    if same_text:
        known = Shown(shown.text_ref, tuple(filter(None, shown.pictures)), shown.live_at)
        incomparable = any(_all_of(known, draft) for draft in same_text)
        differs = "pictures_not_compared" if incomparable else "pictures"
        return Departure(CHANGED, "approvals.pictures", differs)
    same_pictures = shown.pictures and any(_all_of(shown, draft) for draft in drafts)
    if same_pictures or any(matching(before, drafts) for before in earlier):
        return Departure(CHANGED, "approvals.text", "text")
    return Departure(NOT_APPROVED, "approvals.none")


def _in_time(shown: Shown, approved: Iterable[Approved]) -> list[Approved]:
    return [draft for draft in approved if draft.approved_at <= shown.live_at + LATITUDE]


def _all_of(shown: Shown, draft: Approved) -> bool:
    """Tell whether each picture shown is one of the draft's."""
    return all(
        picture is not None and any(differing_bits(picture, other) <= SAME_PICTURE for other in draft.pictures)
        for picture in shown.pictures
    )
