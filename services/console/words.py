"""Codes in words, for people. Codes are open: one that this release does not know is shown as it is, readable."""

from collections.abc import Mapping, Sequence
from typing import Final

from services.casebook import operations

_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "platform": {"x": "X", "facebook": "Facebook", "instagram": "Instagram"},
    "kind": {"quote": "quoting post", "visitor_post": "visitor's post", "direct_message": "direct message"},
    "relation": {
        "official": "The school's own account",
        "known": "Known to the school",
        "self_described": "Not known to the school; says who they are",
        "unknown": "Not known to the school",
    },
    "state": {"open": "Open", "acknowledged": "Acknowledged", "closed": "Closed"},
    "verdict": {
        "allow": "It may go live",
        "unchecked": "Something could not be checked",
        "review": "It needs a person's judgement",
        "block": "It must not be published as it is",
    },
    "decision": {"checked": "Not decided yet", "approved": "Approved", "rejected": "Refused"},
    "outcome": {
        "content_removed": "The content was removed",
        "referred": "Referred to somebody else",
        "spoken_to": "Spoken to the person or the family",
        "no_action": "No action needed",
        "false_positive": "Nothing was wrong: the check was mistaken",
    },
    "audience": {
        "general": "General",
        "safeguarding": "Safeguarding",
        "staff_allegation": "Allegation about staff",
        "data_protection": "Data protection",
        "operations": "Operations",
    },
    "band": {"confirmed": "Close match", "possible": "Possible match"},
    "detector": {"faces": "faces of pupils", "details": "identifying details", "abuse": "abuse"},
    "channel": {"email": "by e-mail", "webhook": "by webhook"},
    "audit": {
        "running": "Running",
        "paused": "Paused",
        "examining": "Everything is read; checks go on",
        "read": "Everything is read; no check waits here",
    },
    "change": {
        "photo_consent_withdrawn": "the consent to photos is no longer there",
        "name_consent_withdrawn": "the consent to the name is no longer there",
        "enrolled": "the image must not be published any more",
    },
    "consent": {"yes": "given", "no": "refused", "unknown": "not recorded"},
    "part": {
        "all": "the whole post",
        "text": "the text",
        "handle": "the author's handle",
        "display_name": "the author's name",
        "alt_text": "a picture's description",
        "file_name": "a file's name",
        "parent_text": "the post it answers",
        "place": "the place",
        "image": "a picture",
    },
    "reason": {
        "no_answer": "it did not answer",
        "not_said": "it did not say why",
        "not_available": "this check is not installed",
        "not_supported": "this release cannot check it",
        "kind_not_supported": "this release cannot check files of this kind",
        "platform_terms": "the platform's terms do not allow it",
        "face_matching_off": "the school has face matching switched off",
        "no_impact_assessment": "no impact assessment is on record",
        "roster_not_cleared": "nobody has declared who is in the picture",
        "content_gone": "it was deleted before it could be checked",
        "not_fetched": "it could not be fetched",
        "expired": "the platform's link to it had expired",
        "unreachable": "the platform did not send it",
        "not_offered": "the platform did not offer it",
        "too_many_pixels": "it is too large",
        "too_small": "it is too small to see anything in it",
        "incomplete": "the file is incomplete",
        "animated": "only its first frame was looked at",
        "empty": "the file is empty",
        "format_not_supported": "it is no picture of a kind that can be read",
        "faces_unresolvable": "a face in it is too small or unclear to be compared",
        "gallery_of_another_model": "some pupils must be enrolled again before they can be recognised",
        "pending": "it was not fetched in time",
        "content_unreadable": "what was stored cannot be opened",
        "register_unreadable": "the register cannot be read",
        "out_of_time": "there was no time left for it",
        "too_many_findings": "more was found in it than is listed",
        "engine_timeout": "the check took too long",
        "engine_out_of_memory": "the check needed too much memory",
        "engine_crashed": "the check broke down",
        "engine_failed": "the check broke down",
    },
}


def words(kind: str, code: str) -> str:
    """Return the words for a code of a kind (`platform`, `relation`, `outcome` ...)."""
    return _WORDS.get(kind, {}).get(code, code.replace("_", " "))


def listed(headlines: Sequence[str]) -> str:
    """Return headlines as one: `A threat; an insulting comment`."""
    first, *others = headlines or ("A case without findings",)
    lowered = (other if other[1:2].isupper() else other[:1].lower() + other[1:] for other in others)
    return "; ".join((first, *lowered))


def account_reason(code: str | None) -> str:
    """Return why an account is not read as it should be."""
    return operations.reason(code or operations.UNKNOWN)


def part(name: str) -> str:
    """Return the words for a part of a post, such as `image:3_7`."""
    return words("part", name.split(":", 1)[0])
