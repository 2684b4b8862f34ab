"""Everything that may happen to a school's posts, for properties: invented, and in the order in which it happened."""

from datetime import timedelta

from hypothesis import strategies as st

from schemas import ids
from schemas.analysis import Analysis, Finding, Unchecked
from schemas.ids import PupilRef, SchoolId
from schemas.post import Author, Post, RegisterVersions
from schemas.status import PupilChange, RegisterChange
from tests.support.events import NOW, make_analysis, make_post
from tests.support.notify import finding

Event = Post | Analysis | RegisterChange
CATEGORIES = {
    "abuse": ("threat", "insult", "allegation", "takedown_request", "spam_scam"),
    "details": ("name_full", "vrm", "credential"),
    "faces": ("image_no_publish",),
}
CHANGES = ("photo_consent_withdrawn", "photo_consent_given", "name_consent_withdrawn", "enrolled", "left")
LANES = (("live",), ("live", "recheck"), ("live", "audit"), ("audit",))
"""The checks of a post. A recheck tells nothing that an audit found before, so the two together depend on the order."""
FACTS: tuple[dict[str, float | bool | str], ...] = (
    {},
    {"severity": 4},
    {"severity": 2, "target": "pupil"},
    {"photo_consent": "no"},
)


def pupils(school: SchoolId) -> tuple[PupilRef, PupilRef]:
    return ids.pupil_ref(school, "1"), ids.pupil_ref(school, "2")


def post_of(school: SchoolId, number: int, revision: int, trigger: str = "live", **changes: object) -> Post:
    """Make a check of the school's own post (number 0) or of a comment below it."""
    account = ids.account_id(school, "x", "1")
    post, root = ids.post_id(account, str(number)), ids.post_id(account, "0")
    named = ids.revision_id(post, revision, ids.digest("content", number, revision))
    observed = NOW + timedelta(minutes=revision if trigger == "live" else 10 + revision)
    fields = {
        "school_id": school,
        "account_id": account,
        "post_id": post,
        "root_id": root if number else None,
        "author": Author(relation="unknown" if number else "official"),
        "revision_id": named,
        "check_id": ids.check_id(named, trigger),
        "trigger": trigger,
        "observed_at": observed,
        "deadline": observed + timedelta(minutes=2),
    }
    return make_post(number, revision=revision, **(fields | changes))


@st.composite
def answers(draw: st.DrawFn, post: Post, detector: str) -> Analysis:
    found: dict[str, Finding] = {}
    for category in draw(st.lists(st.sampled_from(CATEGORIES[detector]), max_size=2)):
        one = finding(post, category, draw(st.sampled_from(("one", "two"))), facts=draw(st.sampled_from(FACTS)))
        found[one.finding_id] = one
    left = draw(st.sampled_from(((), (), (Unchecked(part="all", reason="timed_out"),))))
    shown = draw(st.lists(st.sampled_from(pupils(post.school_id)), unique=True)) if detector != "abuse" else ()
    return make_analysis(
        post,
        detector,
        findings=tuple(found.values()),
        subjects=tuple(shown),
        versions={post.school_id: RegisterVersions()},
        unchecked=left,
        status="unchecked" if left else "complete",
    )


@st.composite
def once_more(draw: st.DrawFn, post: Post, said: Analysis) -> Analysis:
    """Let a detector say of another check of the revision what it said of the first, or something else."""
    if draw(st.booleans()):
        return draw(answers(post, said.detector))
    same = said.model_dump(include={"findings", "subjects", "versions", "unchecked", "status"})
    return make_analysis(post, said.detector, **same)


@st.composite
def posts(draw: st.DrawFn, school: SchoolId, number: int) -> list[Event]:
    """Let a post be written, changed, deleted and come back, and be checked in one lane or in both."""
    events: list[Event] = []
    lane = draw(st.sampled_from(LANES))
    for revision in range(1, draw(st.integers(1, 3)) + 1):
        if revision > 1 and draw(st.booleans()):
            events.append(post_of(school, number, revision, cause="deleted", required=()))
            continue
        required = tuple(sorted(draw(st.sets(st.sampled_from(tuple(CATEGORIES)), min_size=1, max_size=2))))
        said: dict[str, Analysis] = {}
        for trigger in lane:
            post = post_of(school, number, revision, trigger, required=required)
            told = [draw(once_more(post, said[one]) if one in said else answers(post, one)) for one in required]
            said |= {one.detector: one for one in told}
            events += [post, *(one for one in told if draw(st.integers(0, 3)))]  # some answers never come
    return events


@st.composite
def changes(draw: st.DrawFn, school: SchoolId, number: int) -> RegisterChange:
    changed = st.builds(PupilChange, ref=st.sampled_from(pupils(school)), what=st.sampled_from(CHANGES))
    return RegisterChange(
        change_id=ids.change_id(school, str(number)),
        school_id=school,
        parts=("roster",),
        versions=RegisterVersions(roster=number),
        pupils=tuple(draw(st.lists(changed, min_size=1, max_size=2))),
        changed_at=NOW + timedelta(minutes=draw(st.integers(0, 4)), seconds=30),
    )


@st.composite
def school_days(draw: st.DrawFn, school: SchoolId) -> tuple[Event, ...]:
    """Return what happens at a school: its own post, comments below it, and changes of its register."""
    events = [event for number in range(draw(st.integers(1, 3))) for event in draw(posts(school, number))]
    events += [draw(changes(school, number)) for number in range(draw(st.integers(0, 2)))]
    return tuple(events)
