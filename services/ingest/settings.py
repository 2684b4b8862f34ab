"""What ingest can be told."""

from datetime import timedelta

from pydantic import Field, PositiveFloat, PositiveInt, SecretStr

from schemas.categories import DETECTORS
from services.ingest.connectors.x.client import FieldNames
from services.shared.settings import StoreSettings


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
    lease_ttl: PositiveFloat = Field(60, description="after which a dead process's accounts move on")
    detectors: tuple[str, ...] = Field(DETECTORS, description="the detectors that this deployment runs")
