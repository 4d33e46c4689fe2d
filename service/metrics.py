"""`/metrics` for Prometheus: what is announced is counted, and what is so now is looked up.

No follower's id or words are in it. Several workers count in files of one folder, which
`prometheus_client` finds by `FOLDER` when it is first imported: so each of them tells of all.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from service.http.monitors import MonitorPage
from settings.announcements import Fields, Level
from store import usage
from store.database import Database
from store.errors import StoreError

disable_created_metrics()  # type: ignore[no-untyped-call]  # as many series again, for nobody

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# Seconds: WeChat waits for 5 of them, three times.
TRY_TAKES = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0)
MODEL_TAKES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)


class Metrics:
    """Counts what it hears; `ready` gives each check of `/readyz`, and "ok..." where it is well.

    `accounts` are the names of those that are served.
    """

    def __init__(
        self, db: Database, ready: Callable[[], Mapping[str, str]], accounts: Sequence[str]
    ) -> None:
        here, shared = CollectorRegistry(), os.environ.get(FOLDER)
        self._all = CollectorRegistry() if shared else here
        if shared:
            MultiProcessCollector(self._all)  # type: ignore[no-untyped-call]
        else:
            ProcessCollector(registry=here)
        self._all.register(Now(db, ready, accounts))
        about, labels = (
            "Lines of the log, whatever its level, by event",
            ("event", "level", "account"),
        )
        self._events = Counter("huixin_events", about, labels, registry=here)
        self._messages = Counter(
            "huixin_messages", "Messages that came, by kind", ("account", "kind"), registry=here
        )
        self._moves = Counter(
            "huixin_moves",
            "Moves of messages, by the state they lead to and what made them",
            ("account", "to", "by"),
            registry=here,
        )
        self._refused = Counter(
            "huixin_refused",
            "Questions and answers that were refused, by the name of the rule",
            ("account", "what", "rule"),
            registry=here,
        )
        self._too_busy = Counter(
            "huixin_too_busy",
            "Messages that were told at once that there is too much to do",
            ("account",),
            registry=here,
        )
        self._tries = Histogram(
            "huixin_try_seconds",
            "How long tries were held, by how they ended",
            ("account", "outcome"),
            buckets=TRY_TAKES,
            registry=here,
        )
        self._model = Histogram(
            "huixin_model_seconds",
            "How long calls of a model took, by what came of them",
            ("account", "model", "result"),
            buckets=MODEL_TAKES,
            registry=here,
        )

    def hear(self, event: str, level: Level, fields: Fields) -> None:
        """Count what is announced; see `settings.announcements`."""
        account = str(fields.get("account") or "")
        _series(self._events, event, level, account).inc()
        match event:
            case "received":
                _series(self._messages, account, fields["kind"]).inc()
            case "moved":
                _series(self._moves, account, fields["to"], fields["by"]).inc()
                if fields.get("refused"):
                    _series(self._refused, account, fields["refused"], fields["rule"]).inc()
            case "try_ended":
                _series(self._tries, account, fields["outcome"]).observe(_number(fields["took"]))
            case "model_called":
                called = _series(self._model, account, fields["model"], fields["result"])
                called.observe(_number(fields["took"]))
            case "too_busy":
                _series(self._too_busy, account).inc(_number(fields["refused"]))

    def page(self) -> MonitorPage:
        """`/metrics`."""
        return MonitorPage(generate_latest(self._all), CONTENT_TYPE_LATEST)


class Now(Collector):
    """What is so at the moment, as the store and `/readyz` have it."""

    def __init__(
        self, db: Database, ready: Callable[[], Mapping[str, str]], accounts: Sequence[str]
    ) -> None:
        self._db = db
        self._ready = ready
        self._accounts = accounts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """See `prometheus_client`."""
        about = "Checks of /readyz: 1 where it is well"
        ready = GaugeMetricFamily("huixin_ready", about, labels=["check"])
        checks = self._ready()
        for check, found in checks.items():
            ready.add_metric([check], float(found.startswith("ok")))
        yield ready
        if checks["store"] != "ok":
            return  # nothing can be looked up
        about = "Messages that are not settled yet, of all processes and hosts"
        unfinished = GaugeMetricFamily("huixin_unfinished_messages", about, labels=["account"])
        try:
            waiting = self._db.read(usage.under_way)
        except StoreError:
            return  # huixin_ready will say so
        for account in {*self._accounts, *waiting}:
            unfinished.add_metric([account], waiting.get(account, 0))
        yield unfinished


@cache
def _series(metric: Any, *labels: object) -> Any:
    """The series of a metric with those labels; `labels` itself takes ten times as long."""
    return metric.labels(*labels)


def _number(field: object) -> float:
    assert isinstance(field, float | int)
    return float(field)


@contextmanager
def shared_by_workers() -> Iterator[None]:
    """Within the block what is started counts in one folder, which is gone afterwards."""
    folder = tempfile.mkdtemp(prefix="huixin-metrics-")
    os.environ[FOLDER] = folder
    try:
        yield
    finally:
        del os.environ[FOLDER]
        shutil.rmtree(folder, ignore_errors=True)
