"""Reads one case for one person: the casebook's file, and its words and pictures as they lie in the store now."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.analysis import Box
from schemas.categories import SEVERITIES
from schemas.content import Content
from schemas.ids import BlobKey, CaseId, PostId, PupilRef, SchoolId
from services.casebook import audit_log, cases, operations, queue, tasks
from services.casebook.accounts import Outage, outage_of
from services.casebook.accounts import headline as outage_headline
from services.casebook.checks.check import checks_of_revision, deleted_at
from services.casebook.deliveries import Delivery
from services.casebook.evidence import Evidence, evidence_of
from services.casebook.notes import Note
from services.casebook.queue import Case
from services.console import post_view
from services.console.context import Console, Person
from services.console.pictures import Picture, look_at, patches
from services.console.post_view import Attachment, PostView
from services.console.subjects import Subject, pupils_of
from services.console.takedowns.tasks import TaskView, task_views
from services.policy import wording
from services.policy.profile import Profile
from services.register.models import Pupil
from services.shared.errors import ContentGone

SHOWN, NOT_FETCHED, GONE, NOT_A_PICTURE = "shown", "not_fetched", "gone", "not_a_picture"
VIEW_PICTURE = "view_picture"
MOST_SHOWN = 50
LEAST = max(SEVERITIES)


@dataclass(frozen=True)
class CaseView:
    """A case as it is shown; `names` are those of the people in it, by user id.

    `left_out` counts the revisions that are not among `posts`, because there are too many.
    """

    case: Case
    headlines: tuple[str, ...]
    posts: tuple[PostView, ...]
    left_out: int
    tasks: tuple[TaskView, ...]
    notes: tuple[Note, ...]
    deliveries: tuple[Delivery, ...]
    names: Mapping[str, str]
    profile: Profile


async def outages_of(connection: AsyncConnection, shown: Iterable[Case]) -> dict[PostId, Outage]:
    """Return the outages of accounts that these cases are about; the caller has found out that they may be seen."""
    found: dict[PostId, Outage] = {}
    for case in shown:
        for alert in case.alerts if case.audience == operations.AUDIENCE else ():
            outage = await outage_of(connection, case.school_id, alert.post_id)
            if outage is not None:
                found[alert.post_id] = outage
    return found


def headlines(profile: Profile, case: Case, outages: Mapping[PostId, Outage]) -> tuple[str, ...]:
    """Say what a case is about, without content."""
    if case.audience != operations.AUDIENCE:
        return tuple(wording.headline(profile, code) for code in case.categories)
    zone = profile.calendar.time_zone
    about = [outages[alert.post_id] for alert in case.alerts if alert.post_id in outages]
    if about:
        return tuple(outage_headline(outage, code, zone) for outage in about for code in case.categories)
    return tuple(operations.headline(code) for code in case.categories)


async def names_of(console: Console, school: SchoolId) -> dict[str, str]:
    """Return the names of a school's users by id."""
    return {user.user_id: user.name for user in await console.register.users(school)} | {cases.SYSTEM: "Schoolgate"}


async def read_case(console: Console, person: Person, case_id: CaseId) -> CaseView:
    """Return a case in full; the audit log says that this person looked.

    Raises:
        CaseNotFound: there is none that this person may see.
        DependencyUnavailable: a database or the content store does not answer.
    """
    now = console.clock.now()
    async with console.casebook.transaction() as connection:
        file = await queue.open_case_file(connection, console.store.keyring, person.viewer, case_id, now)
        outages = await outages_of(connection, [file.case])
        posts_here = {one.post_id for one in file.evidence}
        listed = await tasks.list_tasks(connection, person.viewer, states=(tasks.OPEN, tasks.DONE), posts=posts_here)
    school = file.case.school_id
    profile = await console.profile(school)
    numbers = {(one.revision_id, key): number for number, (one, key, _) in post_view.numbered(file.evidence).items()}
    shown = _worst(file.evidence)
    withheld = file.case.audience == operations.AUDIENCE
    pupils = {} if withheld else await pupils_of(console, school, _subjects(school, shown))
    reader = _PostReader(console, profile, pupils, numbers, withheld=withheld)
    handles = {account.account_id: account.handle for account in await console.register.accounts()}
    posts = [
        await reader.read(school, one, handles.get(one.account_id, "an account no longer watched")) for one in shown
    ]
    return CaseView(
        file.case,
        headlines(profile, file.case, outages),
        tuple(posts),
        len(file.evidence) - len(shown),
        tuple(await task_views(console, listed)),
        file.notes,
        file.deliveries,
        await names_of(console, school),
        profile,
    )


async def read_picture(console: Console, person: Person, case_id: CaseId, number: int) -> tuple[bytes, Picture] | None:
    """Return an attachment of a case, if it is a picture that is still there; the audit log says that it was seen.

    Raises:
        CaseNotFound: there is no such case that this person may see.
        DependencyUnavailable: a database or the content store does not answer.
    """
    async with console.casebook.transaction() as connection:
        row = await cases.find(connection, person.viewer, case_id)
        listed = post_view.numbered(await evidence_of(connection, row.school_id, case_id, row.audience))
        _, _, blob = listed.get(number, (None, "", None))
        if blob is None or row.audience == operations.AUDIENCE:
            return None
        act = audit_log.Act(person.user.user_id, VIEW_PICTURE, case_id, str(number))
        await audit_log.append(connection, row.school_id, act, console.clock.now())
    data = await read_blob(console, blob)
    picture = await asyncio.to_thread(look_at, data) if data is not None else None
    return (data, picture) if data is not None and picture is not None else None


class _PostReader:
    def __init__(
        self,
        console: Console,
        profile: Profile,
        pupils: Mapping[PupilRef, Pupil],
        numbers: Mapping[tuple[str, str], int],
        *,
        withheld: bool,
    ) -> None:
        self._console = console
        self._profile = profile
        self._pupils = pupils
        self._numbers = numbers
        self._withheld = withheld

    async def read(self, school: SchoolId, one: Evidence, account: str) -> PostView:
        async with self._console.casebook.reading() as connection:
            checks = await checks_of_revision(connection, school, one.post_id, one.revision_no)
            deleted = await deleted_at(connection, school, one.post_id)
        content = None if self._withheld else await read_content(self._console, one.content_key)
        media = {} if self._withheld else one.media_keys
        return PostView(
            evidence=one,
            account=account,
            content=content,
            deleted_at=deleted,
            passages=post_view.passages(content, one.findings) if content else (),
            url=post_view.safe_url(content.url) if content else "",
            attachments=tuple([await self._attachment(one, key, blob) for key, blob in media.items()]),
            found=tuple(post_view.found(self._profile, judged, self._pupils) for judged in one.findings),
            gaps=post_view.gaps(checks),
            withheld=self._withheld,
        )

    async def _attachment(self, one: Evidence, key: str, blob: BlobKey | None) -> Attachment:
        boxes = post_view.boxes_of(one.findings, key)
        return await read_attachment(self._console, self._numbers[(one.revision_id, key)], blob, boxes)


async def read_attachment(
    console: Console, number: int, blob: BlobKey | None, boxes: tuple[Box, ...] = ()
) -> Attachment:
    """Return an attachment as far as it can be shown now; DependencyUnavailable when the store does not answer."""
    if blob is None:
        return Attachment(number, NOT_FETCHED, None, "", ())
    data = await read_blob(console, blob)
    if data is None:
        return Attachment(number, GONE, None, "", ())
    picture = await asyncio.to_thread(look_at, data)
    if picture is None:
        return Attachment(number, NOT_A_PICTURE, None, "", ())
    return Attachment(number, SHOWN, picture, await asyncio.to_thread(patches, data), boxes)


async def read_content(console: Console, key: BlobKey | None) -> Content | None:
    """Return a text, or None when there is none any more; DependencyUnavailable when the store does not answer."""
    if key is None:
        return None
    try:
        return await console.store.get_content(key)
    except ContentGone:
        return None


async def read_blob(console: Console, key: BlobKey) -> bytes | None:
    """Return a blob, or None when there is none any more; DependencyUnavailable when the store does not answer."""
    try:
        return await console.store.get(key)
    except ContentGone:
        return None


def _worst(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """Return the revisions to show: all, unless there are too many; then the most severe, the newest first."""
    if len(evidence) <= MOST_SHOWN:
        return evidence

    def urgency(one: Evidence) -> tuple[str, float]:
        severities = [judged.judgement.severity for judged in one.findings]
        return min(severities, default=LEAST), -one.kept_at.timestamp()

    return tuple(sorted(evidence, key=urgency)[:MOST_SHOWN])


def _subjects(school: SchoolId, evidence: tuple[Evidence, ...]) -> Iterator[Subject]:
    for one in evidence:
        for judged in one.findings:
            finding = judged.judgement.finding
            if finding.subject_ref is not None:
                yield Subject(one.account_id, finding.subject_school_id or school, finding.subject_ref)
