"""Which detectors must answer a check before it counts as checked, and which must not look at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from schemas.categories import ABUSE, DETECTORS, FACES
from schemas.post import Excluded
from services.policy.profile import Profile

DRAFT = "draft"


@dataclass(frozen=True)
class Plan:
    """The detectors that must answer, those that must not look (with the reason), and how long answers may take."""

    required: tuple[str, ...]
    excluded: tuple[Excluded, ...]
    answer_within: timedelta


def plan(  # noqa: PLR0913  # each is one fact of the post or of the school
    profile: Profile,
    *,
    platform: str,
    kind: str,
    images: int,
    has_text: bool,
    available: Sequence[str] = DETECTORS,
    biometric_basis: bool = True,
    roster_cleared: bool = False,
) -> Plan:
    """Plan a check. `images` counts the pictures of the post, also those that could not be fetched.

    `available` are the detectors that this deployment runs; `biometric_basis` says whether the school recorded an
    impact assessment for face matching; `roster_cleared` whether every pupil declared to be on the pictures is cleared.
    """
    required = []
    excluded = []
    for detector in profile.detectors.get(kind, DETECTORS):
        if not _has_work(detector, images=images, has_text=has_text):
            continue
        reason = None if detector in available else "not_available"
        if detector == FACES:
            reason = _no_faces(profile, platform, kind, basis=biometric_basis, cleared=roster_cleared) or reason
        if reason is None:
            required.append(detector)
        else:
            excluded.append(Excluded(detector=detector, reason=reason))
    return Plan(tuple(required), tuple(excluded), timedelta(seconds=profile.answer_within))


def _has_work(detector: str, *, images: int, has_text: bool) -> bool:
    if detector == FACES:
        return images > 0
    if detector == ABUSE:
        return has_text
    return has_text or images > 0


def _no_faces(profile: Profile, platform: str, kind: str, *, basis: bool, cleared: bool) -> str | None:
    matching = profile.face_matching
    if matching.when == "never":
        return "face_matching_off"
    if not basis:
        return "no_impact_assessment"
    if matching.when == "declared_cleared" and not cleared:
        return "roster_not_cleared"
    # A draft's pictures come from the school, not from the platform, whose terms do not reach them.
    terms = profile.platforms.get(platform)
    if kind != DRAFT and terms is not None and terms.forbids_face_matching and not matching.permission_reference:
        return "platform_terms"
    return None
