"""The JSON of Facebook's objects: the fields that were asked for, or the few that come without asking."""

from collections.abc import Mapping
from typing import Any, Final

from services.sandbox.graph_api.attachments import Attachments
from services.sandbox.graph_api.paging import choose, graph_time
from services.sandbox.graph_api.selection import Fields, Writers, chosen_fields, fixed, parse_fields
from services.sandbox.graph_api.threads import by_time, by_time_backwards, comments_below, is_comment, top_comment
from services.sandbox.graph_api.tokens import TokenKind
from services.sandbox.posts import Post, User
from services.sandbox.store import Store

POST_DEFAULT: Final = parse_fields("id,message,created_time")
COMMENT_DEFAULT: Final = parse_fields("id,message,created_time,from")
PAGE_DEFAULT: Final = parse_fields("id,name")


class Nodes:
    """Writes the objects of one answer. Who wrote something is told only to a Page's own token."""

    def __init__(self, store: Store, attachments: Attachments, token: TokenKind, address: str) -> None:
        self._store = store
        self._attachments = attachments
        self._token = token
        self._address = address

    def node(self, post: Post, fields: Fields) -> dict[str, Any]:
        """Return a post or a comment.

        Raises:
            GraphProblem: 100 for a field that it does not have.
        """
        if is_comment(post):
            return chosen_fields(fields or COMMENT_DEFAULT, self._comment(post), "Comment")
        return chosen_fields(fields or POST_DEFAULT, self._post(post), "Post")

    def page(self, page: User, fields: Fields) -> dict[str, Any]:
        """Return the Page itself."""
        every = {
            "id": page.id,
            "name": page.name,
            "username": page.handle,
            "link": f"https://www.facebook.com/{page.handle}",
            "fan_count": 0,
        }
        return chosen_fields(fields or PAGE_DEFAULT, {name: fixed(value) for name, value in every.items()}, "Page")

    def comments(self, post: Post, query: Mapping[str, str], fields: Fields) -> dict[str, Any]:
        """Return a page of the comments below a post or a comment; a person's token gets an empty one."""
        if self._token != "PAGE":  # noqa: S105 - a kind of token
            return {"data": []}
        below = comments_below(self._store, post, query.get("filter", "toplevel"))
        backwards = query.get("order") == "reverse_chronological"
        chosen = choose(
            below, by_time_backwards if backwards else by_time, query, f"{self._address}/{post.id}/comments"
        )
        body: dict[str, Any] = {"data": [self.node(item, fields) for item in chosen.items]}
        if chosen.paging:
            body["paging"] = chosen.paging
        if query.get("summary") in ("true", "1"):
            body["summary"] = {
                "order": query.get("order", "chronological"),
                "total_count": len(below),
                "can_comment": True,
            }
        return body

    def _common(self, post: Post) -> Writers:
        author = {"id": post.author.id, "name": post.author.name} if self._token == "PAGE" else None  # noqa: S105 - a kind
        return {
            "id": fixed(post.id),
            "message": fixed(post.latest.text or None),
            "created_time": fixed(graph_time(post.created_at)),
            "from": fixed(author),
            "permalink_url": fixed(f"https://www.facebook.com/{post.id.replace('_', '/posts/', 1)}"),
            "is_hidden": fixed(post.hidden),
            "message_tags": fixed(None),
            "comments": lambda selection: self.comments(post, selection.modifiers, selection.inner),
        }

    def _post(self, post: Post) -> Writers:
        pictures = post.latest.media
        return self._common(post) | {
            "updated_time": fixed(graph_time(post.touched_at)),
            "is_published": fixed(value=True),
            "is_expired": fixed(value=False),
            "status_type": fixed("added_photos" if pictures else "mobile_status_update"),
            "attachments": fixed(self._attachments.of_post(pictures)),
            "full_picture": fixed(self._attachments.picture(pictures)),
            "story": fixed(None),
            "to": fixed(None),
            "parent_id": fixed(None),
            "shares": fixed(None),
        }

    def _comment(self, post: Post) -> Writers:
        above = top_comment(self._store, post)
        parent = {"id": above.id, "message": above.latest.text} if above else None
        return self._common(post) | {
            "parent": fixed(parent),
            "attachment": fixed(self._attachments.of_comment(post.latest.media)),
            "comment_count": lambda _: len(comments_below(self._store, post, "toplevel")),
            "like_count": fixed(0),
            "is_private": fixed(value=False),
            "can_reply_privately": fixed(value=False),
        }
