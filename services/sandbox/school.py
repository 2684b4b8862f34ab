"""The invented school: its facts, pupils and staff, as a school office would export them."""

import csv
from pathlib import Path
from typing import NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).parent / "data"


class Pupil(NamedTuple):
    """One row of pupils.csv; consents are `yes`, `no` or empty (never answered), dob is an ISO date."""

    upn: str
    admission_no: str
    legal_forename: str
    preferred_forename: str
    surname: str
    year: str
    form: str
    dob: str
    address: str
    postcode: str
    photo_consent: str
    name_consent: str

    @property
    def full_name(self) -> str:
        """The name that others use: preferred forename and surname."""
        return f"{self.preferred_forename} {self.surname}"


class StaffMember(NamedTuple):
    """One row of staff.csv."""

    title: str
    forename: str
    surname: str

    @property
    def formal_name(self) -> str:
        """The name that pupils use."""
        return f"{self.title} {self.surname}"


class School(BaseModel):
    """The facts of school.yaml, and the people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    address: str
    postcode: str
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    domains: tuple[str, ...]
    handles: tuple[str, ...]
    hashtags: tuple[str, ...]
    sponsors: tuple[str, ...]
    public_phones: tuple[str, ...]
    pupils: tuple[Pupil, ...]
    staff: tuple[StaffMember, ...]

    @property
    def handle(self) -> str:
        """The official accounts' handle, the same on every platform, without the @."""
        return self.handles[0].removeprefix("@")

    def pupil(self, admission_no: str) -> Pupil:
        """Return the pupil with this admission number; KeyError when there is none."""
        for pupil in self.pupils:
            if pupil.admission_no == admission_no:
                return pupil
        raise KeyError(admission_no)


def _rows(name: str) -> list[list[str]]:
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))[1:]


def load_school() -> School:
    """Read the school from the files of this package."""
    facts = yaml.safe_load((DATA / "school.yaml").read_text("utf-8"))
    return School.model_validate(
        {
            **facts,
            "pupils": [Pupil(*row) for row in _rows("pupils.csv")],
            "staff": [StaffMember(*row) for row in _rows("staff.csv")],
        }
    )
