"""All recognisers, in the order in which they are asked; where two find the same stretch, the earlier one is right."""

from collections.abc import Iterator
from typing import Final

from services.analyze.detectors.details.passage import Passage
from services.analyze.detectors.details.recognisers.contact import email, phone
from services.analyze.detectors.details.recognisers.credentials import credential
from services.analyze.detectors.details.recognisers.hit import Hit, Recogniser, Surroundings
from services.analyze.detectors.details.recognisers.location import location_live
from services.analyze.detectors.details.recognisers.numbers import nhs, nino, upn, vrm
from services.analyze.detectors.details.recognisers.personal import age, class_of_named, dob
from services.analyze.detectors.details.recognisers.place import address, coords, postcode
from services.analyze.detectors.details.recognisers.sensitive import health, send, social_care

EXCLUSIVE: Final[tuple[Recogniser, ...]] = (
    email,
    upn,
    nino,
    nhs,
    coords,
    credential,
    phone,
    postcode,
    vrm,
    dob,
    address,
)
OVERLAPPING: Final[tuple[Recogniser, ...]] = (age, class_of_named, health, send, social_care, location_live)


def recognise(passage: Passage, around: Surroundings) -> Iterator[Hit]:
    """Yield what all recognisers find; no two numbers or addresses overlap."""
    taken: list[tuple[int, int]] = []
    for recogniser in EXCLUSIVE:
        for hit in recogniser(passage, around):
            if all(hit.end <= start or end <= hit.start for start, end in taken):
                taken.append((hit.start, hit.end))
                yield hit
    for recogniser in OVERLAPPING:
        yield from recogniser(passage, around)
