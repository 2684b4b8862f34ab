"""What every model on the wire shares: strict value types, no free text, unknown fields ignored."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints


class Model(BaseModel):
    """A frozen wire model. Readers ignore fields they do not know, so that changes can be additive."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="float")


def _to_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


UtcDatetime = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A moment in time; always with a zone on input, always UTC afterwards."""

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
"""An open enumeration value: a reader that does not know it treats it as `other`."""

Version = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._+-]{0,63}$")]
"""The version of a detector, a model or a profile."""
