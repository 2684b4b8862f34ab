"""Checks a post before it is published: stores it, plans and asks, and lets the school's policy decide."""

import asyncio
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from schemas import ids
from schemas.analysis import Analysis
from schemas.content import AttachmentText, Content
from schemas.ids import AttachmentKey, BlobKey, Digest, SchoolId
from schemas.post import Attachment, Author, Post
from services.casebook import drafts
from services.casebook.drafts import NewDraft, Reserved, content_hash
from services.console.drafts.client import ANSWER_SECONDS, CheckClient, unanswered
from services.console.pictures import MOST_PIXELS, look_at
from services.policy.decide import Decision, PostFacts, decide
from services.policy.load import choose, load_profile
from services.policy.plan import DRAFT, plan
from services.policy.profile import Profile
from services.register.models import Account
from services.register.reads import RegisterReader
from services.shared.clock import Clock
from services.shared.content_store import ContentStore
from services.shared.database import Database
from services.shared.errors import InputRejected
from services.shared.fingerprint import text_ref

MOST_PICTURES: Final = 4
LARGEST_PICTURE: Final = 20 * 2**20
"""Bytes."""
LONGEST_TEXT: Final = 10_000
LONGEST_DESCRIPTION: Final = 1_500
OFFICIAL: Final = "official"


@dataclass(frozen=True)
class DraftPicture:
    """A picture that is meant to be published, with the description that goes with it."""

    data: bytes
    description: str = ""


@dataclass(frozen=True)
class Written:
    """What somebody wants to publish, and where."""

    account: Account
    text: str
    pictures: tuple[DraftPicture, ...] = ()


@dataclass(frozen=True)
class CheckedDraft:
    """What the detectors and the policy made of a draft; its blobs are in the store."""

    post: Post
    analyses: tuple[Analysis, ...]
    decision: Decision
    profile: Profile
    content_hash: str
    text_ref: Digest
    pictures: tuple[str, ...]

    def as_record(self, author_id: str) -> NewDraft:
        """Return what the casebook keeps of it."""
        post = self.post
        return NewDraft(
            school_id=post.school_id,
            draft_id=post.post_id,
            account_id=post.account_id,
            author_id=author_id,
            content_key=f"{post.school_id}/content/{post.revision_id}",
            media_keys=media_of(post),
            content_hash=self.content_hash,
            text_ref=self.text_ref,
            pictures=self.pictures,
            verdict=self.decision.verdict,
            analyses=self.analyses,
            checked_at=post.observed_at,
        )


class DraftChecks:
    """Checks drafts against the registers of the account that they are meant for."""

    def __init__(
        self, register: RegisterReader, casebook: Database, store: ContentStore, client: CheckClient, clock: Clock
    ) -> None:
        self._register = register
        self._casebook = casebook
        self._store = store
        self._client = client
        self._clock = clock

    async def check(self, written: Written) -> CheckedDraft:
        """Store, ask and decide; nothing is left in the store when that fails.

        What is neither recorded in the casebook nor discarded afterwards is deleted some hours later (purge.py).

        Raises:
            InputRejected: there is nothing to check, or too much.
            DependencyUnavailable: the register, the casebook or the store does not answer.
        """
        await asyncio.to_thread(_must_fit, written)
        account = written.account
        profile = await policy_of(self._register, account.school_id)
        post = await self._post(written, profile)
        try:
            await self._keep(written, post)
            asked = await self._client.ask(post)
            # What must not look did not look: only a person can say that nothing is wrong there.
            silent = [unanswered(each.detector, post, each.reason, post.observed_at) for each in post.excluded]
            answers = (*asked, *silent)
            return CheckedDraft(
                post=post,
                analyses=answers,
                decision=judge(profile, account.platform, answers, has_image=bool(written.pictures)),
                profile=profile,
                content_hash=_hash(written),
                text_ref=await text_ref(self._store.keyring, account.school_id, written.text),
                pictures=_perceptual_hashes(answers),
            )
        except BaseException:
            await self.discard(post)
            raise

    async def discard(self, post: Post) -> None:
        """Delete the text and the pictures of a draft that is not recorded."""
        for blob in _blobs_of(post):
            await self._store.delete(blob)
        async with self._casebook.transaction() as connection:
            await drafts.release(connection, post.school_id, post.post_id)

    async def _post(self, written: Written, profile: Profile) -> Post:
        account, now = written.account, self._clock.now()
        school = await self._register.school(account.school_id)
        planned = plan(
            profile,
            platform=account.platform,
            kind=DRAFT,
            images=len(written.pictures),
            has_text=any(said.strip() for said in (written.text, *(each.description for each in written.pictures))),
            available=self._client.detectors,
            biometric_basis=school.face_matching.dpia_reference is not None,
        )
        name = f"draft-{secrets.token_hex(8)}"
        post_id = ids.post_id(account.account_id, name)
        revision_id = ids.revision_id(post_id, 1, _hash(written))
        return Post(
            check_id=ids.check_id(revision_id, DRAFT),
            trigger=DRAFT,
            school_id=account.school_id,
            account_id=account.account_id,
            platform=account.platform,
            post_id=post_id,
            revision_id=revision_id,
            revision_no=1,
            cause="created",
            kind=DRAFT,
            author=Author(relation=OFFICIAL),
            content=f"{account.school_id}/content/{revision_id}",
            attachments=tuple(
                Attachment(key=str(number), kind="photo", media=f"{account.school_id}/media/{name}-{number}")
                for number in range(1, len(written.pictures) + 1)
            ),
            observed_at=now,
            required=planned.required,
            excluded=planned.excluded,
            versions={school_id: await self._register.versions(school_id) for school_id in account.checked_against},
            deadline=now + timedelta(seconds=ANSWER_SECONDS),
        )

    async def _keep(self, written: Written, post: Post) -> None:
        async with self._casebook.transaction() as connection:
            reserved = Reserved(post.school_id, post.post_id, _blobs_of(post))
            await drafts.reserve(connection, reserved, post.observed_at)
        said = {
            attachment.key: AttachmentText(alt_text=picture.description or None)
            for attachment, picture in zip(post.attachments, written.pictures, strict=True)
        }
        for attachment, picture in zip(post.attachments, written.pictures, strict=True):
            if attachment.media is not None:
                await self._store.put(attachment.media, picture.data)
        if post.content is not None:
            await self._store.put_content(post.content, Content(text=written.text, attachments=said))


async def policy_of(register: RegisterReader, school_id: SchoolId) -> Profile:
    """Return a school's policy with the choices that its register makes.

    Raises:
        InputRejected: there is no such school.
        SettingsError: its profile is wrong.
        DependencyUnavailable: the register does not answer.
    """
    profile = load_profile((await register.school(school_id)).profile)
    facts = (await register.roster(school_id)).facts
    return choose(profile, facts.policy)


def judge(profile: Profile, platform: str, analyses: Sequence[Analysis], *, has_image: bool) -> Decision:
    """Decide on a draft by what the detectors answered."""
    return decide(
        profile,
        PostFacts(platform, DRAFT, DRAFT, OFFICIAL, has_image),
        [finding for analysis in analyses for finding in analysis.findings],
        [gap for analysis in analyses for gap in analysis.unchecked],
    )


def media_of(post: Post) -> dict[AttachmentKey, BlobKey]:
    """Return where a draft's pictures lie."""
    return {each.key: each.media for each in post.attachments if each.media is not None}


def _blobs_of(post: Post) -> tuple[BlobKey, ...]:
    return tuple(blob for blob in (post.content, *media_of(post).values()) if blob is not None)


def _must_fit(written: Written) -> None:
    if not written.text.strip() and not written.pictures:
        raise InputRejected("there is nothing to check: write a caption, or choose a picture")
    if len(written.text) > LONGEST_TEXT:
        raise InputRejected(f"the caption is too long: {LONGEST_TEXT} characters fit")
    if len(written.pictures) > MOST_PICTURES:
        raise InputRejected(f"there are too many pictures: {MOST_PICTURES} fit")
    for number, picture in enumerate(written.pictures, 1):
        if len(picture.data) > LARGEST_PICTURE:
            raise InputRejected(f"picture {number} is too large: {LARGEST_PICTURE // 2**20} MB fit")
        if len(picture.description) > LONGEST_DESCRIPTION:
            raise InputRejected(
                f"the description of picture {number} is too long: {LONGEST_DESCRIPTION} characters fit"
            )
        if look_at(picture.data) is None:
            raise InputRejected(
                f"picture {number} cannot be checked: choose a JPEG, PNG, GIF or WebP picture"
                f" of at most {MOST_PIXELS // 10**6} million pixels"
            )


def _hash(written: Written) -> str:
    return content_hash(written.text, (picture.data for picture in written.pictures))


def _perceptual_hashes(analyses: Iterable[Analysis]) -> tuple[str, ...]:
    """Return by what the pictures will be known again, as far as they could be examined."""
    return tuple(fact.perceptual_hash for analysis in analyses for fact in analysis.media_facts if fact.perceptual_hash)
