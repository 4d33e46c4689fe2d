"""A replica of PostgreSQL only reads: no server starts on it, whoever looks may."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import closing

import pytest

from service.own_store import open_store
from settings.schema import OpenAI, Secret, Server, Settings, Store, WeChat
from store import key_values
from store.errors import StoreUnavailable
from store.opening import engine
from store.place import Url
from store.postgresql.database import PostgresDatabase
from tests.postgresql import PostgresServer


@pytest.fixture(scope="module")
def replica() -> Iterator[tuple[PostgresServer, str]]:
    """A server that waits for what a primary would send, and the database that it has."""
    server = PostgresServer()
    try:
        server.execute("CREATE DATABASE copied TEMPLATE template_huixin")
        server.stop(signal.SIGINT)
        (server.data / "standby.signal").touch()
        if server.data.owner() != (server.data / "standby.signal").owner():
            shutil.chown(server.data / "standby.signal", server.data.owner())
        server.start()
        yield server, server.url("copied")
    finally:
        server.end()


def settings(url: str) -> Settings:
    return Settings(
        mode="live",
        server=Server(port=0),
        store=Store(url=Secret(url)),
        wechat=WeChat(token=Secret("aToken1")),
        openai=OpenAI(api_keys=(Secret("sk-one"),)),
    )


def test_no_server_starts_on_a_replica_and_it_is_said_why(
    replica: tuple[PostgresServer, str],
) -> None:
    with pytest.raises(StoreUnavailable, match="must lead to the primary"):
        open_store(settings(replica[1]))


def test_whoever_only_looks_may_look_at_a_replica(replica: tuple[PostgresServer, str]) -> None:
    with engine(Url(replica[1])).looking() as db:
        assert db.execute("SELECT count(*) AS n FROM messages", {}).fetchone()["n"] == 0


def test_among_several_hosts_the_one_that_can_be_written_is_found(
    replica: tuple[PostgresServer, str], postgres: PostgresServer
) -> None:
    server, _ = replica
    postgres.execute("CREATE DATABASE copied TEMPLATE template_huixin")
    hosts = f"127.0.0.1:{server.port},127.0.0.1:{postgres.port}"
    options = "target_session_attrs=read-write"
    with closing(PostgresDatabase(f"postgresql://postgres@{hosts}/copied?{options}")) as db:
        db.write(key_values.put, "name", "value", expires_at=1e12)
    postgres.execute("DROP DATABASE copied WITH (FORCE)")


def test_what_only_reads_from_now_on_is_found_out_without_a_write(
    postgres: PostgresServer, url: str
) -> None:
    name = url.rpartition("/")[2]
    with closing(PostgresDatabase(url)) as db:
        postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        db._connections.drop_free()
        with pytest.raises(StoreUnavailable, match="primary"):
            db.check_place()
