"""What ingest can be told."""

from datetime import timedelta
from typing import Annotated, Self

from annotated_types import Gt
from pydantic import Field, PositiveFloat, PositiveInt, SecretStr, model_validator

from schemas.categories import DETECTORS
from services.ingest.connectors.x.client import FieldNames
from services.shared.settings import StoreSettings

Span = Annotated[timedelta, Gt(timedelta())]
GONE_WITHIN = timedelta(hours=24)
"""So long after its deletion nothing of a post may be left; the loops need some of it for themselves."""
LOOPS = timedelta(hours=1)


class IngestSettings(StoreSettings):
    """Settings of ingest; times in seconds."""

    x_base_url: str = Field("https://api.x.com", description="X's API")
    x_field_names: FieldNames = Field("tweet", description="the spelling of X's field names that is asked for")
    graph_base_url: str = Field("https://graph.facebook.com", description="Facebook's Graph API")
    graph_version: str = Field("v24.0", pattern=r"^v[0-9]{1,2}\.[0-9]$", description="the Graph API's version")
    graph_app_secret: SecretStr | None = Field(None, description="proves to Facebook that calls come from the app")
    platform_timeout: PositiveFloat = Field(30, description="seconds to wait for a platform's answer")
    poll_min: PositiveFloat = Field(60, description="the shortest interval between two readings of a stream")
    poll_max: PositiveFloat = Field(3600, description="the longest interval between two readings of a stream")
    backlog: timedelta = Field(timedelta(days=7), description="how far back the first reading of an account goes")
    media_wait: PositiveFloat = Field(30, description="how long a revision waits for its media")
    media_max_bytes: PositiveInt = Field(
        20_000_000, description="a larger picture is not fetched and reported as unchecked"
    )
    sweep_every: Span = Field(
        timedelta(hours=6),
        description=(
            "how often every live post is looked up again, to see whether it was deleted or edited; each time costs "
            "one request for 100 posts on X (which charges for every post once a day) and for 50 on Facebook; "
            "longer is cheaper, but what a deleted post said must be gone 24 hours after its deletion"
        ),
    )
    confirm_after: Span = Field(
        timedelta(minutes=10), description="a post is deleted when it is not there twice, this long after each other"
    )
    purge_after: Span = Field(
        timedelta(hours=12), description="how long the text and the pictures of a post are kept once it is deleted"
    )
    lease_ttl: PositiveFloat = Field(60, description="after which a dead process's accounts move on")
    detectors: tuple[str, ...] = Field(DETECTORS, description="the detectors that this deployment runs")

    @model_validator(mode="after")
    def _purges_in_time(self) -> Self:
        if self.sweep_every + self.confirm_after + self.purge_after > GONE_WITHIN - LOOPS:
            raise ValueError("sweep_every, confirm_after and purge_after together may be 23 hours at most")
        return self
