"""What lies in the content store at `<school>/content/<revision>`: the words of a post. Never on a topic."""

from pydantic import Field

from schemas.base import Code, Model
from schemas.ids import AttachmentKey


class Tag(Model):
    """A mention, hashtag, link or place that the platform marked; offsets in code points of the text, end exclusive."""

    kind: Code
    value: str
    start: int | None = None
    end: int | None = None


class AttachmentText(Model):
    """The words that come with an attachment."""

    alt_text: str | None = None
    file_name: str | None = None


class Content(Model):
    """The text of one revision with everything else a person would read around it."""

    text: str = ""
    lang: str | None = None
    handle: str | None = None
    display_name: str | None = None
    url: str | None = None
    place: str | None = None
    tags: tuple[Tag, ...] = ()
    attachments: dict[AttachmentKey, AttachmentText] = Field(default_factory=dict)
    parent_text: str | None = None
