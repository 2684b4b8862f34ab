import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from schemas.content import Content
from services.analyze.detectors.details.folding import fold, key_of
from services.analyze.detectors.details.index import build_index
from services.analyze.detectors.details.pictures.ocr_match import PictureNames
from services.analyze.detectors.details.pictures.windows import Line
from services.analyze.detectors.details.texts import Examined, examine_texts
from tests.unit.analyze.details.examples import PUPILS, SECONDARY, find, secondary

PIECES = (
    "Amelia", "Hartwell", "Jack", "Grace", "Walker", "Zoë", "O'Rourke", "Mo", "Khan", "9KT", "Year 7", "aged 12",
    "07700 900655", "a@b.example", "#AmeliaHartwell", "LN79 4RL", "14 Rose Lane", "B999550126006", "password:", "is at",
    "the castle", "right now", "epilepsy", "Mrs", "14/03/2012", "\n", ".", ",", "(", "!", "'s", "\u00a0", "\u0301", "ß",
    "\U0001f600", "\ufb01",
)  # fmt: skip
TEXTS = st.text() | st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=12).map(" ".join)
QUAD = ((0.1, 0.1), (0.4, 0.1), (0.4, 0.2), (0.1, 0.2))


def facts(examined: Examined) -> set[tuple[str, str, str | None]]:
    return {(each.draft.category, each.draft.match, each.draft.subject_ref) for each in examined.found}


@given(TEXTS)
def test_any_text_is_examined_and_every_span_lies_inside_it(text: str) -> None:
    for each in examine_texts(secondary(), Content(text=text), "single").found:
        assert each.draft.spans
        assert all(0 <= span.start < span.end <= len(text) for span in each.draft.spans)


@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_the_pupils_makes_no_difference(text: str, rng: random.Random) -> None:
    shuffled = build_index(replace(SECONDARY, pupils=tuple(rng.sample(PUPILS, len(PUPILS)))))
    assert facts(examine_texts(shuffled, Content(text=text), "none")) == facts(
        examine_texts(secondary(), Content(text=text), "none")
    )


@given(st.text())
def test_folding_keeps_the_order_and_every_place_inside_the_original(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert list(folded.starts) == sorted(folded.starts)
    assert list(folded.ends) == sorted(folded.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(folded.starts, folded.ends, strict=True))


@given(TEXTS)
def test_a_full_name_is_found_whatever_stands_on_the_lines_around(text: str) -> None:
    named = f"{text}\nWell done Aleksandra Zielińska!\n{text}"
    assert any(category == "name_full" and numbers == "9009" for category, _, numbers in find(named))


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert key_of(key_of(text)) == key_of(text)


@given(st.lists(TEXTS, max_size=4))
def test_any_lines_of_a_picture_can_be_matched(read: list[str]) -> None:
    names = PictureNames(secondary())
    for name in names.find([Line(text, 0.9, QUAD) for text in read]):
        assert 0 <= name.score <= 100
        assert all(0 <= x <= 1 and 0 <= y <= 1 for quad in name.quads for x, y in quad)
