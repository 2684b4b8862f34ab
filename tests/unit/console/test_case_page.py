import re
from datetime import timedelta

import pytest

from schemas import ids
from schemas.analysis import Box, Unchecked
from schemas.post import Excluded
from services.register.models import Pupil
from tests.support.console import OTHER, ConsoleWorld, picture
from tests.support.events import SCHOOL, make_analysis, make_post
from tests.support.notify import finding

LEAD = "online_safety_lead"


async def test_a_case_shows_the_post_what_was_found_and_the_policy(world: ConsoleWorld) -> None:
    await world.raise_case(1, "Mrs Bell is a useless fat cow", [("insult", "useless fat cow")])
    lead = await world.signed_in(LEAD)
    page = await lead.get(f"/cases/{await world.case_id()}")
    assert page.status_code == 200
    for expected in (
        "Mrs Bell is a <mark>useless fat cow</mark>",
        "An insulting comment",
        "Possible · 90 % confident",
        "A person must decide",
        "Comments that insult, bully or harass anybody are brought to the online safety lead.",
        "Larkhollow social media policy, section 4",
        "Not known to the school",
        "angry_reader",
        "Tue 3 Mar 2026, 09:57 GMT",
        "(09:57 UTC)",
        'href="https://x.example/angry_reader/status/1"',
        "Every check that was planned for this version has answered in full.",
        f"Petra {LEAD}",
        "Will be told by e-mail",
    ):
        assert expected in page.text, expected


@pytest.mark.parametrize(
    ("text", "stretch", "shown"),
    [
        ("<script>alert(1)</script> cow", "cow", "&lt;script&gt;alert(1)&lt;/script&gt; <mark>cow</mark>"),
        ("see <b>him</b>", "<b>him</b>", "see <mark>&lt;b&gt;him&lt;/b&gt;</mark>"),
        ("😀😀 cow 🐄", "cow", "😀😀 <mark>cow</mark> 🐄"),
        ("🇬🇧👩‍👧 cow", "👩‍👧", "🇬🇧<mark>👩‍👧</mark> cow"),
        ('"><img src=x onerror=alert(1)>', "img", "&#34;&gt;&lt;<mark>img</mark> src=x onerror=alert(1)&gt;"),
    ],
)
async def test_what_people_wrote_is_shown_and_never_run(
    world: ConsoleWorld, text: str, stretch: str, shown: str
) -> None:
    await world.raise_case(1, text, [("insult", stretch)])
    page = await (await world.signed_in(LEAD)).get(f"/cases/{await world.case_id()}")
    assert shown in page.text
    assert "<script" not in page.text


async def test_a_link_that_a_browser_would_run_is_not_shown(world: ConsoleWorld) -> None:
    post = await world.raise_case(1, "useless cow")
    assert post.content is not None
    content = await world.store.get_content(post.content)
    await world.store.put_content(post.content, content.model_copy(update={"url": "javascript:alert(1)"}))
    page = await (await world.signed_in(LEAD)).get(f"/cases/{await world.case_id()}")
    assert "javascript" not in page.text


async def test_a_text_that_was_deleted_is_gone_from_here_and_the_page_says_when(world: ConsoleWorld) -> None:
    post = await world.raise_case(1, "useless cow", [("insult", "useless")])
    assert post.content is not None
    gone = make_post(1, revision=2, cause="deleted", required=(), observed_at=world.clock.now() + timedelta(hours=2))
    await world.notify.take(gone)
    lead = await world.signed_in(LEAD)
    case = f"/cases/{await world.case_id()}"
    assert "Its text goes from here within 24 hours" in (await lead.get(case)).text
    await world.store.delete(post.content)
    page = await lead.get(case)
    assert page.status_code == 200
    assert re.search(r"deleted from X, as seen on <time[^>]*>Tue 3 Mar 2026, 12:00 GMT</time>", page.text)
    assert "and its text from here since" in page.text
    assert "useless" not in page.text
    assert "An insulting comment" in page.text


async def test_what_could_not_be_checked_is_said(world: ConsoleWorld) -> None:
    post = make_post(
        1,
        required=("abuse", "details"),
        excluded=(Excluded(detector="faces", reason="platform_terms"),),
        content=f"{SCHOOL}/content/{ids.post_id(ids.account_id(SCHOOL, 'x', '1'), '1')}",
    )
    left_out = (Unchecked(part="text", reason="content_gone"),)
    findings = (finding(post, "threat"),)
    await world.notify.take(post, make_analysis(post, findings=findings, status="unchecked", unchecked=left_out))
    page = await (await world.signed_in("headteacher")).get(f"/cases/{await world.case_id()}")
    assert "Check for faces of pupils" in page.text
    assert "The platform&#39;s terms do not allow it" in page.text
    assert "Check for abuse, the text" in page.text
    assert "It was deleted before it could be checked" in page.text
    assert "Check for identifying details" in page.text
    assert "No answer yet" in page.text
    assert "The text is no longer kept." in page.text


async def test_a_case_about_the_system_shows_nobody_what_people_wrote(world: ConsoleWorld) -> None:
    post = await world.raise_case(1, "I will hurt myself", [("welfare_concern", "")], pictures=[picture()])
    left_out = (Unchecked(part="image:3_1", reason="too_many_pixels"),)
    await world.notify.take(make_analysis(post, "details", status="unchecked", unchecked=left_out))
    operations = await world.signed_in("operations")
    case = await world.case_id("operations")
    page = await operations.get(f"/cases/{case}")
    assert page.status_code == 200
    assert "Check for identifying details, a picture" in page.text
    assert "It is too large" in page.text
    for content in ("hurt myself", "angry_reader", "x.example", "pictures/1", "welfare"):
        assert content not in page.text
    assert (await operations.get(f"/cases/{case}/pictures/1")).status_code == 404


async def test_a_picture_is_covered_and_its_boxes_are_drawn_as_fractions(world: ConsoleWorld) -> None:
    post = await world.raise_case(1, "Sports day", (), pictures=[picture(80, 60, "PNG")])
    box = Box(part="image:3_1", x0=0.25, y0=0.5, x1=0.75, y1=1)
    more = make_analysis(
        post,
        "faces",
        findings=(finding(post, "image_no_publish", band="possible", confidence=0.61, boxes=(box,)),),
    )
    await world.notify.take(more)
    lead = await world.signed_in(LEAD)
    case = await world.case_id()
    page = await lead.get(f"/cases/{case}")
    assert '<details class="picture">' in page.text
    assert f'src="/cases/{case}/pictures/1" loading="lazy" width="80" height="60"' in page.text
    assert '<rect x="0.25" y="0.5" width="0.5" height="0.5"/>' in page.text
    assert "Possible match · 61 % confident" in page.text
    shown = await lead.get(f"/cases/{case}/pictures/1")
    assert shown.content == picture(80, 60, "PNG")
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["cache-control"] == "no-store"
    assert "sandbox" in shown.headers["content-security-policy"]


@pytest.mark.parametrize(
    "data", [b"<html><script>alert(1)</script>", b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>"]
)
async def test_what_is_no_picture_is_not_sent(world: ConsoleWorld, data: bytes) -> None:
    await world.raise_case(1, "useless cow", pictures=[data])
    lead = await world.signed_in(LEAD)
    case = await world.case_id()
    assert "is not of a kind that can be shown here" in (await lead.get(f"/cases/{case}")).text
    assert (await lead.get(f"/cases/{case}/pictures/1")).status_code == 404


async def test_every_look_is_written_into_the_audit_log(world: ConsoleWorld) -> None:
    await world.raise_case(1, "useless cow", pictures=[picture()])
    lead = await world.signed_in(LEAD)
    case = await world.case_id()
    await lead.get(f"/cases/{case}")
    await lead.get(f"/cases/{case}/pictures/1")
    me = (await world.user(LEAD)).user_id
    assert await world.acts() == [(me, "view_picture"), (me, "view")]


@pytest.mark.parametrize("path", ["", "/pictures/1"])
async def test_what_there_is_not_and_what_is_not_yours_look_the_same(world: ConsoleWorld, path: str) -> None:
    await world.raise_case(1, "I will hurt myself", [("welfare_concern", "")], pictures=[picture()])
    await world.raise_case(2, "useless cow", school=OTHER, pictures=[picture()])
    manager = await world.signed_in("business_manager")
    forbidden = await manager.get(f"/cases/{await world.case_id('safeguarding')}{path}")
    elsewhere = await manager.get(f"/cases/{await world.case_id('general', OTHER)}{path}")
    unknown = await manager.get(f"/cases/{ids.case_id('none')}{path}")
    malformed = await manager.get(f"/cases/1{path}")
    answers = {(answer.status_code, re.sub(r'value="[0-9a-f]+"', "", answer.text)) for answer in (
        forbidden, elsewhere, unknown, malformed)}  # fmt: skip
    assert len(answers) == 1
    assert forbidden.status_code == 404
    assert await world.acts() == []
    assert (
        await (await world.signed_in("dsl")).get(f"/cases/{await world.case_id('safeguarding')}")
    ).status_code == 200


async def test_the_pupil_a_finding_may_be_about_is_named_to_who_may_read_the_case(world: ConsoleWorld) -> None:
    pupil = Pupil("", "A1", "", "Tamsin", "Tam", "Quillfeather", "3", "3B", "", "", "", "no", "yes")
    await world.writer.import_people(SCHOOL, pupils=[pupil])
    (kept,) = (await world.register.roster(SCHOOL)).pupils
    post = await world.raise_case(1, "Look", ())
    await world.notify.take(
        make_analysis(post, "faces", findings=(finding(post, "image_no_publish", subject_ref=kept.ref),))
    )
    page = await (await world.signed_in(LEAD)).get(f"/cases/{await world.case_id()}")
    assert "It may be about <strong>Tam Quillfeather</strong>, 3B" in page.text
    assert "Consent to photos: refused; to the name: given." in page.text
