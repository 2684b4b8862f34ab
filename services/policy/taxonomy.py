"""Where each category stands in the misuse taxonomy (contact, conduct, content by nature) and in KCSIE's four areas."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

Axis = Literal["contact", "conduct", "content"]
Nature = Literal["commercial", "aggressive", "sexual", "values"]


@dataclass(frozen=True)
class Row:
    """A cell of the taxonomy. Contact is done to somebody, conduct is done by somebody, content is seen by somebody."""

    axis: Axis
    nature: Nature

    @property
    def kcsie_area(self) -> str:
        """One of KCSIE's four areas: commerce for everything commercial, otherwise the axis."""
        return "commerce" if self.nature == "commercial" else self.axis


_IDENTIFYING = Row("content", "values")
_HARVESTABLE = Row("contact", "commercial")

TAXONOMY: Final[Mapping[str, Row]] = {
    "not_approved": Row("conduct", "values"),
    "changed_since_approval": Row("conduct", "values"),
    "image_no_publish": _IDENTIFYING,
    **dict.fromkeys(
        ("name_full", "name_first", "name_partial", "name_tag", "name_on_image", "name_other_child", "class", "age"),
        _IDENTIFYING,
    ),
    **dict.fromkeys(("dob", "address", "postcode", "phone", "email", "upn", "nhs", "nino", "vrm"), _HARVESTABLE),
    **dict.fromkeys(("health", "send", "social_care"), _IDENTIFYING),
    **dict.fromkeys(("location_live", "coords", "image_gps"), Row("contact", "sexual")),
    "credential": Row("conduct", "commercial"),
    "insult": Row("content", "aggressive"),
    "bullying": Row("conduct", "aggressive"),
    "harassment": Row("contact", "aggressive"),
    "discriminatory": Row("content", "aggressive"),
    "sexual": Row("content", "sexual"),
    "doxxing": Row("contact", "aggressive"),
    "allegation": Row("conduct", "values"),
    "threat": Row("contact", "aggressive"),
    "self_harm_encouragement": Row("contact", "values"),
    "grooming_contact": Row("contact", "sexual"),
    "extremist": Row("content", "values"),
    "spam_scam": Row("content", "commercial"),
    "welfare_concern": Row("contact", "values"),
    "reported_abuse": Row("conduct", "aggressive"),
    "takedown_request": Row("content", "values"),
}
UNKNOWN: Final = Row("content", "values")


def row(category: str) -> Row:
    """Return the category's cell; a category that this release does not know counts as content of values."""
    return TAXONOMY.get(category, UNKNOWN)
