"""Read words that were spaced out, spelt with digits, starred or stretched. Nothing is guessed that is not a word."""

import re
from functools import lru_cache

from services.analyze.detectors.abuse.mapped_text import MappedText
from services.analyze.detectors.abuse.tables import lines, pairs, vocabulary

_SPACED = re.compile(r"(?<![\w'])(?:[a-z0-9@$!]([ .\-_*/|]{1,3}))(?:[a-z0-9@$!]\1){1,30}[a-z0-9@$!](?![\w'])")
_MIXED = re.compile(r"(?<![\w@$!|])(?=[a-z0-9@$!|+]*[a-z])(?=[a-z0-9@$!|+]*[0-9@$!|+])[a-z0-9@$!|+]{3,20}")
_STARRED = re.compile(
    r"(?<![\w*])[a-z]{1,6}(?:[*#%_@$!]{1,6}|-{2,6})[a-z]{0,12}(?![\w*])|(?<![\w*])[a-z]{1,6}[*#]{1,3}[a-z]{1,3}[*#]{1,3}[a-z]{0,8}",
)
_STRETCHED = re.compile(r"\b(?=[a-z]*([a-z])\1\1)[a-z]+\b|\b[a-z]*([a-z])\2[a-z]*\b")
_RUN = re.compile(r"([a-z])\1+")
_LETTERS = str.maketrans(dict(zip("013457@$!|+", "oieastasilt", strict=True)))
_NOT_LEET = re.compile(
    r"(?:y|yr|ks|[prstgabhm])\d{1,4}!*|\d{1,4}(?:st|nd|rd|th|am|pm|yo|yrs?|mins?|hrs?|cm|km|[kmpsgx])!*",
)
_LONGEST_WORD = 14
_RARE = 20_000


def join_spaced_letters(text: MappedText) -> MappedText:
    """`k y s` and `i.d.i.o.t` in one piece, split again into words when several were run together."""
    return text.sub(_SPACED, lambda match: _read_spaced(match.group(), match.group(1)))


def read_leet(text: MappedText) -> MappedText:
    """`1d10t` as letters, when the letters make a word; `y7`, `4pm`, `10/10` stay."""
    return text.sub(_MIXED, lambda match: _read_digits(match.group()))


def read_wildcards(text: MappedText) -> MappedText:
    """`f*ck` and `c***` as the strong word they hide."""
    return text.sub(_STARRED, lambda match: _read_stars(match.group()))


def trim_repeats(text: MappedText) -> MappedText:
    """`soooo` and `idiooot` at their usual length; letters doubled in an unknown word are tried singly."""
    return text.sub(_STRETCHED, lambda match: _read_stretched(match.group()))


@lru_cache(maxsize=4096)
def _read_spaced(spaced: str, separator: str) -> str | None:
    joined = "".join(spaced.split(separator)).translate(_LETTERS)
    if joined in pairs("slang") or joined in vocabulary():
        return joined
    if len(joined) < len("abcd"):
        return None
    return split_words(joined)


@lru_cache(maxsize=4096)
def split_words(letters: str) -> str | None:
    """The cheapest split of `letters` into known words, single letters but `a` and `i` not among them; or None."""
    known = vocabulary()
    best: list[tuple[int, tuple[str, ...]] | None] = [(0, ()), *([None] * len(letters))]
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _LONGEST_WORD), end):
            before, word = best[start], letters[start:end]
            if before is None or word not in known or (len(word) == 1 and word not in "aiu"):
                continue
            cost = before[0] + 4000 + min(known[word], _RARE)
            here = best[end]
            if here is None or cost < here[0]:
                best[end] = (cost, (*before[1], word))
    found = best[-1]
    return None if found is None else " ".join(found[1])


@lru_cache(maxsize=8192)
def _read_digits(token: str) -> str | None:
    body = token.rstrip("!")
    if _NOT_LEET.fullmatch(token) or body.isalpha():
        return None
    for candidate in (body.translate(_LETTERS), body.replace("1", "l").translate(_LETTERS)):
        if candidate in vocabulary() or _read_stretched(candidate) in vocabulary():
            return candidate
    stars = re.sub(r"[^a-z]", "*", token)
    return _read_stars(stars) if stars[0] != "*" else None


@lru_cache(maxsize=8192)
def _read_stars(token: str) -> str | None:
    body = token.rstrip(".!-")
    if re.fullmatch(r"[a-z]+", body):
        return None
    exact = re.compile(re.sub(r"[^a-z]", "[a-z]", body))
    loose = re.compile(re.sub(r"[^a-z]+", "[a-z]{1,4}", body))
    for shape in (exact, loose):
        for word in lines("strong_words"):
            if shape.fullmatch(word):
                return word
    return None


@lru_cache(maxsize=16384)
def _read_stretched(word: str) -> str | None:
    known = vocabulary()
    if known.get(word, _RARE) < _RARE:
        return None
    for most in (2, 1):
        candidate = _RUN.sub(lambda match: match.group(1) * min(len(match.group()), most), word)  # noqa: B023  (used at once)
        if candidate in known:
            return candidate
    return _RUN.sub(lambda match: match.group(1) * min(len(match.group()), 2), word)
