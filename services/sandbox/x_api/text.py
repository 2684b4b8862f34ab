"""How X shows a text: answered handles in front, links shortened, `&<>` escaped, long posts cut, entities beside it."""

import hashlib
import html
import re
from dataclasses import dataclass
from typing import Any, Final

from services.sandbox.posts import Post, Version

LONGEST: Final = 280
_LINK = re.compile(r"https?://[^\s<>]+")
_MENTION = re.compile(r"(?<![\w@])@(\w{1,15})\b")
_HASHTAG = re.compile(r"(?<![\w#&])#(\w+)")


@dataclass(frozen=True, slots=True)
class XText:
    """A version's text as the API has it; `note` and its entities are there when the post is a long one."""

    text: str
    entities: dict[str, Any]
    note: str | None
    note_entities: dict[str, Any]


def handles_in(post: Post) -> set[str]:
    """Return the handles that a post mentions, those that X puts in front of a reply included; case folded."""
    return {handle.casefold() for handle in (*_MENTION.findall(post.latest.text), *_MENTION.findall(post.addressed))}


def x_text(post: Post, version: Version, *, quoted_url: str | None) -> XText:
    """Return the text of a version with its entities."""
    body, links = _shorten(post.addressed + version.text)
    trailers: list[tuple[str, str | None]] = []
    if version.media:
        trailers.append((f"{page_url(post)}/photo/1", version.media[0].key))
    if quoted_url:
        trailers.append((quoted_url, None))
    shown, tail_links = body, []
    for expanded, media_key in trailers:
        short = _short_link(expanded)
        shown += f" {short}"
        tail_links.append(_link(len(shown) - len(short), short, expanded, media_key))
    if len(body) <= LONGEST:
        return XText(shown, _entities(shown, links + tail_links), None, {})
    short = _short_link(page_url(post))
    cut = f"{body[: LONGEST - len(short) - 2].rstrip()}… {short}"
    kept = [link for link in links if link["end"] < len(cut) - len(short) - 2]
    cut_links = [*kept, _link(len(cut) - len(short), short, page_url(post), None)]
    return XText(cut, _entities(cut, cut_links), body, _entities(body, links))


def page_url(post: Post) -> str:
    """Return the address of a post's page."""
    return f"https://x.com/{post.author.handle}/status/{post.id}"


def _shorten(text: str) -> tuple[str, list[dict[str, Any]]]:
    pieces: list[str] = []
    links: list[dict[str, Any]] = []
    at = length = 0
    for found in _LINK.finditer(text):
        plain = html.escape(text[at : found.start()], quote=False)
        short = _short_link(found.group())
        links.append(_link(length + len(plain), short, found.group(), None))
        pieces += [plain, short]
        length += len(plain) + len(short)
        at = found.end()
    return "".join(pieces) + html.escape(text[at:], quote=False), links


def _short_link(url: str) -> str:
    return f"https://t.co/{hashlib.sha256(url.encode()).hexdigest()[:10]}"


def _link(start: int, short: str, expanded: str, media_key: str | None) -> dict[str, Any]:
    link = {
        "start": start,
        "end": start + len(short),
        "url": short,
        "expanded_url": expanded,
        "display_url": expanded.split("://", 1)[1][:30],
    }
    return link | ({"media_key": media_key} if media_key else {})


def _entities(text: str, links: list[dict[str, Any]]) -> dict[str, Any]:
    found = {
        "urls": links,
        "mentions": [{"start": m.start(), "end": m.end(), "username": m[1]} for m in _MENTION.finditer(text)],
        "hashtags": [{"start": m.start(), "end": m.end(), "tag": m[1]} for m in _HASHTAG.finditer(text)],
    }
    return {kind: entries for kind, entries in found.items() if entries}
