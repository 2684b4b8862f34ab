"""Drafts for tests, and a policy that wants them."""

from datetime import datetime, timedelta
from typing import Any

from schemas import ids
from services.casebook.drafts import NewDraft
from services.policy.load import load_profile
from services.policy.profile import Approval, Profile
from tests.support.events import ACCOUNT, NOW, SCHOOL, make_status
from tests.support.notify import World

SANDBOX = load_profile("sandbox")
REQUIRING = SANDBOX.model_copy(update={"approval": Approval(required=True, roles=SANDBOX.approval.roles)})
PICTURE = "0f" * 8
RECOMPRESSED = "00ff0f0f0f0f0f0f"
"""Eight of its bits differ from those of PICTURE."""
ANOTHER = "f0" * 8


def requiring(name: str) -> Profile:
    """Stand in for `load_profile`."""
    assert name == "sandbox"
    return REQUIRING


def text_ref(text: str) -> str:
    return ids.digest("text", text)


def make_draft(number: int = 1, *, text: str = "Sports day!", school: str = SCHOOL, **changes: Any) -> NewDraft:
    hex16 = f"{number:016x}"
    fields: dict[str, Any] = {
        "school_id": school,
        "draft_id": ids.post_id(ACCOUNT, f"draft-{hex16}"),
        "account_id": ACCOUNT,
        "author_id": "user-author",
        "content_key": f"{school}/content/{ACCOUNT}:draft-{hex16}:1:{'0' * 12}",
        "media_keys": {},
        "content_hash": "c" * 64,
        "text_ref": text_ref(text),
        "pictures": (),
        "verdict": "allow",
        "analyses": (),
        "checked_at": NOW,
    }
    return NewDraft(**(fields | changes))


async def watch(world: World, since: datetime = NOW - timedelta(days=1)) -> None:
    """Let notify hear of the account for the first time."""
    await world.accounts.status(make_status(since))
