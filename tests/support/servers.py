"""Fixtures for real servers; a conftest imports those that its tests use.

A server that an environment variable names is used instead of starting one: SCHOOLGATE_TEST_KAFKA (`host:port`),
SCHOOLGATE_TEST_POSTGRES (an SQLAlchemy URL whose user may create databases).
"""

import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from services.local.kafka import LocalKafka
from services.local.postgres import local_postgres
from services.shared.paths import ROOT


@pytest.fixture(scope="session")
def kafka_jars() -> None:
    """Kafka's jars are in the user's cache. Without them the tests fail: real Kafka is a requirement, not a wish."""
    # In a process of its own, because tests may open connections to loopback only.
    fetch = subprocess.run(
        [sys.executable, "-m", "services.local.jars"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if fetch.returncode != 0:
        pytest.fail(fetch.stderr, pytrace=False)


@pytest.fixture(scope="session")
def kafka(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Kafka, `host:port`. All tests share it: give topics and groups unique names."""
    if named := os.environ.get("SCHOOLGATE_TEST_KAFKA"):
        yield named
        return
    request.getfixturevalue("kafka_jars")
    with LocalKafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker.bootstrap


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The SQLAlchemy URL of a real PostgreSQL."""
    if named := os.environ.get("SCHOOLGATE_TEST_POSTGRES"):
        yield named
        return
    # Not in pytest's folder: as root the server runs as another user, whom the next pytest to start would lock out.
    with tempfile.TemporaryDirectory(prefix="schoolgate-postgres-") as folder, local_postgres(Path(folder)) as url:
        yield url


def per_owner(url: str) -> str:
    """Name a database for each owner in a SCHOOLGATE_DATABASE_URL."""
    name = make_url(url).database or ""
    return url.replace(f"/{name}", f"/{name}_{{owner}}")


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The SQLAlchemy URL of an empty PostgreSQL database for this test alone (`postgresql+psycopg://...`)."""
    name = f"test_{uuid.uuid4().hex}"
    server = create_engine(postgres_server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
