"""Tries that are under way when the server is told to stop."""

from typing import Any
from unittest.mock import Mock

import gevent
import pytest
from gevent.event import Event

from fsm.tries import Tries
from store.errors import StoreUnavailable
from store.messages import Arrival


def test_one_that_is_being_stored_is_waited_for() -> None:
    asked, answered = Event(), Event()

    def write(*_: object, **__: object) -> Any:
        asked.set()
        answered.wait()
        raise StoreUnavailable("locked")

    db, served, arriving, caller = Mock(), Mock(), Mock(), Mock(waited=0.0)
    db.write, db.clock.return_value, db.steady.return_value = write, 1.0, 1.0
    served.settings.limits.open_tries = served.settings.limits.unfinished = 10
    arriving.worker.unfinished.return_value = 0
    tries = Tries(db, served, Mock(), arriving, Mock(), Mock(), Mock())

    opening = gevent.spawn(tries.open, Arrival("gh", "o", "1", "1", "text", "问"), caller)
    asked.wait()
    stopping = gevent.spawn(tries.wait_until_all_ended, 60.0)
    gevent.idle()
    assert not stopping.ready()

    answered.set()
    stopping.get(timeout=30)
    with pytest.raises(StoreUnavailable):
        opening.get()
