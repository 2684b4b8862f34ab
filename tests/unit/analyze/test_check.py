import base64
from pathlib import Path

import pytest
from pydantic import SecretStr

from schemas.analysis import Unchecked
from schemas.content import Content
from schemas.ids import SchoolId
from schemas.post import Attachment, RegisterVersions
from services.analyze.check import Checker
from services.analyze.detectors.detector import Detection, DetectorInfo, FindingDraft, Material, RegisterSnapshot
from services.shared.clock import SystemClock
from services.shared.content_store import ContentStore, open_content_store
from services.shared.errors import InputRejected
from services.shared.settings import StoreSettings
from tests.support.events import SCHOOL, make_post

TEXT_KEY = f"{SCHOOL}/content/1"
MEDIA_KEY = f"{SCHOOL}/media/1"
TRUST: SchoolId = "sch-00000000000000aa"


class Examiner:
    """Finds the word `dunce`; refuses as often as it is told."""

    def __init__(self, refusals: int = 0) -> None:
        self.seen: list[tuple[Material, RegisterSnapshot]] = []
        self.refusals = refusals

    async def detect(self, material: Material, register: RegisterSnapshot) -> Detection:
        self.seen.append((material, register))
        if self.refusals:
            self.refusals -= 1
            raise InputRejected("engine_crashed")
        if "dunce" in material.content.text:
            return Detection(findings=(FindingDraft("insult", 0.9, "words.dunce", "text", "dunce"),))
        return Detection()


class Snapshots:
    async def snapshot(self, school: SchoolId, at_least: RegisterVersions) -> RegisterSnapshot:
        return RegisterSnapshot(school, RegisterVersions(roster=at_least.roster + 5))


@pytest.fixture
def store(tmp_path: Path) -> ContentStore:
    key = SecretStr(base64.b64encode(b"k" * 32).decode())
    return open_content_store(StoreSettings(data_dir=tmp_path, master_key=key))


def checker(store: ContentStore, examiner: Examiner, *, pictures: bool = False) -> Checker:
    info = DetectorInfo("abuse", "1.2.0", "model-7", needs_pictures=pictures)
    return Checker(info, store, examiner, Snapshots(), SystemClock())


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


async def test_a_trusts_post_is_checked_against_each_school(store: ContentStore) -> None:
    examiner = Examiner()
    versions = {SCHOOL: RegisterVersions(), TRUST: RegisterVersions()}
    analysis = await checker(store, examiner).check(make_post(versions=versions))
    assert {register.school_id for _, register in examiner.seen} == {SCHOOL, TRUST}
    assert set(analysis.versions) == {SCHOOL, TRUST}
