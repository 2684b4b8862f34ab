import pytest

from services.analyze.detectors.details.recognisers.numbers import nhs_is_valid, upn_check_letter
from tests.unit.analyze.details.examples import find, primary, quoted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It was B999550126006.", ["B999550126006"]),
        ("It was b999 5501 26006.", ["b999 5501 26006"]),
        ("UPN B123456789012 does not check, but says so.", ["B123456789012"]),
        ("Order B123456789012", []),
        ("Part B99955012600", []),
        ("Code XB999550126006", []),
    ],
)
def test_upn(text: str, words: list[str]) -> None:
    assert quoted(text, "upn") == words


def test_a_upn_of_the_roster_says_whose_it_is() -> None:
    assert find("B999550126006") == [("upn", "B999550126006", "9001")]


def test_the_check_letter_fits_every_upn_of_the_sandbox() -> None:
    numbers = [pupil.upn for pupil in primary().pupils]
    assert [upn_check_letter(number[1:]) for number in numbers] == [number[0] for number in numbers]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NHS number 943 476 5919", ["943 476 5919"]),
        ("943-476-5919", ["943-476-5919"]),
        ("NHS no: 9434765919", ["9434765919"]),
        ("Invoice 9434765919", []),
        ("NHS 943 476 5918", []),
        ("NHS 999 999 9999", []),
        ("Ring 01632 960 417", []),
    ],
)
def test_nhs(text: str, words: list[str]) -> None:
    assert quoted(text, "nhs") == words


@pytest.mark.parametrize("wrong", [0, 1, 2, 3, 4, 5, 6, 7, 8])
def test_one_wrong_digit_is_no_nhs_number(wrong: int) -> None:
    assert nhs_is_valid("9434765919")
    assert not nhs_is_valid(f"943476591{wrong}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("AB123456C", ["AB123456C"]),
        ("AB 12 34 56 C", ["AB 12 34 56 C"]),
        ("NI number qq123456c", ["qq123456c"]),
        ("QQ123456C", []),
        ("GB123456C", []),
        ("AB123456E", []),
        ("AB1234567C", []),
    ],
)
def test_nino(text: str, words: list[str]) -> None:
    assert quoted(text, "nino") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("AB12 CDE has its lights on.", ["AB12 CDE"]),
        ("The red van AB12CDE", ["AB12CDE"]),
        ("Whose car is P123 ABC?", ["P123 ABC"]),
        ("Whose car is ab12 cde?", ["ab12 cde"]),
        ("Room P123 ABC", []),
        ("KT9 ABC", []),
        ("Y6 PTA meeting", []),
        ("LN79 1AA", []),
        ("IB12 CDE", []),
    ],
)
def test_vrm(text: str, words: list[str]) -> None:
    assert quoted(text, "vrm") == words
