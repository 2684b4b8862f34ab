from pathlib import Path

import pytest

from services.console.first_users import setup_links
from services.console.settings import ConsoleSettings
from services.register.users import SESSION_LASTS
from services.shared.errors import SettingsError
from services.shared.settings import load
from tests.support.console import PASSWORD, ConsoleWorld, console_world

LEAD = "online_safety_lead"
URL = "http://console.example"


async def links(world: ConsoleWorld, first_user_email: str = "") -> list[str]:
    return await setup_links(world.register, world.writer, world.users, url=URL, first_user_email=first_user_email)


async def test_the_set_up_link_sets_a_password_once_and_then_one_signs_in(world: ConsoleWorld) -> None:
    ours, _ = sorted(await links(world))  # one for each school
    browser = world.browser()
    path = ours.removeprefix(URL)
    assert "At least 12 characters" in (await browser.get(path)).text
    answer = await browser.send(path, path, password=PASSWORD, again=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?notice=password-set")
    assert "Your password is set" in (await browser.get(answer.headers["location"])).text

    again = await browser.send(path, path, password="another long password", again="another long password")
    assert again.status_code == 400
    assert "used up" in again.text

    signed_in = [
        (await world.browser().sign_in((await world.user(LEAD, school.school_id)).email)).status_code
        for school in await world.register.schools()
    ]
    assert sorted(signed_in) == [303, 403]


@pytest.mark.parametrize(
    ("password", "again", "reason"),
    [
        ("short", "short", "12 to 256 characters"),
        (PASSWORD, PASSWORD + "!", "The two passwords differ"),
        ("", "", "12"),
    ],
)
async def test_a_weak_or_mistyped_password_is_refused(
    world: ConsoleWorld, password: str, again: str, reason: str
) -> None:
    path = (await links(world))[0].removeprefix(URL)
    answer = await world.browser().send(path, path, password=password, again=again)
    assert answer.status_code == 400
    assert reason in answer.text


async def test_a_link_is_given_only_while_nobody_of_the_school_can_sign_in(world: ConsoleWorld) -> None:
    assert len(await links(world)) == 2
    await world.signed_in("dsl")
    assert len(await links(world)) == 1


async def test_a_school_without_users_gets_its_first_one_from_the_settings(tmp_path: Path) -> None:
    async with console_world(tmp_path) as world:
        school = await world.writer.add_school("a third school", "Alder Primary School", profile="sandbox")
        assert len(await links(world)) == 2
        assert len(await links(world, "Head@alder.example")) == 3
        (first,) = await world.register.users(school.school_id)
        assert (first.email, first.roles) == ("head@alder.example", (LEAD,))


async def test_a_wrong_password_says_nothing_about_the_account(world: ConsoleWorld) -> None:
    await world.signed_in(LEAD)
    email = (await world.user(LEAD)).email
    known = await world.browser().sign_in(email, "not the password")
    unknown = await world.browser().sign_in("nobody@nowhere.example", "not the password")
    assert known.status_code == unknown.status_code == 403
    assert known.text.count("do not go together") == unknown.text.count("do not go together") == 1
    assert not known.headers.get_list("set-cookie")


async def test_five_wrong_passwords_lock_even_the_right_one_for_a_minute(world: ConsoleWorld) -> None:
    await world.signed_in(LEAD)
    email, browser = (await world.user(LEAD)).email, world.browser()
    for _ in range(5):
        await browser.sign_in(email, "not the password")
    assert (await browser.sign_in(email)).status_code == 403
    world.clock.advance(seconds=61)
    assert (await browser.sign_in(email)).status_code == 303


@pytest.mark.parametrize("path", ["/", "/watched", "/health", "/cases/cas-0123456789abcdef"])
async def test_nothing_is_shown_to_strangers_and_they_come_back_to_where_they_wanted(
    world: ConsoleWorld, path: str
) -> None:
    await world.signed_in("operations")
    browser = world.browser()
    sent = await browser.get(path)
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/sign-in")
    form = await browser.get(sent.headers["location"])
    assert f'name="wanted" value="{path}"' in form.text
    answer = await browser.sign_in((await world.user("operations")).email, wanted=path)
    assert answer.headers["location"] == path


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "evil.example", "",
     "/\t/evil.example", "/x\r\nSet-Cookie: a=b", "javascript:alert(1)", "/" + "x" * 600],
)  # fmt: skip
async def test_signing_in_never_leads_elsewhere(world: ConsoleWorld, wanted: str) -> None:
    await world.signed_in(LEAD)
    answer = await world.browser().sign_in((await world.user(LEAD)).email, wanted=wanted)
    assert answer.headers["location"] == "/"


async def test_a_session_ends_with_the_working_day(world: ConsoleWorld) -> None:
    lead = await world.signed_in(LEAD)
    world.clock.advance(seconds=SESSION_LASTS.total_seconds() - 1)
    assert (await lead.get("/")).status_code == 200
    world.clock.advance(seconds=2)
    assert (await lead.get("/")).headers["location"] == "/sign-in"
    assert (await lead.client.post("/cases/cas-0123456789abcdef/acknowledge")).status_code in (303, 403)


async def test_signing_out_ends_the_session_for_every_copy_of_its_cookie(world: ConsoleWorld) -> None:
    lead = await world.signed_in(LEAD)
    copy = dict(lead.client.cookies)
    answer = await lead.send("/", "/sign-out")
    assert answer.headers["location"] == "/sign-in?notice=signed-out"
    thief = world.browser()
    thief.client.cookies.update(copy)
    assert (await thief.get("/")).status_code == 303


async def test_signing_in_needs_a_form_of_this_console(world: ConsoleWorld) -> None:
    await world.signed_in(LEAD)
    browser = world.browser()
    fields = {"email": (await world.user(LEAD)).email, "password": PASSWORD}
    assert (await browser.client.post("/sign-in", data=fields)).status_code == 403


@pytest.mark.parametrize("secure", [False, True])
async def test_cookies_are_for_this_host_and_no_script(tmp_path: Path, secure: bool) -> None:  # noqa: FBT001  # a case
    async with console_world(tmp_path, secure=secure) as world:
        browser = await world.signed_in(LEAD)
        answer = await browser.sign_in((await world.user(LEAD)).email)
        (session,) = [each for each in answer.headers.get_list("set-cookie") if "_session=" in each]
        for attribute in ("HttpOnly", "SameSite=lax", "Path=/"):
            assert attribute in session
        assert ("Secure" in session) is secure
        assert session.startswith("__Host-") is secure
        assert ("strict-transport-security" in answer.headers) is secure


@pytest.mark.parametrize("path", ["/", "/sign-in", "/no-such-page", "/cases/1", "/health", "/setup/x"])
async def test_every_answer_has_the_headers(world: ConsoleWorld, path: str) -> None:
    for browser in (world.browser(), await world.signed_in(LEAD)):
        headers = (await browser.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert "script-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"


def test_the_settings_know_where_people_reach_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHOOLGATE_MASTER_KEY", "A" * 43 + "=")
    assert (load(ConsoleSettings).url, load(ConsoleSettings).secure) == ("http://127.0.0.1:8400", False)
    monkeypatch.setenv("SCHOOLGATE_CONSOLE_URL", "https://console.school.example/")
    assert (load(ConsoleSettings).url, load(ConsoleSettings).secure) == ("https://console.school.example", True)
    monkeypatch.setenv("SCHOOLGATE_CONSOLE_URL", "https://school.example/console")
    with pytest.raises(SettingsError, match="console_url must have no path"):
        load(ConsoleSettings)
