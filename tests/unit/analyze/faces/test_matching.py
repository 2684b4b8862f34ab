"""Bands, on vectors made for the purpose."""

import numpy as np
import pytest
from numpy.typing import NDArray

from services.analyze.detectors.faces.matching import GalleryIndex, Match, index_templates, pack, unpack
from services.analyze.detectors.faces.thresholds import CONFIRMED, POSSIBLE, Thresholds, parse, shipped, shipped_for
from services.analyze.detectors.faces.weights import find_weights
from services.register.models import Template
from services.shared.errors import SettingsError

CONFIRMED_AT, POSSIBLE_AT = 0.30, 0.36
FLAT = Thresholds(
    "model+1",
    {CONFIRMED: {1: (CONFIRMED_AT, 0.0), 3: (CONFIRMED_AT, 0.0)}, POSSIBLE: {1: (0.34, 0.0), 3: (POSSIBLE_AT, 0.0)}},
)
Vector = NDArray[np.float32]


def axis(number: int) -> Vector:
    vector = np.zeros(128, dtype=np.float32)
    vector[number] = 1
    return vector


def at(distance: float, start: int, towards: int) -> Vector:
    """A unit vector this far from `axis(start)`."""
    cosine = 1 - distance**2 / 2
    vector: Vector = cosine * axis(start) + np.sqrt(1 - cosine**2) * axis(towards)
    return vector.astype(np.float32)


def gallery(*templates: Vector, photos: int = 3) -> GalleryIndex:
    who = [f"pup-{number}" for number in range(len(templates))]
    return GalleryIndex(who, np.stack(templates), np.full(len(templates), photos), FLAT)


def match(index: GalleryIndex, vector: Vector) -> Match:
    (found,) = index.match(vector[np.newaxis])
    return found


@pytest.mark.parametrize(
    ("distance", "band", "limit"),
    [
        (0.0, CONFIRMED, CONFIRMED_AT),
        (0.299, CONFIRMED, CONFIRMED_AT),
        (0.301, POSSIBLE, POSSIBLE_AT),
        (0.359, POSSIBLE, POSSIBLE_AT),
        (0.361, "none", POSSIBLE_AT),
        (1.2, "none", POSSIBLE_AT),
    ],
)
def test_the_band_follows_from_the_distance(distance: float, band: str, limit: float) -> None:
    found = match(gallery(axis(0), axis(1)), at(distance, 0, 9))
    assert (found.band, found.who) == (band, "pup-0" if band != "none" else None)
    assert found.distance == pytest.approx(distance, abs=1e-3)
    assert found.threshold == pytest.approx(limit)


def test_a_template_of_one_photo_has_its_own_limits() -> None:
    face = at(0.35, 0, 9)
    assert match(gallery(axis(0), photos=3), face).band == POSSIBLE
    assert match(gallery(axis(0), photos=1), face).band == "none"
    assert match(gallery(axis(0), photos=9), face).band == POSSIBLE


def test_a_face_near_to_two_pupils_is_for_a_person_to_decide() -> None:
    sibling = at(0.1, 0, 5)
    assert match(gallery(axis(0), sibling), axis(0)).band == POSSIBLE
    assert match(gallery(axis(0), axis(5)), axis(0)).band == CONFIRMED


def test_nearer_is_surer_and_never_certain() -> None:
    index = gallery(axis(0))
    sure = [match(index, at(distance, 0, 9)).confidence for distance in (0.0, 0.2, 0.3, 0.33, 0.3599)]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] == 0.99
    assert sure[2] == pytest.approx(0.9, abs=0.01)
    assert sure[-1] == pytest.approx(0.5, abs=0.01)


def test_every_face_gets_its_own_match() -> None:
    index = gallery(axis(0), axis(1), axis(2))
    found = index.match(np.stack([axis(2), axis(7), at(0.2, 0, 9)]))
    assert [each.who for each in found] == ["pup-2", None, "pup-0"]


def test_templates_of_another_model_are_counted_and_not_compared() -> None:
    own = Template("pup-1", "model+1", pack(axis(0)), 3)
    old_too = Template("pup-1", "model+0", pack(axis(3)), 3)
    foreign = Template("pup-2", "model+0", pack(axis(1)), 3)
    index = index_templates([own, old_too, foreign], FLAT)
    assert (len(index), index.foreign) == (1, 1)
    assert [each.who for each in index.match(np.stack([axis(0), axis(1), axis(3)]))] == ["pup-1", None, None]


def test_a_packed_template_comes_back_whole() -> None:
    vector = at(0.4, 3, 4)
    assert len(pack(vector)) == 512
    assert np.array_equal(unpack(pack(vector)), vector)
    with pytest.raises(ValueError, match="128 numbers, not 127"):
        unpack(pack(vector)[:-4])


def test_the_shipped_thresholds_are_of_the_installed_model() -> None:
    model_id = find_weights().model_id
    assert shipped_for(model_id) is shipped()
    with pytest.raises(SettingsError, match=r"fitted for the face model .* but other is installed"):
        shipped_for("other")


@pytest.mark.parametrize("photos", [1, 3, 5])
def test_more_pupils_or_a_surer_band_mean_stricter_limits(photos: int) -> None:
    thresholds = shipped()
    limits = {
        (band, size): float(thresholds.limits(band, np.full(size, photos))[0])
        for band in (CONFIRMED, POSSIBLE)
        for size in (2, 20, 200, 2000)
    }
    for band in (CONFIRMED, POSSIBLE):
        by_size = [limits[band, size] for size in (2, 20, 200, 2000)]
        assert by_size == sorted(by_size, reverse=True)
    assert all(limits[CONFIRMED, size] < limits[POSSIBLE, size] for size in (2, 20, 200, 2000))
    assert all(0.15 < limit < 0.45 for limit in limits.values())


def test_a_fitted_table_is_read_as_written() -> None:
    line = {"intercept": 0.4, "slope": -0.1}
    read = parse({"model_id": "m", "limits": {CONFIRMED: {"1": line}, POSSIBLE: {"1": line}}})
    (limit, *_) = read.limits(CONFIRMED, np.array([1, 1]))
    assert limit == pytest.approx(0.4 - 0.1 * np.log(2))
