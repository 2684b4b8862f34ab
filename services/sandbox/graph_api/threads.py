"""Which comments belong below a post or a comment, and in what order posts and comments are listed."""

import zlib
from datetime import timedelta
from typing import Final

from services.sandbox.posts import Post
from services.sandbox.store import Store

COMMENTS: Final = ("comment", "reply")
RANK_HOURS: Final = 48
_TO_SNOWFLAKE: Final = 22
_ID_BITS: Final = 64


def is_comment(post: Post) -> bool:
    """Tell whether this is a comment or a reply rather than a post."""
    return post.kind in COMMENTS


def comments_below(store: Store, post: Post, chosen: str) -> list[Post]:
    """Return the visible comments of a post (`stream`: with all replies) or the replies to a comment."""
    everything = (other for other in store.visible(post.platform) if is_comment(other))
    if is_comment(post):
        return [other for other in everything if top_comment(store, other) is post]
    return [
        other for other in everything if other.root_id == post.id and (chosen == "stream" or other.kind == "comment")
    ]


def top_comment(store: Store, reply: Post) -> Post | None:
    """Return the comment that a reply stands below; both platforms nest only once. None for a comment of a post."""
    above = store.find(reply.platform, reply.parent_id or "")
    while above is not None and above.kind == "reply":
        above = store.find(above.platform, above.parent_id or "")
    return above if above is not None and is_comment(above) else None


def by_time(post: Post) -> int:
    """Return the position of a comment: oldest first."""
    return int(post.id.split("_")[-1])


def by_time_backwards(post: Post) -> int:
    """Return the position of a comment: newest first."""
    return -by_time(post)


def by_rank(post: Post) -> int:
    """Return the position of a post in a feed: newer ones first on the whole, but ranked, not sorted by time."""
    raised = timedelta(hours=zlib.crc32(post.id.encode()) % RANK_HOURS)
    ranked = by_time(post) + (raised // timedelta(milliseconds=1) << _TO_SNOWFLAKE)
    return -((ranked << _ID_BITS) + by_time(post))  # no two posts on one place: a page that ended there would lose one
