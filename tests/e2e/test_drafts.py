"""Before publishing: a post is checked, approved, and what goes live is compared with exactly that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from services.register.users import Users
from services.sandbox.pictures.photos import PictureCatalogue
from services.sandbox.school import load_school
from services.shared.clock import SystemClock
from services.shared.database import Database
from services.shared.paths import POLICIES
from tests.support import walks
from tests.support.console import PASSWORD, PROOF, Browser
from tests.support.schools import open_register
from tests.support.system import System, running_system
from tests.support.waiting import until

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(600)]
CAPTION = "Our library has forty new books. Come and see!"
PICTURE = "library"
CHECK = ("check", "--school", "sandbox", "--platform", "x")


@pytest.fixture
async def system(tmp_path: Path, kafka: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[System]:
    strict = tmp_path / "policies"
    strict.mkdir()
    profile = (POLICIES / "sandbox.yaml").read_text(encoding="utf-8")
    assert "required: false" in profile
    (strict / "sandbox.yaml").write_text(profile.replace("required: false", "required: true"), encoding="utf-8")
    monkeypatch.setenv("SCHOOLGATE_POLICIES_DIR", str(strict))
    async with running_system(tmp_path / "data", kafka, detectors=("abuse", "details")) as system:
        yield system


@asynccontextmanager
async def business_manager(system: System) -> AsyncIterator[Browser]:
    database = Database("register", system.settings.database_for("register"))
    async with open_register(system) as register:
        users = await register.reader.users(system.school.school_id)
    user = next(user for user in users if "business_manager" in user.roles)
    accounts = Users(database, SystemClock())
    await accounts.set_password(await accounts.create_setup_token(user.user_id), PASSWORD)
    await database.close()
    async with httpx.AsyncClient(base_url=system.addresses.console, timeout=60) as client:
        browser = Browser(client)
        assert (await browser.sign_in(user.email)).status_code == 303
        yield browser


async def check(browser: Browser, caption: str, picture: bytes | None = None) -> httpx.Response:
    """Send the form as a browser does, and follow to what came of it."""
    page = (await browser.get("/publish")).text
    proof = PROOF.search(page)
    assert proof
    account = page.split('<option value="')[1].split('"')[0]
    fields = {"form_proof": proof[1], "account": account, "caption": caption}
    files = {"picture-1": ("picture.jpg", picture or b"", "image/jpeg")}
    answer = await browser.client.post("/publish", data=fields, files=files)
    assert answer.status_code == 303, answer.text
    return await browser.get(answer.headers["location"])


async def categories(system: System, post: str) -> set[str]:
    return {category for alert in await walks.alerts_on(system, system.school, post) for category in alert.categories}


async def test_what_is_approved_may_go_live_and_nothing_else(system: System) -> None:
    picture = PictureCatalogue(load_school()).jpeg(PICTURE)
    status, said = await system.command(*CHECK, "--caption", "Well done Anwen Abara, 11 Lapwing Close!")
    assert status == 1, said
    assert "full name" in said
    status, said = await system.command(*CHECK, "--caption", CAPTION)
    assert status == 0, said

    async with business_manager(system) as browser:
        refused = await check(browser, "Well done Anwen Abara, 11 Lapwing Close!")
        assert "full name" in refused.text
        assert "/approve" not in refused.text
        allowed = await check(browser, CAPTION, picture)
        approve = f"{allowed.url.path}/approve"
        assert approve in allowed.text, allowed.text
        # Nobody looks for faces in this system, so a person says why that is no reason against it.
        answer = await browser.send(allowed.url.path, approve, reason="It shows shelves and nobody.")
        assert answer.status_code == 303, answer.text

        approved = await system.post(CAPTION, pictures=[PICTURE])
        bypass = await system.post("The spring fair opens at two o'clock.")

        async def told() -> bool:
            return "not_approved" in await categories(system, bypass)

        await until(told, what="the post that nobody approved is told", limit=walks.LIMIT * 2)
        await walks.wait_until_checked(system, approved)
        assert await categories(system, approved) == set()
        assert "Live" in (await browser.get(allowed.url.path)).text or "live" in (await browser.get("/publish")).text

        await walks.edit(system, approved, f"{CAPTION} And bring Anwen's cake.")

        async def changed() -> bool:
            return "changed_since_approval" in await categories(system, approved)

        await until(changed, what="the change after the approval is told", limit=walks.LIMIT * 2)
