"""What must hold for every post and every profile that ships."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from schemas.analysis import Finding, Unchecked
from schemas.categories import AUDIENCES, BANDS, CATEGORY_OWNER, KINDS, PLATFORMS, RELATIONS, SEVERITIES, TRIGGERS
from services.policy.decide import PostFacts, decide
from services.policy.load import load_profile, profile_names
from services.policy.plan import plan
from services.policy.profile import Profile
from services.policy.route import route
from services.policy.scales import DECISION_VERDICTS

profiles = st.sampled_from(profile_names()).map(load_profile)
consents = st.sampled_from(("yes", "no", "unknown", "some"))
facts = st.fixed_dictionaries(
    {},
    optional={
        "severity": st.integers(0, 4).map(float),
        "target": st.sampled_from(("staff", "pupil", "parent", "school", "group", "self", "none")),
        "named": st.booleans(),
        "photo_consent": consents,
        "name_consent": consents,
        "image": st.sampled_from(("none", "single", "group")),
    },
)
findings = st.builds(
    Finding,
    finding_id=st.integers(0, 30).map(lambda number: f"{number:032x}"),
    category=st.sampled_from((*CATEGORY_OWNER, "of_the_future")),
    confidence=st.just(0.5),
    band=st.sampled_from((None, *BANDS)),
    subject_ref=st.sampled_from((None, *(f"pup-{number:016x}" for number in range(3)))),
    spans=st.just(()),
    boxes=st.just(()),
    rule_id=st.just("test"),
    facts=facts,
)
many = st.lists(findings, max_size=6, unique_by=lambda finding: finding.finding_id)
posts = st.builds(
    PostFacts,
    platform=st.sampled_from(PLATFORMS),
    kind=st.sampled_from(KINDS),
    trigger=st.sampled_from(TRIGGERS),
    relation=st.sampled_from(RELATIONS),
    has_image=st.booleans(),
)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # bounds


@given(profiles, posts, many, st.randoms())
def test_the_order_of_findings_does_not_matter(
    profile: Profile, post: PostFacts, found: list[Finding], order: Random
) -> None:
    shuffled = list(found)
    order.shuffle(shuffled)
    assert decide(profile, post, found) == decide(profile, post, shuffled)


@given(profiles, posts, many, findings)
def test_one_more_finding_never_makes_anything_milder(
    profile: Profile, post: PostFacts, found: list[Finding], more: Finding
) -> None:
    found = [finding for finding in found if finding.finding_id != more.finding_id]
    before = decide(profile, post, found)
    after = decide(profile, post, [*found, more])
    assert DECISION_VERDICTS.index(after.verdict) >= DECISION_VERDICTS.index(before.verdict)
    severities = {judgement.finding.finding_id: judgement.severity for judgement in after.judgements}
    for judgement in before.judgements:
        assert severities[judgement.finding.finding_id] <= judgement.severity
    told = {audience.audience: audience for audience in after.audiences}
    for audience in before.audiences:
        assert told[audience.audience].severity <= audience.severity
        assert set(told[audience.audience].categories) >= set(audience.categories)


@given(profiles, posts, many)
def test_nothing_unexamined_is_allowed(profile: Profile, post: PostFacts, found: list[Finding]) -> None:
    missing = [Unchecked(part="image:1", reason="too_large")]
    assert decide(profile, post, found, missing).verdict != "allow"


@given(profiles, posts, many)
def test_every_judgement_rests_on_a_clause_and_reaches_somebody(
    profile: Profile, post: PostFacts, found: list[Finding]
) -> None:
    for audience in decide(profile, post, found).audiences:
        assert audience.audience in AUDIENCES
        assert set(audience.clause_ids) <= set(profile.clauses)
        assert audience.clause_ids
        assert profile.routes[audience.audience][audience.severity]


@given(profiles, st.sampled_from(AUDIENCES), st.sampled_from(SEVERITIES), moments)
def test_nothing_is_sent_or_due_before_it_was_raised(
    profile: Profile, audience: str, severity: str, raised_at: datetime
) -> None:
    chosen = route(profile, audience, severity, raised_at)
    assert raised_at <= chosen.send_at < chosen.respond_by
    assert chosen.send_at - raised_at <= timedelta(days=8)
    if severity == "S1":
        assert chosen.send_at == raised_at


@given(
    profile=profiles,
    platform=st.sampled_from(PLATFORMS),
    kind=st.sampled_from(KINDS),
    images=st.integers(0, 4),
    has_text=st.booleans(),
    basis=st.booleans(),
)
def test_a_detector_is_planned_or_excluded_never_both(
    *, profile: Profile, platform: str, kind: str, images: int, has_text: bool, basis: bool
) -> None:
    made = plan(profile, platform=platform, kind=kind, images=images, has_text=has_text, biometric_basis=basis)
    excluded = {each.detector for each in made.excluded}
    assert not excluded & set(made.required)
    assert basis or "faces" not in made.required
    if images:
        assert "faces" in excluded | set(made.required) or kind == "direct_message"
