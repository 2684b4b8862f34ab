"""The console over a real register and casebook, filled through notify; browsers are clients that keep cookies."""

import io
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from obstore.store import MemoryStore
from PIL import Image
from pydantic import SecretStr

from schemas import ids
from schemas.analysis import Analysis, Finding, Span
from schemas.content import Content
from schemas.post import Attachment, Author, Post
from services.casebook import audit_log
from services.casebook.queue import STATES, Case, list_cases
from services.casebook.viewer import Viewer
from services.console.app import create_app
from services.console.context import Console
from services.console.drafts.check import DraftChecks
from services.console.security.cookies import Cookies
from services.policy.load import load_profile
from services.register.audits import Audits
from services.register.models import User
from services.register.reads import RegisterReader
from services.register.users import Users
from services.register.writes import RegisterWriter
from services.shared.content_store import ContentStore, StoredKeys
from services.shared.crypto import Keyring
from services.shared.database import Database
from services.shared.migrations import upgrade
from tests.support.events import NOW, SCHOOL, make_analysis, make_post
from tests.support.notify import HandClock, Taking, World, finding

PASSWORD = "four words nobody joins"
OTHER = ids.school_id("other school")
ROLES = tuple(load_profile("sandbox").roles)
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PROOF = re.compile(r'name="form_proof" value="([0-9a-f]+)"')


def picture(width: int = 64, height: int = 48, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (30, 90, 160)).save(buffer, kind)
    return buffer.getvalue()


@dataclass
class Browser:
    """Somebody's browser: it sends every form with the proof of the page that the form stands on."""

    client: httpx.AsyncClient

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def send(self, page: str, action: str, **fields: str) -> httpx.Response:
        return await self.client.post(action, data={"form_proof": await self.proof(page), **fields})

    async def proof(self, page: str) -> str:
        found = PROOF.search((await self.client.get(page)).text)
        assert found, f"{page} has no form"
        return found[1]

    async def sign_in(self, email: str, password: str = PASSWORD, wanted: str = "/") -> httpx.Response:
        return await self.send("/sign-in", "/sign-in", email=email, password=password, wanted=wanted)


@dataclass
class Feed:
    """What is published on an account, already read and answered."""

    store: ContentStore
    notify: World
    school: str
    account: str

    async def publish(
        self,
        number: int,
        text: str,
        found: Iterable[tuple[str, str]] = (),
        *,
        pictures: Iterable[bytes] = (),
        author: str = "angry_reader",
        relation: str = "unknown",
        **changes: Any,
    ) -> Post:
        """Let a post be read and answered; `found` are categories with the stretch of the text they were found in."""
        post_id = ids.post_id(self.account, str(number))
        revision = ids.revision_id(post_id, 1, ids.digest("content", number))
        key = f"{self.school}/content/{revision}"
        url = f"https://x.example/{author}/status/{number}"
        await self.store.put_content(key, Content(text=text, handle=author, url=url))
        attachments = []
        for index, data in enumerate(pictures, start=1):
            blob = f"{self.school}/media/{ids.digest('media', number, index)}"
            await self.store.put(blob, data)
            attachments.append(Attachment(key=f"3_{index}", kind="photo", media=blob))
        now = self.notify.clock.now()
        fields: dict[str, Any] = {
            "school_id": self.school,
            "account_id": self.account,
            "post_id": post_id,
            "revision_id": revision,
            "check_id": ids.check_id(revision, "live"),
            "content": key,
            "author": Author(relation=relation),
            "attachments": tuple(attachments),
            "published_at": now - timedelta(minutes=3),
            "observed_at": now,
            "deadline": now + timedelta(minutes=2),
        }
        post = make_post(number, **(fields | changes))
        await self.notify.take(post, self.answer(post, [_finding(post, text, *each) for each in found]))
        return post

    def answer(self, post: Post, findings: Iterable[Finding], detector: str = "abuse") -> Analysis:
        return make_analysis(post, detector, findings=tuple(findings), analysed_at=self.notify.clock.now())


@dataclass
class ConsoleWorld:
    """Two schools, each with a person in every role of the sandbox's policy, and the console over both."""

    casebook: Database
    people: Database
    store: ContentStore
    clock: HandClock
    register: RegisterReader
    writer: RegisterWriter
    audits: Audits
    users: Users
    notify: World
    secure: bool = False
    drafts: DraftChecks | None = None
    _browsers: list[httpx.AsyncClient] = field(default_factory=list)

    def console(self) -> Console:
        return Console(
            casebook=self.casebook,
            register=self.register,
            audits=self.audits,
            users=self.users,
            store=self.store,
            clock=self.clock,
            cookies=Cookies(self.secure),
            drafts=self.drafts,
        )

    def browser(self) -> Browser:
        scheme = "https" if self.secure else "http"
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(self.console()), raise_app_exceptions=False),
            base_url=f"{scheme}://console.example",
        )
        self._browsers.append(client)
        return Browser(client)

    async def add_school(
        self, number: str, name: str, handle: str, *, kind: str = "school", checked_against: Sequence[str] = ()
    ) -> str:
        """Add a school with an account on X and a user in every role; return its id."""
        school = (await self.writer.add_school(number, name, profile="sandbox", kind=kind)).school_id
        await self.writer.add_account(
            school, "x", "1", handle=handle, token=SecretStr("secret"), checked_against=checked_against
        )
        for role in ROLES:
            await self.writer.add_user(school, f"Petra {role}", f"{role}@{school}.example", (role,))
        return school

    async def user(self, role: str, school: str = SCHOOL) -> User:
        return next(user for user in await self.register.users(school) if user.roles == (role,))

    async def signed_in(self, role: str, school: str = SCHOOL) -> Browser:
        user, browser = await self.user(role, school), self.browser()
        await self.users.set_password(await self.users.create_setup_token(user.user_id), PASSWORD)
        answer = await browser.sign_in(user.email)
        assert answer.status_code == 303, answer.text
        return browser

    async def raise_case(
        self,
        number: int,
        text: str,
        found: Iterable[tuple[str, str]] = (("insult", ""),),
        *,
        school: str = SCHOOL,
        pictures: Iterable[bytes] = (),
        **changes: Any,
    ) -> Post:
        """See Feed.publish; this is the school's account on X."""
        feed = Feed(self.store, self.notify, school, ids.account_id(school, "x", "1"))
        return await feed.publish(number, text, found, pictures=pictures, **changes)

    async def cases(self, school: str = SCHOOL) -> tuple[Case, ...]:
        async with self.casebook.reading() as connection:
            return await list_cases(connection, Viewer("test", (school,), ROLES), states=STATES)

    async def case_id(self, audience: str = "general", school: str = SCHOOL) -> str:
        return next(case.case_id for case in await self.cases(school) if case.audience == audience)

    async def acts(self, school: str = SCHOOL) -> list[tuple[str, str]]:
        """Return who did what, the newest first."""
        async with self.casebook.reading() as connection:
            log = await audit_log.entries(connection, Viewer("test", (school,), ROLES), school)
        return [(entry.act.actor_id, entry.act.action) for entry in log]


def _finding(post: Post, text: str, category: str, stretch: str) -> Finding:
    start = text.index(stretch) if stretch else 0
    spans = (Span(part="text", start=start, end=start + len(stretch)),) if stretch else ()
    return finding(post, category, stretch, spans=spans, rule_id=f"abuse.{category}")


@asynccontextmanager
async def console_world(folder: Path, *, secure: bool = False) -> AsyncIterator[ConsoleWorld]:
    store = MemoryStore()
    keyring = Keyring(SecretStr("A" * 43 + "="), StoredKeys(store))
    casebook = Database("casebook", f"sqlite+aiosqlite:///{folder / 'casebook.db'}")
    people = Database("register", f"sqlite+aiosqlite:///{folder / 'register.db'}")
    for database in (casebook, people):
        await upgrade(database)
    clock = HandClock(NOW)
    register = RegisterReader(people, keyring, clock)
    writer = RegisterWriter(people, keyring)
    world = ConsoleWorld(
        casebook,
        people,
        ContentStore(store, keyring),
        clock,
        register,
        writer,
        Audits(people, clock),
        Users(people, clock, CHEAP),
        World(casebook, register, {"email": Taking()}),  # type: ignore[arg-type]  # the real register, not the stand-in
        secure,
    )
    world.notify.clock.moment = clock.moment
    await world.add_school("test school", "Larkhollow Primary School", "LarkhollowPri")
    await world.add_school("other school", "Ferndale Primary School", "FerndalePri")
    yield world
    for client in world._browsers:
        await client.aclose()
    await casebook.close()
    await people.close()
