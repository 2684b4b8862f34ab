"""The open codes on the wire: what a detector may say, and which detector owns each category."""

from collections.abc import Mapping
from typing import Final

FACES: Final = "faces"
DETAILS: Final = "details"
ABUSE: Final = "abuse"
APPROVALS: Final = "approvals"
"""Not a detector: notify itself compares what is live with what was approved."""
DETECTORS: Final = (FACES, DETAILS, ABUSE)

CATEGORY_OWNER: Final[Mapping[str, str]] = {
    "not_approved": APPROVALS,
    "changed_since_approval": APPROVALS,
    "image_no_publish": FACES,
    **dict.fromkeys(
        (
            "name_full", "name_first", "name_partial", "name_tag", "name_on_image", "name_other_child",
            "class", "age", "dob", "address", "postcode", "phone", "email", "upn", "nhs", "nino", "vrm",
            "health", "send", "social_care", "location_live", "coords", "image_gps", "credential",
        ),
        DETAILS,
    ),
    **dict.fromkeys(
        (
            "insult", "bullying", "harassment", "discriminatory", "sexual", "doxxing", "allegation", "threat",
            "self_harm_encouragement", "grooming_contact", "extremist", "spam_scam", "welfare_concern",
            "reported_abuse", "takedown_request",
        ),
        ABUSE,
    ),
}  # fmt: skip
"""Every category and who reports it: one detector, or the comparison with approvals."""

PLATFORMS: Final = ("x", "facebook", "instagram")
KINDS: Final = ("post", "comment", "reply", "quote", "mention", "visitor_post", "story", "direct_message", "draft")
TRIGGERS: Final = ("live", "recheck", "audit", "draft")
CAUSES: Final = ("created", "edited", "visibility", "deleted", "media")
RELATIONS: Final = ("official", "known", "self_described", "unknown")
VISIBILITIES: Final = ("public", "hidden", "unpublished", "protected", "unknown")
PUPIL_CHANGES: Final = (
    "joined", "renamed", "left", "photo_consent_given", "photo_consent_withdrawn", "name_consent_given",
    "name_consent_withdrawn", "enrolled", "enrolment_removed",
)  # fmt: skip
ACCOUNT_STATES: Final = ("checked", "delayed", "not_checked")
BANDS: Final = ("confirmed", "possible")
AUDIENCES: Final = ("general", "safeguarding", "staff_allegation", "data_protection", "operations")
SEVERITIES: Final = ("S1", "S2", "S3", "S4")
