"""The two spellings of X's field names: `tweet_*`, and `post_*` as X's published description now has them.

Inside this package the names are always the old ones.
"""

from typing import Any, Final, Literal

Spelling = Literal["tweet", "post"]

_NEW_NAMES: Final = {
    "tweet.fields": "post.fields",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "referenced_tweets": "referenced_posts",
    "referenced_tweets.id": "referenced_posts.id",
    "note_tweet": "note_post",
    "tweets": "posts",
}
_OLD_NAMES: Final = {new: old for old, new in _NEW_NAMES.items()}


def to_wire(name: str, spelling: Spelling) -> str:
    """Spell an inside name as the wire has it."""
    return _NEW_NAMES.get(name, name) if spelling == "post" else name


def from_wire(name: str, spelling: Spelling) -> str:
    """Spell a name of the wire as this package has it; a name of the other spelling becomes one that nothing knows."""
    if spelling == "post":
        return f"unknown.{name}" if name in _NEW_NAMES and name != "tweets" else _OLD_NAMES.get(name, name)
    return name


def body_to_wire(body: Any, spelling: Spelling) -> Any:
    """Rename the keys of a whole answer."""
    if spelling == "tweet":
        return body
    if isinstance(body, dict):
        return {to_wire(key, spelling): body_to_wire(value, spelling) for key, value in body.items()}
    if isinstance(body, list):
        return [body_to_wire(value, spelling) for value in body]
    return body
