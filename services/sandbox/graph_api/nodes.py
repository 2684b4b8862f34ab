"""The JSON of Facebook's objects: the fields that were asked for, or the few that come without asking."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from services.sandbox.graph_api.attachments import Attachments
from services.sandbox.graph_api.errors import no_field
from services.sandbox.graph_api.paging import choose
from services.sandbox.graph_api.selection import Fields, Selection, parse_fields, pick
from services.sandbox.graph_api.threads import by_time, by_time_backwards, comments_below, is_comment, top_comment
from services.sandbox.graph_api.tokens import TokenKind
from services.sandbox.posts import Post, User
from services.sandbox.store import Store

POST_DEFAULT: Final = parse_fields("id,message,created_time")
COMMENT_DEFAULT: Final = parse_fields("id,message,created_time,from")
PAGE_DEFAULT: Final = parse_fields("id,name")


def graph_time(moment: datetime) -> str:
    """Write a time as the Graph API does: UTC, whole seconds, +0000."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


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
            return self._chosen(fields or COMMENT_DEFAULT, self._comment(post), "Comment")
        return self._chosen(fields or POST_DEFAULT, self._post(post), "Post")

    def page(self, page: User, fields: Fields) -> dict[str, Any]:
        """Return the Page itself."""
        every = {
            "id": page.id,
            "name": page.name,
            "username": page.handle,
            "link": f"https://www.facebook.com/{page.handle}",
            "fan_count": 0,
        }
        return self._chosen(fields or PAGE_DEFAULT, {name: _fixed(value) for name, value in every.items()}, "Page")

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

    def _chosen(
        self, fields: Fields, every: Mapping[str, Callable[[Selection], Any]], node_type: str
    ) -> dict[str, Any]:
        found = {}
        for name, selection in fields.items():
            if name not in every:
                raise no_field(name, node_type)
            found[name] = every[name](selection)
        found.setdefault("id", every["id"](Selection()))
        return {name: value for name, value in found.items() if value is not None}

    def _common(self, post: Post) -> dict[str, Callable[[Selection], Any]]:
        author = {"id": post.author.id, "name": post.author.name} if self._token == "PAGE" else None  # noqa: S105 - a kind
        return {
            "id": _fixed(post.id),
            "message": _fixed(post.latest.text or None),
            "created_time": _fixed(graph_time(post.created_at)),
            "from": _fixed(author),
            "permalink_url": _fixed(f"https://www.facebook.com/{post.id.replace('_', '/posts/', 1)}"),
            "is_hidden": _fixed(post.hidden),
            "message_tags": _fixed(None),
            "comments": lambda selection: self.comments(post, selection.modifiers, selection.inner),
        }

    def _post(self, post: Post) -> dict[str, Callable[[Selection], Any]]:
        pictures = post.latest.media
        return self._common(post) | {
            "updated_time": _fixed(graph_time(post.touched_at)),
            "is_published": _fixed(value=True),
            "is_expired": _fixed(value=False),
            "status_type": _fixed("added_photos" if pictures else "mobile_status_update"),
            "attachments": _fixed(self._attachments.of_post(pictures)),
            "full_picture": _fixed(self._attachments.picture(pictures)),
            "story": _fixed(None),
            "to": _fixed(None),
            "parent_id": _fixed(None),
            "shares": _fixed(None),
        }

    def _comment(self, post: Post) -> dict[str, Callable[[Selection], Any]]:
        above = top_comment(self._store, post)
        parent = {"id": above.id, "message": above.latest.text} if above else None
        return self._common(post) | {
            "parent": _fixed(parent),
            "attachment": _fixed(self._attachments.of_comment(post.latest.media)),
            "comment_count": lambda _: len(comments_below(self._store, post, "toplevel")),
            "like_count": _fixed(0),
            "is_private": _fixed(value=False),
            "can_reply_privately": _fixed(value=False),
        }


def _fixed(value: Any) -> Callable[[Selection], Any]:
    """Return a field whose value is known; what is inside it is chosen by the selection."""
    return lambda selection: pick(value, selection.inner)
