"""When a pupil may be enrolled: the law's conditions, one by one."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.register.consent import REASONS, as_of, has_left, reasons_against
from services.register.models import EnrolmentConsent, FaceMatching, School
from tests.support.register import DOCUMENTS, LAWFUL, pupil

TODAY = date(2026, 11, 24)
SCHOOL = School("sch-0000000000000001", "Larkhollow", "school", "england_and_wales", "sandbox", DOCUMENTS)


def test_with_everything_on_record_nothing_stands_against_it() -> None:
    assert reasons_against(SCHOOL, LAWFUL, TODAY) == ()


@pytest.mark.parametrize(
    ("changed", "reasons"),
    [
        ({"parents_notified_on": None}, ("parents_not_notified",)),
        ({"parents_notified_on": date(2026, 11, 25)}, ("parents_not_notified", "consent_before_notice")),
        ({"parents_notified_on": date(2026, 9, 13)}, ("consent_before_notice",)),
        ({"parents_notified_on": date(2026, 9, 12)}, ()),
        ({"written_consent_by": ""}, ("no_written_consent",)),
        ({"written_consent_on": None}, ("no_written_consent",)),
        ({"written_consent_on": date(2026, 11, 25)}, ("no_written_consent",)),
        ({"parent_objection": True}, ("parent_objected",)),
        ({"child_objection": True}, ("child_objected",)),
    ],
)
def test_each_missing_condition_stands_against_it(changed: dict[str, Any], reasons: tuple[str, ...]) -> None:
    assert reasons_against(SCHOOL, replace(LAWFUL, **changed), TODAY) == reasons


@pytest.mark.parametrize(
    ("documents", "reasons"),
    [
        (FaceMatching(), ("no_impact_assessment", "no_dpo_opinion", "no_consultation")),
        (replace(DOCUMENTS, dpia_reference=None), ("no_impact_assessment",)),
        (replace(DOCUMENTS, dpo_opinion=""), ("no_dpo_opinion",)),
        (replace(DOCUMENTS, consulted_on=date(2026, 11, 25)), ("no_consultation",)),
    ],
)
def test_the_school_needs_its_documents(documents: FaceMatching, reasons: tuple[str, ...]) -> None:
    assert reasons_against(replace(SCHOOL, face_matching=documents), LAWFUL, TODAY) == reasons


def test_nothing_on_record_is_no_consent() -> None:
    assert reasons_against(SCHOOL, None, TODAY) == ("no_record",)


def test_every_reason_has_words() -> None:
    nothing = EnrolmentConsent("2401", None, "", None, parent_objection=True, child_objection=True)
    found = {
        *reasons_against(replace(SCHOOL, face_matching=FaceMatching()), nothing, TODAY),
        *reasons_against(SCHOOL, None, TODAY),
        *reasons_against(SCHOOL, replace(LAWFUL, parents_notified_on=date(2026, 9, 13)), TODAY),
    }
    assert found == set(REASONS)


@pytest.mark.parametrize(
    ("given", "until", "holds"),
    [
        ("yes", "", "yes"),
        ("yes", "2026-11-25", "yes"),
        ("yes", "2026-11-24", "yes"),
        ("yes", "2026-11-23", "no"),
        ("no", "2026-11-25", "no"),
        ("unknown", "2026-11-23", "unknown"),
    ],
)
def test_a_consent_holds_until_its_last_day_is_over(given: str, until: str, holds: str) -> None:
    limited = pupil(photo_consent=given, photo_consent_until=until, name_consent="yes")
    assert as_of(limited, TODAY) == replace(limited, photo_consent=holds)
    limited = pupil(name_consent=given, name_consent_until=until, photo_consent="yes")
    assert as_of(limited, TODAY) == replace(limited, name_consent=holds)


@pytest.mark.parametrize(
    ("day", "gone"), [("", False), ("2026-11-25", False), ("2026-11-24", False), ("2026-11-23", True)]
)
def test_a_pupil_is_there_on_the_leaving_date_itself(day: str, *, gone: bool) -> None:
    assert has_left(pupil(leaving_date=day), TODAY) is gone
