"""What is read does not stand in line with what is saved: it says who has to be told at once."""

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
