"""A CSV export as lines of named cells, whatever the program that wrote it chose for encoding and delimiter."""

import codecs
import csv
import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.register.imports.problems import Problem

LARGEST_FILE: Final = 20 * 2**20
DELIMITERS: Final = (",", ";", "\t", "|")
HEADER_LINE: Final = 1


@dataclass(frozen=True)
class Line:
    """One line of a table: its number in the file, and its cells by column."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """The lines that could be split, and what was wrong so far; `read` counts also those that could not."""

    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]
    read: int = 0


def read_table(
    data: bytes, *, required: Sequence[str], optional: Sequence[str] = (), rare: Sequence[str] = ()
) -> Table:
    """Split an export into lines. Without all `required` columns, each once, there are no lines, only problems.

    A missing column that is `optional` or `rare` is taken as empty; of a rare one nobody is told.
    """
    text = _decode(data)
    if isinstance(text, Problem):
        return Table((), (text,))
    known = {*required, *optional, *rare}
    delimiter = _delimiter(text, known)
    rows = _rows(text, delimiter)
    _, header = next(rows, (0, []))
    columns = [_column_name(cell) for cell in header or []]
    problems = _header_problems(columns, required, optional, rare)
    if any(problem.refused for problem in problems):
        return Table((), tuple(problems))
    lines = []
    read = 0
    for number, cells in rows:
        if cells is not None and not any(cell.strip() for cell in cells):
            continue
        read += 1
        if cells is None:
            problems.append(Problem(number, "", "not_csv"))
        elif len(cells) != len(columns):
            problems.append(Problem(number, "", "wrong_cell_count"))
        else:
            named = {column: _tidy(cell) for column, cell in zip(columns, cells, strict=True) if column in known}
            lines.append(Line(number, dict.fromkeys((*optional, *rare), "") | named))
    if not read:
        problems.append(Problem(0, "", "no_rows"))
    return Table(tuple(lines), tuple(problems), read)


def _decode(data: bytes) -> str | Problem:
    if not data.strip():
        return Problem(0, "", "empty_file")
    if len(data) > LARGEST_FILE:
        return Problem(0, "", "too_large")
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if utf16 else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return Problem(0, "", "unreadable_text")


def _delimiter(text: str, known: set[str]) -> str:
    """Choose the delimiter that makes the most known columns of the first line."""
    header = text.lstrip().split("\n", 1)[0]
    return max(DELIMITERS, key=lambda mark: sum(_column_name(cell) in known for cell in header.split(mark)))


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each record with the number of its first line; None in place of the cells where they cannot be split."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        number = reader.line_num + 1
        try:
            yield number, next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield number, None


def _header_problems(
    columns: Sequence[str], required: Sequence[str], optional: Sequence[str], rare: Sequence[str]
) -> list[Problem]:
    known = (*required, *optional, *rare)
    found = [
        *(("missing_column", column) for column in required if column not in columns),
        *(("duplicate_column", column) for column in known if columns.count(column) > 1),
        *(("column_left_out", column) for column in optional if column not in columns),
        # An unknown name is not shown: in a file without header it would be somebody's data.
        *(("unknown_column", str(n)) for n, name in enumerate(columns, 1) if name not in known),
    ]
    return [Problem(HEADER_LINE, column, code) for code, column in found]


def _column_name(cell: str) -> str:
    return "_".join(cell.strip().strip('"').strip().lower().replace("-", " ").replace("_", " ").split())


def _tidy(cell: str) -> str:
    """Compose accents, join the lines of a cell and its runs of spaces into single spaces."""
    return " ".join(unicodedata.normalize("NFC", cell).split())
