"""Settings of the detector processes."""

from pydantic import Field

from services.shared.settings import StoreSettings


class AnalyzeSettings(StoreSettings):
    """What a detector process needs besides the store."""

    engine_seconds: float = Field(60, gt=0, description="one check's time limit; a child over it is replaced")
    engine_memory_gib: float = Field(6, gt=0, description="the child's address space limit")
