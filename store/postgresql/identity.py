"""Which database a connection leads to, and that it can be written."""

from store.errors import StoreUnavailable
from store.postgresql.address import Address
from store.postgresql.errors import READ_ONLY
from store.postgresql.statements import DriverConnection

WHICH = b"""
    SELECT oid::bigint AS oid, current_setting('transaction_read_only') = 'on' AS reads
      FROM pg_database WHERE datname = current_database()
"""


def which(connection: DriverConnection, address: Address) -> int:
    """What PostgreSQL knows it by, whatever its name. Raises `psycopg.Error`.

    And `StoreUnavailable` where it only reads: a server that is idle would not find that out.
    """
    row = connection.execute(WHICH).fetchone()
    assert row
    if row["reads"]:
        raise StoreUnavailable(f"{READ_ONLY} ({address.shown})")
    return int(row["oid"])
