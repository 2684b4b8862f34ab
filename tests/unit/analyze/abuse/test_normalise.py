import pytest

from services.analyze.detectors.abuse.normalise import lightly, normalise


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("k.y.s", "kill yourself"),
        ("k i l l y o u r s e l f", "kill yourself"),
        ("you l-o-s-e-r", "you loser"),
        ("1d10t", "idiot"),
        ("n0nce", "nonce"),
        ("f**k off", "fuck off"),
        ("st*pid c***", "stupid cunt"),
        ("idiooot", "idiot"),
        ("soooo good", "soo good"),
        ("u r gr8", "you are great"),
        ("fu\u200bck", "fuck"),
        ("r\u0301a\u0300t", "rat"),
        ("\uff49\uff44\uff49\uff4f\uff54", "idiot"),
        ("\u0440a\u043ai", "paki"),
        ("\U0001f437", " pig "),
        ("Scunthorpe and Penistone", "fine and fine"),
        ("see https://example.org/x @someone", "see url @user"),
    ],
)
def test_disguises_are_undone(written: str, read: str) -> None:
    assert normalise(written).text == read


@pytest.mark.parametrize(
    "text",
    [
        "y7 at 4pm",
        "10/10",
        "ks2 maths",
        "p.e. kit",
        "i.t. room",
        "the u.k.",
        "a b c d e",
        "3rd place",
        "привіт",
        "e-mail",
    ],
)
def test_ordinary_writing_stays(text: str) -> None:
    assert normalise(text).text == text


def test_light_reading_folds_but_guesses_nothing() -> None:
    assert lightly("U R a 1D10T").text == "u r a 1d10t"


def test_a_joined_word_stands_for_all_that_was_written() -> None:
    text = "hey k y s now"
    mapped = normalise(text)
    start = mapped.text.index("kill")
    first, last = mapped.original_span(start, start + len("kill yourself"))
    assert text[first:last] == "k y s"
