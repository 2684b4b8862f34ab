"""Draws the invented school's pupils and staff; run once, and again only when their columns change.

python -m services.sandbox.data.generate_people
"""

import csv
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import yaml

from services.sandbox.school import Pupil, StaffMember

HERE = Path(__file__).parent
NAMES = yaml.safe_load((HERE / "names.yaml").read_text("utf-8"))
YOUNGEST_ENTRY = 2026  # the September in which Reception came
PUPILS_PER_FORM = 17
FORMS = {"R": "RW", "1": "1B", "2": "2H", "3": "3K", "4": "4M", "5": "5T", "6": "6P"}
CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
UPN_SCHOOL = "9995501"  # 999 is no local authority, so that no real pupil can have one of these numbers
WITH_PORTRAITS = (("Robyn", "Ashdown-Vale", "4"), ("Greta", "Holloway-Finch", "5"))  # see pictures/portraits.py


def upn(entry_year: int, serial: int) -> str:
    """Return a UPN: the check letter over school, year of entry and serial number (weights 2 to 13, modulo 23)."""
    digits = f"{UPN_SCHOOL}{entry_year % 100:02}{serial:03}"
    total = sum(weight * int(digit) for weight, digit in enumerate(digits, start=2))
    return CHECK_LETTERS[total % 23] + digits


def names(rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yield (forename, surname, year) form by form; some surnames come again in a later year, as siblings do."""
    forenames = rng.sample(NAMES["forenames"], len(NAMES["forenames"]))
    surnames = rng.sample(NAMES["surnames"], len(NAMES["surnames"]))
    siblings: list[str] = []
    for year in FORMS:
        chosen = [(f, s) for f, s, y in WITH_PORTRAITS if y == year]
        for place in range(PUPILS_PER_FORM - len(chosen)):
            if siblings and place % 6 == 0:
                surname = siblings.pop(0)
            else:
                surname = surnames.pop() if surnames else rng.choice(NAMES["surnames"])
                if place % 6 == 1:
                    siblings.append(surname)
            chosen.append((forenames.pop() if forenames else rng.choice(NAMES["forenames"]), surname))
        for forename, surname in sorted(chosen, key=lambda name: name[1]):
            yield forename, surname, year


def consent(rng: random.Random) -> str:
    """Return an answer as offices have them: mostly yes, some no, some forms that never came back."""
    return rng.choices(("yes", "no", ""), weights=(74, 16, 10))[0]


def pupils(rng: random.Random) -> Iterator[Pupil]:
    """Yield every pupil, youngest form first; one surname is one household."""
    homes: dict[str, tuple[str, str]] = {}
    for serial, (forename, surname, year) in enumerate(names(rng), start=1):
        entry_year = YOUNGEST_ENTRY - list(FORMS).index(year)
        home = homes.setdefault(
            surname,
            (
                f"{rng.randrange(1, 90)} {rng.choice(NAMES['streets'])}",
                f"LN77 {rng.randrange(1, 7)}{rng.choice('ABDEFGH')}{rng.choice('JLNPQ')}",
            ),
        )
        portrait = (forename, surname, year) in WITH_PORTRAITS
        yield Pupil(
            upn=upn(entry_year, serial),
            admission_no=str(2400 + serial),
            legal_forename=forename,
            preferred_forename=NAMES["preferred_forenames"].get(forename, forename),
            surname=surname,
            year=year,
            form=FORMS[year],
            dob=(date(entry_year - 5, 9, 1) + timedelta(days=rng.randrange(364))).isoformat(),
            address=home[0],
            postcode=home[1],
            photo_consent="no" if portrait else consent(rng),
            name_consent="no" if portrait else consent(rng),
        )


def main() -> None:
    """Write pupils.csv and staff.csv beside this file."""
    with (HERE / "pupils.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(Pupil._fields)
        table.writerows(pupils(random.Random(20260901)))  # noqa: S311 - invented people, not secrets
    with (HERE / "staff.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(StaffMember._fields)
        table.writerows(person.split(" ", 2) for person in NAMES["staff"])


if __name__ == "__main__":
    main()
