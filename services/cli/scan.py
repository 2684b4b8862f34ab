"""`schoolgate scan`: the detectors on files, without broker or database; one JSON line per input."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer
from rich.console import Console
from rich.progress import track

from services.shared.errors import InputRejected

app = typer.Typer(help="Run one detector on files; needs no broker and no database.", no_args_is_help=True)
File = Annotated[Path, typer.Option(exists=True, dir_okay=False, readable=True)]
OptionalFile = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, readable=True)]
Folder = Annotated[Path, typer.Option(exists=True, file_okay=False)]
Output = Annotated[Path | None, typer.Option(dir_okay=False, help="Where the JSON lines go; else standard output.")]
T = TypeVar("T")


@app.command()
def details(roster: File, staff: File, school: File, input: File, output: Output = None) -> None:  # noqa: A002  # the option's name
    """Look for identifying details in captions: {"id","kind","image","text"} a line."""
    from services.analyze.detectors.details.scan import scan_details

    lines = progress(input.read_text(encoding="utf-8").splitlines())
    write(scan_details(roster.read_bytes(), staff.read_bytes(), school.read_bytes(), lines), output)


@app.command()
def photos(
    roster: File,
    staff: File,
    input: Folder,  # noqa: A002  # the option's name
    output: Output = None,
    mode: Literal["fast", "deep"] = "fast",
) -> None:
    """Look for pupils' names that can be read in pictures."""
    from services.analyze.detectors.details.scan import scan_photos

    pictures = ((path.name, path.read_bytes()) for path in progress(files(input)))
    write(scan_photos(roster.read_bytes(), staff.read_bytes(), pictures, mode=mode), output)


@app.command()
def faces(
    gallery: Folder,
    input: Folder,  # noqa: A002  # the option's name
    output: Output = None,
    mode: Literal["fast", "safe"] = "safe",
) -> None:
    """Match the faces in pictures against a gallery that has one folder of photos per person."""
    from services.analyze.detectors.faces.scan import scan_faces

    write(scan_faces(gallery, progress(files(input)), mode=mode), output)


@app.command()
def abuse(input: File, output: Output = None, staff: OptionalFile = None, roster: OptionalFile = None) -> None:  # noqa: A002  # the option's name
    """Look for abuse in comments: {"id","text","parent"?} a line."""
    from services.analyze.detectors.abuse.scan import scan_abuse

    write(scan_abuse(progress(read_comments(input)), staff=staff, roster=roster), output)


def read_comments(path: Path) -> list[Mapping[str, Any]]:
    """Read a file of JSON lines with an `id` and a `text` each.

    Raises:
        InputRejected: a line is no JSON object or lacks a key; names the line.
    """
    found: list[Mapping[str, Any]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
        except ValueError:
            item = None
        if not isinstance(item, dict):
            raise InputRejected(f"{path.name} line {number} is not a JSON object")
        for key in ("id", "text"):
            if not isinstance(item.get(key), str):
                raise InputRejected(f"{path.name} line {number} has no text at {key!r}")
        found.append(item)
    return found


def files(folder: Path) -> list[Path]:
    """List the folder's files by name; one that is no picture gets its answer too.

    Raises:
        InputRejected: there is none.
    """
    found = sorted(path for path in folder.iterdir() if path.is_file())
    if not found:
        raise InputRejected(f"{folder} holds no files")
    return found


def progress(items: list[T]) -> Iterable[T]:
    """Show progress on standard error while the items are taken."""
    return track(items, description="Scanning", console=Console(stderr=True), transient=True)


def write(results: Iterator[Mapping[str, Any]], output: Path | None) -> None:
    """Write one JSON line per result, each as soon as it is there."""
    stream = output.open("w", encoding="utf-8") if output else sys.stdout
    try:
        for result in results:
            stream.write(json.dumps(result, ensure_ascii=False) + "\n")
    finally:
        if output:
            stream.close()
