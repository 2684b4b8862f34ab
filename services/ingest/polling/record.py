"""From what a platform shows to what is recorded: revisions, their texts, then one commit."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas import ids
from schemas.categories import DETECTORS
from schemas.ids import PostId
from services.ingest.connectors.connector import Observation
from services.ingest.polling.connections import Register
from services.ingest.polling.lease import Leases
from services.ingest.reads import IngestReader
from services.ingest.revise import NOT_OFFERED, CheckRules, MediaState, Refs, Revision, revise
from services.ingest.writes import IngestWriter, RevisionConflict
from services.policy.load import load_profile
from services.policy.profile import Profile
from services.register.models import Account
from services.shared import metrics
from services.shared.clock import Clock
from services.shared.content_store import ContentStore
from services.shared.fingerprint import text_ref

ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Storage:
    """Where what was observed is kept."""

    reader: IngestReader
    writer: IngestWriter
    leases: Leases
    content: ContentStore


@dataclass(frozen=True, slots=True)
class Changes:
    """What observations change: new revisions, and the ids of posts that looked absent but are shown again.

    `offered` are addresses, by post and key, of known attachments that had none: they take no part in the commit.
    """

    new: Sequence[Revision] = ()
    returned: Sequence[str] = ()
    offered: Mapping[tuple[PostId, str], str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether there is anything to record."""
        return bool(self.new or self.returned)


Commit = Callable[[Changes], Awaitable[None]]
"""Records changes in one transaction; RevisionConflict makes the recorder work them out anew."""


class Recorder:
    """Records observations. `stored` is called after every commit that may have added checks or media to fetch."""

    def __init__(
        self,
        register: Register,
        storage: Storage,
        clock: Clock,
        stored: Callable[[], None],
        detectors: Sequence[str] = DETECTORS,
        profiles: Callable[[str], Profile] = load_profile,
    ) -> None:
        self.storage = storage
        self._register = register
        self._clock = clock
        self._stored = stored
        self._detectors = detectors
        self._profiles = profiles

    async def rules(self, account: Account) -> CheckRules:
        """Return what checks of this account rest on at this moment.

        Raises:
            DependencyUnavailable: the register does not answer.
        """
        school = await self._register.school(account.school_id)
        return CheckRules(
            account=account,
            profile=self._profiles(school.profile),
            versions={each: await self._register.versions(each) for each in checked_against(account)},
            detectors=self._detectors,
            biometric_basis=school.face_matching.dpia_reference is not None,
        )

    async def record(
        self, rules: CheckRules, posts: Sequence[Observation], commit: Commit, *, always: bool = False
    ) -> int:
        """Record what observations change, and return how many revisions are new.

        `commit` is called when there is something to record, or `always`.

        Raises:
            LeaseLost: another process polls the account.
            RevisionConflict: the posts' revisions changed again and again meanwhile.
            DependencyUnavailable: the database or the content store does not answer.
        """
        changes = await self._changes(rules, posts)
        if changes.offered:
            await self.storage.writer.offer(changes.offered)
        for attempt in range(1, ATTEMPTS + 1):
            if not changes and not always:
                return 0
            await self._keep_texts(rules.account, changes.new)
            try:
                await commit(changes)
                break
            except RevisionConflict:
                if attempt == ATTEMPTS:
                    raise
                changes = await self._changes(rules, posts)
        for revision in changes.new:
            metrics.REVISIONS.labels(revision.event.platform, revision.event.cause).inc()
        if changes.new:
            self._stored()
        return len(changes.new)

    async def _changes(self, rules: CheckRules, posts: Sequence[Observation]) -> Changes:
        account, shown = rules.account, {post.first_id for post in posts}
        known = await self.storage.reader.known(account.account_id, shown)
        absent = await self.storage.reader.absent(account.account_id, shown)
        offered = {
            (ids.post_id(account.account_id, post.first_id), each.key): each.url
            for post in posts
            if post.first_id in known
            for each in post.attachments
            if each.url and known[post.first_id].media.get(each.key) == MediaState(missing_reason=NOT_OFFERED)
        }
        now, new = self._clock.now(), []
        for post in posts:
            revision = revise(post, known.get(post.first_id), rules, await self._refs(account, post), now)
            if revision is not None:
                known[post.first_id] = revision.as_known()
                new.append(revision)
        return Changes(new, absent, offered)

    async def _keep_texts(self, account: Account, new: Sequence[Revision]) -> None:
        """Store the texts before the commit: a crash leaves a blob too many, which is purged, never one too few."""
        texts = {each.event.content: each for each in new if each.event.content is not None}
        if texts:
            posts = {key: each.event.post_id for key, each in texts.items()}
            await self.storage.writer.reserve(account.school_id, posts)
        for key, revision in texts.items():
            await self.storage.content.put_content(key, revision.content)

    async def _refs(self, account: Account, post: Observation) -> Refs:
        keyring, author = self.storage.content.keyring, None
        if post.author.platform_id is not None:
            writer = f"{account.platform}:{post.author.platform_id}"
            author = await keyring.pseudonym(account.school_id, "author", writer)
        return Refs(author, await text_ref(keyring, account.school_id, post.text))


def checked_against(account: Account) -> tuple[str, ...]:
    """Return the schools whose registers an account's posts are checked against: its own unless others are named."""
    return account.checked_against or (account.school_id,)
