"""`schoolgate lag`: how far behind the consumer groups are, in the terminal."""

import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from services.shared.settings import Settings, load
from services.shared.topics import BACKFILL_SUFFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from services.observe.lag import PartitionLag

LATE_SECONDS = 60.0
BACKFILL_LATE_SECONDS = 6 * 3600.0
"""Audits and rechecks may wait while anything live does; people are promised their answer within a day."""
REFRESH_SECONDS = 2.0


def lag(
    watch: Annotated[bool, typer.Option("--watch", help="Refresh until Ctrl-C.")] = False,  # noqa: FBT002  # typer's way
) -> None:
    """Show each consumer group's lag: records that wait, and the age of the oldest in seconds."""
    from services.observe.lag import LagReader

    reader = LagReader(load(Settings).kafka)
    console = Console()
    try:
        if not watch:
            console.print(table(reader.read()))
            return
        with Live(table(reader.read()), console=console, screen=False) as live:
            while True:
                time.sleep(REFRESH_SECONDS)
                live.update(table(reader.read()))
    except KeyboardInterrupt:
        return
    finally:
        reader.close()


def table(lags: "Iterable[PartitionLag]") -> Table:
    """Sum the partitions up: one row a group and topic, live before backfill, the longest waiting first."""
    rows: dict[tuple[str, str], list[PartitionLag]] = {}
    for place in lags:
        rows.setdefault((place.group, place.topic), []).append(place)
    shown = Table("group", "topic", title="Consumer lag")
    for name in ("records", "oldest waits"):
        shown.add_column(name, justify="right")
    ordered = sorted(rows.items(), key=lambda row: (_is_backfill(row[0][0]), -_longest(row[1])))
    for (group, topic), places in ordered:
        unknown = any(place.seconds is None for place in places)
        seconds = _longest(places)
        late = seconds > (BACKFILL_LATE_SECONDS if _is_backfill(group) else LATE_SECONDS)
        style = "red" if unknown or late else ""
        waits = "unknown" if unknown else f"{seconds:.1f} s"
        shown.add_row(group, topic, str(sum(place.records for place in places)), waits, style=style)
    return shown


def _is_backfill(group: str) -> bool:
    return group.endswith(BACKFILL_SUFFIX)


def _longest(places: "Iterable[PartitionLag]") -> float:
    return max(place.seconds or 0 for place in places)
