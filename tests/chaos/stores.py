"""The database of a chaos run: a file, or a PostgreSQL server that is restarted and cut off."""

import random
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import gevent

from store.place import Url, Where
from tests.chaos.story import Plan
from tests.postgresql import PostgresServer

OUT_OF_REACH = 0.5  # seconds, beside what the server itself needs to come back
CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'huixin' AND pid <> pg_backend_pid() AND random() < 0.5
"""


class File:
    """Nothing happens to it but what servers do."""

    def __init__(self, where: Path) -> None:
        self.where: Where = where
        self.settings = {"path": str(where)}
        self.away: list[float] = []

    def suffer(self, plan: Plan) -> None:
        """Nothing."""


class Server:
    """Its connections are cut once in each period, and a few times it ends at once."""

    def __init__(self, server: PostgresServer, url: str) -> None:
        self._server = server
        self.where: Where = Url(url)
        self.settings = {"url": url}
        self.away: list[float] = []

    def suffer(self, plan: Plan) -> None:
        """Until the killing stops."""
        draw = random.Random(plan.seed + 2)
        moments = [(draw.uniform(0, plan.seconds), self._restart) for _ in range(plan.restarts)]
        cuts = int(plan.seconds / plan.kill_every)
        moments += [(draw.uniform(0, plan.seconds), self._cut) for _ in range(cuts)]
        began = time.monotonic()
        for moment, happens in sorted(moments, key=lambda one: one[0]):
            gevent.sleep(max(0.0, began + moment - time.monotonic()))
            happens()

    def _cut(self) -> None:
        self._server.execute(CUT)

    def _restart(self) -> None:
        self.away.append(time.time())
        self._server.stop(signal.SIGQUIT)
        gevent.sleep(OUT_OF_REACH)
        self._server.start()


@contextmanager
def opened(plan: Plan, folder: Path) -> Iterator[File | Server]:
    """What the plan asks for; a server ends with the block."""
    if plan.store == "sqlite":
        yield File(folder / "chaos.db")
        return
    server = PostgresServer()
    try:
        with server.database() as url:
            yield Server(server, url)
    finally:
        server.end()
