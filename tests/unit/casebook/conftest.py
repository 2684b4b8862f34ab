import pytest
from obstore.store import MemoryStore
from pydantic import SecretStr

from services.shared.content_store import StoredKeys
from services.shared.crypto import Keyring
from tests.support.casebook import database, world

__all__ = ["database", "world"]


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(SecretStr("A" * 43 + "="), StoredKeys(MemoryStore()))
