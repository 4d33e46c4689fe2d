"""`/healthz`: the process lives; `/readyz`: it can take questions."""

import json
import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import gevent

from fsm.asking.models import LastCall
from service.http.monitors import MonitorPage
from settings.announcements import Fields, Level, announce
from settings.language import said
from store import outside
from store.database import Connection, Database
from store.errors import DiskFull, StoreError

STORE_SECONDS = 2.0  # that a write may take
OUTSIDE_SECONDS = 0.5  # that it may take to read what was found outside: nothing hangs on it
LATEST = 0.5  # seconds that the loop may have been late
LOOKED_BACK = 10.0  # seconds over which it is measured
TICK = 0.25  # seconds: a standstill is seen from 0.75 s on, and an idle server sleeps
FAILURE_COUNTS = 600.0  # seconds; then the keys have rested, and only a question could tell
FULL_FOR = 30.0  # seconds after a message found no room on the disk: a heartbeat may still fit
KEPT = 1.0  # seconds for which a result is given again: to ask waits for a turn to write
FINE = "ok"

Checks = dict[str, str]


class Health:
    """`last_calls` tells how each model was last called, by its name.

    `store_trouble` says what was wrong when something was last written to the database, or "";
    `unusable` what keeps files of the operator's from being used as they are, `clock` what pushes
    say of this machine's clock, as a check.

    As a part of the background it measures how late the loop is.
    """

    name = "health"
    first_after = 0.0

    def __init__(
        self,
        db: Database,
        last_calls: Callable[[], Mapping[str, LastCall | None]],
        store_trouble: Callable[[], str],
        unusable: Callable[[], Sequence[str]] = tuple,
        clock: Callable[[], str] = lambda: FINE,
    ) -> None:
        self._db = db
        self._last_calls = last_calls
        self._store_trouble = store_trouble
        self._unusable = unusable
        self._clock = clock
        self._delays: deque[tuple[float, float]] = deque()  # when the loop came, how much too late
        self._turn: gevent.Greenlet[[], str] | None = None
        self._full: StoreError | None = None
        self._full_at = -FULL_FOR
        self._found: Checks = {}
        self._found_at = -KEPT
        self._due = math.inf  # when the loop is to come here again

    def run_once(self) -> float:
        """Measure how late the loop comes here. Returns the seconds until the next time."""
        now = time.monotonic()
        self._delays.append((now, now - self._due))
        while self._delays[0][0] < now - LOOKED_BACK:
            self._delays.popleft()
        self._due = now + TICK
        return TICK

    def hear(self, event: str, level: Level, fields: Fields) -> None:
        """Take note of what found no room; see `settings.announcements`."""
        if isinstance(reason := fields.get("reason"), DiskFull):
            self._full, self._full_at = reason, time.monotonic()

    def lives(self) -> MonitorPage:
        """`/healthz`."""
        return _page({}, {})

    def is_ready(self) -> MonitorPage:
        """`/readyz`: 503 where a check fails."""
        checks = self.readiness()
        return _page(checks, self._with_more(checks))

    def readiness(self) -> Checks:
        """Each check, and what is wrong with it or `FINE`; one that is a second old is good."""
        if time.monotonic() - self._found_at >= KEPT:
            before = self._found
            self._found = {
                **{"store": self._store(), "loop": self._loop()},
                **{"clock": self._clock(), "model": self._model()},
            }
            self._found_at = time.monotonic()
            if _failing(before) != _failing(self._found):
                self._tell()
        return self._found

    def _tell(self) -> None:
        announce("readiness", "warning" if _failing(self._found) else "info", **self._found)

    def _store(self) -> str:
        """A turn to write that is under way is waited for with others."""
        if self._turn is None or self._turn.dead:
            self._turn = gevent.spawn(self._have_a_turn)
        try:
            return self._turn.get(timeout=STORE_SECONDS)
        except gevent.Timeout:
            late = said("nothing could be written within {most:g} s", most=STORE_SECONDS)
            return self._store_trouble() or late

    def _have_a_turn(self) -> str:
        """Whether it may be written, without a commit; whether that works, the heartbeat knows."""
        try:
            self._db.write(_nothing)
        except StoreError as error:
            return str(error)
        return self._store_trouble() or self._no_room() or FINE

    def _no_room(self) -> str:
        return str(self._full) if time.monotonic() - self._full_at < FULL_FOR else ""

    def _loop(self) -> str:
        since = time.monotonic() - LOOKED_BACK
        most = max((late for at, late in self._delays if at >= since), default=0.0)
        return FINE if most <= LATEST else said("it stood still for {most:.2f} s", most=most)

    def _model(self) -> str:
        """How they were last called: it fails where each has failed, and that will not pass.

        One that is only slow or stumbles is not what fails the check.
        """
        calls = self._last_calls()
        failed = {name: last for name, last in calls.items() if last and _counts(last)}
        if not failed:
            return FINE
        told = [f"{_told(last)}: {last.advice}" for last in failed.values()]
        if len(calls) > 1:
            told = [f"{name}: {what}" for name, what in zip(failed, told, strict=True)]
        fails = len(failed) == len(calls) and all(last.lasting for last in failed.values())
        passes = "" if fails else said("ok, but ")  # it begins as `FINE` does
        return passes + said("; ").join(told)

    def _with_more(self, checks: Checks) -> Checks:
        """The checks, how the models were last called, and what the last look outside has found."""
        calls = {name: last for name, last in self._last_calls().items() if last}
        if calls:
            checks = checks | {"last_call": _told(max(calls.values(), key=lambda last: last.at))}
        if len(self._last_calls()) > 1:
            checks = checks | {f"model {name}": _told(last) for name, last in calls.items()}
        outside_too = self._outside() if checks["store"] == FINE else {}
        return checks | self._files() | outside_too

    def _files(self) -> Checks:
        """It fails nothing: what they said before goes on."""
        if unusable := self._unusable():
            what = said("; ").join(unusable)
            return {"files": said("ok, but {what}; what was right before goes on", what=what)}
        return {}

    def _outside(self) -> Checks:
        """It fails nothing: what it found may be mended by now. Nobody waits for it for long."""
        try:
            last = gevent.spawn(self._looked_outside).get(timeout=OUTSIDE_SECONDS)
        except gevent.Timeout:
            return {}
        if last is None:
            return {}
        found = "; ".join(f"{'✗' if one.wrong else '!'} {one.found}" for one in last.amiss) or FINE
        ago = self._db.clock() - last.at
        return {"outside": said("{what} {ago:.0f} s ago", what=found, ago=ago)}

    def _looked_outside(self) -> outside.Looked | None:
        try:
            return self._db.read(outside.last)
        except StoreError:
            return None


def _counts(last: LastCall) -> bool:
    """Whether it says that something is wrong with the service now."""
    return bool(last.advice) and time.monotonic() - last.at <= FAILURE_COUNTS


def _told(last: LastCall) -> str:
    return said("{what} {ago:.0f} s ago", what=last.result, ago=time.monotonic() - last.at)


def _nothing(_: Connection) -> None:
    """Waits for its turn to write like any other work, and leaves the disk alone."""


def _failing(checks: Checks) -> set[str]:
    return {name for name, found in checks.items() if not found.startswith(FINE)}


def _page(checks: Checks, told: Checks) -> MonitorPage:
    fine = not _failing(checks)
    body = json.dumps({"ok": fine} | told, ensure_ascii=False) + "\n"
    return MonitorPage(body.encode(), status="200 OK" if fine else "503 Service Unavailable")
