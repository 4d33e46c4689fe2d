"""Statements as the store writes them, for PostgreSQL's driver.

Values are put into a statement here and not by the server: so a pooler may hand each transaction to
another connection, and a value has the type of the place where it stands.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.abc import AdaptContext
from psycopg.adapt import Buffer, Dumper, Loader
from psycopg.rows import DictRow
from psycopg.types.string import StrDumper

from settings.language import said
from store.database import Shared
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


class Session(Shared):
    """One transaction, or, where it only `reads`, statements that see what is committed by then."""

    def __init__(self, connection: DriverConnection, *, reads: bool = False) -> None:
        self._connection = connection
        self._reads = reads

    def execute(
        self, sql: str, parameters: Mapping[str, Any] | None = None, /
    ) -> psycopg.Cursor[DictRow]:
        """Raises the driver's errors, and `StoreUnavailable` for a change where it only reads."""
        if self._reads and not sql.lstrip().upper().startswith(("SELECT", "WITH")):
            raise StoreUnavailable(
                said("the connection is read-only: it looks, and changes nothing")
            )
        return self._connection.execute(translated(sql), parameters or {})


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
