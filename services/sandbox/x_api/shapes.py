"""The JSON of X's objects: default fields always, others when asked for; what expansions name goes to `includes`."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from services.sandbox.media_host import MediaHost
from services.sandbox.posts import Post, User, Version
from services.sandbox.store import Store
from services.sandbox.x_api.parameters import Fields
from services.sandbox.x_api.problems import unseen
from services.sandbox.x_api.text import page_url, x_text

EDITS: Final = 5
EDITABLE_FOR: Final = timedelta(hours=1)
DEFAULT_FIELDS: Final = frozenset({"id", "text", "edit_history_tweet_ids"})
EXPANDED_FIELDS: Final = {
    "author_id": "author_id",
    "attachments.media_keys": "attachments",
    "referenced_tweets.id": "referenced_tweets",
    "in_reply_to_user_id": "in_reply_to_user_id",
}
"""An expansion also brings the field that it expands."""


def x_time(moment: datetime) -> str:
    """Write a time as X does: UTC, milliseconds, Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


class Shaper:
    """Writes the answer to one request: its data, includes and partial errors."""

    def __init__(self, store: Store, media_host: MediaHost, base_url: str, fields: Fields) -> None:
        self._store = store
        self._media_host = media_host
        self._base_url = base_url
        self._fields = fields
        self._visible = store.visible("x")
        self._answers = Counter(post.parent_id for post in self._visible if post.kind != "quote")
        self._quotes = Counter(post.parent_id for post in self._visible if post.kind == "quote")

    def page(self, versions: Iterable[tuple[Post, Version]]) -> dict[str, Any]:
        """Return `data` (a list), `includes` and `errors` for these versions; absent where empty."""
        chosen = list(versions)
        includes, errors = self._includes(chosen)
        body = {"data": [self.tweet(*each) for each in chosen], "includes": includes, "errors": errors}
        return {key: value for key, value in body.items() if value}

    def tweet(self, post: Post, version: Version) -> dict[str, Any]:
        """Return one version of a post with the default fields and those asked for."""
        asked = self._fields.tweet | {EXPANDED_FIELDS.get(name, name) for name in self._fields.expansions}
        every = self._default_and_simple(post, version) | self._relations(post, version) | self._text(post, version)
        return {name: value for name, value in every.items() if name in DEFAULT_FIELDS | asked and value is not None}

    def user(self, user: User) -> dict[str, Any]:
        """Return one user with the default fields and those asked for."""
        own = [post for post in self._visible if post.author is user]
        every: dict[str, Any] = {
            "id": user.id,
            "name": user.name,
            "username": user.handle,
            "created_at": x_time(user.created_at),
            "description": "",
            "protected": self._store.standing(user) == "protected",
            "verified": False,
            "public_metrics": {"followers_count": 0, "following_count": 0, "tweet_count": len(own), "listed_count": 0},
        }
        return {name: value for name, value in every.items() if name in {"id", "name", "username"} | self._fields.user}

    def _default_and_simple(self, post: Post, version: Version) -> dict[str, Any]:
        edits_left = max(EDITS - len(post.versions) + 1, 0)
        return {
            "id": version.id,
            "edit_history_tweet_ids": [each.id for each in post.versions],
            "author_id": post.author.id,
            "conversation_id": post.root_id,
            "created_at": x_time(version.at),
            "edit_controls": {
                "edits_remaining": edits_left,
                "is_edit_eligible": post.kind == "post",
                "editable_until": x_time(post.created_at + EDITABLE_FOR),
            },
            "lang": "en",
            "possibly_sensitive": False,
            "reply_settings": "everyone",
            "source": "Schoolgate sandbox",
            "public_metrics": {
                "retweet_count": 0,
                "reply_count": self._answers[post.id],
                "like_count": 0,
                "quote_count": self._quotes[post.id],
                "bookmark_count": 0,
                "impression_count": 0,
            },
        }

    def _relations(self, post: Post, version: Version) -> dict[str, Any]:
        parent = self._parent(post)
        referenced = [{"type": "quoted" if post.kind == "quote" else "replied_to", "id": post.parent_id}]
        return {
            "attachments": {"media_keys": [item.key for item in version.media]} if version.media else None,
            "referenced_tweets": referenced if post.parent_id else None,
            "in_reply_to_user_id": parent.author.id if parent and post.kind != "quote" else None,
        }

    def _text(self, post: Post, version: Version) -> dict[str, Any]:
        parent = self._parent(post)
        shown = x_text(post, version, quoted_url=page_url(parent) if parent and post.kind == "quote" else None)
        note = {"text": shown.note} | ({"entities": shown.note_entities} if shown.note_entities else {})
        return {
            "text": shown.text,
            "entities": shown.entities or None,
            "note_tweet": note if shown.note is not None else None,
        }

    def _includes(self, chosen: list[tuple[Post, Version]]) -> tuple[dict[str, Any], list[dict[str, str]]]:
        wanted = self._fields.expansions
        users: dict[str, User] = {}
        tweets: dict[str, tuple[Post, Version]] = {}
        errors: list[dict[str, str]] = []
        for post, version in chosen:
            parent = self._parent(post)
            if "author_id" in wanted:
                users[post.author.id] = post.author
            if "in_reply_to_user_id" in wanted and parent and post.kind != "quote":
                users[parent.author.id] = parent.author
            if "edit_history_tweet_ids" in wanted:
                tweets |= {each.id: (post, each) for each in post.versions if each is not version}
            if "referenced_tweets.id" in wanted and post.parent_id:
                if parent and self._store.shows(parent):
                    tweets[parent.id] = (parent, parent.versions[0])
                else:
                    withheld = parent is not None and self._store.standing(parent.author) != "public"
                    errors.append(unseen("tweet", "referenced_tweets.id", post.parent_id, withheld=withheld))
        media = [
            self._media(item.key, item.picture)
            for _, version in chosen
            for item in version.media
            if "attachments.media_keys" in wanted
        ]
        includes = {
            "media": media,
            "users": [self.user(user) for user in users.values()],
            "tweets": [self.tweet(*each) for each in tweets.values()],
        }
        return {name: values for name, values in includes.items() if values}, errors

    def _media(self, key: str, picture: str) -> dict[str, Any]:
        width, height = self._media_host.size(picture)
        every = {
            "media_key": key,
            "type": "photo",
            "url": self._media_host.url(self._base_url, key, expiring=False),
            "width": width,
            "height": height,
        }
        return {name: value for name, value in every.items() if name in {"media_key", "type"} | self._fields.media}

    def _parent(self, post: Post) -> Post | None:
        return self._store.find("x", post.parent_id) if post.parent_id else None
