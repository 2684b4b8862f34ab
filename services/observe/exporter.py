"""The lag as Prometheus metrics, under the names of kafka_exporter so that existing dashboards work."""

import asyncio
from collections.abc import Iterable
from typing import Final

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from services.observe.lag import LagReader, PartitionLag
from services.shared import metrics
from services.shared.errors import DependencyUnavailable
from services.shared.health import Part
from services.shared.process import Stop, pause

READ_SECONDS: Final = 5.0
log = structlog.get_logger()


class LagExporter(Collector):
    """Reads the lag in the background and gives the last reading at each scrape; no reading, no metric."""

    def __init__(self, reader: LagReader, part: Part) -> None:
        self._reader = reader
        self._part = part
        self._lags: tuple[PartitionLag, ...] = ()

    async def run(self, stop: Stop) -> None:
        """Read every few seconds until `stop`."""
        while not stop.is_set():
            try:
                self._lags = await asyncio.to_thread(self._reader.read)
                self._part.ready()
            except DependencyUnavailable as error:
                self._lags = ()  # an old figure would look like an answer
                self._part.failed("kafka_unavailable")
                log.warning("lag_unknown", exc_info=error)
            await pause(stop, READ_SECONDS)
        await asyncio.to_thread(self._reader.close)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return the metrics of the last reading."""
        labels = ["consumergroup", "topic", "partition"]
        committed = GaugeMetricFamily(metrics.CONSUMERGROUP_OFFSET, "Committed offset", labels=labels)
        records = GaugeMetricFamily(metrics.CONSUMERGROUP_LAG, "Records that wait", labels=labels)
        seconds = GaugeMetricFamily(
            metrics.CONSUMERGROUP_LAG_SECONDS, "Age of the oldest record that waits", labels=labels
        )
        ends = GaugeMetricFamily(metrics.TOPIC_OFFSET, "End offset", labels=labels[1:])
        seen = {(lag.topic, lag.partition): lag.end for lag in self._lags}
        for lag in self._lags:
            place = [lag.group, lag.topic, str(lag.partition)]
            committed.add_metric(place, lag.committed)
            records.add_metric(place, lag.records)
            seconds.add_metric(place, float("nan") if lag.seconds is None else lag.seconds)
        for (topic, partition), end in seen.items():
            ends.add_metric([topic, str(partition)], end)
        return committed, records, seconds, ends
