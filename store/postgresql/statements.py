"""Statements as the store writes them, for PostgreSQL's driver.

Values are put into a statement here and not by the server: so a pooler may hand each transaction to
another connection, and a value has the type of the place where it stands.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.abc import AdaptContext
from psycopg.adapt import Buffer, Dumper, Loader
from psycopg.rows import DictRow
from psycopg.types.string import StrDumper

from settings.language import said
from store.database import SharedConnection
from store.errors import StoreUnavailable

# A quoted text, a cast, a percent sign, what SQLite takes for a comment, or the name of a value.
_PART = re.compile(r"'(?:[^']|'')*'|::|%|/\*!(?P<ours>.*?)\*/|:(?P<name>[A-Za-z_]\w*)", re.DOTALL)

DriverConnection = psycopg.Connection[DictRow]


@lru_cache(maxsize=2048)
def translated(sql: str) -> bytes:
    """With the driver's placeholders, and with what stands in `/*! */` for this engine alone."""
    return _PART.sub(_translated_part, sql).encode()


def _translated_part(part: re.Match[str]) -> str:
    if part["name"]:
        return f"%({part['name']})s"
    return part["ours"] or part[0].replace("%", "%%")


class PostgresqlConnection(SharedConnection):
    """One transaction, or, where it only `reads`, statements that see what is committed by then.

    What nobody asks for the outcome of is sent with the next that somebody does, or with the end:
    each way to the server and back costs more than most statements.
    """

    def __init__(
        self, connection: DriverConnection, *, begin: bytes = b"", reads: bool = False
    ) -> None:
        self._connection = connection
        self._composer = psycopg.ClientCursor(connection)
        self._reads = reads
        self._to_send = [begin] if begin else []
        self._handed_in: list[Statement] = []

    def execute(self, sql: str, parameters: Mapping[str, Any] | None = None, /) -> "Statement":
        """Raises `StoreUnavailable` for a change where it only reads; see also `send`."""
        if self._reads and not sql.lstrip().upper().startswith(("SELECT", "WITH")):
            raise StoreUnavailable(
                said("the connection is read-only: it looks, and changes nothing")
            )
        text = self._composer.mogrify(translated(sql), parameters or {})
        self._to_send.append(text.encode())
        self._handed_in.append(statement := Statement(self))
        return statement

    def send(self, *end: bytes) -> psycopg.Cursor[DictRow] | None:
        """Have done what was handed in, and what is to follow it. Raises the driver's errors."""
        texts, statements = [*self._to_send, *end], self._handed_in
        self._to_send, self._handed_in = [], []
        if not texts:
            return None
        cursor = self._connection.execute(b"\n;".join(texts))
        for number, statement in enumerate(statements):
            statement.done(cursor, number - len(statements) - len(end))
        return cursor


class Statement:
    """One that was handed in: it is sent when somebody asks what came of it."""

    def __init__(self, session: PostgresqlConnection) -> None:
        self._session = session
        self._sent: tuple[psycopg.Cursor[DictRow], int] | None = None
        self._found: tuple[int, deque[DictRow]] | None = None

    def done(self, cursor: psycopg.Cursor[DictRow], which: int) -> None:
        """`which` of the cursor's results, from the end, is the one of this."""
        self._sent = cursor, which

    @property
    def rowcount(self) -> int:
        return self._outcome()[0]

    def fetchone(self) -> DictRow | None:
        rows = self._outcome()[1]
        return rows.popleft() if rows else None

    def fetchall(self) -> list[DictRow]:
        rows = self._outcome()[1]
        found = list(rows)
        rows.clear()
        return found

    def __iter__(self) -> Iterator[DictRow]:
        return iter(self.fetchall())

    def _outcome(self) -> tuple[int, deque[DictRow]]:
        if self._found is None:
            if self._sent is None:
                self._session.send()
            assert self._sent, "sending tells it"
            cursor = self._sent[0].set_result(self._sent[1])
            rows = cursor.fetchall() if cursor.description else ()
            self._found = cursor.rowcount, deque(rows)
        return self._found


class _Text(StrDumper):
    """PostgreSQL has no place for the character 0, which a model may write."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", "") if "\0" in obj else obj)


class _Flag(Dumper):
    """A column that says yes or no is a number."""

    def dump(self, obj: bool) -> Buffer | None:
        return b"1" if obj else b"0"

    def quote(self, obj: bool) -> Buffer:
        return b"1" if obj else b"0"


class _Number(Loader):
    """A sum or a mean is a number like any other."""

    def load(self, data: Buffer) -> float:
        text = bytes(data).decode()
        return float(text) if re.search("[.eNI]", text) else int(text)


def adapt(connection: AdaptContext) -> None:
    """Have values look on this connection as they do with SQLite."""
    adapters = connection.adapters
    assert adapters
    adapters.register_dumper(str, _Text)
    adapters.register_dumper(bool, _Flag)
    adapters.register_loader("numeric", _Number)
