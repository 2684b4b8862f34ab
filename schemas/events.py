"""Models as CloudEvents 1.0 in Kafka's binary mode: attributes in `ce_*` headers, the model as JSON in the value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic import ValidationError

from schemas.analysis import Analysis
from schemas.post import Post
from schemas.status import AccountStatus, RegisterChange

CheckEvent = Post | Analysis
"""What a check causes: its request, and the answers to it."""
Event = CheckEvent | AccountStatus | RegisterChange
SOURCE: Final = "urn:schoolgate"
TYPES: Final[Mapping[str, type[Event]]] = {
    "schoolgate.post.v1": Post,
    "schoolgate.analysis.v1": Analysis,
    "schoolgate.account_status.v1": AccountStatus,
    "schoolgate.register_change.v1": RegisterChange,
}
_TYPE_OF: Final = {model: name for name, model in TYPES.items()}
_FORMAT: Final = JSONFormat()


class MalformedEvent(ValueError):
    """The record is not an event of this system; the message is a code, never a part of the record."""


@dataclass(frozen=True)
class Record:
    """A Kafka record's key, value and headers."""

    key: bytes
    value: bytes
    headers: Mapping[str, bytes]


def event_id(event: Event) -> str:
    """The id under which a consumer recognises a repeated event."""
    match event:
        case Post():
            return event.check_id
        case Analysis():
            return event.analysis_id
        case AccountStatus():
            return event.status_id
        case RegisterChange():
            return event.change_id


def event_key(event: Event) -> str:
    """The key of its record: events of one key stay in order."""
    match event:
        case AccountStatus():
            return event.account_id
        case RegisterChange():
            return event.school_id
        case _:
            return event.post_id


def encode(event: Event, *, at: datetime | None = None) -> Record:
    """Write the event as a Kafka record; `at` is the moment of emission (now, unless given)."""
    attributes = {
        "specversion": "1.0",
        "id": event_id(event),
        "type": _TYPE_OF[type(event)],
        "source": SOURCE,
        "time": at or datetime.now(UTC),
        "datacontenttype": "application/json",
        "schoolid": event.school_id,
        "partitionkey": event_key(event),
    }
    message = to_binary(CloudEvent(attributes, event.model_dump(mode="json", exclude_none=True)), _FORMAT)
    return Record(key=event_key(event).encode(), value=message.value, headers=message.headers)


def decode(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> Event:
    """Read a Kafka record.

    Raises:
        MalformedEvent: the record is no CloudEvent, of an unknown type, or does not fit its schema.
    """
    present = {name: text for name, text in headers if text is not None}
    try:
        envelope = from_binary(KafkaMessage(headers=present, key=key, value=value or b""), _FORMAT)
    except (CloudEventValidationError, ValueError, KeyError, TypeError) as error:
        raise MalformedEvent("not_a_cloudevent") from error
    model = TYPES.get(envelope.get_type())
    if model is None:
        raise MalformedEvent("unknown_type")
    try:
        return model.model_validate(envelope.get_data())
    except ValidationError as error:
        raise MalformedEvent("schema_mismatch") from error
