"""Pure: an observation and the last known revision of its post make a new revision, or nothing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from schemas import ids
from schemas.content import AttachmentText, Content
from schemas.content import Tag as ContentTag
from schemas.post import Attachment, Author, Post, RegisterVersions
from services.ingest.connectors.connector import Attachment as ObservedAttachment
from services.ingest.connectors.connector import Observation
from services.policy.plan import Plan, plan
from services.policy.profile import Profile
from services.register.models import Account

LIVE: Final = "live"
PICTURES: Final = frozenset({"photo", "unknown"})
PENDING: Final = "pending"
NOT_OFFERED: Final = "not_offered"
DELETED: Final = "deleted"
DELETED_HASH: Final = hashlib.sha256(DELETED.encode()).hexdigest()
"""Stands for the content of a post that is deleted; no content hashes to it."""


@dataclass(frozen=True, slots=True)
class CheckRules:
    """What a check of this account rests on: its school's policy and the state of the registers at this moment."""

    account: Account
    profile: Profile
    versions: Mapping[str, RegisterVersions]
    detectors: Sequence[str]
    biometric_basis: bool = False


@dataclass(frozen=True, slots=True)
class MediaState:
    """What became of an attachment so far: its blob, or why there is none (`pending` while it may still come)."""

    media: str | None = None
    missing_reason: str | None = None

    @property
    def settled(self) -> bool:
        """Tell whether nothing more is to be waited for."""
        return self.missing_reason != PENDING


@dataclass(frozen=True, slots=True)
class Known:
    """The last recorded revision of a post, made of the platform's `version` of it.

    `waiting` while one of the post's revisions is not published yet.
    """

    number: int
    content_hash: str
    visibility: str
    version: int = 0
    waiting: bool = False
    media: Mapping[str, MediaState] = field(default_factory=dict)

    @property
    def deleted(self) -> bool:
        """Tell whether the post is deleted; when it is shown again, it has come back."""
        return self.content_hash == DELETED_HASH


@dataclass(frozen=True, slots=True)
class Revision:
    """A new revision: the check to publish once its attachments are filled in, and what to store for it."""

    event: Post
    content: Content
    content_hash: str
    observation: Observation
    previous: Known | None

    @property
    def media(self) -> Mapping[str, MediaState]:
        """What is known of the post's attachments once this revision is recorded."""
        new = {
            each.key: MediaState(missing_reason=PENDING if each.url else NOT_OFFERED)
            for each in self.observation.attachments
        }
        return new | dict(self.previous.media if self.previous else {})

    @property
    def waits(self) -> bool:
        """Tell whether it may not be published at once: for its media, or for an earlier revision that waits."""
        return (self.previous is not None and self.previous.waiting) or not is_settled(self.event, self.media)

    def as_known(self) -> Known:
        """Return what the next observation of this post is compared with."""
        seen = self.observation
        return Known(self.event.revision_no, self.content_hash, seen.visibility, seen.version, self.waits, self.media)


def content_hash(text: str, attachments: Sequence[ObservedAttachment], visibility: str) -> str:
    """Hash what a reader of the post sees (64 hexadecimal digits); figures such as likes are no part of it."""
    seen = [text, [attachment.key for attachment in attachments], visibility]
    return hashlib.sha256(json.dumps(seen, ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Refs:
    """Keyed pseudonyms: of the author (None where the platform withholds who it is), and of the text."""

    author: str | None
    text: str


def revise(
    observation: Observation, known: Known | None, rules: CheckRules, refs: Refs, observed_at: datetime
) -> Revision | None:
    """Return the new revision, or None when nothing changed or an older version was shown again."""
    new_hash = content_hash(observation.text, observation.attachments, observation.visibility)
    if known is not None and (observation.version < known.version or new_hash == known.content_hash):
        return None
    number = known.number + 1 if known else 1
    account, planned = rules.account, _planned(observation, rules)
    post_id = ids.post_id(account.account_id, observation.first_id)
    revision_id = ids.revision_id(post_id, number, new_hash)
    official = observation.author.platform_id == account.platform_account
    event = Post(
        check_id=ids.check_id(revision_id, LIVE),
        trigger=LIVE,
        school_id=account.school_id,
        account_id=account.account_id,
        platform=account.platform,
        post_id=post_id,
        revision_id=revision_id,
        revision_no=number,
        cause=_cause(observation, known),
        kind=observation.kind,
        parent_id=_other(account, observation.parent_id),
        root_id=_other(account, observation.root_id),
        author=Author(ref=refs.author, relation="official" if official else "unknown"),
        content=f"{account.school_id}/content/{revision_id}",
        text_ref=refs.text,
        attachments=tuple(Attachment(key=each.key, kind=each.kind) for each in observation.attachments),
        published_at=observation.published_at,
        edited_at=observation.edited_at,
        observed_at=observed_at,
        visibility=observation.visibility,
        required=planned.required,
        excluded=planned.excluded,
        versions=dict(rules.versions),
        deadline=observed_at + planned.answer_within,
    )
    return Revision(event, _content(observation), new_hash, observation, known)


def with_media(event: Post, states: Mapping[str, MediaState]) -> Post:
    """Return the check with what is known of its attachments filled in; the unknown ones count as pending."""
    pending = MediaState(missing_reason=PENDING)
    filled = tuple(
        Attachment(key=each.key, kind=each.kind, media=state.media, missing_reason=state.missing_reason)
        for each in event.attachments
        for state in (states.get(each.key, pending),)
    )
    return event.model_copy(update={"attachments": filled})


def is_settled(event: Post, states: Mapping[str, MediaState]) -> bool:
    """Tell whether every attachment of the check arrived or was given up."""
    return all(each.key in states and states[each.key].settled for each in event.attachments)


def media_arrived(event: Post, observed_at: datetime) -> Post:
    """Return the revision that follows a published one when media arrives that was still missing from it.

    It is checked for the same reason: what an audit found stays a part of that audit.
    """
    number = event.revision_no + 1
    post_id, digits = event.post_id, event.revision_id.rsplit(":", 1)[1]
    revision_id = ids.revision_id(post_id, number, digits)
    return event.model_copy(
        update={
            "check_id": ids.check_id(revision_id, event.trigger, event.run_id or ""),
            "revision_id": revision_id,
            "revision_no": number,
            "cause": "media",
            "observed_at": observed_at,
            "deadline": observed_at + (event.deadline - event.observed_at),
        }
    )


def deleted(last: Post, observed_at: datetime) -> Post:
    """Return the revision that says that a post was deleted; `last` is the one before it. Nothing is left to check."""
    number = last.revision_no + 1
    revision_id = ids.revision_id(last.post_id, number, DELETED_HASH)
    return Post(
        check_id=ids.check_id(revision_id, LIVE),
        trigger=LIVE,
        school_id=last.school_id,
        account_id=last.account_id,
        platform=last.platform,
        post_id=last.post_id,
        revision_id=revision_id,
        revision_no=number,
        cause=DELETED,
        kind=last.kind,
        parent_id=last.parent_id,
        root_id=last.root_id,
        author=last.author,
        published_at=last.published_at,
        edited_at=last.edited_at,
        observed_at=observed_at,
        versions=last.versions,
        deadline=observed_at + (last.deadline - last.observed_at),
    )


def _cause(observation: Observation, known: Known | None) -> str:
    if known is None:
        return "created"
    if known.deleted:
        return "visibility"
    as_before = content_hash(observation.text, observation.attachments, known.visibility)
    return "visibility" if as_before == known.content_hash else "edited"


def _planned(observation: Observation, rules: CheckRules) -> Plan:
    words = [observation.text, *(each.alt_text or "" for each in observation.attachments)]
    return plan(
        rules.profile,
        platform=rules.account.platform,
        kind=observation.kind,
        images=sum(each.kind in PICTURES for each in observation.attachments),
        has_text=any(word.strip() for word in words),
        available=rules.detectors,
        biometric_basis=rules.biometric_basis,
    )


def _content(observation: Observation) -> Content:
    return Content(
        text=observation.text,
        lang=observation.lang,
        handle=observation.author.handle,
        display_name=observation.author.display_name,
        url=observation.url,
        tags=tuple(
            ContentTag(kind=tag.kind, value=tag.value, start=tag.start, end=tag.end) for tag in observation.tags
        ),
        attachments={
            each.key: AttachmentText(alt_text=each.alt_text, file_name=each.file_name)
            for each in observation.attachments
        },
        parent_text=observation.parent_text,
    )


def _other(account: Account, object_id: str | None) -> str | None:
    return ids.post_id(account.account_id, object_id) if object_id else None
