"""What people read: a headline without content for each category, and an explanation made of facts, never of quotes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schemas.categories import ABUSE, APPROVALS, CATEGORY_OWNER
from services.policy.decide import Judgement
from services.policy.profile import Profile
from services.policy.scales import BLOCK

HEADLINES: Final[Mapping[str, str]] = {
    "not_approved": "A post went live that nobody had approved",
    "changed_since_approval": "A post is not what was approved",
    "image_no_publish": "A picture may show a {pupil} whose image must not be published",
    "name_full": "A {pupil}'s full name",
    "name_first": "A {pupil}'s first name",
    "name_partial": "Part of a {pupil}'s name",
    "name_tag": "A {pupil}'s name in a hashtag or handle",
    "name_on_image": "A {pupil}'s name that can be read in a picture",
    "name_other_child": "The name of a child who is not on the register",
    "class": "A class or form",
    "age": "A child's age",
    "dob": "A child's date of birth",
    "address": "A home address",
    "postcode": "A home postcode",
    "phone": "A telephone number that is not the school's",
    "email": "An e-mail address that is not the school's",
    "upn": "A unique {pupil} number",
    "nhs": "An NHS number",
    "nino": "A National Insurance number",
    "vrm": "A vehicle's number plate",
    "health": "Health information about a person",
    "send": "Special educational needs of a person",
    "social_care": "Social care or family circumstances of a person",
    "location_live": "Where {pupil}s are, or will be",
    "coords": "Exact coordinates of a place",
    "image_gps": "A picture that carries the place where it was taken",
    "credential": "A password or other login detail",
    "insult": "An insulting comment",
    "bullying": "Bullying",
    "harassment": "Harassment",
    "discriminatory": "Discriminatory language",
    "sexual": "Sexual content",
    "doxxing": "Private details published to expose somebody",
    "allegation": "An allegation about a named adult",
    "threat": "A threat",
    "self_harm_encouragement": "Encouragement to self-harm",
    "grooming_contact": "An approach to a child that looks like grooming",
    "extremist": "Extremist content",
    "spam_scam": "Spam or a scam",
    "welfare_concern": "A worry about somebody's welfare",
    "reported_abuse": "Somebody reports bullying or abuse",
    "takedown_request": "Somebody asks for something about them to be taken down",
}
UNKNOWN_HEADLINE: Final = "Something that this release has no words for"

_TARGETS: Final = {
    "staff": "a member of staff",
    "pupil": "a {pupil}",
    "parent": "a parent",
    "school": "the school",
    "group": "a group of people",
    "self": "the author",
}
_BANDS: Final = {"confirmed": "The match is close", "possible": "The match is only possible"}
_CONSENTS: Final = {"yes": "given", "no": "refused", "some": "given for only some who share the name"}
_IMAGES: Final = {"single": "with a picture of one person", "group": "with a picture of a group", "none": "no picture"}
_DIFFERENCES: Final = {
    "text": "the text is another one",
    "pictures": "a picture is another one",
    "pictures_not_compared": "a picture could not be compared",
}


@dataclass(frozen=True)
class Clause:
    """A sentence of the school's policy; `source` is the policy's file or title, `lines` where it stands in it."""

    id: str
    text: str
    source: str
    lines: str


def headline(profile: Profile, category: str) -> str:
    """Return what a category is called in this school's words; names nobody and quotes nothing."""
    return HEADLINES.get(category, UNKNOWN_HEADLINE).format(pupil=profile.words.pupil)


def explain(profile: Profile, judgement: Judgement) -> str:
    """Say in one or two sentences what was found and what it needs; no names, no quotes, no accusation."""
    finding = judgement.finding
    details = [
        *_differences(finding.facts),
        *_consents(finding.facts),
        *(
            [f"aimed at {_TARGETS[target]}".format(pupil=profile.words.pupil)]
            if (target := _target(finding.facts))
            else []
        ),
    ]
    first = headline(profile, finding.category) + (f" ({', '.join(details)})" if details else "") + "."
    band = f"{_BANDS[finding.band]}; a" if finding.band in _BANDS else "A"
    if CATEGORY_OWNER.get(finding.category) == ABUSE:  # others wrote it: there is nothing to hold back
        return f"{first} {band} person must decide what happens to it."
    if CATEGORY_OWNER.get(finding.category) == APPROVALS:
        return f"{first} It went live: a person must decide whether it may stay."
    ask = "should not be published as it stands" if judgement.verdict == BLOCK else "needs a person's judgement"
    return f"{first} {band} person must decide: it {ask}."


def clause(profile: Profile, clause_id: str) -> Clause:
    """Return a clause of the profile.

    Raises:
        KeyError: the profile has no such clause.
    """
    found = profile.clauses[clause_id]
    return Clause(clause_id, found.text, found.source, found.lines)


def _differences(facts: Mapping[str, object]) -> list[str]:
    differs = facts.get("differs")
    return [_DIFFERENCES[differs]] if isinstance(differs, str) and differs in _DIFFERENCES else []


def _target(facts: Mapping[str, object]) -> str | None:
    target = facts.get("target")
    return target if isinstance(target, str) and target in _TARGETS else None


def _consents(facts: Mapping[str, object]) -> list[str]:
    said = [
        f"consent to {what}: {_CONSENTS.get(str(facts[fact]), 'not recorded')}"
        for fact, what in (("photo_consent", "photos"), ("name_consent", "the name"))
        if fact in facts
    ]
    shown = _IMAGES.get(str(facts.get("image")))
    return [shown, *said] if shown and said else said
