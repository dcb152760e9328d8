"""Figures for Prometheus, in a registry of this studio's own. Names no person and no file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

if TYPE_CHECKING:
    from countenance.server.jobs.queue import Queue


class Metrics:
    """What is counted while a studio runs.

    Args:
        queue: its jobs are counted when somebody asks.
        workers: how many live.
        readers: how many wait for news.
    """

    def __init__(self, queue: Queue, workers: Callable[[], int], readers: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_State(queue, workers, readers))
        self.requests = Counter(
            "countenance_http_requests_total", "Requests.", ("method", "route", "status"), registry=self._registry
        )
        self.seconds = Histogram(
            "countenance_http_request_seconds", "Until an answer begins.", ("route",), registry=self._registry
        )
        self.received = Counter("countenance_upload_bytes_total", "Bytes uploaded.", registry=self._registry)

    def text(self) -> bytes:
        """As Prometheus reads it."""
        return generate_latest(self._registry)


class _State:
    """Counted when asked."""

    def __init__(self, queue: Queue, workers: Callable[[], int], readers: Callable[[], int]) -> None:
        self._queue, self._workers, self._readers = queue, workers, readers

    def collect(self) -> Iterable[Metric]:
        """The gauges."""
        jobs = GaugeMetricFamily("countenance_jobs", "Jobs by state.", labels=["state"])
        counts = self._queue.counts()
        for state in ("queued", "running", "done", "failed", "cancelled", "deleted"):
            jobs.add_metric([state], counts.get(state, 0))
        yield jobs
        yield GaugeMetricFamily("countenance_workers", "Worker processes that live.", value=self._workers())
        yield GaugeMetricFamily("countenance_event_readers", "Who waits for news.", value=self._readers())

    def describe(self) -> Iterator[Metric]:
        """Nothing beforehand."""
        return iter(())
