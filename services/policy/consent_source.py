"""The verdict on a named pupil from the consents the school holds and from what the post shows."""

from collections.abc import Mapping
from typing import Final

from services.policy.profile import ConsentRow, Profile
from services.policy.scales import REVIEW

FULL_NAME: Final = "consent_to_full_name"
FIRST_NAME: Final = "consent_to_first_name"
CONSENT_SOURCES: Final = (FULL_NAME, FIRST_NAME)
GIVEN: Final = "yes"
SOME: Final = "some"
"""The name fits several pupils, of whom only some gave consent."""


def verdict_by_consent(profile: Profile, source: str, facts: Mapping[str, object]) -> str:
    """Look up the profile's table of consents; what is not known to be given counts as not given.

    `facts` carries `photo_consent` and `name_consent` (yes, no, unknown or some) and `has_image` (of the post) or
    `image` (none, single or group), which is nearer to the name. Where consents are `some` and it matters, a person
    must look.
    """
    certain = {name: facts.get(name) for name in ("photo_consent", "name_consent")}
    answers = {
        _verdict(profile, source, {**facts, **dict(zip(certain, values, strict=True))})
        for values in _possible(*certain.values())
    }
    return answers.pop() if len(answers) == 1 else REVIEW


def _possible(photo: object, name: object) -> list[tuple[object, object]]:
    each = [(GIVEN, "no") if consent == SOME else (consent,) for consent in (photo, name)]
    return [(a, b) for a in each[0] for b in each[1]]


def _verdict(profile: Profile, source: str, facts: Mapping[str, object]) -> str:
    row = _row(profile, photo=facts.get("photo_consent") == GIVEN, name=facts.get("name_consent") == GIVEN)
    shown = facts["image"] != "none" if "image" in facts else bool(facts.get("has_image"))
    if not shown:
        verdict = row.name_alone
    else:
        verdict = row.full_name_with_image if source == FULL_NAME else row.first_name_with_image
    return profile.choices.get(verdict, verdict)


def _row(profile: Profile, *, photo: bool, name: bool) -> ConsentRow:
    if photo:
        return profile.consents.both if name else profile.consents.photo_only
    return profile.consents.name_only if name else profile.consents.none
