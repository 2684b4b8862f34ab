"""Pure: cuts a text where the findings' spans begin and end, so that a page can mark what was matched."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.analysis import Span


@dataclass(frozen=True)
class Segment:
    """A stretch of a text."""

    text: str
    marked: bool


def segments(text: str, spans: Iterable[Span]) -> tuple[Segment, ...]:
    """Return the text in stretches that are marked or not, in order; together they are the whole text.

    Spans count code points. They may overlap, touch or reach beyond the end (the text was another one then).
    """
    cut: list[Segment] = []
    position = 0
    for start, end in _merged(text, spans):
        if start > position:
            cut.append(Segment(text[position:start], marked=False))
        cut.append(Segment(text[start:end], marked=True))
        position = end
    if position < len(text):
        cut.append(Segment(text[position:], marked=False))
    return tuple(cut)


def _merged(text: str, spans: Iterable[Span]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted((span.start, min(span.end, len(text))) for span in spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged
