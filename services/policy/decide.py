"""From facts to judgements: what the findings of a post mean for this school. Pure, and blind to their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from schemas.analysis import Finding, Unchecked
from services.policy.consent_source import CONSENT_SOURCES, verdict_by_consent
from services.policy.profile import Case, Conditions, Profile, Rule
from services.policy.scales import ALLOW, UNCHECKED, milder, most_severe, raised, strictest
from services.policy.taxonomy import row

Facts = Mapping[str, object]


@dataclass(frozen=True)
class PostFacts:
    """What policy needs to know of a post besides the findings. `kind`, `trigger`, `relation` as in schemas/post."""

    platform: str
    kind: str
    trigger: str
    relation: str
    has_image: bool


@dataclass(frozen=True)
class Judgement:
    """What one finding means. `severity` is S1 (at once) to S4, `verdict` is review or block."""

    finding: Finding
    verdict: str
    severity: str
    audience: str
    clause_ids: tuple[str, ...]
    axis: str
    nature: str
    kcsie_area: str


@dataclass(frozen=True)
class AudienceDecision:
    """What one audience must be told of a post; axis, nature and area are those of its most severe judgement."""

    audience: str
    severity: str
    categories: tuple[str, ...]
    clause_ids: tuple[str, ...]
    axis: str
    nature: str
    kcsie_area: str
    finding_ids: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """The verdict on a post (allow, unchecked, review, block), and why: the most severe judgement first."""

    verdict: str
    judgements: tuple[Judgement, ...]
    audiences: tuple[AudienceDecision, ...]


def decide(
    profile: Profile, post: PostFacts, findings: Sequence[Finding], unchecked: Sequence[Unchecked] = ()
) -> Decision:
    """Judge all findings of one post together; a finding that the policy allows gives no judgement.

    `unchecked` are the parts that no detector could examine: with any, the verdict is never `allow`.
    """
    judged = [_judge(profile, post, finding, findings) for finding in findings]
    judgements = tuple(sorted((each for each in judged if each is not None), key=_order))
    verdict = strictest([*(judgement.verdict for judgement in judgements), UNCHECKED if unchecked else ALLOW])
    by_audience = groupby(
        sorted(judgements, key=lambda each: (each.audience, *_order(each))), lambda each: each.audience
    )
    audiences = [_summary(audience, list(group)) for audience, group in by_audience]
    return Decision(verdict, judgements, tuple(sorted(audiences, key=lambda each: (each.severity, each.audience))))


def _order(judgement: Judgement) -> tuple[str, str, str]:
    return judgement.severity, judgement.finding.category, judgement.finding.finding_id


def _judge(profile: Profile, post: PostFacts, finding: Finding, findings: Sequence[Finding]) -> Judgement | None:
    rule = profile.rule(finding.category)
    facts = _facts(post, finding)
    verdict = _verdict(profile, _said(rule.cases, facts, "verdict") or rule.verdict, facts)
    verdict = milder(verdict, _said(rule.cases, facts, "at_most") or verdict)
    facts["verdict"] = verdict
    severity = _said(rule.cases, facts, "severity") or _graded(profile, rule, facts)
    for beside in rule.together:
        if _holds(beside.conditions, facts) and _count_others(finding, findings, beside.others) >= beside.at_least:
            verdict = strictest([verdict, _verdict(profile, beside.verdict or ALLOW, facts)])
            severity = most_severe([severity, beside.severity or severity])
    if verdict == ALLOW:
        return None
    cell = row(finding.category)
    return Judgement(
        finding=finding,
        verdict=verdict,
        severity=severity,
        audience=_said(rule.cases, facts, "audience") or rule.audience,
        clause_ids=_said(rule.cases, facts, "clauses") or rule.clauses,
        axis=cell.axis,
        nature=cell.nature,
        kcsie_area=cell.kcsie_area,
    )


def _facts(post: PostFacts, finding: Finding) -> dict[str, object]:
    return {
        **finding.facts,
        "platform": post.platform,
        "kind": post.kind,
        "trigger": post.trigger,
        "relation": post.relation,
        "has_image": post.has_image,
        "band": finding.band,
    }


def _said(cases: Sequence[Case], facts: Facts, name: str) -> Any:
    """Return what the first fitting case that speaks of `name` says; None when no case does."""
    for case in cases:
        said = getattr(case, name)
        if said is not None and _holds(case.conditions, facts):
            return said
    return None


def _holds(conditions: Conditions, facts: Facts) -> bool:
    return all(facts.get(name) in values for name, values in conditions.items())


def _verdict(profile: Profile, source: str, facts: Facts) -> str:
    if source in CONSENT_SOURCES:
        return verdict_by_consent(profile, source, facts)
    return profile.choices.get(source, source)


def _graded(profile: Profile, rule: Rule, facts: Facts) -> str:
    if not rule.graded:
        return rule.severity
    grade = facts.get("severity")
    severity = profile.grades.scale.get(int(grade), rule.severity) if isinstance(grade, float | int) else rule.severity
    conditions = profile.grades.raised_if
    return raised(severity) if conditions and _holds(conditions, facts) else severity


def _count_others(finding: Finding, findings: Sequence[Finding], categories: Sequence[str]) -> int:
    """Count who or what else was found: pupils where the detector says whom, otherwise findings."""
    found = {
        other.subject_ref or other.finding_id
        for other in findings
        if other.category in categories and other.finding_id != finding.finding_id
    }
    if finding.category in categories:  # the same pupil, found twice, is no other pupil
        found.discard(finding.subject_ref or finding.finding_id)
    return len(found)


def _summary(audience: str, judgements: Sequence[Judgement]) -> AudienceDecision:
    """Summarise judgements of one audience, the most severe first."""
    worst = judgements[0]
    return AudienceDecision(
        audience=audience,
        severity=worst.severity,
        categories=tuple(sorted({judgement.finding.category for judgement in judgements})),
        clause_ids=tuple(sorted({clause for judgement in judgements for clause in judgement.clause_ids})),
        axis=worst.axis,
        nature=worst.nature,
        kcsie_area=worst.kcsie_area,
        finding_ids=tuple(sorted({judgement.finding.finding_id for judgement in judgements})),
    )
