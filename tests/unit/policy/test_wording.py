"""What people read about a judgement."""

from typing import Any

import pytest

from schemas.analysis import Finding
from schemas.categories import CATEGORY_OWNER
from services.policy.decide import PostFacts, decide
from services.policy.load import load_profile
from services.policy.wording import clause, explain, headline

PROFILE = load_profile("sandbox")


def explained(category: str, *, band: str | None = None, **facts: Any) -> str:
    found = Finding(finding_id="0" * 32, category=category, confidence=1, band=band, rule_id="test", facts=facts)
    (judgement,) = decide(PROFILE, PostFacts("x", "post", "live", "official", has_image=True), [found]).judgements
    return explain(PROFILE, judgement)


def test_a_name_is_explained_by_its_consents() -> None:
    assert explained("name_full", photo_consent="unknown", name_consent="yes", image="group") == (
        "A pupil's full name (with a picture of a group, consent to photos: not recorded, consent to the name: given). "
        "A person must decide: it should not be published as it stands."
    )


def test_abuse_is_explained_by_its_target() -> None:
    assert explained("threat", severity=4, target="staff").startswith("A threat (aimed at a member of staff). ")
    assert explained("spam_scam", target="none").startswith("Spam or a scam. ")


def test_a_possible_match_says_so() -> None:
    assert "The match is only possible; a person must decide: it needs a person's judgement." in explained(
        "image_no_publish", band="possible"
    )


@pytest.mark.parametrize(
    ("category", "facts", "expected"),
    [
        ("not_approved", {}, "A post went live that nobody had approved."),
        ("changed_since_approval", {"differs": "text"}, "A post is not what was approved (the text is another one)."),
        (
            "changed_since_approval",
            {"differs": "pictures"},
            "A post is not what was approved (a picture is another one).",
        ),
    ],
)
def test_what_is_live_already_is_not_called_unfit_to_publish(
    category: str, facts: dict[str, str], expected: str
) -> None:
    assert explained(category, **facts) == f"{expected} It went live: a person must decide whether it may stay."


@pytest.mark.parametrize("category", [*CATEGORY_OWNER, "of_the_future"])
def test_every_headline_is_complete(category: str) -> None:
    words = headline(PROFILE, category)
    assert words[0].isupper()
    assert "{" not in words
    assert not words.endswith(".")


def test_a_clause_says_where_it_stands() -> None:
    found = clause(PROFILE, "SB-4.2")
    assert (found.id, found.lines) == ("SB-4.2", "section 4")
    assert "headteacher at any hour" in found.text
    with pytest.raises(KeyError):
        clause(PROFILE, "C024")
