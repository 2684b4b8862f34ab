"""Undo what people do to a text to get it past a filter, without losing where each word stood.

The steps run in the order of `normalise`. Every one of them takes and returns a `MappedText`.
"""

import re
import unicodedata
from functools import lru_cache

from services.analyze.detectors.abuse.mapped_text import MappedText
from services.analyze.detectors.abuse.tables import lines, pairs
from services.analyze.detectors.abuse.unmask import join_spaced_letters, read_leet, read_wildcards, trim_repeats

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_NOT_ASCII_WORD = re.compile(r"\w*[^\x00-\x7f]\w*")
_SYMBOL = re.compile(r"[^\x00-\x7f]")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@])@\w+")
_TOKEN = re.compile(r"(?<![\w.'@])[a-z0-9]+(?![\w'@]|\.[a-z])")
_BLANKS = re.compile(r"[^\S\n]{2,}|[^\S\n ]")


def fold(text: MappedText) -> MappedText:
    """Compatibility forms, invisible characters, look-alike letters, combining marks and capitals."""
    if not text.text.isascii():
        text = text.sub(_NOT_ASCII, lambda match: _fold_character(match.group()))
        text = text.sub(_NOT_ASCII_WORD, lambda match: _read_confusables(match.group()))
    return text.lowered()


def name_symbols(text: MappedText) -> MappedText:
    """Each emoji becomes the words it stands for, between blanks."""
    return text if text.text.isascii() else text.sub(_SYMBOL, lambda match: _symbol_words(match.group()))


def hide_references(text: MappedText) -> MappedText:
    """Links and handles say nothing about abuse, and their letters mislead: `url` and `@user` stand for them."""
    return text.sub(_ADDRESS, lambda _: "url").sub(_HANDLE, lambda match: _handle(match.group()))


def expand_slang(text: MappedText) -> MappedText:
    """Text-speak and school slang in full words."""
    slang = pairs("slang")
    return text.sub(_TOKEN, lambda match: slang.get(match.group()))


def hide_allowed(text: MappedText) -> MappedText:
    """Names and dishes that only look like abuse become `fine`."""
    return text.sub(_allowed(), lambda _: "fine")


def trim_blanks(text: MappedText) -> MappedText:
    """Runs of blanks become one; line breaks stay."""
    return text.sub(_BLANKS, lambda _: " ")


def lightly(text: str) -> MappedText:
    """The text as a reader sees it: letters folded, references and allowed phrases hidden, nothing guessed."""
    return trim_blanks(hide_allowed(hide_references(fold(MappedText.of(text)))))


def normalise(text: str) -> MappedText:
    """All the steps: what the writer most likely meant, in small letters and plain words."""
    mapped = name_symbols(fold(MappedText.of(text)))
    mapped = hide_allowed(hide_references(mapped))
    mapped = join_spaced_letters(mapped)
    mapped = read_wildcards(read_leet(mapped))
    mapped = expand_slang(trim_repeats(mapped))
    return trim_blanks(hide_allowed(mapped))


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    for _ in range(3):  # casefolding can bring a foldable character back, never more than twice
        bare = "".join(c for c in unicodedata.normalize("NFKD", character) if not _is_invisible(c))
        folded = unicodedata.normalize("NFKC", bare).casefold()
        if folded == character:
            break
        character = folded
    return character


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me", "Cf", "Sk"} and character not in "^`"


@lru_cache(maxsize=8192)
def _read_confusables(word: str) -> str:
    """Latin letters for look-alikes, only when the whole word then is Latin: real Greek or Ukrainian stays."""
    plain = "".join(pairs("confusables").get(character, character) for character in word)
    return plain if plain.isascii() else word


@lru_cache(maxsize=8192)
def _symbol_words(character: str) -> str | None:
    words = pairs("emoji").get(character)
    if words is None:
        if unicodedata.category(character) != "So":
            return None
        words = unicodedata.name(character, "symbol").lower().replace("-", " ")
    return f" {words} "


def _handle(handle: str) -> str | None:
    return None if f"a{handle[1:]}" in lines("strong_words") else "@user"


@lru_cache(maxsize=1)
def _allowed() -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(lines("allowed")) + r")\b")
