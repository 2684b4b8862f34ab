"""The small tables beside this package: confusable letters, emoji, slang, words and phrases."""

import csv
from functools import cache
from pathlib import Path

_DATA = Path(__file__).parent / "data"


@cache
def pairs(name: str) -> dict[str, str]:
    """The two columns of `data/<name>.csv`, its header left out."""
    with (_DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return {key: value for key, value in rows}  # noqa: C416  (a row of any other width must fail here)


@cache
def groups(name: str) -> dict[str, tuple[str, ...]]:
    """The values of the second column of `data/<name>.csv` under each value of the first, in order."""
    found: dict[str, tuple[str, ...]] = {}
    with (_DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        for key, value in rows:
            found[key] = (*found.get(key, ()), value)
    return found


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of `data/<name>.txt`, in order."""
    return tuple((_DATA / f"{name}.txt").read_text(encoding="utf-8").split("\n")[:-1])


@cache
def vocabulary() -> dict[str, int]:
    """Known words and their rank, 0 the most common; the strong words come last."""
    return {word: rank for rank, word in enumerate(dict.fromkeys((*lines("words"), *lines("strong_words"))))}
