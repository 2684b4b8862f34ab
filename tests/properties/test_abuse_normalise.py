from hypothesis import given
from hypothesis import strategies as st

from services.analyze.detectors.abuse.mapped_text import MappedText
from services.analyze.detectors.abuse.normalise import fold, lightly, normalise, trim_blanks

DISGUISED = st.text(st.sampled_from("abkfuckys1d0t*.- @$!\u200b\u0301\u0430\uff41\U0001f437\n"), max_size=60)
TEXTS = st.one_of(st.text(max_size=80), st.text(st.characters(codec=None), max_size=40), DISGUISED)


@given(TEXTS)
def test_offsets_stay_inside_the_original_and_never_run_back(text: str) -> None:
    for mapped in (normalise(text), lightly(text)):
        assert len(mapped.starts) == len(mapped.ends) == len(mapped.text)
        assert all(0 <= start < end <= len(text) for start, end in zip(mapped.starts, mapped.ends, strict=True))
        assert mapped.starts == sorted(mapped.starts)
        assert mapped.ends == sorted(mapped.ends)


@given(TEXTS)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(MappedText.of(text)).text
    assert fold(MappedText.of(once)).text == once


@given(TEXTS)
def test_trimming_blanks_twice_changes_nothing(text: str) -> None:
    once = trim_blanks(MappedText.of(text)).text
    assert trim_blanks(MappedText.of(once)).text == once


@given(st.text(st.sampled_from("abcdefg xyz"), max_size=40))
def test_plain_small_letters_map_to_themselves_when_folded(text: str) -> None:
    assert fold(MappedText.of(text)) == MappedText.of(text)
