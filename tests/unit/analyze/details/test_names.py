import pytest

from tests.unit.analyze.details.examples import find, primary

HYPHENATED = "2494"  # Greta Holloway-Finch
BOLD = "".join(
    chr(ord(letter) + 0x1D3BF) if letter.isupper() else chr(ord(letter) + 0x1D3B9) for letter in "InayaGarcia"
)
ACCENTED = "2458"  # Inaya García
NICKNAMED = "2415"  # Stanley "Stan" Petrov


@pytest.mark.parametrize(
    ("text", "category", "words", "number"),
    [
        ("Our star is Inaya García.", "name_full", "Inaya García", ACCENTED),
        ("Our star is Inaya Garcia.", "name_full", "Inaya Garcia", ACCENTED),
        ("Our star is Inaya Garci\u0301a.", "name_full", "Inaya Garci\u0301a", ACCENTED),
        ("INAYA GARCÍA IS OUR STAR", "name_full", "INAYA GARCÍA", ACCENTED),
        ("inaya garcia is our star", "name_full", "inaya garcia", ACCENTED),
        ("Inaya García's poem", "name_full", "Inaya García", ACCENTED),
        ("Inaya García\u2019s poem", "name_full", "Inaya García", ACCENTED),
        ("Inaya\u00a0García read it", "name_full", "Inaya\u00a0García", ACCENTED),
        (f"{BOLD} read it", "name_full", BOLD, ACCENTED),
        ("Inaya ⭐ García read it", "name_full", "Inaya ⭐ García", ACCENTED),
        ("García, Inaya", "name_full", "García, Inaya", ACCENTED),
        ("Inaya Maria García read it", "name_full", "Inaya Maria García", ACCENTED),
        ("Well done Inaya G. for trying", "name_partial", "Inaya G", ACCENTED),
        ("Well done I. García for trying", "name_partial", "I. García", ACCENTED),
        ("Inaya Garica read it", "name_full", "Inaya Garica", ACCENTED),
        ("Inaia García read it", "name_full", "Inaia García", ACCENTED),
        ("So good! #InayaGarcia", "name_tag", "#InayaGarcia", ACCENTED),
        ("So good! #welldoneinayagarcia", "name_tag", "#welldoneinayagarcia", ACCENTED),
        ("Thanks @inaya_garcia14 for this", "name_tag", "@inaya_garcia14", ACCENTED),
        ("Inaya in 3K painted this", "name_first", "Inaya", ACCENTED),
        ("Stan Petrov", "name_full", "Stan Petrov", NICKNAMED),
        ("Stanley Petrov", "name_full", "Stanley Petrov", NICKNAMED),
        ("Greta Holloway-Finch", "name_full", "Greta Holloway-Finch", HYPHENATED),
        ("Greta Holloway Finch", "name_full", "Greta Holloway Finch", HYPHENATED),
        ("Greta Holloway\u2013Finch", "name_full", "Greta Holloway\u2013Finch", HYPHENATED),
        ("Greta Finch", "name_full", "Greta Finch", HYPHENATED),
    ],
)
def test_a_name_is_found_however_it_is_written(text: str, category: str, words: str, number: str) -> None:
    assert (category, words, number) in find(text, primary())


@pytest.mark.parametrize(
    "text",
    [
        "Thank you Mr Jack Penhaligon, Ms Frost and Dr Okonjo.",
        "Amelia Frost, our librarian, chose the books.",
        "Miss Amelia is wonderful.",
        "Amelia Earhart flew alone across an ocean.",
        "Grace Darling and Jack Black have nothing to do with it.",
        "We say grace before lunch.",
        "will green cars win the race?",
        "Will you come on Friday? May we bring cake?",
        "Summer is here! The Summer Fair is on Saturday.",
        "Come and see Jack and the Beanstalk.",
        "Thanks to Will Green Motors for the minibus.",
        "Fly the Union Jack!",
        "James Thomas the tank engine",
        "We met at Victoria Park and Grace Road.",
        "See www.ameliahartwell.example/photos",
        "#GraceWalkerHall is open, says @GraceWalkerHall",
        "#TeamHartwell",
        "Samuel O Rourke is nobody here.",
    ],
)
def test_words_staff_sponsors_and_strangers_are_no_pupils(text: str) -> None:
    assert [each for each in find(text) if each[0].startswith("name_")] == []


@pytest.mark.parametrize(
    ("text", "words", "numbers"),
    [
        ("Mo Khan came first.", "Mo Khan", "9007|9008"),
        ("Mo Khan in 10B came first.", "Mo Khan", "9007"),
        ("Mohammed Khan of Year 7 came first.", "Mohammed Khan", "9008"),
        ("Well done Mo, first in Year 10!", "Mo", "9007"),
        ("Well done Hartwell, Amelia!", "Hartwell, Amelia", "9001"),
    ],
)
def test_a_class_says_who_is_meant(text: str, words: str, numbers: str) -> None:
    assert [each[1:] for each in find(text) if each[0].startswith("name_")] == [(words, numbers)]


def test_a_first_name_of_somebody_named_in_full_adds_nothing() -> None:
    assert find("Amelia Hartwell won. Amelia, we are proud!") == [("name_full", "Amelia Hartwell", "9001")]


@pytest.mark.parametrize(
    "text", ["Summer in 7KT drew this.", "Grace in 10B won.", "Will scored twice.", "Well done Grace!"]
)
def test_a_name_that_is_a_word_counts_where_only_a_name_fits(text: str) -> None:
    assert "name_first" in [category for category, _, _ in find(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("My classmate Poppy Field in 4H is funny.", "Poppy Field"),
        ("Our Year 8 pupil Daniel Marsh won bronze.", "Daniel Marsh"),
        ("Congratulations to Ruby Okafor (Year 11).", "Ruby Okafor"),
        ("Lily Cartwright, aged 12, sang.", "Lily Cartwright"),
    ],
)
def test_a_child_of_another_school_is_found_where_the_text_says_so(text: str, words: str) -> None:
    assert ("name_other_child", words, "") in find(text)


@pytest.mark.parametrize(
    "text",
    [
        "Author Tom Palmer visited Year 8.",
        "Our former pupil Harry Vance is a pilot now.",
        "Songs by Olivia Rodrigo at the Year 9 disco.",
        "Sports Day in Year 4 was wet.",
        "Mr Daniel Marsh in Year 8 leads the club.",
    ],
)
def test_adults_are_no_children(text: str) -> None:
    assert "name_other_child" not in [category for category, _, _ in find(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1st Amelia H (9KT), 2nd Jack H (7KT)", ["Amelia H", "Jack H"]),
        ("Results: Walker, G; Hartwell, J", ["Walker, G", "Hartwell, J"]),
        ("Grace & Will smashed it", ["Grace", "Will"]),
        ("AMELIA IN 9KT IS A LEGEND", ["AMELIA"]),
        ("amelia in 9kt is a legend", ["amelia"]),
        ("Grace I think it rained. I Green.", []),
    ],
)
def test_the_ways_of_lists_and_comments(text: str, names: list[str]) -> None:
    assert [words for category, words, _ in find(text) if category.startswith("name_")] == names
