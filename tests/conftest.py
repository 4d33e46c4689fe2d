"""Tests run as production does: patched before anything else is imported."""

import gc

from gevent import monkey

monkey.patch_all()
gc.set_threshold(0)  # until all are collected: what is imported and found by then is all kept

import logging
import os
import shutil
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import gevent
import pytest
from hypothesis import settings

from fsm import heartbeat
from fsm.asking import attempts
from settings.announcements import Fields, Level, listen
from settings.language import prefer, speak
from settings.log.lines import LEVELS, LineFormat
from store.database import Database
from store.postgresql.database import PostgresDatabase
from store.sqlite.database import SqliteDatabase
from tests import migrated
from tests.dealing import dealt
from tests.forked import BEFORE
from tests.postgresql import PostgresServer

ROOT = Path(__file__).resolve().parent.parent
MIGRATIONS = ROOT / "migrations"
CLIPS = ROOT / "tests" / "clips"

# A worker of pytest-xdist is handed its tests by a real thread: while it waits for the next one,
# gevent must not take the silence for the end of everything.
A_DAY = gevent.get_hub().loop.timer(24 * 3600.0, 24 * 3600.0)
A_DAY.start(lambda: None)


# Whoever changes something waits for its tests, and draws others with each run; nobody waits for
# .ci/run, which says CI. A thousand of each: --hypothesis-profile long.
settings.register_profile("quick", max_examples=40, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None)
settings.register_profile("long", max_examples=1000, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "quick")

MEMORY = Path("/dev/shm")  # where Linux keeps files in memory
ROOM = 1 << 30  # bytes


def pytest_configure(config: pytest.Config) -> None:
    """Files of tests are in memory, where there is room.

    Databases are saved as durably as in production, and a disk would let each test wait for it.
    pytest keeps the files of the last three runs there.
    """
    if config.option.basetemp is None and MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        memory = os.statvfs(MEMORY)
        if memory.f_bavail * memory.f_frsize > ROOM and not memory.f_flag & os.ST_NOEXEC:
            os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)
            config.stash[IN_MEMORY] = True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, where there are several workers."""
    if (workers := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))) > 1:
        items[:] = dealt(items, workers)


def pytest_collection_finish() -> None:
    """Thousands of tests need not be looked through by each collection of garbage that follows."""
    gc.freeze()
    gc.set_threshold(10_000)  # objects; where a test makes thousands, seven hundred are soon there


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Only what a failed test left is kept to be looked at."""
    if session.config.pluginmanager.has_plugin("dsession"):
        gc.freeze()  # whoever only gathers what workers tell has no garbage of ours to look for
    if session.config.stash.get(IN_MEMORY, False) and not exitstatus:
        files = session.config._tmp_path_factory  # type: ignore[attr-defined]
        shutil.rmtree(files.getbasetemp(), ignore_errors=True)


IN_MEMORY = pytest.StashKey[bool]()


# What is said to operators, the tests read in English, and so do the processes that they start.
os.environ["LC_ALL"] = "C.UTF-8"

# A shell that was put into the background ignores Ctrl-C, and so would all that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)


LINES, LOG = LineFormat("key=value"), logging.getLogger("huixin")


def keep(event: str, level: Level, fields: Fields) -> None:
    """The log's line for pytest, which shows it with a test that fails; `caplog` has it too."""
    if LOG.isEnabledFor(LEVELS[level]):  # or the line would be made for nobody
        line = LINES.line(event, level, fields, at=0)
        LOG.log(LEVELS[level], "event=%s", line.partition(" event=")[2])


listen(keep)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Whoever asks for another language asks for one test."""
    speak("")
    prefer("")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Of what went well nobody asks by which words it is found, and a worker need not send them."""
    report = yield
    if report.passed:
        report.keywords = {}
    return report


class Clock:
    """A time that only moves when it is told to."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


BEAT = 0.1  # seconds between two looks of a brisk server; `tests.fsm.test_heartbeat` has the real


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server soon sees what has changed in the store, and soon asks a failed model once more."""
    monkeypatch.setattr(heartbeat, "BEAT_EVERY", BEAT)
    monkeypatch.setattr(heartbeat.Heartbeat, "first_after", BEAT)
    monkeypatch.setattr(attempts, "ONCE_MORE_AFTER", BEAT)


@pytest.fixture
def brisk_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that are forked soon see what has changed in the store, too."""
    beats = f"heartbeat.BEAT_EVERY = heartbeat.Heartbeat.first_after = {BEAT}"
    monkeypatch.setenv(BEFORE, f"from fsm import heartbeat; {beats}")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL server, from when the first test asks for it."""
    of_all = tmp_path_factory.getbasetemp().parent / "postgresql"
    server = PostgresServer(of_all if "PYTEST_XDIST_WORKER" in os.environ else None)
    yield server
    server.end()


@pytest.fixture
def url(postgres: PostgresServer) -> Iterator[str]:
    """The address of a migrated PostgreSQL database."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def shared(url: str, clock: Clock) -> Iterator[PostgresDatabase]:
    database = PostgresDatabase(url, clock=clock, steady=clock)
    yield database
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Database:
    """The store on each of its engines, in turn: what is promised of one is of the other."""
    database: Database = request.getfixturevalue("db" if request.param == "sqlite" else "shared")
    return database


@pytest.fixture
def db(tmp_path: Path, clock: Clock) -> Iterator[SqliteDatabase]:
    path = migrated.at(tmp_path / "huixin.db")
    database = SqliteDatabase(path, migrations=MIGRATIONS, clock=clock, steady=clock)
    yield database
    database.close()
