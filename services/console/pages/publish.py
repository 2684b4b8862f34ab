"""May this go live? A post is checked before it is published, and somebody who may approves it or turns it down."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse

from schemas.ids import PostId
from services.casebook import drafts
from services.casebook.drafts import CHECKED, DraftNotFound
from services.console.context import Console, Here, Me, Person
from services.console.drafts.check import LARGEST_PICTURE, LONGEST_DESCRIPTION, LONGEST_TEXT, DraftChecks, Written
from services.console.drafts.upload import NUMBERS, Upload, read_upload
from services.console.drafts.view import hash_to_approve, list_recent, read_draft, read_draft_picture
from services.console.pages.case import LONGEST_NOTE, PICTURE_POLICY
from services.console.render import page
from services.console.security.forms import GenuineForm, must_be_genuine
from services.policy.scales import ALLOW, BLOCK
from services.register.models import Account
from services.shared.errors import InputRejected


async def may_publish(me: Me) -> None:
    """Let in who reads the school's general cases or approves its drafts.

    Raises:
        HTTPException: this person does neither.
    """
    if not me.may_publish:
        raise HTTPException(HTTPStatus.FORBIDDEN)


PATH: Final = "/publish"
RECENT: Final = 20
NOTICES: Final = {"approved": "You have approved this post.", "refused": "You have refused this post."}
router = APIRouter(prefix=PATH, dependencies=[Depends(may_publish)])


@router.get("")
async def form(request: Request, console: Here, me: Me) -> Response:
    """Show the form, and the drafts that were checked last."""
    return await _form_page(request, console, me, Upload())


@router.post("")
async def check(request: Request, console: Here, me: Me) -> Response:
    """Check a draft and lead to what came of it."""
    if console.drafts is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    async with console.uploads.held(int(request.headers["content-length"])):  # without one nothing gets here
        return await _check(request, console, me, console.drafts)


@router.get("/{draft_id}")
async def show(request: Request, console: Here, me: Me, draft_id: PostId, done: str = "") -> Response:
    """Show a draft with what the checks made of it."""
    return await _draft_page(request, console, me, draft_id, notice=NOTICES.get(done, ""))


@router.get("/{draft_id}/pictures/{number}")
async def picture(console: Here, me: Me, draft_id: PostId, number: int) -> Response:
    """Send a picture of the draft to who may read it, as what it is and as nothing else."""
    found = await read_draft_picture(console, me, draft_id, number)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    data, shown = found
    return Response(data, media_type=shown.content_type, headers=PICTURE_POLICY)


@router.post("/{draft_id}/approve", dependencies=[GenuineForm])
async def approve(
    request: Request, console: Here, me: Me, draft_id: PostId, reason: Annotated[str, Form()] = ""
) -> Response:
    """Approve exactly what was checked."""
    profile = await console.profile(me.school.school_id)
    try:
        _must_fit(reason)
        content_hash = await hash_to_approve(console, me, draft_id)
        async with console.casebook.transaction() as connection:
            await drafts.approve(
                connection,
                console.store.keyring,
                profile,
                me.viewer,
                draft_id,
                content_hash=content_hash,
                reason=reason,
                at=console.clock.now(),
            )
    except DraftNotFound:
        raise
    except InputRejected as error:
        return await _draft_page(request, console, me, draft_id, error=_sentence(error), reason=reason)
    return RedirectResponse(f"{PATH}/{draft_id}?done=approved", HTTPStatus.SEE_OTHER)


@router.post("/{draft_id}/refuse", dependencies=[GenuineForm])
async def refuse(
    request: Request, console: Here, me: Me, draft_id: PostId, reason: Annotated[str, Form()] = ""
) -> Response:
    """Turn the draft down."""
    try:
        _must_fit(reason)
        async with console.casebook.transaction() as connection:
            await drafts.reject(
                connection, console.store.keyring, me.viewer, draft_id, reason=reason, at=console.clock.now()
            )
    except DraftNotFound:
        raise
    except InputRejected as error:
        return await _draft_page(request, console, me, draft_id, error=_sentence(error), reason=reason)
    return RedirectResponse(f"{PATH}/{draft_id}?done=refused", HTTPStatus.SEE_OTHER)


async def _check(request: Request, console: Console, me: Person, checks: DraftChecks) -> Response:
    # Read here and not by the framework, which would read it before it knows who sends it.
    upload = await read_upload(request)
    must_be_genuine(request, console, upload.form_proof)
    try:
        account = await _account(console, me, upload.account_id)
        checked = await checks.check(Written(account, upload.caption, upload.pictures))
    except InputRejected as error:
        return await _form_page(request, console, me, upload, error=_sentence(error))
    async with console.casebook.transaction() as connection:
        await drafts.record(connection, checked.profile, checked.as_record(me.user.user_id))
    return RedirectResponse(f"{PATH}/{checked.post.post_id}", HTTPStatus.SEE_OTHER)


async def _form_page(request: Request, console: Console, me: Person, typed: Upload, *, error: str = "") -> Response:
    profile = await console.profile(me.school.school_id)
    return page(
        request,
        "publish.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        set_up=console.drafts is not None,
        accounts=await _accounts(console, me),
        recent=await list_recent(console, me, RECENT),
        zone=profile.calendar.time_zone,
        numbers=NUMBERS,
        longest_text=LONGEST_TEXT,
        longest_description=LONGEST_DESCRIPTION,
        largest_picture=LARGEST_PICTURE // 2**20,
        typed=typed,
        error=error,
    )


async def _draft_page(
    request: Request,
    console: Console,
    me: Person,
    draft_id: PostId,
    *,
    notice: str = "",
    error: str = "",
    reason: str = "",
) -> Response:
    view = await read_draft(console, me, draft_id)
    approvers = set(view.profile.approval.roles)
    return page(
        request,
        "draft.html",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        view=view,
        draft=view.draft,
        zone=view.profile.calendar.time_zone,
        open=view.draft.state == CHECKED,
        may_approve=bool(approvers & set(me.user.roles)),
        approvers=[view.profile.roles.get(role, role) for role in view.profile.approval.roles],
        forbidden=view.draft.verdict == BLOCK,
        cleared=view.draft.verdict == ALLOW,
        longest_reason=LONGEST_NOTE,
        notice=notice,
        error=error,
        typed_reason=reason,
    )


async def _accounts(console: Console, me: Person) -> list[Account]:
    return [each for each in await console.register.accounts() if each.school_id == me.school.school_id]


async def _account(console: Console, me: Person, account_id: str) -> Account:
    for account in await _accounts(console, me):
        if account.account_id == account_id:
            return account
    raise InputRejected("choose the account on which it will be published")


def _must_fit(reason: str) -> None:
    if len(reason) > LONGEST_NOTE:
        raise InputRejected(f"the reason is too long: {LONGEST_NOTE} characters fit")


def _sentence(error: InputRejected) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
