"""The detector in the child process in which it runs for real."""

import functools

from schemas.ids import SchoolId
from schemas.post import RegisterVersions
from services.analyze.engine import Engine
from services.analyze.registers import Registers
from services.register.models import Roster, Template
from tests.support.events import SCHOOL
from tests.unit.analyze.faces.conftest import ASTRONAUT, OFFICER, Enrolled, face_of, file, material


class Reader:
    """A register with a gallery and nothing else."""

    def __init__(self, templates: tuple[Template, ...]) -> None:
        self._templates = templates

    async def versions(self, school_id: SchoolId) -> RegisterVersions:
        assert school_id == SCHOOL
        return RegisterVersions(gallery=3)

    async def roster(self, school_id: SchoolId) -> Roster:
        raise AssertionError(f"faces need no roster of {school_id}")

    async def templates(self, school_id: SchoolId) -> tuple[Template, ...]:
        assert school_id == SCHOOL
        return self._templates


async def test_the_gallery_reaches_the_child_and_only_findings_come_back(enrolled: Enrolled) -> None:
    engine = Engine("faces")
    try:
        info = await engine.start()
        registers = Registers(Reader(enrolled.templates), info)
        versions = await registers.versions(SCHOOL, RegisterVersions())
        pictures = material(a1=file(face_of(OFFICER)), a2=b"no picture")
        examined = await engine.detect(pictures, SCHOOL, versions, functools.partial(registers.snapshot, SCHOOL))
    finally:
        engine.stop()
    (finding,) = examined.detection.findings
    assert finding.subject_ref == OFFICER != ASTRONAUT
    assert [(gap.part, gap.reason) for gap in examined.detection.unchecked] == [("image:a2", "format_not_supported")]
