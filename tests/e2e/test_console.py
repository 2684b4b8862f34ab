"""The online safety lead sets a password, signs in, opens a case, looks at its picture and takes the case on."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from services.cli.demo.school import LEAD
from tests.support.console import PASSWORD
from tests.support.console_scenes import Scene, running_console, school_with_cases

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DESKTOP, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
MARKED = ["useless pathetic idiot", "should not be allowed near a classroom"]


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with school_with_cases(tmp_path) as scene:
        yield scene


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        yield browser
        await browser.close()


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    folder = Path(os.environ.get("SCHOOLGATE_SCREENSHOTS", tmp_path / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize("script", [True, False])
async def test_from_the_set_up_link_to_a_case_in_hand(
    scene: Scene, browser: Browser, screenshots: Path, *, script: bool
) -> None:
    page = await browser.new_page(viewport=DESKTOP, java_script_enabled=script)
    foreign: list[str] = []
    async with running_console(scene) as link:
        origin = link.split("/setup/")[0]
        page.on("request", lambda request: foreign.append(request.url) if not _local(request.url, origin) else None)
        await sign_in(page, link)
        assert await page.locator("ol.cases > li").count() == 4
        assert "A threat" in await page.locator("ol.cases h2").first.inner_text()
        await photograph(page, screenshots / "console-queue")

        await page.get_by_role("link", name="Harassment; an insulting comment").click()
        assert await page.locator("mark").all_inner_texts() == MARKED
        await photograph(page, screenshots / "console-words")
        await page.get_by_role("link", name="All cases").click()

        await page.get_by_role("link", name="A pupil's name that can be read in a picture").click()
        covered, picture = page.get_by_text("is covered"), page.locator(".frame img")
        assert not await picture.is_visible()
        await photograph(page, screenshots / "console-case")
        if script:  # a browser without scripts fetches at once what it would otherwise fetch when it is opened
            assert await acts(scene, "view_picture") == 0
        await covered.click()
        await picture.wait_for(state="visible")
        await picture.screenshot()  # waits until it is drawn
        assert await acts(scene, "view_picture") == 1
        await marks_lie_on(page)
        await photograph(page, screenshots / "console-picture")

        await page.get_by_role("button", name="Acknowledge").click()
        assert "You have taken this case on" in await page.get_by_role("status").inner_text()
        await page.get_by_label("The content was removed").check()
        await page.get_by_label("Why? Whoever reads").fill("Posted again with the name covered.")
        await page.get_by_role("button", name="Close the case").click()
        assert "The case is closed" in await page.get_by_role("status").inner_text()

        for name in ("What is watched", "Cases"):
            await page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
            await photograph(page, screenshots / f"console-{name.split()[-1].lower()}")
        await page.get_by_role("button", name="Sign out").click()
        await page.goto(f"{origin}/")
        assert "/sign-in" in page.url
        await photograph(page, screenshots / "console-sign-in")
    assert foreign == []
    assert [case.state for case in await scene.cases()].count("closed") == 1


async def sign_in(page: Page, link: str) -> None:
    await page.goto(link)
    await page.get_by_label("New password").fill(PASSWORD)
    await page.get_by_label("The same password again").fill(PASSWORD)
    await page.get_by_role("button", name="Set the password").click()
    await page.get_by_label("E-mail address").fill(LEAD)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("heading", name="Cases", level=1).wait_for()


async def photograph(page: Page, path: Path) -> None:
    """Keep what a person sees on a desk and on a phone, by day and by night; nothing may be wider than the phone."""
    for name, size in (("", DESKTOP), ("-phone", PHONE)):
        await page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            await page.screenshot(path=f"{path}{name}-{scheme}.png", full_page=True)
        box = await page.locator("main").bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= size["width"]
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(DESKTOP)


async def marks_lie_on(page: Page) -> None:
    """The box is drawn where its fractions say, whatever size the picture has on the page."""
    frame = await page.locator(".frame img").bounding_box()
    drawn = await page.locator(".frame rect").last.bounding_box()
    assert frame is not None
    assert drawn is not None
    assert (drawn["x"] - frame["x"]) / frame["width"] == pytest.approx(0.2, abs=0.01)
    assert (drawn["y"] - frame["y"]) / frame["height"] == pytest.approx(0.42, abs=0.015)
    assert drawn["width"] / frame["width"] == pytest.approx(0.6, abs=0.02)


async def acts(scene: Scene, action: str) -> int:
    return len([entry for entry in await scene.acts() if entry == action])


def _local(url: str, origin: str) -> bool:
    return url.startswith((origin, "data:"))
