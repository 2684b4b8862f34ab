"""The JSON bodies of the API under /admin; unknown fields are refused."""

from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request

from services.sandbox.posts import Kind, Platform, Standing
from services.sandbox.x_api.spelling import Spelling
from services.shared.errors import InputRejected

B = TypeVar("B", bound=BaseModel)


async def read(request: Request, model: type[B]) -> B:
    """Read a request's body; InputRejected with one line for a wrong one."""
    try:
        return model.model_validate_json(await request.body() or b"{}")
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
        raise InputRejected(wrong) from None


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LabelBody(_Body):
    """What ought to be found."""

    category: str
    admission_no: str | None = None


class PostBody(_Body):
    """A post to publish. Without `author` the account itself says it; the kind follows from author and parent.

    `account` is the handle or id of the official account on which it happens; the thread's or the first one without it.
    """

    platform: Platform = "x"
    text: str
    account: str | None = None
    pictures: list[str] = []
    author: str | None = None
    author_name: str | None = None
    kind: Kind | None = None
    parent_id: str | None = None
    labels: list[LabelBody] = []
    created_ago_s: float = Field(0, ge=0)
    visible_after_s: float = Field(0, ge=0)


class AccountBody(_Body):
    """A further official account."""

    platform: Platform
    handle: str = Field(pattern=r"^@?[A-Za-z0-9_.]{1,30}$")
    name: str = Field(min_length=1)


class TokenBody(_Body):
    """Whether an account's token is refused from now on."""

    revoked: bool


class StandingBody(_Body):
    """Whether anybody sees a user's posts."""

    standing: Standing


class EditBody(_Body):
    """What to change; absent means as before."""

    text: str | None = None
    pictures: list[str] | None = None


class HideBody(_Body):
    """Whether visitors see the post."""

    hidden: bool = True


class ClockBody(_Body):
    """A step forward."""

    advance_s: float


class ScenarioBody(_Body):
    """Pace and state of the scenario."""

    running: bool | None = None
    interval_s: float | None = Field(None, gt=0)


class XBody(_Body):
    """X's moods."""

    spelling: Spelling | None = None
    search_lag_s: float | None = Field(None, ge=0)


class MailBody(_Body):
    """How to answer the next mails."""

    code: Literal[451, 550]
    times: int = Field(1, ge=1)


class ResetBody(_Body):
    """Whether the scenario begins again."""

    scenario: bool = False
