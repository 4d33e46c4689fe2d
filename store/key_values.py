"""Small things that a restart must not forget, each with the time at which it ends."""

from store.database import Connection


def put(db: Connection, name: str, value: str, *, expires_at: float) -> None:
    """Keep a value until then (seconds since 1970); it replaces an earlier one."""
    upsert = """
        INSERT INTO facts (name, value, expires_at) VALUES (:name, :value, :expires_at)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
    """
    db.execute(upsert, {"name": name, "value": value, "expires_at": expires_at})


def get(db: Connection, name: str, *, at: float) -> tuple[str, float] | None:
    """The value and when it ends; None where there is none or it has ended."""
    select = "SELECT value, expires_at FROM facts WHERE name = :name AND expires_at > :at"
    row = db.execute(select, {"name": name, "at": at}).fetchone()
    return (row["value"], row["expires_at"]) if row else None


def all_of(db: Connection, begins: str, *, at: float) -> list[tuple[str, str]]:
    """Each name that begins so, and its value, of what has not ended."""
    select = "SELECT name, value FROM facts WHERE name LIKE :names AND expires_at > :at"
    rows = db.execute(select, {"names": f"{begins}%", "at": at})
    return [(row["name"], row["value"]) for row in rows]


def claim(db: Connection, name: str, who: str, *, until: float, at: float) -> bool:
    """Have a thing to oneself until then, or until `let_go`; False where somebody else has it."""
    upsert = """
        INSERT INTO facts (name, value, expires_at) VALUES (:name, :who, :until)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
         WHERE facts.expires_at <= :at
        RETURNING name
    """
    keys = {"name": name, "who": who, "until": until, "at": at}
    return db.execute(upsert, keys).fetchone() is not None


def let_go(db: Connection, name: str, who: str) -> None:
    """Leave to others what was claimed."""
    db.execute("DELETE FROM facts WHERE name = :name AND value = :who", {"name": name, "who": who})


def forget(db: Connection, name: str) -> None:
    """Keep it no longer."""
    db.execute("DELETE FROM facts WHERE name = :name", {"name": name})
