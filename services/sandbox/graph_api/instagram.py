"""The JSON of Instagram's objects and lists on the Graph API. Only what belongs to the account is read by its id."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.sandbox.graph_api.paging import choose, created_within, graph_time, newest_first
from services.sandbox.graph_api.selection import Fields, Writers, chosen_fields, fixed, parse_fields
from services.sandbox.graph_api.threads import by_time, comments_below, is_comment, top_comment
from services.sandbox.media_host import MediaHost
from services.sandbox.posts import Media, Post, User
from services.sandbox.store import Store

MOST_COMMENTS: Final = 50
ID_ONLY: Final = parse_fields("id")
COMMENT_DEFAULT: Final = parse_fields("timestamp,text,id")


class InstagramNodes:
    """Writes Instagram's part of one answer for a client that reaches the sandbox at `base_url`."""

    def __init__(self, store: Store, media_host: MediaHost, base_url: str, address: str) -> None:
        self._store = store
        self._media_host = media_host
        self._base_url = base_url
        self._address = address

    def account(self, account: User, fields: Fields) -> dict[str, Any]:
        """Return the account itself."""
        every = {
            "id": account.id,
            "username": account.handle,
            "name": account.name,
            "biography": "",
            "followers_count": 0,
            "media_count": len(self._own(account)),
        }
        return chosen_fields(fields or ID_ONLY, {name: fixed(value) for name, value in every.items()}, "ShadowIGUser")

    def node(self, post: Post, fields: Fields) -> dict[str, Any]:
        """Return a medium or a comment.

        Raises:
            GraphProblem: 100 for a field that it does not have.
        """
        if is_comment(post):
            return chosen_fields(fields or COMMENT_DEFAULT, self._comment(post), "ShadowIGComment")
        return chosen_fields(fields or ID_ONLY, self._medium(post), "ShadowIGMedia")

    def media(self, account: User, query: Mapping[str, str], fields: Fields) -> dict[str, Any]:
        """Return a page of the account's own media, newest first."""
        own = created_within(self._own(account), query)
        return self._page(own, query, fields, f"{account.id}/media")

    def tags(self, account: User, query: Mapping[str, str], fields: Fields) -> dict[str, Any]:
        """Return a page of other people's media that name the account, newest first."""
        seen = self._store.visible("instagram")
        naming = [post for post in seen if post.account is account and post.kind == "mention"]
        return self._page(naming, query, fields, f"{account.id}/tags")

    def comments(self, medium: Post, query: Mapping[str, str], fields: Fields) -> dict[str, Any]:
        """Return a page of a medium's own comments, without replies, newest first and never more than 50."""
        below = comments_below(self._store, medium, "toplevel")
        return self._page(below, query, fields, f"{medium.id}/comments", at_most=MOST_COMMENTS)

    def replies(self, comment: Post, query: Mapping[str, str], fields: Fields) -> dict[str, Any]:
        """Return a page of the replies to a comment, oldest first and never more than 50."""
        below = comments_below(self._store, comment, "toplevel")
        chosen = choose(below, by_time, query, f"{self._address}/{comment.id}/replies", at_most=MOST_COMMENTS)
        return chosen.body([self.node(post, fields) for post in chosen.items])

    def children(self, medium: Post, fields: Fields) -> dict[str, Any]:
        """Return the pictures of a carousel; a single picture is no list of its own."""
        pictures = medium.latest.media
        written = (chosen_fields(fields or ID_ONLY, self._picture(medium, each), "ShadowIGMedia") for each in pictures)
        return {"data": list(written) if _is_carousel(medium) else []}

    def _page(
        self, posts: Iterable[Post], query: Mapping[str, str], fields: Fields, path: str, at_most: int | None = None
    ) -> dict[str, Any]:
        chosen = choose(list(posts), newest_first, query, f"{self._address}/{path}", at_most=at_most)
        return chosen.body([self.node(post, fields) for post in chosen.items])

    def _own(self, account: User) -> list[Post]:
        seen = self._store.visible("instagram")
        return [post for post in seen if post.author is account and post.kind == "post"]

    def _medium(self, post: Post) -> Writers:
        below = [each for each in self._store.visible("instagram") if is_comment(each) and each.root_id == post.id]
        return self._picture(post, post.latest.media[0]) | {
            "id": fixed(post.id),
            "caption": fixed(post.latest.text or None),
            "media_type": fixed("CAROUSEL_ALBUM" if _is_carousel(post) else "IMAGE"),
            "media_product_type": fixed("FEED"),
            "comments_count": fixed(len(below)),
            "like_count": fixed(0),
            "is_comment_enabled": fixed(value=True),
            "owner": fixed({"id": post.author.id} if post.author is post.account else None),
            "children": lambda chosen: self.children(post, chosen.inner) if _is_carousel(post) else None,
            "comments": lambda chosen: self.comments(post, chosen.modifiers, chosen.inner),
        }

    def _picture(self, post: Post, picture: Media) -> Writers:
        every = {
            "id": picture.key,
            "media_type": "IMAGE",
            "media_url": self._media_host.url(self._base_url, picture.key, expiring=True),
            "permalink": f"https://www.instagram.com/p/{post.id}/",
            "thumbnail_url": None,
            "timestamp": graph_time(post.created_at),
            "username": post.author.handle,
        }
        return {name: fixed(value) for name, value in every.items()}

    def _comment(self, post: Post) -> Writers:
        above = top_comment(self._store, post)
        every = {
            "id": post.id,
            "text": post.latest.text,
            "timestamp": graph_time(post.created_at),
            "username": post.author.handle,
            "from": {"id": post.author.id, "username": post.author.handle},
            "hidden": post.hidden,
            "like_count": 0,
            "media": {"id": post.root_id},
            "parent_id": above.id if above else None,
        }
        return {name: fixed(value) for name, value in every.items()} | {
            "replies": lambda chosen: self._inner_replies(post, chosen.modifiers, chosen.inner),
        }

    def _inner_replies(self, comment: Post, query: Mapping[str, str], fields: Fields) -> dict[str, Any] | None:
        """Return the field `replies`, which a comment without any does not have."""
        found = self.replies(comment, query, fields)
        return found if found["data"] else None


def _is_carousel(post: Post) -> bool:
    return len(post.latest.media) > 1
