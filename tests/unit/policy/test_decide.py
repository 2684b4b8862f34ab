"""What findings mean for the sandbox school: tables of facts and judgements, with their near-misses."""

import itertools
from typing import Any

import pytest

from schemas.analysis import Finding, Unchecked
from services.policy.decide import Decision, PostFacts, decide
from services.policy.load import choose, load_profile

PROFILE = load_profile("sandbox")
numbers = itertools.count(1)


def finding(category: str, *, band: str | None = None, subject: int | None = None, **facts: Any) -> Finding:
    return Finding(
        finding_id=f"{next(numbers):032x}",
        category=category,
        confidence=0.9,
        band=band,
        subject_ref=None if subject is None else f"pup-{subject:016x}",
        rule_id="test",
        facts=facts,
    )


def post(
    *, kind: str = "post", trigger: str = "live", relation: str = "official", has_image: bool = False
) -> PostFacts:
    return PostFacts("facebook", kind, trigger, relation, has_image)


COMMENT = post(kind="comment", relation="unknown")


def judge(*findings: Finding, about: PostFacts = COMMENT, **other: Any) -> Decision:
    return decide(PROFILE, about, findings, **other)


@pytest.mark.parametrize(
    ("category", "facts", "severity", "audience"),
    [
        ("insult", {"severity": 2, "target": "staff"}, "S3", "general"),
        ("insult", {"severity": 1, "target": "school"}, "S4", "general"),
        ("insult", {"severity": 2, "target": "pupil"}, "S2", "general"),
        ("bullying", {"severity": 3, "target": "pupil"}, "S1", "general"),
        ("harassment", {"severity": 3, "target": "parent"}, "S2", "general"),
        ("discriminatory", {"severity": 3, "target": "group"}, "S2", "general"),
        ("threat", {"severity": 4, "target": "staff"}, "S1", "general"),
        ("threat", {"severity": 3, "target": "staff"}, "S2", "general"),
        ("threat", {"severity": 3, "target": "pupil"}, "S1", "safeguarding"),
        ("threat", {"severity": 4, "target": "pupil"}, "S1", "safeguarding"),
        ("threat", {}, "S1", "general"),
        ("allegation", {"severity": 3, "target": "staff", "named": True}, "S2", "staff_allegation"),
        ("grooming_contact", {"severity": 4, "target": "pupil"}, "S1", "safeguarding"),
        ("self_harm_encouragement", {"severity": 4, "target": "none"}, "S1", "safeguarding"),
        ("extremist", {"severity": 4}, "S1", "safeguarding"),
        ("sexual", {"severity": 3, "target": "staff"}, "S2", "safeguarding"),
        ("sexual", {"severity": 3, "target": "pupil"}, "S1", "safeguarding"),
        ("welfare_concern", {"severity": 0, "target": "self"}, "S2", "safeguarding"),
        ("spam_scam", {"severity": 1, "target": "none"}, "S4", "general"),
        ("reported_abuse", {}, "S3", "general"),
        ("takedown_request", {"severity": 0}, "S2", "data_protection"),
    ],
)
def test_abuse_goes_by_the_detectors_grade(category: str, facts: dict[str, Any], severity: str, audience: str) -> None:
    (judgement,) = judge(finding(category, **facts)).judgements
    assert (judgement.severity, judgement.audience) == (severity, audience)
    assert judgement.clause_ids
    assert judgement.verdict in {"review", "block"}


ROWS = [
    # photo, name, image, full name, first name
    ("yes", "yes", "none", "allow", "allow"),
    ("yes", "yes", "group", "review", "allow"),
    ("yes", "no", "none", "block", "block"),
    ("yes", "no", "single", "block", "block"),
    ("yes", "unknown", "single", "block", "block"),
    ("no", "yes", "none", "allow", "allow"),
    ("unknown", "yes", "none", "allow", "allow"),
    ("no", "yes", "single", "block", "block"),
    ("no", "no", "none", "block", "block"),
    ("unknown", "unknown", "group", "block", "block"),
    ("yes", "some", "none", "review", "review"),
    ("some", "some", "single", "review", "review"),
    ("some", "no", "single", "block", "block"),
    ("some", "yes", "none", "allow", "allow"),
]


@pytest.mark.parametrize(("photo", "name", "image", "full", "first"), ROWS)
def test_names_go_by_the_consents(photo: str, name: str, image: str, full: str, first: str) -> None:
    about = post(trigger="draft", kind="draft", has_image=image != "none")
    facts: dict[str, Any] = {"photo_consent": photo, "name_consent": name, "image": image}
    assert judge(finding("name_full", **facts), about=about).verdict == full
    assert judge(finding("name_tag", **facts), about=about).verdict == full
    assert judge(finding("name_first", **facts), about=about).verdict == first


def test_an_allowed_name_gives_no_judgement() -> None:
    assert judge(finding("name_full", photo_consent="yes", name_consent="yes", image="none")).judgements == ()


def test_a_missing_consent_counts_as_none() -> None:
    assert judge(finding("name_full"), about=post()).verdict == "block"


def test_a_possible_match_is_for_a_person_to_judge() -> None:
    refused: dict[str, Any] = {"photo_consent": "no", "name_consent": "no", "image": "single"}
    given: dict[str, Any] = {"photo_consent": "yes", "name_consent": "yes", "image": "single"}
    about = post(has_image=True)
    assert judge(finding("name_on_image", band="confirmed", **refused), about=about).verdict == "block"
    assert judge(finding("name_on_image", band="possible", **refused), about=about).verdict == "review"
    assert judge(finding("name_first", band="possible", **given), about=about).verdict == "allow"
    assert judge(finding("image_no_publish", band="possible"), about=about).verdict == "review"


@pytest.mark.parametrize(
    ("about", "severity"),
    [
        (post(has_image=True), "S1"),
        (post(has_image=False), "S2"),
        (post(has_image=True, trigger="audit"), "S3"),
        (post(has_image=True, trigger="draft", kind="draft"), "S3"),
        (COMMENT, "S3"),
    ],
)
def test_a_name_is_urgent_where_it_stands(about: PostFacts, severity: str) -> None:
    (judgement,) = judge(finding("name_full", name_consent="no", photo_consent="no"), about=about).judgements
    assert judgement.severity == severity


def test_a_class_alone_is_fine_and_with_a_name_is_not() -> None:
    school_class = finding("class")
    full = finding("name_full", photo_consent="yes", name_consent="yes", image="none")
    first = finding("name_first", photo_consent="yes", name_consent="yes")
    assert judge(school_class, about=post(has_image=True)).verdict == "allow"
    assert judge(school_class, full, about=post()).verdict == "review"
    assert judge(school_class, first, about=post()).verdict == "allow"
    assert judge(school_class, first, about=post(has_image=True)).verdict == "review"


def test_a_school_may_choose_to_be_stricter() -> None:
    stricter = choose(PROFILE, {"full_name_with_photo": "block"})
    full = finding("name_full", photo_consent="yes", name_consent="yes", image="group")
    assert decide(stricter, post(has_image=True), [full]).verdict == "block"


def test_where_a_named_pupil_is_right_now_is_most_urgent() -> None:
    trip = finding("location_live")
    named = finding("name_first", photo_consent="yes", name_consent="yes")
    alone = judge(trip, about=post())
    together = judge(trip, named, about=post())
    assert (alone.verdict, alone.judgements[0].severity) == ("review", "S3")
    assert (together.verdict, together.judgements[0].severity) == ("block", "S1")


def test_three_names_on_a_picture_are_a_register() -> None:
    consents: dict[str, Any] = {"photo_consent": "yes", "name_consent": "yes", "image": "group"}
    names = [finding("name_on_image", subject=n, **consents) for n in (1, 2, 3)]
    again = finding("name_on_image", subject=2, **consents)
    about = post(has_image=True)
    assert judge(*names[:2], again, about=about).verdict == "review"
    assert judge(*names, about=about).verdict == "block"


def test_what_was_not_examined_is_never_allowed() -> None:
    missing = [Unchecked(part="image:1", reason="undecodable")]
    assert judge(unchecked=missing).verdict == "unchecked"
    assert judge(finding("spam_scam"), unchecked=missing).verdict == "review"
    assert judge().verdict == "allow"


def test_a_category_from_a_newer_detector_goes_to_a_person() -> None:
    decision = judge(finding("hologram"))
    assert (decision.verdict, decision.judgements[0].severity) == ("review", "S2")


def test_each_audience_is_told_its_own() -> None:
    threat = finding("threat", severity=4, target="pupil")
    insults = [finding("insult", severity=2, target="staff"), finding("insult", severity=1, target="school")]
    spam = finding("spam_scam", severity=1)
    safeguarding, general = judge(spam, *insults, threat).audiences
    assert (safeguarding.audience, safeguarding.severity) == ("safeguarding", "S1")
    assert safeguarding.finding_ids == (threat.finding_id,)
    assert (general.audience, general.severity, general.categories) == ("general", "S3", ("insult", "spam_scam"))
    assert (general.axis, general.nature, general.kcsie_area) == ("content", "aggressive", "content")
    assert general.clause_ids == ("SB-4.1", "SB-4.3", "SB-4.5")
