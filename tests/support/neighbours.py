"""Schools side by side in one installation, each with everything that a school has, under ids that only it may know."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import MetaData, Table, select

from schemas import ids
from schemas.analysis import Unchecked
from schemas.content import Content
from schemas.post import Post, RegisterVersions
from schemas.status import AccountStatus, Gap, PupilChange, RegisterChange
from services.casebook import accounts, cases, drafts
from services.casebook.drafts import NewDraft, content_hash
from services.casebook.tables import metadata as casebook_tables
from services.casebook.viewer import Viewer
from services.policy.load import load_profile
from services.register.models import Pupil
from services.register.tables import metadata as register_tables
from services.shared.database import Database
from tests.support.console import ROLES, ConsoleWorld, picture
from tests.support.events import make_analysis, make_status

CATEGORIES = ("insult", "grooming_contact", "allegation", "takedown_request")
"""One for each audience of people; operations get a case for what was not checked."""
TEXT = "A text that only its own school may read"


@dataclass
class Known:
    """The ids of a school's things by what a route or a function calls them; `never` stands for ids of nothing."""

    ids: dict[str, str] = field(default_factory=dict)

    def never(self) -> "Known":
        """Return ids of the same shapes that were never given to anything."""
        return Known({name: _other(value) for name, value in self.ids.items()})


async def fill(world: ConsoleWorld, school: str, *, posts: int = 2) -> Known:
    """Give a school a pupil, cases of every audience with pictures and notes, a task, a draft, an audit, a status."""
    account = ids.account_id(school, "x", "1")
    everyone = Viewer((await world.user("headteacher", school)).user_id, (school,), ROLES)
    audit = await world.audits.start(account)
    post, *_ = [await _post(world, school, number) for number in range(1, posts + 1)]
    deleted = await _post(world, school, posts + 2)
    gone = {"revision_id": ids.revision_id(deleted.post_id, 2, "0" * 12), "cause": "deleted", "required": ()}
    await world.notify.take(deleted.model_copy(update={"check_id": "0" * 32, "revision_no": 2, **gone}))
    await world.raise_case(posts + 1, TEXT, [("insult", "")], school=school, trigger="audit", run_id=audit.run_id)
    case_id = await _case_of(world, deleted)
    task_id = await _task(world, school, post)
    draft = await _draft(world, school, account)
    async with world.casebook.transaction() as connection:
        await cases.add_note(connection, world.store.keyring, everyone, case_id, text=TEXT, at=world.clock.now())
        await drafts.record(connection, load_profile("sandbox"), draft)
        await accounts.take(connection, _status(world, school, account), world.clock.now())
    return Known(
        {
            "school": school,
            "school_id": school,
            "account_id": account,
            "post_id": post.post_id,
            "case_id": case_id,
            "run_id": audit.run_id,
            "draft_id": draft.draft_id,
            "task_id": task_id,
            "number": "1",
        }
    )


async def everything_of(world: ConsoleWorld, school: str) -> Mapping[str, list[str]]:
    """Return every row of the school in both databases, as text."""
    return {
        f"{database.owner}.{table.name}": await _rows(database, table, school)
        for database, metadata in _databases(world)
        for table in metadata.sorted_tables
        if "school_id" in table.c
    }


def _databases(world: ConsoleWorld) -> tuple[tuple[Database, MetaData], ...]:
    return (world.casebook, casebook_tables), (world.people, register_tables)


async def _rows(database: Database, table: Table, school: str) -> list[str]:
    async with database.reading() as connection:
        return sorted(str(row) for row in await connection.execute(select(table).where(table.c.school_id == school)))


async def _post(world: ConsoleWorld, school: str, number: int) -> Post:
    found = [(category, "") for category in CATEGORIES]
    post = await world.raise_case(number, TEXT, found, school=school, pictures=(picture(),))
    crashed = (Unchecked(part="all", reason="crashed"),)
    await world.notify.take(make_analysis(post, "details", status="unchecked", unchecked=crashed))
    return post


async def _case_of(world: ConsoleWorld, post: Post) -> str:
    """Return the case that a post opened for the audience of everybody."""
    for case in await world.cases(post.school_id):
        if case.audience == "general" and any(alert.post_id == post.post_id for alert in case.alerts):
            return case.case_id
    raise LookupError(post.post_id)


async def _task(world: ConsoleWorld, school: str, post: Post) -> str:
    """Withdraw a consent of a pupil whom the post shows, and return the id of the task that follows."""
    pupil = Pupil("", "A1", "", "Tamsin", "Tam", f"Quill-{school}", "3", "3B", "", "", "", "no", "yes")
    await world.writer.import_people(school, pupils=[pupil])
    (kept,) = (await world.register.roster(school)).pupils
    change = RegisterChange(
        change_id=ids.change_id(school, "9"),
        school_id=school,
        parts=("roster",),
        versions=RegisterVersions(roster=9),
        pupils=(PupilChange(ref=kept.ref, what="photo_consent_withdrawn"),),
        changed_at=world.clock.now(),
    )
    await world.notify.take(make_analysis(post, "faces", subjects=(kept.ref,)), change)
    (task,) = [row for row in await world.notify.rows("tasks") if row.school_id == school]
    return str(task.task_id)


def _status(world: ConsoleWorld, school: str, account: str) -> AccountStatus:
    now = world.clock.now()
    gaps = (Gap(stream="mentions", reason="too_far_back", at=now),)
    return make_status(now, account, school_id=school, gaps=gaps, budget_used=0.4)


async def _draft(world: ConsoleWorld, school: str, account: str) -> NewDraft:
    draft_id = ids.post_id(account, f"draft-{ids.digest(school, 'draft')[:16]}")
    revision = ids.revision_id(draft_id, 1, ids.digest("content"))
    key = f"{school}/content/{revision}"
    await world.store.put_content(key, Content(text=TEXT))
    blob, shown = f"{school}/media/{draft_id.partition(':')[2]}-1", picture()
    await world.store.put(blob, shown)
    return NewDraft(
        school_id=school,
        draft_id=draft_id,
        account_id=account,
        author_id=(await world.user("business_manager", school)).user_id,
        content_key=key,
        media_keys={"1": blob},
        content_hash=content_hash(TEXT, (shown,)),
        text_ref=ids.digest("text", school),
        pictures=(),
        verdict="review",
        analyses=(),
        checked_at=world.clock.now(),
    )


def _other(value: str) -> str:
    """Return a value of the same shape with other hexadecimal digits."""
    return value.translate(str.maketrans("0123456789abcdef", "123456789abcdef0")) if value else value
