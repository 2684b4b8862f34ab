import base64
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from schemas import ids
from schemas.analysis import Span, Unchecked
from schemas.content import Content
from schemas.events import encode
from schemas.ids import SchoolId
from schemas.post import Attachment, RegisterVersions
from services.analyze.check import LONGEST_CHECK, Checker
from services.analyze.detectors.detector import Detection, DetectorInfo, FindingDraft, Material, RegisterSnapshot
from services.analyze.engine import Examined, Limits, Snapshot
from services.shared.clock import SystemClock
from services.shared.content_store import ContentStore, open_content_store
from services.shared.errors import InputRejected
from services.shared.kafka import MAX_HANDLER_SECONDS
from services.shared.settings import StoreSettings
from tests.support.events import NOW, SCHOOL, make_post
from tests.support.notify import HandClock

TEXT_KEY = f"{SCHOOL}/content/1"
MEDIA_KEY = f"{SCHOOL}/media/1"
LARGEST_RECORD = 2**20
"""Bytes that a broker takes by default."""
TRUST: SchoolId = "sch-00000000000000aa"
DUNCE = Detection(findings=(FindingDraft("insult", 0.9, "words.dunce", "text", "dunce"),))


class Examiner:
    """Finds something in the word `dunce`; refuses as often as it is told."""

    def __init__(self, refusals: int = 0, finds: Detection = DUNCE) -> None:
        self.seen: list[tuple[Material, SchoolId]] = []
        self.refusals = refusals
        self.finds = finds

    async def detect(
        self, material: Material, school: SchoolId, versions: RegisterVersions, snapshot: Snapshot
    ) -> Examined:
        self.seen.append((material, school))
        if self.refusals:
            self.refusals -= 1
            raise InputRejected("engine_crashed")
        if "newcomer" in material.content.text:
            versions = (await snapshot()).versions
        return Examined(self.finds if "dunce" in material.content.text else Detection(), versions)


class Slow(Examiner):
    """Takes 40 seconds for each school."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock(NOW)

    async def detect(self, *arguments: Any) -> Examined:
        self.clock.advance(seconds=40)
        return await super().detect(*arguments)


class Registers:
    """Written to between the look at its versions and its reading."""

    async def versions(self, school: SchoolId, at_least: RegisterVersions) -> RegisterVersions:
        assert school in (SCHOOL, TRUST)
        return RegisterVersions(roster=at_least.roster + 5)

    async def snapshot(self, school: SchoolId) -> RegisterSnapshot:
        return RegisterSnapshot(school, RegisterVersions(roster=99))


class AnySchool(Registers):
    async def versions(self, school: SchoolId, at_least: RegisterVersions) -> RegisterVersions:
        assert school
        return at_least


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    key = SecretStr(base64.b64encode(b"k" * 32).decode())
    return open_content_store(StoreSettings(data_dir=tmp_path, master_key=key))


def checker(
    store: ContentStore, examiner: Examiner, *, pictures: bool = False, registers: Registers | None = None
) -> Checker:
    info = DetectorInfo("abuse", "1.2.0", "model-7", needs_pictures=pictures)
    return Checker(info, store, examiner, registers or Registers(), SystemClock())


async def test_a_finding_is_answered_with_everything_it_rests_on(store: ContentStore) -> None:
    await store.put_content(TEXT_KEY, Content(text="dunce"))
    post = make_post(content=TEXT_KEY, versions={SCHOOL: RegisterVersions(roster=2)})
    analysis = await checker(store, Examiner()).check(post)
    assert (analysis.check_id, analysis.status, analysis.model_version) == (post.check_id, "complete", "model-7")
    assert [finding.category for finding in analysis.findings] == ["insult"]
    assert analysis.versions == {SCHOOL: RegisterVersions(roster=7)}


async def test_the_same_check_gets_the_same_ids_again(store: ContentStore) -> None:
    await store.put_content(TEXT_KEY, Content(text="dunce"))
    first, second = [await checker(store, Examiner()).check(make_post(content=TEXT_KEY)) for _ in range(2)]
    assert first.analysis_id == second.analysis_id
    assert first.findings == second.findings


async def test_a_finding_keeps_its_id_over_an_edit(store: ContentStore) -> None:
    await store.put_content(TEXT_KEY, Content(text="dunce"))
    await store.put_content(f"{SCHOOL}/content/2", Content(text="What a dunce!"))
    before = await checker(store, Examiner()).check(make_post(content=TEXT_KEY))
    after = await checker(store, Examiner()).check(make_post(revision=2, content=f"{SCHOOL}/content/2"))
    assert before.findings[0].finding_id == after.findings[0].finding_id
    assert before.analysis_id != after.analysis_id


async def test_purged_content_is_unchecked_and_never_clean(store: ContentStore) -> None:
    analysis = await checker(store, Examiner()).check(make_post(content=TEXT_KEY))
    assert analysis.status == "unchecked"
    assert analysis.unchecked == (Unchecked(part="text", reason="content_gone"),)


async def test_each_picture_is_examined_or_named_with_its_reason(store: ContentStore) -> None:
    await store.put(MEDIA_KEY, b"jpeg")
    attachments = (
        Attachment(key="1", kind="photo", media=MEDIA_KEY),
        Attachment(key="2", kind="photo", missing_reason="expired"),
        Attachment(key="3", kind="video", media=MEDIA_KEY),
        Attachment(key="4", kind="photo", media=f"{SCHOOL}/media/purged"),
    )
    examiner = Examiner()
    analysis = await checker(store, examiner, pictures=True).check(make_post(attachments=attachments))
    assert dict(examiner.seen[0][0].pictures) == {"1": b"jpeg"}
    assert {(gap.part, gap.reason) for gap in analysis.unchecked} == {
        ("image:2", "expired"),
        ("image:3", "kind_not_supported"),
        ("image:4", "content_gone"),
    }


async def test_a_detector_of_text_does_not_complain_about_pictures(store: ContentStore) -> None:
    post = make_post(attachments=(Attachment(key="2", kind="photo", missing_reason="expired"),))
    assert (await checker(store, Examiner()).check(post)).status == "complete"


@pytest.mark.parametrize(("refusals", "status"), [(1, "complete"), (2, "unchecked")])
async def test_an_input_that_breaks_the_detector_is_tried_twice(
    store: ContentStore, refusals: int, status: str
) -> None:
    await store.put_content(TEXT_KEY, Content(text="dunce"))
    analysis = await checker(store, Examiner(refusals)).check(make_post(content=TEXT_KEY))
    assert analysis.status == status
    assert analysis.unchecked == ((Unchecked(part="all", reason="engine_crashed"),) if refusals == 2 else ())


def alter(folder: Path, key: str) -> None:
    (blob,) = folder.rglob(key)
    blob.write_bytes(b"altered " * 9)


async def test_what_cannot_be_opened_leaves_the_rest_of_the_post_checked(store: ContentStore, tmp_path: Path) -> None:
    await store.put_content(TEXT_KEY, Content(text="dunce"))
    await store.put(MEDIA_KEY, b"jpeg")
    alter(tmp_path, MEDIA_KEY)
    post = make_post(content=TEXT_KEY, attachments=(Attachment(key="1", kind="photo", media=MEDIA_KEY),))
    analysis = await checker(store, Examiner(), pictures=True).check(post)
    assert analysis.unchecked == (Unchecked(part="image:1", reason="content_unreadable"),)
    assert [finding.category for finding in analysis.findings] == ["insult"]
    alter(tmp_path, TEXT_KEY)
    analysis = await checker(store, Examiner()).check(post)
    assert analysis.unchecked == (Unchecked(part="text", reason="content_unreadable"),)


@pytest.mark.parametrize(("refusals", "seen"), [(0, 40), (1, 41), (2, 41), (3, 3), (200, 3)])
async def test_a_post_that_breaks_the_detector_does_so_three_times_however_large_the_trust(
    store: ContentStore, refusals: int, seen: int
) -> None:
    """Each time may take a minute, in which no other post is checked."""
    schools = [ids.school_id(str(number)) for number in range(40)]
    post = make_post(versions=dict.fromkeys(schools, RegisterVersions()))
    examiner = Examiner(refusals)
    analysis = await checker(store, examiner, registers=AnySchool()).check(post)
    assert len(examiner.seen) == seen
    assert analysis.status == ("complete" if refusals < 2 else "unchecked")


async def test_a_post_full_of_findings_is_answered_with_some_of_each_and_says_so(store: ContentStore) -> None:
    spans = (Span(part="text", start=60_000, end=60_008),)
    postcodes = [FindingDraft("postcode", 0.9, "postcode", "text", str(at), spans=spans) for at in range(5000)]
    last = FindingDraft("threat", 0.9, "words.threat", "text", "threat")
    filled = Examiner(finds=Detection(findings=(*postcodes, last)))
    await store.put_content(TEXT_KEY, Content(text="dunce " * 5000))
    post = make_post(content=TEXT_KEY)
    analysis = await checker(store, filled).check(post)
    assert {finding.category for finding in analysis.findings} == {"postcode", "threat"}
    assert analysis.unchecked == (Unchecked(part="all", reason="too_many_findings"),)
    assert len(encode(analysis).value) < LARGEST_RECORD / 2


async def test_a_check_ends_before_it_is_taken_for_one_that_hangs(store: ContentStore) -> None:
    """Otherwise the process would be restarted, and be given the same post again, and so on."""
    assert LONGEST_CHECK.total_seconds() + 3 * Limits().seconds < MAX_HANDLER_SECONDS
    schools = [ids.school_id(str(number)) for number in range(40)]
    examiner = Slow()
    asked = checker(store, examiner, registers=AnySchool())
    asked.clock = examiner.clock
    analysis = await asked.check(make_post(versions=dict.fromkeys(schools, RegisterVersions())))
    assert analysis.unchecked == (Unchecked(part="all", reason="out_of_time"),)
    assert len(examiner.seen) == 15


async def test_a_trusts_post_is_checked_against_each_school(store: ContentStore) -> None:
    examiner = Examiner()
    versions = {SCHOOL: RegisterVersions(), TRUST: RegisterVersions()}
    analysis = await checker(store, examiner).check(make_post(versions=versions))
    assert {school for _, school in examiner.seen} == {SCHOOL, TRUST}
    assert set(analysis.versions) == {SCHOOL, TRUST}


async def test_the_answer_names_the_register_that_it_rests_on(store: ContentStore) -> None:
    await store.put_content(TEXT_KEY, Content(text="a newcomer"))
    analysis = await checker(store, Examiner()).check(make_post(content=TEXT_KEY))
    assert analysis.versions == {SCHOOL: RegisterVersions(roster=99)}


async def test_a_trusts_schools_are_examined_from_the_last_one_back(store: ContentStore) -> None:
    """What was prepared last is still there: going round in one direction would always ask for what was dropped."""
    await store.put_content(TEXT_KEY, Content(text="dunce"))
    schools = [ids.school_id(name) for name in "abcd"]
    post = make_post(content=TEXT_KEY, versions=dict.fromkeys(schools, RegisterVersions()))
    examiner = Examiner()
    asked = checker(store, examiner, registers=AnySchool())
    answers = [await asked.check(post) for _ in range(3)]
    order = [school for _, school in examiner.seen]
    assert order[:4] == order[8:] == list(reversed(order[4:8]))
    assert answers[0].findings == answers[1].findings
    assert answers[0].analysis_id == answers[1].analysis_id
