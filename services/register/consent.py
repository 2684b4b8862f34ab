"""Which consents hold today: to photos and names, and to enrolment (Protection of Freedoms Act 2012, s.26; UK GDPR)."""

from dataclasses import replace
from datetime import date
from typing import Final

from services.register.models import NO, YES, EnrolmentConsent, Pupil, School

REASONS: Final = {
    "no_impact_assessment": "the school has recorded no data protection impact assessment for face matching",
    "no_dpo_opinion": "the data protection officer's opinion is not recorded",
    "no_consultation": "no date of consultation is recorded",
    "no_record": "nothing is recorded about this pupil's enrolment",
    "parents_not_notified": "not every parent was told, or the date lies in the future",
    "no_written_consent": "no parent gave written consent, or it is not yet in force",
    "consent_before_notice": "the consent is older than the notice it must rest on",
    "parent_objected": "a parent objects",
    "child_objected": "the child objects",
}
"""Every reason against an enrolment, in words."""


def as_of(pupil: Pupil, today: date) -> Pupil:
    """Return a pupil with the consents that hold on a day: a `yes` whose last day has passed is a `no`."""
    lapsed = {
        consent: NO
        for consent in ("photo_consent", "name_consent")
        if getattr(pupil, consent) == YES and _passed(getattr(pupil, f"{consent}_until"), today)
    }
    return replace(pupil, **lapsed) if lapsed else pupil


def has_left(pupil: Pupil, today: date) -> bool:
    """Tell whether a pupil's leaving date has passed."""
    return _passed(pupil.leaving_date, today)


def reasons_against(school: School, consent: EnrolmentConsent | None, today: date) -> tuple[str, ...]:
    """Return the codes of all reasons against enrolling a pupil; none means that it is lawful.

    A child's own objection counts whatever the parents said; an answer that was never given is no consent.
    """
    documents = school.face_matching
    found = [
        code
        for code, holds in (
            ("no_impact_assessment", not documents.dpia_reference),
            ("no_dpo_opinion", not documents.dpo_opinion),
            ("no_consultation", documents.consulted_on is None or documents.consulted_on > today),
            ("no_record", consent is None),
        )
        if holds
    ]
    return (*found, *(_of_pupil(consent, today) if consent is not None else ()))


def _passed(last_day: str, today: date) -> bool:
    return bool(last_day) and date.fromisoformat(last_day) < today


def _of_pupil(consent: EnrolmentConsent, today: date) -> list[str]:
    told, agreed = consent.parents_notified_on, consent.written_consent_on
    was_told = told is not None and told <= today
    has_agreed = bool(consent.written_consent_by) and agreed is not None and agreed <= today
    return [
        code
        for code, holds in (
            ("parents_not_notified", not was_told),
            ("no_written_consent", not has_agreed),
            ("consent_before_notice", told is not None and agreed is not None and agreed < told),
            ("parent_objected", consent.parent_objection),
            ("child_objected", consent.child_objection),
        )
        if holds
    ]
