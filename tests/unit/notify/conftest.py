from tests.support.casebook import database, world

__all__ = ["database", "world"]
