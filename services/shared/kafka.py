"""The broker: declared topics only, acknowledged by the delivery rule, alive while its consumers can make progress."""

import asyncio
import dataclasses
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import structlog
from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from faststream import AckPolicy
from faststream.exceptions import IncorrectState
from faststream.kafka import KafkaBroker
from faststream.message import StreamMessage
from faststream.security import BaseSecurity

from schemas.events import Event, MalformedEvent, Record, decode, encode
from services.shared.delivery import DeadLetterLimit, Delivery, RawRecord
from services.shared.errors import DependencyUnavailable, InputRejected, UnreadableEvent
from services.shared.health import Health
from services.shared.process import Stop, pause
from services.shared.settings import KafkaSettings
from services.shared.topics import DEAD_LETTER_SUFFIX, must_consume, must_produce
from services.shared.turns import Turns

E = TypeVar("E", bound=Event)
Handler = Callable[[Any], Awaitable[None]]

RECONNECT_SECONDS: Final = 2.0
MAX_HANDLER_SECONDS: Final = 900.0
log = structlog.get_logger()


class Broker:
    """One service's connection to Kafka: it publishes and consumes what topics.yaml says it does, and nothing else."""

    def __init__(
        self, service: str, settings: KafkaSettings, health: Health, limit: DeadLetterLimit | None = None
    ) -> None:
        self.service = service
        self.group = f"{settings.prefix}{service}"
        self._settings = settings
        self._part = health.part("kafka")
        self._delivery = Delivery(self.group, self._part, limit)
        self._delivery.park = self._park
        self._turns = Turns()
        self._broker = KafkaBroker(
            settings.bootstrap,
            security=_security(settings),
            client_id=self.group,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            graceful_timeout=60,
            apply_types=False,
            parser=_parse,
            decoder=_decode,
            middlewares=[self._delivery],
            logger=None,
        )
        health.liveness_probe(self._consumers)

    def subscribe(self, topics: tuple[str, ...], handlers: dict[type[Any], Handler]) -> None:
        """Consume the topics, one event at a time, each by the handler of its type.

        Topics of one call share a group, so they are all backfill or none is; backfill waits for what is live.
        """
        declared = [must_consume(self.service, topic) for topic in topics]
        (group,) = {topic.group(self.service) for topic in declared}
        turn = self._turns.backfill if declared[0].backfill else self._turns.live

        async def dispatch(event: Event) -> None:
            async with turn():
                await handlers[type(event)](event)

        session = int(self._settings.session_timeout * 1000)
        self._broker.subscriber(
            *(self._settings.prefix + topic for topic in topics),
            group_id=self._settings.prefix + group,
            auto_offset_reset="earliest",
            session_timeout_ms=session,
            heartbeat_interval_ms=min(3000, session // 3),
            max_poll_interval_ms=int(MAX_HANDLER_SECONDS * 1000),
            no_reply=True,
        )(dispatch)

    async def publish(self, topic: str, event: Event) -> None:
        """Publish an event and wait until the broker has it.

        Raises:
            DependencyUnavailable: the broker does not answer.
            InputRejected: the event is larger than Kafka takes.
        """
        await self.publish_record(topic, encode(event))

    async def publish_record(self, topic: str, record: Record) -> None:
        """Publish an encoded event and wait until the broker has it.

        Raises:
            DependencyUnavailable: the broker does not answer.
            InputRejected: the event is larger than Kafka takes.
        """
        must_produce(self.service, topic)
        headers = {name: value.decode() for name, value in record.headers.items()}
        await self._send(topic, record.key, record.value, headers)

    async def run(self, stop: Stop) -> None:
        """Connect (trying until it works), consume until `stop`, and leave the group cleanly."""
        try:
            while not stop.is_set() and not await self._start():
                await pause(stop, RECONNECT_SECONDS)
            halted = asyncio.create_task(self._delivery.halted.wait())
            stopped = asyncio.create_task(stop.wait())
            await asyncio.wait({halted, stopped}, return_when=asyncio.FIRST_COMPLETED)
            halted.cancel()
            if not stop.is_set():
                await self._broker.stop()
            await stopped
        finally:
            await self._broker.stop()

    async def _start(self) -> bool:
        try:
            await self._broker.start()
        except (KafkaError, OSError) as error:
            self._part.failed("cannot_connect")
            log.warning("kafka_unreachable", exc_info=error)
            await self._broker.stop()
            return False
        self._part.ready()
        return True

    async def _park(self, record: RawRecord, reason: str) -> None:
        topic = record.topic.removeprefix(self._settings.prefix)
        headers = {name: (value or b"").decode(errors="backslashreplace") for name, value in record.headers}
        headers |= {
            "dlq_reason": reason,
            "dlq_group": self._settings.prefix + must_consume(self.service, topic).group(self.service),
            "dlq_topic": record.topic,
            "dlq_partition": str(record.partition),
            "dlq_offset": str(record.offset),
        }
        await self._send(topic + DEAD_LETTER_SUFFIX, record.key, record.value, headers)

    async def _send(self, topic: str, key: bytes | None, value: bytes | None, headers: dict[str, str]) -> None:
        try:
            await self._broker.publish(value or b"", self._settings.prefix + topic, key=key, headers=headers)
        except MessageSizeTooLargeError as error:  # no wait makes it smaller: it would block its partition for ever
            raise InputRejected("an event is larger than Kafka takes") from error
        except (KafkaError, OSError, IncorrectState) as error:  # IncorrectState: not connected yet
            raise DependencyUnavailable("Kafka does not answer") from error

    def _consumers(self) -> str | None:
        """Return a code when a consumer can never make progress again; FastStream's own probe does not see it."""
        if self._delivery.halted.is_set():
            return None  # a restart would not help: readiness says so
        for subscriber in self._broker.subscribers:
            consumer = getattr(subscriber, "consumer", None)
            if not subscriber.running or consumer is None:
                continue  # not started yet, or stopping
            if any(task.done() for task in getattr(subscriber, "tasks", ())):
                return "consumer_task_ended"
            if consumer._coordinator._coordination_task.done():  # noqa: SLF001  # pinned version, covered by a test
                return "coordinator_ended"
            if consumer._subscription.fetcher_idle_time > MAX_HANDLER_SECONDS:  # noqa: SLF001  # as above
                return "handler_hangs"
        return None


async def _parse(
    record: ConsumerRecord[bytes, bytes], original: Callable[[Any], Awaitable[StreamMessage[Any]]]
) -> StreamMessage[Any]:
    """Parse any bytes: a header that is no text must not loop in the parser, where no rule reaches it."""
    readable = tuple((name, value) for name, value in record.headers if _is_text(value))
    message = await original(dataclasses.replace(record, headers=readable))
    message.raw_message = record
    return message


def _is_text(value: bytes | None) -> bool:
    try:
        return value is not None and value.decode() is not None
    except UnicodeDecodeError:
        return False


async def _decode(message: StreamMessage[Any]) -> Event:
    record = message.raw_message
    try:
        return decode(record.key, record.value, record.headers)
    except MalformedEvent as error:
        raise UnreadableEvent(str(error)) from error


def _security(settings: KafkaSettings) -> BaseSecurity | None:
    if settings.security_protocol == "PLAINTEXT":
        return None
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.cert_file is not None:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    return BaseSecurity(ssl_context=context, use_ssl=True)
