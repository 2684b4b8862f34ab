"""The platforms' state in memory. Everything runs on one event loop, and no method awaits, so nothing needs a lock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from services.sandbox.posts import (
    PLATFORMS,
    Kind,
    Label,
    Media,
    MovableClock,
    Platform,
    Post,
    Standing,
    User,
    Version,
)
from services.sandbox.school import School
from services.shared.errors import InputRejected

SNOWFLAKE_EPOCH_MS: Final = 1_288_834_974_657
PICTURE: Final = "playing-field"
"""What Instagram shows with a post that was made without a picture: it has no others."""
OPENED: Final = datetime(
    2024, 9, 2, 8, tzinfo=UTC
)  # when every account was opened: official ids are the same in every run


@dataclass(frozen=True, slots=True)
class NewPost:
    """What a caller says of a post it wants; the store decides ids, thread and, where absent, kind.

    `account` is the handle or id of the official account on which it happens; the thread's or the first one without it.
    """

    platform: Platform
    text: str
    account: str | None = None
    pictures: Sequence[str] = ()
    author: str | None = None
    author_name: str | None = None
    kind: Kind | None = None
    parent_id: str | None = None
    labels: tuple[Label, ...] = ()
    ago: timedelta = timedelta()
    visible_after: timedelta = timedelta()


def snowflake(at: datetime) -> int:
    """Return the lowest id that X would give at this moment."""
    return max(int(at.timestamp() * 1000) - SNOWFLAKE_EPOCH_MS, 0) << 22


class Store:
    """Accounts, users and posts of every platform. `accounts` are the first ones: those of the sandbox's own school."""

    def __init__(self, school: School, clock: MovableClock | None = None) -> None:
        self.school = school
        self.clock = clock or MovableClock()
        self._last_id = snowflake(OPENED)
        self.accounts: dict[Platform, User] = {
            platform: User(str(self._mint(OPENED)), platform, school.handle, school.name, OPENED, official=True)
            for platform in PLATFORMS
        }
        self._official = list(self.accounts.values())
        self.reset()

    def reset(self) -> None:
        """Forget everything but the official accounts; ids go on rising."""
        self._posts: dict[tuple[Platform, str], Post] = {}
        self._media: dict[str, tuple[Media, Post]] = {}
        self._users = {(user.platform, user.handle.casefold()): user for user in self._official}
        self._standings: dict[User, Standing] = {}

    def open_account(self, platform: Platform, handle: str, name: str) -> User:
        """Open a further official account.

        Raises:
            InputRejected: somebody on this platform has this handle.
        """
        handle = handle.removeprefix("@")
        if (platform, handle.casefold()) in self._users:
            raise InputRejected(f"the handle {handle} is taken on {platform}: choose another")
        account = self._new_user(platform, handle, name, official=True)
        self._official.append(account)
        return account

    def official(self, platform: Platform) -> list[User]:
        """Return the official accounts of a platform in the order in which they were opened."""
        return [account for account in self._official if account.platform == platform]

    def account(self, platform: Platform, name: str) -> User:
        """Return the official account with this handle or id; InputRejected where there is none."""
        return _named(name, self.official(platform), f"official {platform} account")

    def set_standing(self, platform: Platform, name: str, standing: Standing) -> User:
        """Hide the posts of a user, named by handle or id, as protected or suspended; or show them again."""
        user = _named(name, self.users(platform), f"{platform} user")
        self._standings[user] = standing
        return user

    def standing(self, user: User) -> Standing:
        """Tell whether a user's posts are public."""
        return self._standings.get(user, "public")

    def create(self, new: NewPost) -> Post:
        """Publish a post.

        Raises:
            InputRejected: the parent or the account does not exist, or a comment, reply or quote has no parent.
        """
        parent = self.get(new.platform, new.parent_id) if new.parent_id else None
        first = parent.account if parent else self.accounts[new.platform]
        account = self.account(new.platform, new.account) if new.account else first
        author = self.user(new.platform, new.author or account.handle, new.author_name)
        kind = new.kind or _kind(author, account, parent)
        if parent is None and kind in ("comment", "reply", "quote"):
            raise InputRejected(f"a {kind} needs parent_id: the id of the post it belongs to")
        now = self.clock.now()
        created_at = now - new.ago
        threaded = None if kind == "quote" else parent
        local_id = str(self._mint(created_at))
        version_id = _platform_id(new.platform, author if kind == "mention" else account, threaded, local_id)
        post = Post(
            platform=new.platform,
            kind=kind,
            author=author,
            account=threaded.account if threaded else account,
            root_id=threaded.root_id if threaded else version_id,
            parent_id=parent.id if parent else None,
            created_at=created_at,
            visible_from=created_at + new.visible_after if new.visible_after else created_at,
            versions=[],
            addressed=_addressed(new, kind, author, threaded, account),
            labels=new.labels,
            touched_at=created_at,
        )
        needed = (PICTURE,) if new.platform == "instagram" and threaded is None else ()
        self._add_version(post, version_id, new.text, new.pictures or needed, created_at)
        if threaded is not None:
            self._posts[new.platform, threaded.root_id].touched_at = now
        return post

    def edit(self, platform: Platform, post_id: str, text: str | None, pictures: Sequence[str] | None) -> Post:
        """Change a post's text or pictures; None keeps what is there. X gives the new version an id of its own."""
        post, now = self.get(platform, post_id), self.clock.now()
        version_id = str(self._mint(now)) if platform == "x" else post.id
        kept = post.latest.media if pictures is None else ()
        self._add_version(post, version_id, post.latest.text if text is None else text, pictures or (), now, kept)
        post.touched_at = now
        return post

    def hide(self, platform: Platform, post_id: str, *, hidden: bool) -> Post:
        """Hide a comment from visitors, or show it again."""
        post = self.get(platform, post_id)
        post.hidden = hidden
        return post

    def delete(self, platform: Platform, post_id: str) -> Post:
        """Delete a post with all its versions. Its answers go with it, except on X, where they stay."""
        post, now = self.get(platform, post_id), self.clock.now()
        post.deleted_at = now
        if platform != "x":
            for answer in self.answers(post):
                self.delete(platform, answer.id)
        return post

    def get(self, platform: Platform, post_id: str) -> Post:
        """Return the post that has or had a version with this id and was not deleted.

        Raises:
            InputRejected: there is none.
        """
        post = self.find(platform, post_id)
        if post is None or post.deleted_at is not None:
            raise InputRejected(f"no {platform} post has the id {post_id}")
        return post

    def find(self, platform: Platform, post_id: str) -> Post | None:
        """Return the post that has or had a version with this id, deleted or not, or None."""
        return self._posts.get((platform, post_id))

    def posts(self, platform: Platform) -> list[Post]:
        """Return every post of a platform in the order of creation, deleted and not yet visible ones too."""
        return [post for (on, key), post in self._posts.items() if on == platform and key == post.id]

    def visible(self, platform: Platform) -> list[Post]:
        """Return what the platform's API may show now, in the order of creation."""
        return [post for post in self.posts(platform) if self.shows(post)]

    def shows(self, post: Post) -> bool:
        """Tell whether the platform's API may show a post now."""
        return post.visible(self.clock.now()) and self.standing(post.author) == "public"

    def answers(self, post: Post) -> list[Post]:
        """Return the direct comments and replies of a post, oldest first, that are not deleted."""
        return [
            other
            for other in self.posts(post.platform)
            if other.parent_id == post.id and other.kind != "quote" and other.deleted_at is None
        ]

    def user(self, platform: Platform, handle: str, name: str | None = None) -> User:
        """Return the user with this handle; a new one is made when there is none."""
        handle = handle.removeprefix("@")
        known = self._users.get((platform, handle.casefold()))
        return known or self._new_user(platform, handle, name or handle, official=False)

    def users(self, platform: Platform) -> Iterable[User]:
        """Return every user of a platform."""
        return [user for (on, _), user in self._users.items() if on == platform]

    def media(self, key: str) -> tuple[Media, Post] | None:
        """Return a picture by its platform key together with its post, or None."""
        return self._media.get(key)

    def _add_version(
        self,
        post: Post,
        version_id: str,
        text: str,
        pictures: Sequence[str],
        at: datetime,
        kept: tuple[Media, ...] = (),
    ) -> None:
        prefix = "3_" if post.platform == "x" else ""
        media = kept + tuple(Media(f"{prefix}{self._mint(at)}", picture) for picture in pictures)
        post.versions.append(Version(version_id, text, media, at))
        self._posts[post.platform, version_id] = post
        self._media.update({item.key: (item, post) for item in media})

    def _new_user(self, platform: Platform, handle: str, name: str, *, official: bool) -> User:
        user = User(str(self._mint(OPENED)), platform, handle, name, OPENED, official=official)
        self._users[platform, handle.casefold()] = user
        return user

    def _mint(self, at: datetime) -> int:
        self._last_id = max(snowflake(at), self._last_id + 1)
        return self._last_id


def _named(name: str, users: Iterable[User], what: str) -> User:
    wanted = name.removeprefix("@").casefold()
    for user in users:
        if wanted in (user.id, user.handle.casefold()):
            return user
    raise InputRejected(f"no {what} has the handle or id {name}")


def _kind(author: User, account: User, parent: Post | None) -> Kind:
    if parent is not None:
        top = parent.parent_id is None and account.platform != "x"
        return "comment" if top else "reply"
    if author is account:
        return "post"
    return "visitor_post" if account.platform == "facebook" else "mention"


def _addressed(new: NewPost, kind: Kind, author: User, parent: Post | None, account: User) -> str:
    """Return the handles in front of a reply on X: who is answered and whom that one answered, without the author."""
    if new.platform != "x":
        return ""
    handles: list[str] = []
    if parent is not None:
        handles = [f"@{parent.author.handle}", *parent.addressed.split()]
    elif kind == "mention":
        handles = [f"@{account.handle}"]
    text = new.text.casefold()
    return "".join(
        f"{handle} "
        for handle in dict.fromkeys(handles)
        if handle.casefold() != f"@{author.handle}".casefold() and handle.casefold() not in text
    )


def _platform_id(platform: Platform, where: User, parent: Post | None, local_id: str) -> str:
    """Facebook names posts `<whose timeline>_<post>` and comments `<post>_<comment>`; the others number everything."""
    if platform != "facebook":
        return local_id
    return f"{parent.root_id.split('_')[-1] if parent else where.id}_{local_id}"
