import pytest

from services.shared.errors import DependencyUnavailable
from tests.support.console import ConsoleWorld
from tests.support.events import SCHOOL, make_post

LEAD = "online_safety_lead"


async def test_the_accounts_of_the_own_school_are_shown_with_their_checks(world: ConsoleWorld) -> None:
    lead = await world.signed_in(LEAD)
    assert "Nothing has been read from it yet." in (await lead.get("/watched")).text
    await world.raise_case(1, "Lovely assembly", ())
    await world.notify.take(make_post(2))
    page = (await lead.get("/watched")).text
    assert "@LarkhollowPri" in page
    assert "Ferndale" not in page
    assert '<td data-label="Checks">2</td>' in page
    assert '<td data-label="Waiting">1</td>' in page
    assert '<td data-label="Overdue">0</td>' in page


async def test_who_is_told_is_named_and_a_role_that_nobody_holds_is_pointed_out(world: ConsoleWorld) -> None:
    lead = await world.signed_in(LEAD)
    assert "Nobody: no user has the role" not in (await lead.get("/watched")).text
    await world.writer.remove_user((await world.user("dpo")).user_id)
    await world.writer.remove_user((await world.user("dsl")).user_id)
    page = (await lead.get("/watched")).text
    assert "Nobody: no user has the role designated safeguarding lead" in page
    assert "Petra headteacher" in page


@pytest.mark.parametrize(("role", "status"), [("operations", 200), (LEAD, 403), ("headteacher", 403)])
async def test_the_health_page_is_for_operations(world: ConsoleWorld, role: str, status: int) -> None:
    browser = await world.signed_in(role)
    answer = await browser.get("/health")
    assert answer.status_code == status
    assert ("Casebook" in answer.text) is (status == 200)
    assert ('href="/health"' in (await browser.get("/")).text) is (status == 200)


async def test_what_does_not_answer_is_shown_and_other_pages_say_so(
    world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await world.signed_in("operations")
    assert "Does not answer" not in (await browser.get("/health")).text

    async def silent(_: str) -> bytes:
        raise DependencyUnavailable("the content store does not answer")

    monkeypatch.setattr(world.store, "get", silent)
    assert (await browser.get("/health")).text.count("Does not answer") == 1

    def unreachable() -> None:
        raise DependencyUnavailable("database casebook does not answer")

    monkeypatch.setattr(world.casebook, "reading", unreachable)
    answer = await browser.get("/")
    assert answer.status_code == 503
    assert "Something does not answer" in answer.text
    assert "casebook" not in answer.text


async def test_a_mistake_of_ours_is_a_page_without_details(
    world: ConsoleWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await world.signed_in(LEAD)

    async def broken(_: str) -> None:
        raise ValueError(f"a secret of {SCHOOL}")

    monkeypatch.setattr(world.register, "school", broken)
    answer = await browser.get("/")
    assert answer.status_code == 500
    assert "This is our mistake" in answer.text
    assert SCHOOL not in answer.text
    assert answer.headers["cache-control"] == "no-store"
