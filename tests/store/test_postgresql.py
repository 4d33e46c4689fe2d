"""What is PostgreSQL's own: its errors in our words, its clock, and whoever else is on it."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import gevent
import gevent.socket
import pytest
from gevent.event import Event
from gevent.server import StreamServer

from store import key_values, messages
from store.database import Connection
from store.errors import (
    DatabaseMissing,
    DiskFull,
    SchemaTooNew,
    SchemaTooOld,
    StoreGone,
    StoreUnavailable,
)
from store.messages import Arrival
from store.opening import engine
from store.place import Url, place
from store.postgresql import listening
from store.postgresql.database import PostgresDatabase
from store.postgresql.migrations import SCRIPTS
from store.postgresql.statements import translated
from tests.postgresql import PostgresServer

SOON = 10.0  # seconds; as long as a busy machine may take
HEADER = 5  # bytes of a message: its kind, and its length without that
NOTIFICATION = b"A"
PASSWORD = "p4ss-of-the-store"


def put(db: Connection, name: str) -> None:
    key_values.put(db, name, "", expires_at=1e12)


@pytest.fixture
def other(url: str) -> Iterator[PostgresDatabase]:
    """The same database, as another host has it open."""
    with closing(PostgresDatabase(url)) as database:
        yield database


@contextmanager
def without_notifications(url: str, asked: list[bytes] | None = None) -> Iterator[str]:
    """The address of a pooler that passes on everything but what was not asked for.

    `asked` is given what comes to find out whether anything was committed.
    """
    target = urlsplit(url)
    kept = [] if asked is None else asked

    def serve(client: gevent.socket.socket, _: object) -> None:
        with gevent.socket.create_connection((target.hostname, target.port)) as server:
            asking = gevent.spawn(pass_on, client, server, kept)
            try:
                while message := next_message(server):
                    if message[:1] != NOTIFICATION:
                        client.sendall(message)
            finally:
                asking.kill()

    pooler = StreamServer(("127.0.0.1", 0), serve)
    pooler.start()
    try:
        address = f"127.0.0.1:{pooler.server_port}{target.path}"
        yield f"postgresql://postgres@{address}?sslmode=disable&gssencmode=disable"
    finally:
        pooler.stop(timeout=0)


def pass_on(client: gevent.socket.socket, server: gevent.socket.socket, asked: list[bytes]) -> None:
    while data := client.recv(65536):
        asked += [data] if listening.COMMITTED in data else []
        server.sendall(data)
    server.shutdown(gevent.socket.SHUT_RDWR)


def next_message(server: gevent.socket.socket) -> bytes:
    """One message of the server's; nothing at the end."""
    header = received(server, HEADER)
    length = int.from_bytes(header[1:]) - 4 if header else 0
    return header + received(server, length) if header else b""


def received(server: gevent.socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length and (more := server.recv(length - len(data))):
        data += more
    return data


def refused(url: str) -> str:
    with pytest.raises(StoreUnavailable) as caught:
        PostgresDatabase(url).close()
    assert PASSWORD not in str(caught.value)
    assert "huixin_user" not in str(caught.value)
    return str(caught.value)


def test_who_is_not_let_in_is_told_why_without_a_secret(postgres: PostgresServer, url: str) -> None:
    name = url.rpartition("/")[2]
    secret = f"huixin_user:{PASSWORD}@127.0.0.1"
    assert "refuses the user or the password" in refused(
        f"postgresql://{secret}:{postgres.port}/{name}"
    )
    postgres.execute(f"CREATE ROLE huixin_user LOGIN PASSWORD '{PASSWORD}'")
    nowhere = f"postgresql://{secret}:{postgres.port}/nowhere"
    with pytest.raises(DatabaseMissing, match="createdb"):
        PostgresDatabase(nowhere)
    assert "createdb" in refused(nowhere)
    assert "cannot be reached" in refused(f"postgresql://{secret}:1/{name}")
    assert "cannot be reached" in refused(
        f"postgresql://huixin_user:{PASSWORD}@nowhere.invalid/{name}"
    )
    postgres.execute("CREATE DATABASE of_others")
    assert "have it own the database" in refused(f"postgresql://{secret}:{postgres.port}/of_others")
    postgres.execute("DROP DATABASE of_others")
    postgres.execute("DROP ROLE huixin_user")


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("huixin_user:p@ss@host/huixin", "@ as %40"),
        ("huixin_user:p/ss@host/huixin", "/ as %2F"),
        ("huixin_user:p%ss@host/huixin", "% as %25"),
        ("huixin_user:p ss@host/huixin", "space as %20"),
        ("huixin_user:ss@host:54x2/huixin", "the port is no number"),
        ("huixin_user:ss@host:70000/huixin", "the port is no number"),
        ("huixin_user:ss", "the port is no number"),
        ("huixin_user:ss@host/huixin?sslmod=require", "no option sslmod"),
        ("huixin_user:word@localhost/huixin?sslmode=requir", "wrong value"),
        ("huixin_user:word@localhost/huixin?connect_timeout=soon", "wrong value"),
        ("huixin_user:ss@[::1/huixin", "no address like"),
    ],
)
def test_which_part_of_an_address_is_wrong_is_said_without_what_may_be_a_secret(
    address: str, told: str
) -> None:
    said = refused(f"postgresql://{address}")
    assert told in said
    assert "ss@" not in said and "ss:" not in said


def test_a_password_with_every_character_gets_in_when_it_is_encoded(
    postgres: PostgresServer, url: str
) -> None:
    postgres.execute("CREATE ROLE odd SUPERUSER LOGIN PASSWORD 'p@s:s/w%d?#'")
    encoded = f"postgresql://odd:p%40s%3As%2Fw%25d%3F%23@127.0.0.1:{postgres.port}"
    PostgresDatabase(encoded + urlsplit(url).path).close()
    postgres.execute("DROP ROLE odd")


@pytest.mark.parametrize(
    ("code", "words", "told"),
    [
        ("53100", "x", "the disk of PostgreSQL is full"),
        ("55P03", "x", "locked"),
        ("28000", "x", "refuses the user"),
        ("58030", "x", "cannot read or write its files"),
        ("08P01", "transaction blocks not allowed in statement pooling mode", "its pool_mode to"),
    ],
)
def test_what_goes_wrong_within_it_is_named(url: str, code: str, words: str, told: str) -> None:
    def meet(db: Connection) -> None:
        statement = f"DO $$BEGIN RAISE EXCEPTION '{words}' USING ERRCODE = '{code}'; END$$"
        db.execute(statement, {}).fetchone()

    with closing(PostgresDatabase(url)) as db, pytest.raises(StoreUnavailable, match=told) as met:
        db.write(meet)
    assert isinstance(met.value, DiskFull) == (code == "53100")
    assert met.value.retryable


def test_one_connection_too_many_is_named(postgres: PostgresServer, url: str) -> None:
    postgres.execute("CREATE ROLE guest LOGIN CONNECTION LIMIT 0 PASSWORD 'guest'")
    named = f"postgresql://guest:guest@127.0.0.1:{postgres.port}{urlsplit(url).path}"
    with pytest.raises(StoreUnavailable, match="raise max_connections"):
        PostgresDatabase(named)
    postgres.execute("DROP ROLE guest")


def test_who_looks_goes_by_the_database_s_clock(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time()
    monkeypatch.setattr(time, "time", lambda: real + 3600)
    with engine(Url(url)).looking() as db:
        assert abs(engine(Url(url)).now(db) - real) < 60


def test_what_only_reads_is_named(postgres: PostgresServer, url: str) -> None:
    name = url.rpartition("/")[2]
    postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "primary" in refused(url)


def test_a_database_of_a_newer_version_is_refused(url: str, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    for script in SCRIPTS.glob("*.sql"):
        (newer / script.name).write_bytes(script.read_bytes())
    (newer / "9999_future.sql").write_text("CREATE TABLE future (id bigint)", encoding="utf-8")
    PostgresDatabase(url, scripts=newer).close()
    with pytest.raises(SchemaTooNew, match=r"9999_future.*update Huixin on this host"):
        PostgresDatabase(url)
    with pytest.raises(SchemaTooNew), engine(Url(url)).looking():
        pass


def test_a_script_that_fails_leaves_the_schema_as_it_was(url: str, tmp_path: Path) -> None:
    for script in SCRIPTS.glob("*.sql"):
        (tmp_path / script.name).write_bytes(script.read_bytes())
    half = "CREATE TABLE half (id bigint); CREATE TABLE nonsense (;"
    (tmp_path / "9999_bad.sql").write_text(half, encoding="utf-8")
    with pytest.raises(Exception, match="syntax error"):
        PostgresDatabase(url, scripts=tmp_path)
    PostgresDatabase(url).close()


def test_several_servers_may_bring_it_to_this_version_at_once(postgres: PostgresServer) -> None:
    postgres.execute("CREATE DATABASE fresh")
    fresh = postgres.url("fresh")
    with pytest.raises(SchemaTooOld, match="no server"), engine(Url(fresh)).looking():
        pass
    opening = [gevent.spawn(PostgresDatabase, fresh) for _ in range(4)]
    for one in opening:
        one.get().close()
    postgres.execute("DROP DATABASE fresh")


def test_the_time_is_the_database_s(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    with closing(PostgresDatabase(url)) as db:
        assert abs(db.clock() - real()) < 5
        db.check_place()
        assert abs(db.clock() - real()) < 5


def test_another_database_of_the_same_name_is_noticed(postgres: PostgresServer, url: str) -> None:
    name = url.rpartition("/")[2]
    with closing(PostgresDatabase(url)) as db:
        db.check_place()
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")
        postgres.execute(f"CREATE DATABASE {name} TEMPLATE template_huixin")
        with pytest.raises(StoreGone, match=name):
            db.check_place()


def test_what_another_host_saves_is_told_of_at_once(
    shared: PostgresDatabase, other: PostgresDatabase
) -> None:
    changed = Event()
    with shared.watch(changed):
        for value in ("one", "two", "three"):
            other.write(key_values.put, "name", value, expires_at=1e12)
            while shared.read(key_values.get, "name", at=0.0) != (value, 1e12):
                assert changed.wait(SOON)
                changed.clear()


@pytest.fixture
def silent_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """That notifications do not come through is found out after less than a second."""
    monkeypatch.setattr(listening, "ANYWAY", 0.4)


def test_where_a_pooler_lets_no_notification_through_it_asks_often_and_says_so(
    url: str, other: PostgresDatabase, caplog: pytest.LogCaptureFixture, silent_soon: None
) -> None:
    with (
        without_notifications(url) as pooled,
        closing(PostgresDatabase(pooled)) as db,
        db.watch(changed := Event()),
    ):
        for value in ("one", "two"):
            other.write(key_values.put, "name", value, expires_at=1e12)
            while db.read(key_values.get, "name", at=0.0) != (value, 1e12):
                assert changed.wait(SOON)
                changed.clear()
        while "event=no_notifications" not in caplog.text:
            assert changed.wait(SOON)
            changed.clear()
        began = time.monotonic()
        for value in map(str, range(10)):
            changed.clear()
            other.write(key_values.put, "name", value, expires_at=1e12)
            while db.read(key_values.get, "name", at=0.0) != (value, 1e12):
                assert changed.wait(SOON)
                changed.clear()
        assert time.monotonic() - began < 10 * listening.ANYWAY / 2, (
            "not only each time it looks anyway"
        )


def test_where_a_pooler_lets_no_notification_through_nobody_asks_while_nobody_waits(
    url: str, caplog: pytest.LogCaptureFixture, silent_soon: None
) -> None:
    asked: list[bytes] = []
    with without_notifications(url, asked) as pooled, closing(PostgresDatabase(pooled)) as db:
        with db.watch(Event()):
            with gevent.Timeout(SOON):
                while "event=no_notifications" not in caplog.text or not asked:
                    gevent.sleep(0.02)
        gevent.sleep(5 * listening.ASKED_EVERY)
        before = len(asked)
        gevent.sleep(10 * listening.ASKED_EVERY)
        assert len(asked) == before
        with db.watch(Event()), gevent.Timeout(SOON):
            while len(asked) == before:
                gevent.sleep(0.02)


def test_two_hosts_count_one_follower_s_messages_one_after_the_other(
    shared: PostgresDatabase, other: PostgresDatabase
) -> None:
    """Each reads what is there and writes one more: without a lock some would be lost."""

    def count(db: Connection, key: str) -> None:
        arrival = Arrival("gh", "o-one", key, key, "text", "hello")
        messages.receive(db, arrival, at=1.0)
        found = key_values.get(db, "count", at=0.0)
        value = str(int(found[0]) + 1 if found else 1)
        key_values.put(db, "count", value, expires_at=1e12)

    writing = [
        gevent.spawn((shared, other)[number % 2].write, count, f"key {number}")
        for number in range(60)
    ]
    for one in writing:
        one.get()
    assert shared.read(key_values.get, "count", at=0.0) == ("60", 1e12)


def test_two_that_wait_for_each_other_are_done_one_after_the_other(
    shared: PostgresDatabase, other: PostgresDatabase
) -> None:
    shared.write(put, "one")
    shared.write(put, "two")
    first_is_there, second_is_there = Event(), Event()

    def both(db: Connection, names: tuple[str, str], mine: Event, theirs: Event) -> None:
        key_values.put(db, names[0], names[0], expires_at=1e12)
        mine.set()
        theirs.wait(SOON)
        key_values.put(db, names[1], names[0], expires_at=1e12)

    one = gevent.spawn(shared.write, both, ("one", "two"), first_is_there, second_is_there)
    two = gevent.spawn(other.write, both, ("two", "one"), second_is_there, first_is_there)
    one.get()
    two.get()
    found = {shared.read(key_values.get, name, at=0.0) for name in ("one", "two")}
    assert len(found) == 1, "as if one had come after the other"


def test_whoever_looks_sees_one_moment_and_changes_nothing(
    shared: PostgresDatabase, url: str
) -> None:
    with engine(Url(url)).looking() as db:
        assert key_values.get(db, "name", at=0.0) is None
        shared.write(put, "name")
        assert key_values.get(db, "name", at=0.0) is None
        with pytest.raises(Exception, match="read-only"):
            put(db, "sneaky")
    with engine(Url(url)).changing() as db:
        put(db, "changed")
    assert shared.read(key_values.get, "changed", at=0.0)


def test_what_postgresql_does_itself_is_said_by_the_name_of_the_program(tmp_path: Path) -> None:
    where = place(f"postgresql://huixin_user:{PASSWORD}/@host:5432/huixin?sslmode=require")
    for command, program in (
        (lambda: engine(where).back_up(tmp_path / "copy"), "pg_dump"),
        (lambda: engine(where).restore(tmp_path / "copy", at=0.0), "pg_restore"),
        (lambda: engine(where).check(), "pg_amcheck"),
    ):
        with pytest.raises(Exception, match=program) as caught:
            command()
        assert "***@host:5432/huixin" in str(caught.value)
        assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT :a, ':b', x::text", b"SELECT %(a)s, ':b', x::text"),
        ("a LIKE '50%' AND b % :c", b"a LIKE '50%%' AND b %% %(c)s"),
        ("SELECT 1 /*! FOR UPDATE */ /* why: not */", b"SELECT 1  FOR UPDATE  /* why: not */"),
    ],
)
def test_statements_are_written_for_the_driver(sql: str, expected: bytes) -> None:
    assert translated(sql) == expected
