"""The two engines have one schema: whoever changes the one changes the other."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from store.postgresql.address import Address
from store.postgresql.migrations import SCRIPTS
from store.postgresql.opening import connect
from tests import migrated
from tests.conftest import MIGRATIONS

TYPES = {"INTEGER": "bigint", "TEXT": "text", "REAL": "double precision", "BLOB": "bytea"}
FIRST = "0010_all_so_far.sql"

COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity
      FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations'
"""
KEYS = """
    SELECT conrelid::regclass::text AS of_table, contype, pg_get_constraintdef(oid) AS says
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"


def names(folder: Path) -> set[str]:
    return {script.name for script in folder.glob("*.sql")}


def test_each_script_has_its_twin() -> None:
    later = {name for name in names(MIGRATIONS) if name[:4] > FIRST[:4]}
    assert names(SCRIPTS) == later | {FIRST}


@pytest.fixture
def made(url: str) -> Iterator["psycopg.Connection[dict[str, object]]"]:
    with closing(connect(Address.of(url))) as db:
        yield db


def tables(db: sqlite3.Connection) -> list[str]:
    kept = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [row[0] for row in db.execute(kept) if row[0] != "migrations"]


def test_the_columns_are_the_same(made: "psycopg.Connection[dict[str, object]]") -> None:
    ours = {}
    for row in made.execute(COLUMNS):
        default = row["column_default"] and str(row["column_default"]).split("::")[0]
        key = (row["table_name"], row["column_name"])
        ours[key] = (row["data_type"], row["is_nullable"] == "NO", default)
    theirs = {}
    with closing(migrated.in_memory()) as db:
        for table in tables(db):
            for column in db.execute(f"PRAGMA table_info({table})"):
                needed = bool(column["notnull"] or column["pk"])
                kind = (TYPES[column["type"]], needed, column["dflt_value"])
                theirs[table, column["name"]] = kind
    assert ours == theirs


def test_the_columns_of_a_message_stand_in_the_same_order(
    made: "psycopg.Connection[dict[str, object]]",
) -> None:
    with closing(migrated.in_memory()) as db:
        columns = [column["name"] for column in db.execute("PRAGMA table_info(messages)")]
    found = made.execute(b"SELECT * FROM messages")
    assert found.description
    assert [column.name for column in found.description] == columns


def test_the_keys_are_the_same(made: "psycopg.Connection[dict[str, object]]") -> None:
    ours = {
        (row["of_table"], row["says"])
        for row in made.execute(KEYS)
        if row["contype"] in ("p", "u", "f") and row["of_table"] != "migrations"
    }
    theirs = set()
    with closing(migrated.in_memory()) as db:
        for table in tables(db):
            primary = sorted(
                (column["pk"], column["name"])
                for column in db.execute(f"PRAGMA table_info({table})")
                if column["pk"]
            )
            theirs.add((table, f"PRIMARY KEY ({', '.join(name for _, name in primary)})"))
            for index in db.execute(f"PRAGMA index_list({table})"):
                if index["origin"] == "u":
                    columns = db.execute(f"PRAGMA index_info({index['name']})")
                    theirs.add((table, f"UNIQUE ({', '.join(c['name'] for c in columns)})"))
            for key in db.execute(f"PRAGMA foreign_key_list({table})"):
                refers = f"REFERENCES {key['table']}({key['to']}) ON DELETE {key['on_delete']}"
                theirs.add((table, f"FOREIGN KEY ({key['from']}) {refers}"))
    assert ours == theirs


def plain(condition: str) -> str:
    """Without what an engine writes in its own way."""
    without = re.sub(r"::\w+|<> ALL|NOT IN|ARRAY|[\s()\[\]]", "", condition)
    return without.lower()


def test_the_indexes_are_the_same(made: "psycopg.Connection[dict[str, object]]") -> None:
    ours = {
        str(row["indexname"]): plain(str(row["indexdef"]).partition("USING btree")[2])
        for row in made.execute(INDEXES)
        if not re.search("_p?key$", str(row["indexname"]))
    }
    with closing(migrated.in_memory()) as db:
        theirs = {
            row["name"]: plain(row["sql"].partition(" ON ")[2].partition("(")[2])
            for row in db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index'")
            if row["sql"]
        }
    assert ours == theirs


def test_the_rules_of_a_row_are_as_many(made: "psycopg.Connection[dict[str, object]]") -> None:
    ours = [row["of_table"] for row in made.execute(KEYS) if row["contype"] == "c"]
    with closing(migrated.in_memory()) as db:
        made_by = [str(row["sql"]) for row in db.execute("SELECT sql FROM sqlite_master")]
    assert len(ours) == sum(len(re.findall(r"\bCHECK \(", sql)) for sql in made_by)


# What an older server that goes on beside a newer one does not notice.
HARMLESS = re.compile(
    r"ALTER TABLE \w+ ADD COLUMN .*|CREATE (UNIQUE )?INDEX .*|DROP INDEX .*|CREATE TABLE .*"
    r"|INSERT INTO .*"
    # Another word may stand in a column: docs/en/how-it-works.md tells how.
    r"|PRAGMA writable_schema = (ON|OFF)"
    r"|UPDATE sqlite_master SET sql = replace\(sql, '(?P<at>\w+ IN \()(?P<first>''\w+'')',"
    r" '(?P=at)(''\w+'', )+(?P=first)'\) WHERE type = 'table' AND name = '\w+'"
    r"|ALTER TABLE \w+ DROP CONSTRAINT (?P<rule>\w+),"
    r" ADD CONSTRAINT (?P=rule) CHECK \(\w+ IN .*\) NOT VALID"
)
WITHOUT_VALUE = re.compile(r"ALTER TABLE (?!.* DEFAULT).* NOT NULL.*")


def is_harmless(statement: str) -> bool:
    return bool(HARMLESS.fullmatch(statement)) and not WITHOUT_VALUE.fullmatch(statement)


def statements(script: Path) -> list[str]:
    text = re.sub("--.*", "", script.read_text(encoding="utf-8"))
    return [" ".join(one.split()) for one in text.split(";") if one.strip()]


@pytest.mark.parametrize("folder", [MIGRATIONS, SCRIPTS], ids=["sqlite", "postgresql"])
def test_scripts_only_add_so_that_hosts_may_be_updated_one_after_the_other(folder: Path) -> None:
    later = [script for script in sorted(folder.glob("*.sql")) if script.name[:4] > FIRST[:4]]
    assert later
    for script in later:
        for statement in statements(script):
            assert is_harmless(statement), f"{script.name}: {statement}"


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE messages ADD COLUMN a TEXT NOT NULL",
        "ALTER TABLE messages ADD COLUMN a double precision NOT NULL",
        "ALTER TABLE messages DROP COLUMN question",
        "ALTER TABLE messages RENAME COLUMN question TO words",
        "DROP TABLE tries",
        "UPDATE messages SET state = 'OTHER'",
        "UPDATE sqlite_master SET sql = replace(sql, 'state IN (''A''', 'state IN (''B''')"
        " WHERE type = 'table' AND name = 'messages'",
        "ALTER TABLE messages DROP CONSTRAINT messages_check, ADD CONSTRAINT a CHECK (a IN ('B'))"
        " NOT VALID",
    ],
)
def test_what_an_older_server_would_stumble_over_is_not_harmless(statement: str) -> None:
    assert not is_harmless(statement)
