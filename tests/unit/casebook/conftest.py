from tests.support.casebook import database, keyring, world

__all__ = ["database", "keyring", "world"]
