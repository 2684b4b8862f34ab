import pytest

from tests.unit.analyze.details.examples import categories, find, quoted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Well done Amelia Hartwell in 9KT!", ["9KT"]),
        ("Well done Amelia Hartwell (Year 9)!", ["Year 9"]),
        ("Well done Amelia Hartwell, Y9!", ["Y9"]),
        ("Amelia Hartwell won. We are proud of all of 9KT.", ["9KT"]),
        ("Will Green of 8 Oak", ["8 Oak"]),
        ("Oluwaseun Adeyemi-Cole, 11R", ["11R"]),
        ("Well done Year 9!", []),
        ("9KT went swimming.", []),
        ("Mr Penhaligon teaches 9KT.", []),
        ("Amelia Hartwell ran 10K in the 5K event.", []),
        ("Amelia Hartwell left 9 years ago.", []),
    ],
)
def test_a_class_counts_where_it_is_a_named_pupils(text: str, words: list[str]) -> None:
    assert quoted(text, "class") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Jack Hartwell turns 12 today", ["turns 12"]),
        ("Jack Hartwell, aged 12, sang", ["aged 12"]),
        ("Jack Hartwell (12) sang", ["(12)"]),
        ("Happy 12th birthday Jack Hartwell", ["12th birthday"]),
        ("Jack Hartwell is a 12-year-old star", ["12-year-old"]),
        ("Children aged 11 to 16 are welcome", []),
        ("Our school is 12 today", []),
        ("Jack Hartwell scored 12 goals", []),
        ("Jack Hartwell came 12th", []),
        ("Mr Penhaligon turns 19 today", []),
    ],
)
def test_age(text: str, words: list[str]) -> None:
    assert quoted(text, "age") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Amelia Hartwell, DOB 14/03/2012", ["14/03/2012"]),
        ("Amelia Hartwell was born on 1st May 2013", ["1st May 2013"]),
        ("Amelia Hartwell 2012-03-14", ["2012-03-14"]),
        ("d.o.b. 14.03.12", ["14.03.12"]),
        ("Amelia Hartwell sings on 14 March 2027", []),
        ("Open day 14/03/2012", []),
        ("The King was born on 14 November 1948", []),
        ("Send us your child's date of birth to win", []),
    ],
)
def test_dob(text: str, words: list[str]) -> None:
    assert quoted(text, "dob") == words


@pytest.mark.parametrize(
    ("text", "category", "words"),
    [
        ("Amelia Hartwell has epilepsy.", "health", "epilepsy"),
        ("Amelia Hartwell was off. She broke her leg.", "health", "broke her leg"),
        ("a boy in 10B is autistic", "send", "autistic"),
        ("Jack Hartwell has an EHCP", "send", "EHCP"),
        ("Jack Hartwell's mum has cancer, please donate", "health", "cancer"),
        ("Jack Hartwell is in foster care", "social_care", "foster care"),
        ("Jack Hartwell's social worker rang", "social_care", "social worker"),
    ],
)
def test_what_is_said_of_a_persons_health_needs_and_family(text: str, category: str, words: str) -> None:
    assert quoted(text, category) == [words]


@pytest.mark.parametrize(
    "text",
    [
        "Asthma inhalers must be in school by Monday.",
        "World Autism Day assembly led by Amelia Hartwell",
        "Amelia Hartwell raised £40 for epilepsy research",
        "We offer SEND support and have free school meals forms.",
        "SENDing love to Amelia Hartwell",
        "Flu vaccinations are on Monday. Thank you Jack Hartwell!",
        "Our social media policy is online. Thank you Jack Hartwell!",
    ],
)
def test_health_in_general_is_nobodys(text: str) -> None:
    assert not {"health", "send", "social_care"} & set(categories(text))


def test_what_is_said_is_tied_to_the_nearest_name() -> None:
    assert ("health", "asthma", "9001") in find("Jack Hartwell won. Amelia Hartwell has asthma.")
