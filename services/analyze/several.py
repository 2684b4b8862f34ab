"""Pure: one answer from what was found, perhaps against several schools' registers as for an account of a trust."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from schemas.ids import SchoolId
from services.analyze.detectors.detector import FindingDraft

Found = tuple[SchoolId, FindingDraft]
"""What was found, and against whose register."""
ONE_SCHOOL_CAN_ALLOW: Final = frozenset({"name_other_child", "phone", "email", "postcode"})
"""What a register that does not know it takes for a stranger's: another that finds nothing there knows better."""
ONE_SCHOOL_CAN_ALLOW_RULES: Final = frozenset({"address.numbered"})


def joined(found: Mapping[SchoolId, Sequence[FindingDraft]]) -> list[Found]:
    """Join the findings of each school.

    A pupil whom any register knows counts, and stands for what the others found there without knowing whose it is.
    What would be reported of any stranger counts when it is strange to every one of them. Where several say the same,
    the gravest counts.
    """
    everything = sorted(
        ((school, draft) for school, drafts in found.items() for draft in drafts),
        key=lambda each: (_place(each[1]), each[0]),
    )
    return [
        kept
        for _, group in groupby(everything, lambda each: _place(each[1]))
        for kept in _kept(list(group), len(found))
    ]


def fitting(found: Sequence[Found], most: int) -> list[Found]:
    """Return `most` of the findings at the most: of each category in turn the next one, pupils and the gravest first.

    Whoever fills a post with postcodes hides no threat in it.
    """
    if len(found) <= most:
        return list(found)
    by_category = sorted(found, key=lambda each: (each[1].category, each[1].subject_ref is None, _mildness(each[1])))
    in_turn = [
        (turn, each)
        for _, alike in groupby(by_category, lambda each: each[1].category)
        for turn, each in enumerate(alike)
    ]
    return [each for _, each in sorted(in_turn, key=lambda ranked: ranked[0])[:most]]


def _kept(same: list[Found], schools: int) -> Iterator[Found]:
    about_pupils = [each for each in same if each[1].subject_ref is not None]
    if about_pupils:
        yield from about_pupils
        return
    first = same[0][1]
    allowed = first.category in ONE_SCHOOL_CAN_ALLOW or first.rule_id in ONE_SCHOOL_CAN_ALLOW_RULES
    if not allowed or len({school for school, _ in same}) == schools:
        yield max(same, key=lambda each: _gravity(each[1]))


def _place(draft: FindingDraft) -> tuple[str, str, str]:
    return draft.category, draft.part, draft.match


def _mildness(draft: FindingDraft) -> tuple[float, bool, float]:
    grade, of_pupil = _gravity(draft)
    return -grade, not of_pupil, -draft.confidence


def _gravity(draft: FindingDraft) -> tuple[float, bool]:
    grade = draft.facts.get("severity", 0)
    return float(grade) if isinstance(grade, float | int) else 0.0, draft.facts.get("target") == "pupil"
