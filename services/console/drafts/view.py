"""One draft as it is shown: what was written, what was found in it, what was not checked, and what came of it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.content import Content
from schemas.ids import AttachmentKey, BlobKey, PostId
from services.casebook import audit_log, drafts
from services.casebook.drafts import Draft, content_hash
from services.casebook.evidence import JudgedFinding
from services.console import post_view
from services.console.case_reader import VIEW_PICTURE, names_of, read_attachment, read_blob, read_content
from services.console.context import Console, Person
from services.console.drafts.check import judge, policy_of
from services.console.pictures import Picture, look_at
from services.console.post_view import Attachment, Found, Gap, Passage
from services.console.subjects import Subject, pupils_of
from services.policy.profile import Profile
from services.register.models import Account
from services.register.reads import RegisterReader
from services.shared.errors import InputRejected

EXCERPT = 90
"""Characters of a caption in the list."""


@dataclass(frozen=True)
class DraftView:
    """A draft. `content` is None when it is no longer kept; `account` is None when it is no longer watched.

    `outdated`: the register has changed since the draft was checked.
    """

    draft: Draft
    account: Account | None
    content: Content | None
    passages: tuple[Passage, ...]
    attachments: tuple[Attachment, ...]
    found: tuple[Found, ...]
    gaps: tuple[Gap, ...]
    outdated: bool
    author: str
    decided_by: str
    reason: str
    profile: Profile


@dataclass(frozen=True)
class ListedDraft:
    """A draft in the list; `excerpt` is how its caption begins."""

    draft: Draft
    account: Account | None
    excerpt: str


async def list_recent(console: Console, person: Person, limit: int) -> list[ListedDraft]:
    """Return the drafts that this person may see, the newest first.

    Raises:
        DependencyUnavailable: a database or the content store does not answer.
    """
    async with console.casebook.reading() as connection:
        found = await drafts.list_drafts(connection, person.viewer, limit=limit)
    accounts = {account.account_id: account for account in await console.register.accounts()}
    contents = await asyncio.gather(*(read_content(console, draft.content_key) for draft in found))
    return [
        ListedDraft(draft, accounts.get(draft.account_id), _excerpt(content))
        for draft, content in zip(found, contents, strict=True)
    ]


async def read_draft(console: Console, person: Person, draft_id: PostId) -> DraftView:
    """Return a draft in full.

    Raises:
        DraftNotFound: there is none that this person may see.
        DependencyUnavailable: a database or the content store does not answer.
    """
    async with console.casebook.reading() as connection:
        draft = await drafts.find(connection, person.viewer, draft_id)
        reason = await drafts.reason_of(connection, console.store.keyring, person.viewer, draft_id)
    school = draft.school_id
    account = {each.account_id: each for each in await console.register.accounts()}.get(draft.account_id)
    profile = await policy_of(console.register, school)
    judged = _judged(draft, account, profile)
    pupils = await pupils_of(console, school, _subjects(draft, judged))
    content = await read_content(console, draft.content_key)
    names = await names_of(console, school)
    return DraftView(
        draft=draft,
        account=account,
        content=content,
        passages=post_view.passages(content, judged) if content else (),
        attachments=tuple(
            [
                await read_attachment(console, number, blob, post_view.boxes_of(judged, key))
                for number, (key, blob) in enumerate(_pictures(draft), 1)
            ]
        ),
        found=tuple(post_view.found(profile, each, pupils) for each in judged),
        gaps=post_view.left_unchecked(draft.analyses),
        outdated=await _is_outdated(console.register, draft),
        author=names.get(draft.author_id, "somebody who has left"),
        decided_by=names.get(draft.decided_by or "", "somebody who has left"),
        reason=reason,
        profile=profile,
    )


async def read_draft_picture(
    console: Console, person: Person, draft_id: PostId, number: int
) -> tuple[bytes, Picture] | None:
    """Return a picture of a draft, if it is still there; the audit log says that it was seen.

    Raises:
        DraftNotFound: there is no such draft that this person may see.
        DependencyUnavailable: a database or the content store does not answer.
    """
    async with console.casebook.transaction() as connection:
        draft = await drafts.find(connection, person.viewer, draft_id)
        blob = dict(enumerate((key for _, key in _pictures(draft)), 1)).get(number)
        if blob is None:
            return None
        act = audit_log.Act(person.user.user_id, VIEW_PICTURE, draft_id, str(number))
        await audit_log.append(connection, draft.school_id, act, console.clock.now())
    data = await read_blob(console, blob)
    picture = await asyncio.to_thread(look_at, data) if data is not None else None
    return (data, picture) if data is not None and picture is not None else None


async def hash_to_approve(console: Console, person: Person, draft_id: PostId) -> str:
    """Return the hash of what lies in the store, which is what people are shown and approve.

    Raises:
        DraftNotFound: there is no such draft that this person may see.
        InputRejected: it is no longer kept, or the register has changed since it was checked.
        DependencyUnavailable: a database or the content store does not answer.
    """
    async with console.casebook.reading() as connection:
        draft = await drafts.find(connection, person.viewer, draft_id)
    if await _is_outdated(console.register, draft):
        raise InputRejected("the register has changed since this was checked, perhaps a consent: check it again")
    content = await read_content(console, draft.content_key)
    pictures = [await read_blob(console, blob) for _, blob in _pictures(draft)]
    there = [data for data in pictures if data is not None]
    if content is None or len(there) < len(pictures):
        raise InputRejected("what was checked is no longer kept: check it again")
    return content_hash(content.text, there)


async def _is_outdated(register: RegisterReader, draft: Draft) -> bool:
    """Tell whether the checks of a draft rest on an earlier state of a register, so that they may be wrong by now."""
    used = [pair for answer in draft.analyses for pair in answer.versions.items()]
    now = {school: await register.versions(school) for school in {school for school, _ in used}}
    return any(versions.older_than(now[school]) for school, versions in used)


def _judged(draft: Draft, account: Account | None, profile: Profile) -> tuple[JudgedFinding, ...]:
    detectors = {found.finding_id: answer.detector for answer in draft.analyses for found in answer.findings}
    platform = account.platform if account else ""
    decision = judge(profile, platform, draft.analyses, has_image=bool(draft.media_keys))
    return tuple(
        JudgedFinding(each, detectors[each.finding.finding_id], draft.draft_id, since_changed=False)
        for each in decision.judgements
    )


def _subjects(draft: Draft, judged: tuple[JudgedFinding, ...]) -> Iterator[Subject]:
    for each in judged:
        finding = each.judgement.finding
        if finding.subject_ref is not None:
            yield Subject(draft.account_id, finding.subject_school_id or draft.school_id, finding.subject_ref)


def _pictures(draft: Draft) -> list[tuple[AttachmentKey, BlobKey]]:
    return sorted(draft.media_keys.items(), key=lambda pair: int(pair[0]))


def _excerpt(content: Content | None) -> str:
    text = " ".join(content.text.split()) if content else ""
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1].rstrip() + "…"
