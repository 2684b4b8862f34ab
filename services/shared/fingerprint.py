"""Recognising the same text and the same picture again, after a platform has handled them."""

import re
import unicodedata
from typing import Final

from schemas.ids import Digest, SchoolId
from services.shared.crypto import Keyring

SAME_PICTURE: Final = 10
"""Bits of 64: up to so many differ between a picture and itself after a platform has recompressed it."""
_ADDED_LINKS: Final = re.compile(r"(?:\s*https?://t\.co/\w+)+\s*$")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u2060\ufe0e\ufe0f\ufeff]")


async def text_ref(keyring: Keyring, school: SchoolId, text: str) -> Digest:
    """Return a keyed digest that is equal for texts that people read as the same one.

    Spaces, invisible characters and the links that X adds at the end make no difference; letters and marks do.
    """
    return await keyring.pseudonym(school, "text", as_read(text))


def as_read(text: str) -> str:
    """Return a text without what a platform may change."""
    composed = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return " ".join(_ADDED_LINKS.sub("", composed).split())


def differing_bits(one: str, other: str) -> int:
    """Return in how many bits two perceptual hashes (hexadecimal) differ; see SAME_PICTURE."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
