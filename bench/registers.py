"""What schools cost a detector: its child's memory with 1, 40 and more of them, with the shipped bound and without.

Every school is invented and has 400 pupils, 45 staff and 60 enrolled faces. Run it with `make bench`, which takes more
schools than the bound keeps; `python -m bench.registers 600` takes 600 and some minutes.
"""

import argparse
import asyncio
import functools
import random
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import numpy as np
import psutil

from schemas import ids
from schemas.content import Content
from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from services.analyze.detectors.detector import DetectorInfo, Material, RegisterSnapshot
from services.analyze.engine import INDEX_PEOPLE, Engine, Limits
from services.register.models import Facts, Pupil, Roster, Staff, Template
from services.sandbox.data.generate_people import NAMES
from tests.support.events import make_post

FEW, MANY = (1, 40), 220
PUPILS, STAFF, ENROLLED = 400, 45, 60
DETECTORS = ("abuse", "faces", "details")
BOUNDS = {"shipped": INDEX_PEOPLE, "none": 10**9}
MIB = 2**20
VERSIONS = RegisterVersions(roster=1)
TEXT = "Well done #TamsinAppleyard and everybody in 4M, see you on Mill Sluice!"


class Schools:
    """Registers made when they are asked for, always the same one for a number."""

    def __init__(self, info: DetectorInfo) -> None:
        self._info = info

    @functools.lru_cache(maxsize=4)  # noqa: B019  # one object a detector; two children ask for the same schools
    def snapshot(self, number: int) -> RegisterSnapshot:
        rng = random.Random(number)  # noqa: S311  # invented people need no secrecy
        school = ids.school_id(str(number))
        pupils = tuple(self._pupil(rng, school, each) for each in range(PUPILS))
        staff = tuple(Staff("Ms", rng.choice(NAMES["forenames"]), rng.choice(NAMES["surnames"])) for _ in range(STAFF))
        vectors = np.random.default_rng(number).standard_normal((ENROLLED, 128), dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        templates = tuple(
            Template(pupil.ref, self._info.model_version or "", vector.tobytes(), 3)
            for pupil, vector in zip(pupils, vectors, strict=False)
        )
        return RegisterSnapshot(
            school,
            VERSIONS,
            Roster(pupils, staff, Facts(name=f"School {number}")) if self._info.needs_roster else None,
            templates if self._info.needs_gallery else (),
        )

    def _pupil(self, rng: random.Random, school: SchoolId, number: int) -> Pupil:
        forename, year = rng.choice(NAMES["forenames"]), str(rng.randrange(1, 7))
        return Pupil(
            ref=ids.pupil_ref(school, str(number)),
            admission_no=str(number),
            upn=f"A{rng.randrange(10**11):011}B",
            legal_forename=forename,
            preferred_forename=NAMES["preferred_forenames"].get(forename, forename),
            surname=rng.choice(NAMES["surnames"]),
            year=year,
            form=f"{year}M",
            dob=f"{2015 + number % 7}-03-{1 + number % 28:02}",
            address=f"{rng.randrange(1, 90)} {rng.choice(NAMES['streets'])}",
            postcode=f"LN77 {rng.randrange(1, 7)}AB",
            photo_consent=rng.choice(("yes", "no", "unknown")),
            name_consent=rng.choice(("yes", "no", "unknown")),
        )


@dataclass(frozen=True)
class Measured:
    """Of one child: MiB when it has started, MiB after so many schools, and seconds to read in and prepare each."""

    empty: float
    after: dict[int, float]
    prepare: list[float]

    @property
    def next_school(self) -> float:
        """KiB that one more school costs, as long as the bound is far."""
        first, last = sorted(self.after)[:2]
        return (self.after[last] - self.after[first]) * 1024 / (last - first)


async def measure(engine: Engine, child: psutil.Process, schools: Schools, counts: Sequence[int]) -> Measured:
    material = Material(post=make_post(), content=Content(text=TEXT))
    empty, after, prepare = memory(child), {}, []
    for number in range(1, max(counts) + 1):
        snapshot = schools.snapshot(number)
        first = await timed(engine, material, snapshot)
        prepare.append(first - await timed(engine, material, snapshot))
        if number in counts:
            after[number] = memory(child)
    return Measured(empty, after, prepare)


async def timed(engine: Engine, material: Material, snapshot: RegisterSnapshot) -> float:
    """Seconds of one check."""
    began = time.perf_counter()
    await engine.detect(material, snapshot.school_id, VERSIONS, given(snapshot))
    return time.perf_counter() - began


def given(snapshot: RegisterSnapshot) -> Callable[[], Awaitable[RegisterSnapshot]]:
    async def read() -> RegisterSnapshot:
        return snapshot

    return read


def memory(process: psutil.Process) -> float:
    """Resident memory in MiB."""
    return float(process.memory_info().rss) / MIB


async def started(detector: str, index_people: int) -> tuple[Engine, psutil.Process, Schools]:
    before = set(psutil.Process().children())
    engine = Engine(detector, Limits(index_people=index_people))
    info = await engine.start()
    children = set(psutil.Process().children()) - before
    return engine, max(children, key=memory), Schools(info)


async def main(most: int) -> None:
    counts = (*FEW, most)
    shown = "".join(f"{f'{count} schools':>14}" for count in counts)
    print(f"{'detector':10}{'bound':10}{'empty':>10}{shown}{'one more':>12}{'to prepare one':>18}")
    for detector in DETECTORS:
        engines = [await started(detector, bound) for bound in BOUNDS.values()]
        found = await asyncio.gather(*(measure(*engine, counts) for engine in engines))
        for bound, measured in zip(BOUNDS, found, strict=True):
            after = "".join(f"{measured.after[count]:>10.0f} MiB" for count in counts)
            prepare = f"{statistics.median(measured.prepare) * 1000:>15.1f} ms"
            print(f"{detector:10}{bound:10}{measured.empty:>6.0f} MiB{after}{measured.next_school:>8.0f} KiB{prepare}")
        for engine, _, _ in engines:
            await asyncio.to_thread(engine.stop)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("schools", type=int, nargs="?", default=MANY, help=f"at least {max(FEW) + 1}")
    asyncio.run(main(parser.parse_args().schools))
