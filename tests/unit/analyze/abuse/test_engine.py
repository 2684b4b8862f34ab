import pytest

from services.analyze.detectors.abuse import AbuseEngine, AuthorRole, Disposition, Target


@pytest.fixture(scope="module")
def engine() -> AbuseEngine:
    return AbuseEngine()


@pytest.mark.parametrize(
    ("text", "disposition", "labels", "severity", "target"),
    [
        ("kys", "abuse", ("self_harm_encouragement",), 4, "none"),
        ("Mrs Patel is a stupid cow", "abuse", ("insult",), 2, "staff"),
        ("I'm going to smash Mr Vance's face in", "abuse", ("threat",), 4, "staff"),
        ("go b4ck to your own c0untry", "abuse", ("discriminatory",), 3, "group"),
        ("hi gorgeous how old are you, don't tell your mum", "unsafe_contact", ("grooming_contact",), 4, "pupil"),
        ("Congratulations you have been selected to win an iPhone, claim now", "spam", ("spam_scam",), 2, "none"),
        ("I want to kill myself", "welfare", (), 0, "self"),
        ("My son was called a fat pig in the corridor", "reported_abuse", (), 0, "pupil"),
        ("Please take the photo of my son down", "data_protection", (), 0, "pupil"),
        ("This trip is a shambles and I want my money back", "criticism", (), 0, "none"),
        ("What time does it start?", "logistics", (), 0, "none"),
        ("Well done everyone, so proud", "praise", (), 0, "none"),
        ("This is bullshit", "incivility", (), 0, "none"),
    ],
)
def test_a_comment_gets_its_disposition(
    engine: AbuseEngine,
    text: str,
    disposition: str,
    labels: tuple[str, ...],
    severity: int,
    target: str,
) -> None:
    result = engine.analyse(text)
    assert (result.disposition, result.labels, result.severity, result.target) == (
        disposition,
        labels,
        severity,
        target,
    )
    assert result.abusive == (result.score >= 0.5) == (disposition in {"abuse", "unsafe_contact"})


@pytest.mark.parametrize("text", ["", " ", "\n", "\u200b", "\ud800", "!!!", "?" * 5000])
def test_a_text_without_words_is_nothing(engine: AbuseEngine, text: str) -> None:
    result = engine.analyse(text)
    assert (result.disposition, result.abusive, result.spans) == (Disposition.LOGISTICS, False, ())


def test_spans_are_code_points_of_the_original(engine: AbuseEngine) -> None:
    text = "\U0001f600\U0001f600 Mrs Bird, k.y.s please"
    span = next(span for span in engine.analyse(text).spans if span.label == "self_harm_encouragement")
    assert text[span.start : span.end] == "k.y.s"


def test_a_named_pupil_makes_it_graver(engine: AbuseEngine) -> None:
    text = "Liam is a fat pig"
    anybody, pupil = engine.analyse(text), engine.analyse(text, pupil_names=["Liam Jones"])
    assert (pupil.target, pupil.severity) == (Target.PUPIL, anybody.severity + 1)


def test_a_word_in_small_letters_is_no_pupils_name(engine: AbuseEngine) -> None:
    assert engine.analyse("will you shut up you clown", pupil_names=["Will Jones"]).target is not Target.PUPIL


def test_a_staff_name_counts_with_its_title_or_first_name(engine: AbuseEngine) -> None:
    names = ["Mrs Asha Okoro"]
    assert engine.analyse("Asha Okoro is an idiot", staff_names=names).target is Target.STAFF
    assert engine.analyse("What an idiot okoro", staff_names=names).target is not Target.STAFF


def test_he_is_whoever_the_parent_comment_was_about(engine: AbuseEngine) -> None:
    assert engine.analyse("he's an idiot").target is Target.NONE
    assert engine.analyse("he's an idiot", parent="Well done Mr Cole!").target is Target.STAFF


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("As a parent I object", AuthorRole.PARENT),
        ("My daughter loves it", AuthorRole.PARENT),
        ("I'm in Year 9 and it is fine", AuthorRole.PUPIL),
        ("I teach here and love it", AuthorRole.STAFF),
        ("I left in 2009", AuthorRole.FORMER_PUPIL),
        ("Parents love it", AuthorRole.UNKNOWN),
    ],
)
def test_only_a_claimed_role_is_recorded(engine: AbuseEngine, text: str, role: AuthorRole) -> None:
    assert engine.analyse(text).author_role is role


@pytest.mark.parametrize(
    "text",
    [
        "My two mums came to sports day!",
        "Proud of our Muslim pupils",
        "I don't hate immigrants, I am one",
        "It is not OK to call people gay as an insult",
        "Faggots and peas again",
        "Miss Cockburn was lovely",
    ],
)
def test_identities_and_names_are_not_abuse(engine: AbuseEngine, text: str) -> None:
    result = engine.analyse(text)
    assert not result.abusive
    assert result.discriminatory < 0.5


def test_why_quotes_nothing(engine: AbuseEngine) -> None:
    why = engine.analyse("Mr Zebedee is a proper nonce").why
    assert "zebedee" not in why.lower()
    assert why.endswith(".")
