"""A check: one request to examine one revision of a post with named detectors."""

from pydantic import Field, NonNegativeInt, PositiveInt

from schemas.base import Code, Model, UtcDatetime
from schemas.ids import AccountId, AttachmentKey, BlobKey, Digest, PostId, RevisionId, RunId, SchoolId


class Author(Model):
    """Who wrote the post, as far as the platform says: a keyed pseudonym, never a handle."""

    ref: Digest | None = None
    relation: Code = "unknown"


class Attachment(Model):
    """One picture, film or link of a post; while `media` is absent, `missing_reason` says why."""

    key: AttachmentKey
    kind: Code
    media: BlobKey | None = None
    missing_reason: Code | None = None


class Excluded(Model):
    """A detector that must not look at this post, and why (platform terms, no legal basis ...)."""

    detector: Code
    reason: Code


class RegisterVersions(Model):
    """Which state of a school's register a check or an answer rests on."""

    roster: NonNegativeInt = 0
    gallery: NonNegativeInt = 0
    profile: NonNegativeInt = 0

    def older_than(self, other: "RegisterVersions") -> bool:
        """Tell whether any part of this register state precedes the other's."""
        return self.roster < other.roster or self.gallery < other.gallery or self.profile < other.profile


class Post(Model):
    """One check of one revision. Carries ids, codes and references only: the text lies in the content store.

    `text_ref` is a keyed digest of the text as people read it (services/shared/fingerprint.py): equal for equal texts
    of one school, and nothing else can be learnt from it.
    """

    check_id: Digest
    trigger: Code
    run_id: RunId | None = None
    school_id: SchoolId
    account_id: AccountId
    platform: Code
    post_id: PostId
    revision_id: RevisionId
    revision_no: PositiveInt
    cause: Code
    kind: Code
    parent_id: PostId | None = None
    root_id: PostId | None = None
    author: Author = Author()
    content: BlobKey | None = None
    text_ref: Digest | None = None
    attachments: tuple[Attachment, ...] = ()
    published_at: UtcDatetime | None = None
    edited_at: UtcDatetime | None = None
    observed_at: UtcDatetime
    visibility: Code = "unknown"
    required: tuple[Code, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    versions: dict[SchoolId, RegisterVersions] = Field(default_factory=dict)
    deadline: UtcDatetime
