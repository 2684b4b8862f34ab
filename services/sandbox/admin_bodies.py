"""The JSON bodies of the API under /admin; unknown fields are refused."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from services.sandbox.posts import Kind, Platform
from services.sandbox.x_api.spelling import Spelling


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LabelBody(_Body):
    """What ought to be found."""

    category: str
    admission_no: str | None = None


class PostBody(_Body):
    """A post to publish. Without `author` the school says it; the kind follows from author and parent."""

    platform: Platform = "x"
    text: str
    pictures: list[str] = []
    author: str | None = None
    author_name: str | None = None
    kind: Kind | None = None
    parent_id: str | None = None
    labels: list[LabelBody] = []
    created_ago_s: float = Field(0, ge=0)
    visible_after_s: float = Field(0, ge=0)


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
