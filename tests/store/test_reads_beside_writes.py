"""What is read does not stand in line with what is saved: it says who has to be told at once.

And how long the line is says whether anybody has to be.
"""

import time
from contextlib import closing

import gevent
from gevent.event import Event

from store import key_values
from store.database import Connection
from store.postgresql.connections import MOST
from store.postgresql.database import PostgresDatabase


def test_however_many_writes_wait_there_is_a_connection_to_read(url: str) -> None:
    go_on = Event()

    def takes_long(db: Connection) -> None:
        key_values.put(db, "name", "value", expires_at=1e12)
        go_on.wait()

    with closing(PostgresDatabase(url)) as db:
        writing = [gevent.spawn(db.write, takes_long) for _ in range(2 * MOST)]
        gevent.idle()
        with gevent.Timeout(5):
            assert db.read(key_values.get, "nothing", at=0) is None
        assert not any(one.ready() for one in writing)
        go_on.set()
        gevent.joinall(writing, raise_error=True)


def test_a_message_is_written_in_twice_as_many_works_as_with_sqlite_and_waits_for_each(
    url: str,
) -> None:
    with closing(PostgresDatabase(url)) as db:
        db._away_until = 0.0  # it has just been opened
        go_on = [Event() for _ in range(MOST - 1)]
        writing = [gevent.spawn(db.write, lambda _, event=event: event.wait()) for event in go_on]
        gevent.idle()
        began = time.monotonic()
        last = gevent.spawn(db.write, lambda _: time.monotonic())
        gevent.idle()
        gevent.sleep(0.1)  # the line is as long as that
        go_on[0].set()
        waited = last.get() - began
        assert 2 * 0.1 <= db.busy() <= 2 * waited
        for event in go_on:
            event.set()
        gevent.joinall(writing, raise_error=True)
