"""kafka-python clients for administration and lag; the services themselves consume and publish through kafka.py."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any, Final

from kafka import KafkaConsumer
from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from services.shared.errors import DependencyUnavailable
from services.shared.settings import KafkaSettings

CONNECT_SECONDS: Final = 5.0


def open_admin(settings: KafkaSettings) -> Any:
    """Return an administration client; the caller closes it.

    Raises:
        DependencyUnavailable: Kafka does not answer.
    """
    return _open(KafkaAdminClient, settings)


def open_reader(settings: KafkaSettings) -> Any:
    """Return a consumer of no group that reads where it is told; the caller closes it.

    Raises:
        DependencyUnavailable: Kafka does not answer.
    """
    return _open(KafkaConsumer, settings, group_id=None, enable_auto_commit=False, max_poll_records=1)


@contextlib.contextmanager
def admin(settings: KafkaSettings) -> Iterator[Any]:
    """Yield an administration client and close it; Kafka's errors become DependencyUnavailable."""
    client = open_admin(settings)
    try:
        yield client
    except KafkaError as error:
        raise _unavailable(settings) from error
    finally:
        client.close()


def _open(client: Any, settings: KafkaSettings, **options: Any) -> Any:
    if not any(_listens(address) for address in settings.bootstrap.split(",")):
        raise _unavailable(settings)  # without this, the client would try for long and leave its sockets open
    try:
        return client(
            bootstrap_servers=settings.bootstrap.split(","),
            bootstrap_timeout_ms=int(CONNECT_SECONDS * 1000),
            security_protocol=settings.security_protocol,
            ssl_cafile=settings.ca_file and str(settings.ca_file),
            ssl_certfile=settings.cert_file and str(settings.cert_file),
            ssl_keyfile=settings.key_file and str(settings.key_file),
            **options,
        )
    except (KafkaError, OSError) as error:
        raise _unavailable(settings) from error


def _listens(address: str) -> bool:
    host, _, port = address.strip().rpartition(":")
    try:
        with socket.create_connection((host, int(port)), CONNECT_SECONDS):
            return True
    except (OSError, ValueError):
        return False


def _unavailable(settings: KafkaSettings) -> DependencyUnavailable:
    return DependencyUnavailable(
        f"Kafka at {settings.bootstrap} does not answer: check SCHOOLGATE_KAFKA__BOOTSTRAP and that the broker runs"
    )
