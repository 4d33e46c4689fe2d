"""Ways into the database from outside of a server, which may be running meanwhile.

`looking` cannot change anything and disturbs nobody; `changing` makes one change.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg

from settings.language import said
from store.errors import StoreDamaged, StoreError
from store.postgresql.address import Address
from store.postgresql.errors import named
from store.postgresql.migrations import compare
from store.postgresql.opening import connect
from store.postgresql.statements import PostgresqlConnection
from store.postgresql.transactions import BEGIN, OF_ONE_MOMENT, commit, roll_back


@contextmanager
def looking(url: str) -> Iterator[PostgresqlConnection]:
    """A connection that only reads; all that the block reads is of one moment.

    Raises `StoreError`, from the block too.
    """
    with _transaction(url, OF_ONE_MOMENT, reads=True) as db:
        yield db


@contextmanager
def changing(url: str) -> Iterator[PostgresqlConnection]:
    """A connection whose changes are saved all together at the block's end, or not at all.

    Raises `StoreError`, from the block too.
    """
    with _transaction(url, BEGIN) as db:
        yield db


@contextmanager
def _transaction(url: str, begin: bytes, *, reads: bool = False) -> Iterator[PostgresqlConnection]:
    address = Address.of(url)
    with _naming(address), closing(connect(address)) as connection:
        session = PostgresqlConnection(connection, begin=begin, reads=reads)
        try:
            compare(session, address.shown)
            yield session
            commit(session)
        except Exception:
            roll_back(connection)
            raise


@contextmanager
def _naming(address: Address) -> Iterator[None]:
    """What goes wrong is one of our errors."""
    try:
        yield
    except (psycopg.Error, OSError) as exc:
        error = named(exc, address)
        if not isinstance(error, StoreError):
            what = address.without_secrets(str(error))
            error = StoreDamaged(
                said(
                    "{error} ({path}): not as this version made it", error=what, path=address.shown
                )
            )
        raise error from None
