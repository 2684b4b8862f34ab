"""A text that remembers, through every rewrite, which code points of the original each of its own came from."""

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MappedText:
    """A rewritten text and its offset map.

    `starts[i]` and `ends[i]` are the half-open range of original code points that `text[i]` stands for; both are
    non-decreasing. Code points that were deleted belong to no range.
    """

    text: str
    starts: list[int]
    ends: list[int]

    @classmethod
    def of(cls, original: str) -> "MappedText":
        """The text as it came: each code point stands for itself."""
        size = len(original)
        return cls(original, list(range(size)), list(range(1, size + 1)))

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Half-open range in the original of `text[start:end]`, which must not be empty."""
        return self.starts[start], self.ends[end - 1]

    def sub(self, pattern: re.Pattern[str], rewrite: Callable[[re.Match[str]], str | None]) -> "MappedText":
        """Replace every match of `pattern` by what `rewrite` returns; None leaves the match as it is.

        Each code point of a replacement stands for the whole match. `pattern` must not match the empty string.
        """
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            replacement = rewrite(match)
            if replacement is None or replacement == match.group():
                continue
            begin, stop = match.span()
            pieces += (self.text[done:begin], replacement)
            first, last = self.original_span(begin, stop)
            starts += self.starts[done:begin] + [first] * len(replacement)
            ends += self.ends[done:begin] + [last] * len(replacement)
            done = stop
        if not done:
            return self
        return MappedText("".join((*pieces, self.text[done:])), starts + self.starts[done:], ends + self.ends[done:])

    def lowered(self) -> "MappedText":
        """ASCII capitals made small: no code point is added or removed."""
        return MappedText(self.text.translate(_ASCII_LOWER), self.starts, self.ends)


_ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
