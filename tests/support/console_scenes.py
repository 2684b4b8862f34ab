"""The sandbox's school with a day's cases in its casebook, and the console's process over it."""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from schemas import ids
from schemas.analysis import Box
from schemas.post import Excluded
from services.casebook import audit_log
from services.casebook.queue import STATES, Case, list_cases
from services.casebook.viewer import Viewer
from services.cli.db import upgrade_all
from services.cli.demo.school import enrol_school
from services.local.ports import free_port
from services.policy.load import load_profile
from services.register.models import School
from services.register.reads import RegisterReader
from services.register.sealed_rows import pupil_ref
from services.sandbox.pictures.photos import PictureCatalogue
from services.sandbox.school import load_school
from services.shared.content_store import ContentStore, open_content_store
from services.shared.database import Database
from services.shared.paths import ROOT
from services.shared.settings import StoreSettings
from tests.support.console import Feed
from tests.support.notify import Taking, World, finding

CERTIFICATE = "certificate-1"
FACES_LEFT_OUT = (Excluded(detector="faces", reason="platform_terms"),)


@dataclass
class Scene:
    """A school with cases, as the console's process finds them."""

    settings: StoreSettings
    school: School
    casebook: Database

    async def cases(self) -> tuple[Case, ...]:
        roles = tuple(load_profile(self.school.profile).roles)
        async with self.casebook.reading() as connection:
            return await list_cases(connection, Viewer("test", (self.school.school_id,), roles), states=STATES)

    async def acts(self) -> list[str]:
        """Return what was done, the newest first."""
        auditor = Viewer("test", (self.school.school_id,), ("dpo",))
        async with self.casebook.reading() as connection:
            log = await audit_log.entries(connection, auditor, self.school.school_id)
        return [entry.act.action for entry in log]


@asynccontextmanager
async def school_with_cases(folder: Path) -> AsyncIterator[Scene]:
    key = SecretStr(base64.b64encode(os.urandom(32)).decode())
    settings = StoreSettings(data_dir=folder, master_key=key)
    await upgrade_all(settings, lambda _: None)
    school = await enrol_school(settings, "token")
    casebook = Database("casebook", settings.database_for("casebook"))
    people = Database("register", settings.database_for("register"))
    store = open_content_store(settings)
    register = RegisterReader(people, store.keyring)
    notify = World(casebook, register, {"email": Taking()})  # type: ignore[arg-type]  # the real register
    try:
        account = next(one for one in await register.accounts() if one.platform == "x")
        await _fill(Feed(store, notify, school.school_id, account.account_id), store)
        yield Scene(settings, school, casebook)
    finally:
        await casebook.close()
        await people.close()


async def _fill(feed: Feed, store: ContentStore) -> None:
    """Publish what a busy hour might bring; the most urgent is to be answered in four minutes."""
    now = datetime.now(UTC)

    async def _spam() -> None:
        text = "PARENTS: claim your free £250 voucher today!"
        await feed.publish(1, text, [("spam_scam", "claim your free £250 voucher")], author="prize_desk_uk")

    async def _insult() -> None:
        text = "Mrs Marlow is a useless pathetic idiot who should not be allowed near a classroom. Absolute joke."
        found = [("insult", "useless pathetic idiot"), ("harassment", "should not be allowed near a classroom")]
        await feed.publish(2, text, found, author="angry_gate", excluded=FACES_LEFT_OUT)

    async def _threat() -> None:
        text = "I know what time she leaves. I'll be waiting at the gate tomorrow and she'll end up in hospital."
        found = [("threat", "I'll be waiting at the gate tomorrow and she'll end up in hospital")]
        await feed.publish(3, text, found, author="nofilter_9931")

    async def _praise() -> None:
        await feed.publish(5, "Lovely assembly this morning, thank you all.", author="sunita_bakes")

    async def _named() -> None:
        await _certificate(feed, store)

    for minutes, publish in ((55, _spam), (31, _insult), (11, _threat), (7, _named), (2, _praise)):
        feed.notify.clock.moment = now - timedelta(minutes=minutes)
        await publish()
        await feed.notify.deliver.send_due()


async def _certificate(feed: Feed, store: ContentStore) -> None:
    """Publish the school's own picture, on which a pupil's name can be read."""
    invented = load_school()
    catalogue = PictureCatalogue(invented)
    (label,) = catalogue.labels(CERTIFICATE)
    who = pupil_ref(await store.keyring.data_key(feed.school), str(label.admission_no))
    post = await feed.publish(
        4,
        "So much kindness this week. This one made us all smile.",
        pictures=[catalogue.jpeg(CERTIFICATE)],
        author=invented.handles[0].lstrip("@"),
        relation="official",
        kind="post",
        required=("abuse", "details"),
        excluded=FACES_LEFT_OUT,
    )
    named = finding(
        post,
        "name_on_image",
        finding_id=ids.finding_id(post.post_id, "name_on_image", who, "image:3_1", "name"),
        subject_ref=who,
        rule_id="details.name_on_image",
        band="confirmed",
        confidence=0.97,
        facts={"name_consent": "no", "photo_consent": "yes"},
        boxes=(Box(part="image:3_1", x0=0.2, y0=0.42, x1=0.8, y1=0.56),),
    )
    await feed.notify.take(feed.answer(post, [named], "details"))


@asynccontextmanager
async def running_console(scene: Scene) -> AsyncIterator[str]:
    """Start the console's process; yield the link that it prints for the first user."""
    port = free_port()
    settings = scene.settings
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli.main", "run", "console"),
        cwd=ROOT,
        env=os.environ
        | {
            "SCHOOLGATE_DATA_DIR": str(settings.data_dir),
            "SCHOOLGATE_MASTER_KEY": settings.master_key.get_secret_value(),
            "SCHOOLGATE_PORT": str(port),
        },
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            link = ""
            while not link:
                line = (await process.stdout.readline()).decode()
                assert line, "the console ended"
                link = line.removeprefix("SETUP ").strip() if line.startswith("SETUP ") else ""
            await _answers(str(urlsplit(link).hostname), port)
        yield link
    finally:
        process.terminate()
        await process.communicate()


async def _answers(host: str, port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            await writer.wait_closed()
            return
