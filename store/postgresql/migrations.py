"""Numbered scripts, forward only, as those of SQLite: all that are missing in one transaction."""

from pathlib import Path

from store.database import Connection
from store.postgresql.statements import DriverConnection, PostgresqlConnection
from store.postgresql.transactions import transact
from store.versions import refuse_another, refuse_newer

SCRIPTS = Path(__file__).resolve().parent / "migrations"
ONE_AT_A_TIME = b"SELECT pg_advisory_xact_lock(7315849)"  # a number of ours
RECORDS = b"CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, at text NOT NULL)"


def migrate(connection: DriverConnection, folder: Path = SCRIPTS) -> None:
    """Apply the scripts that this database has not seen yet, in order of name.

    Several servers may do so at once: the others wait, then find nothing left to do. Raises
    `SchemaTooNew` where the database knows a script that the folder does not have.
    """
    names = sorted(script.name for script in folder.glob("*.sql"))
    if seen(PostgresqlConnection(connection)) == set(names):
        return  # who may not make tables may still use them

    def apply(db: PostgresqlConnection) -> None:
        db.send(ONE_AT_A_TIME, RECORDS)
        known = seen(db)
        refuse_newer(known, set(names))
        for name in names:
            if name not in known:
                db.send((folder / name).read_bytes())
                keys = {"name": name}
                db.execute(
                    "INSERT INTO migrations (name, at) VALUES (:name, CURRENT_TIMESTAMP)", keys
                )

    transact(connection, apply)


def seen(db: Connection) -> set[str]:
    """The scripts that the database has seen."""
    known = db.execute("SELECT to_regclass('migrations') IS NOT NULL AS known").fetchone()["known"]
    rows = db.execute("SELECT name FROM migrations") if known else ()
    return {row["name"] for row in rows}


def compare(db: Connection, where: str) -> None:
    """Raises `SchemaTooOld` or `SchemaTooNew` where it is not of this version."""
    refuse_another(seen(db), {script.name for script in SCRIPTS.glob("*.sql")}, where)
