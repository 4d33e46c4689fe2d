"""The one opener: whoever talks to PostgreSQL does so under the same rules."""

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row

from store.postgresql.address import Address
from store.postgresql.statements import DriverConnection, adapt

# What the address does not say itself: a host that is silent is given up within seconds.
PATIENCE: dict[str, str] = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "application_name": "huixin",
}


def connect(
    address: Address, kind: type[DriverConnection] = psycopg.Connection[DictRow]
) -> DriverConnection:
    """A connection whose transactions are begun and ended by whoever has it.

    Nothing of it is kept by the server between two of them. Raises `psycopg.Error`.
    """
    conninfo = psycopg.conninfo.make_conninfo(
        "", **{**PATIENCE, **conninfo_to_dict(address.url), "client_encoding": "utf8"}
    )
    connection = kind.connect(
        conninfo, autocommit=True, prepare_threshold=None, row_factory=dict_row
    )
    connection.cursor_factory = psycopg.ClientCursor
    adapt(connection)
    return connection
