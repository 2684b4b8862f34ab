"""What must hold between the parts of a profile: every name used is defined, every category and audience is covered."""

from collections.abc import Iterable, Iterator
from typing import Final

from schemas.categories import AUDIENCES, CATEGORY_OWNER, KINDS, PLATFORMS
from services.policy.consent_source import CONSENT_SOURCES
from services.policy.profile import ConsentRow, Profile, Rule
from services.policy.scales import SEVERITIES, VERDICTS

ONLINE_SAFETY_LEAD: Final = "online_safety_lead"
OPERATIONS: Final = "operations"


def problems(profile: Profile) -> list[str]:
    """Return what is wrong, each as `key: what to do`; empty when the profile is consistent."""
    return [
        *_differences("rules", profile.rules, CATEGORY_OWNER),
        *_differences("routes", profile.routes, AUDIENCES),
        *_differences("detectors", profile.detectors, KINDS),
        *(f"platforms.{name}: no such platform" for name in sorted(set(profile.platforms) - set(PLATFORMS))),
        *_differences("send", profile.send, SEVERITIES),
        *_differences("respond_within_minutes", profile.respond_within_minutes, SEVERITIES),
        *_differences("grades.scale", map(str, profile.grades.scale), ("1", "2", "3", "4")),
        *_routes(profile),
        *_outages(profile),
        *_approval(profile),
        *_consents(profile),
        *(f"choices.{name}: is the name of something else" for name in sorted(set(profile.choices) & _FIXED_SOURCES)),
        *(problem for name, rule in profile.rules.items() for problem in _rule(profile, f"rules.{name}", rule)),
        *_rule(profile, "otherwise", profile.otherwise),
    ]


_FIXED_SOURCES = {*VERDICTS, *CONSENT_SOURCES}


def _differences(key: str, found: Iterable[str], expected: Iterable[str]) -> Iterator[str]:
    have, need = set(found), set(expected)
    yield from (f"{key}.{name}: is missing" for name in sorted(need - have))
    yield from (f"{key}.{name}: is unknown here" for name in sorted(have - need))


def _routes(profile: Profile) -> Iterator[str]:
    for audience, by_severity in profile.routes.items():
        yield from _differences(f"routes.{audience}", by_severity, SEVERITIES)
        for severity, roles in by_severity.items():
            if not roles:
                yield f"routes.{audience}.{severity}: names nobody"
            yield from (
                f"routes.{audience}.{severity}: role {role} is not in roles"
                for role in roles
                if role not in profile.roles
            )


def _outages(profile: Profile) -> Iterator[str]:
    """An account that nobody checks is told to whoever answers for it, not to operations alone."""
    if ONLINE_SAFETY_LEAD in profile.roles and ONLINE_SAFETY_LEAD not in profile.routes.get(OPERATIONS, {}).get(
        "S2", ()
    ):
        yield f"routes.{OPERATIONS}.S2: must name {ONLINE_SAFETY_LEAD}, who is told when an account is not checked"


def _approval(profile: Profile) -> Iterator[str]:
    approval = profile.approval
    if approval.required and not approval.roles:
        yield "approval.roles: names nobody, so nothing could ever be approved"
    yield from (f"approval.roles: role {role} is not in roles" for role in approval.roles if role not in profile.roles)


def _consents(profile: Profile) -> Iterator[str]:
    allowed = {*VERDICTS, *profile.choices}
    for held in type(profile.consents).model_fields:
        row = getattr(profile.consents, held)
        for shown in ConsentRow.model_fields:
            if getattr(row, shown) not in allowed:
                yield f"consents.{held}.{shown}: is neither a verdict nor one of the choices"


def _rule(profile: Profile, key: str, rule: Rule) -> Iterator[str]:
    sources = {*_FIXED_SOURCES, *profile.choices}
    parts: list[tuple[str, str | None, str | None, tuple[str, ...] | None]]
    parts = [(key, rule.verdict, rule.audience, rule.clauses)]
    parts += [(f"{key}.cases.{n}", case.verdict, case.audience, case.clauses) for n, case in enumerate(rule.cases)]
    parts += [(f"{key}.together.{n}", beside.verdict, None, None) for n, beside in enumerate(rule.together)]
    for where, verdict, audience, clauses in parts:
        if verdict is not None and verdict not in sources:
            yield f"{where}.verdict: {verdict} is neither a verdict nor one of the choices"
        if audience is not None and audience not in AUDIENCES:
            yield f"{where}.audience: {audience} is no audience"
        yield from (
            f"{where}.clauses: {clause} is not in clauses" for clause in clauses or () if clause not in profile.clauses
        )
    for n, beside in enumerate(rule.together):
        yield from (
            f"{key}.together.{n}.with: {other} is no category" for other in beside.others if other not in CATEGORY_OWNER
        )
