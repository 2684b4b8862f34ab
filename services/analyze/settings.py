"""Settings of the detector processes."""

from pydantic import Field, SecretStr

from services.analyze.engine import INDEX_PEOPLE
from services.shared.settings import StoreSettings


class AnalyzeSettings(StoreSettings):
    """What a detector process needs besides the store."""

    engine_seconds: float = Field(60, gt=0, description="one check's time limit; a child over it is replaced")
    engine_memory_gib: float = Field(6, gt=0, description="the child's address space limit")
    index_people: int = Field(
        INDEX_PEOPLE, gt=0, description="pupils, staff and templates kept prepared; a school over it is read anew"
    )
    check_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="opens POST /v1/check on the operations port; without it there is no such route",
    )
