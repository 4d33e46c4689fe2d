"""The time by the database's clock: that of hosts may be an hour apart."""

from collections.abc import Callable

from store.database import Connection
from store.postgresql.statements import DriverConnection, PostgresqlConnection

SURELY = 1.0  # seconds that an answer may take, to say anything
APART = 0.1  # seconds: less is how long the answer was on its way

NOW = "SELECT extract(epoch FROM clock_timestamp())::double precision AS now"


def now(db: Connection) -> float:
    """The database's time, in seconds since 1970."""
    return float(db.execute(NOW, {}).fetchone()["now"])


class DatabaseClock:
    """Goes on by itself between two looks; `steady` gives seconds of a clock that nobody sets."""

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._ahead: float | None = None

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self._steady() + (self._ahead or 0.0)

    def look(self, connection: DriverConnection) -> None:
        """Go by the database from now on. Raises `psycopg.Error`."""
        began = self._steady()
        found = now(PostgresqlConnection(connection))
        ended = self._steady()
        ahead = found - (began + ended) / 2
        if self._ahead is None or (ended - began < SURELY and abs(ahead - self._ahead) > APART):
            self._ahead = ahead
