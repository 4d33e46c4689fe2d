"""Numbered scripts, forward only: each in one transaction together with its record."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from store.versions import refuse_newer

RECORDS = "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT"


def migrate(connection: sqlite3.Connection, folder: Path) -> None:
    """Apply the scripts in `folder` that this database has not seen yet, in order of name.

    Two processes may do so at once: the second waits, then finds nothing left to do. Raises
    `SchemaTooNew` where the database knows a script that the folder does not have.
    """
    scripts = {script.name: script for script in sorted(folder.glob("*.sql"))}
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(RECORDS)
        applied = {row["name"] for row in connection.execute("SELECT name FROM migrations")}
        refuse_newer(applied, scripts.keys())
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    for name, script in scripts.items():
        if name not in applied:
            _apply(connection, name, script.read_text(encoding="utf-8"))


def is_newer(connection: sqlite3.Connection, folder: Path) -> bool:
    """Whether the database has seen scripts that are not in `folder`. Raises `sqlite3.Error`."""
    scripts = {script.name for script in folder.glob("*.sql")}
    return any(
        row["name"] not in scripts for row in connection.execute("SELECT name FROM migrations")
    )


def _apply(connection: sqlite3.Connection, name: str, script: str) -> None:
    record = """
        INSERT INTO migrations (name, at) VALUES (:name, CURRENT_TIMESTAMP)
        ON CONFLICT (name) DO NOTHING RETURNING name
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        if connection.execute(record, {"name": name}).fetchone():
            for statement in _statements(script):
                connection.execute(statement)
            _have_it_read_anew(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _have_it_read_anew(connection: sqlite3.Connection) -> None:
    """By every connection, also where the script has written the schema's own table."""
    version = connection.execute("PRAGMA schema_version").fetchone()[0]
    connection.execute(f"PRAGMA schema_version = {(version + 1) % 2**31}")


def _statements(script: str) -> Iterator[str]:
    """One at a time: `executescript` would commit what is open before it begins."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
