import pytest

from tests.unit.analyze.details.examples import find, quoted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("LN79 4RL", ["LN79 4RL"]),
        ("LN794RL", ["LN794RL"]),
        ("CB1 2AB", ["CB1 2AB"]),
        ("CB12AB", ["CB12AB"]),
        ("EC1A 1BB", ["EC1A 1BB"]),
        ("postcode sw1a 1aa", ["sw1a 1aa"]),
        ("ln79 4rl", ["ln79 4rl"]),
        ("qx79 4rl", []),
        ("LN79 1AA is ours", []),
        ("LN79", []),
        ("Y6 2PM", []),
        ("B12 8CI", []),
        ("ks1 2nd team", []),
        ("M6 3PM", []),
    ],
)
def test_postcode(text: str, words: list[str]) -> None:
    assert quoted(text, "postcode") == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("27 Saddlers Yard", ["27 Saddlers Yard"]),
        ("14 Rose Lane, CB1 2AB", ["14 Rose Lane"]),
        ("She lives at 14a Rose Lane.", ["14a Rose Lane"]),
        ("Flat 3, 14 Rose Lane, CB1 2AB", ["Flat 3, 14 Rose Lane"]),
        ("He lives on Mill Road opposite the shop.", ["Mill Road"]),
        ("1 Saddlers Yard, Fenwater", []),
        ("Meet at the cafe, 5 High Street.", []),
        ("3 children walk to school", []),
        ("Rose Lane is closed on Friday.", []),
        ("We ran 10 Park laps", []),
    ],
)
def test_address(text: str, words: list[str]) -> None:
    assert quoted(text, "address") == words


def test_an_address_of_the_roster_says_whose_it_is() -> None:
    assert find("27 Saddlers Yard, LN79 4RL") == [
        ("address", "27 Saddlers Yard", "9001"),
        ("postcode", "LN79 4RL", "9001"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("51.50740, -0.12780", ["51.50740, -0.12780"]),
        ("51.5074° N, 0.1278° W", ["51.5074° N, 0.1278° W"]),
        ("51°30'26\"N 0°7'39\"W", ["51°30'26\"N 0°7'39\"W"]),
        ("///filled.count.soap", ["///filled.count.soap"]),
        ("what3words: index.home.raft", ["what3words: index.home.raft"]),
        ("3.1415, 2.7182", []),
        ("51.5, -0.1", []),
        ("Scores: 12.345, 11.567", []),
        ("index.home.raft", []),
    ],
)
def test_coords(text: str, words: list[str]) -> None:
    assert quoted(text, "coords") == words


@pytest.mark.parametrize(
    "text",
    [
        "We are at the Wenbury Water Mill right now with Year 3!",
        "We have just arrived at Northmere Castle with Year 5.",
        "Live from the leisure centre: Year 4 are in the pool right now.",
        "Currently on the 10.42 train to the coast with all of Year 6.",
        "Year 8 are at the science museum until 3pm today.",
        "Just arrived at the farm with 7KT.",
        "Jack Hartwell is waiting outside the library.",
        "On our way back from Wales with the Year 10s.",
        "Year 9 trip to Alton Park on Friday, the coach leaves at 8.30am.",
        "He walks home alone along the canal.",
        "Year 6 are on the coach to London!",
        "Our Gold team is camping tonight at Buckden Pike.",
    ],
)
def test_where_children_are_is_found(text: str) -> None:
    assert quoted(text, "location_live")


@pytest.mark.parametrize(
    "text",
    [
        "Our office is open right now.",
        "We are at full capacity.",
        "Year 8 visited the castle yesterday.",
        "Year 7 had a great day at the beach.",
        "Parents' evening is at 6pm on Tuesday in the hall.",
        "We are so proud right now.",
        "Applications are open now.",
        "I'll be waiting at the gate tomorrow and she'll end up in hospital.",
        "The PTA is on Facebook right now.",
        "We are on our way to 500 followers!",
        "Our Year 5 class are learning about the river Nile.",
    ],
)
def test_what_only_sounds_like_a_place_is_not(text: str) -> None:
    assert quoted(text, "location_live") == []
