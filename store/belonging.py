"""Whose a store is: the mode that made it, and the account that it is for.

Where two shared one, followers would get answers of the sandbox's model, or of another account. Of
several accounts in one store each has what came by it alone.
"""

import math
from collections.abc import Collection, Sequence

from settings.language import said
from store import key_values
from store.database import Connection
from store.errors import OfAnotherAccount, StoreInUse, StoreOfAnotherAccount, StoreOfAnotherMode

MODE, ACCOUNT = "made by mode", "made for account"
SANDBOX = "gh_huixin"  # the account that the sandbox's followers write to
BEING_FILLED = "being filled from"  # another database, by `store.move`
TIED = "account of "  # and an official account's original id: the name that it is served by
NOBODY = " "
FOR_EVER = math.inf


def claim(db: Connection, *, mode: str, appids: Sequence[str]) -> None:
    """Make the store this mode's and accounts' where it is nobody's, as those of version 0.1 are.

    `appids` are those of the accounts that are known by one. Others may be added to those of a
    store, where one of them stays: only who has none of them is somebody else. Raises
    `StoreOfAnotherMode`, `StoreOfAnotherAccount`; `StoreInUse` where not all is there yet.
    """
    if source := _kept(db, BEING_FILLED):
        raise StoreInUse(
            said(
                "it is half filled from {source}: run the same python -m store.move again, which"
                " goes on, or name {source} in the settings, which is as it was",
                source=source,
            )
        )
    maker = _kept(db, MODE) or ("live" if _has_real_followers(db) else mode)
    if maker != mode:
        raise StoreOfAnotherMode(
            said(
                "store.path is in use by mode {maker}, and this is mode {mode}: name another file,"
                ' or "" for the one that each mode has',
                maker=maker,
                mode=mode,
            )
        )
    known = (_kept(db, ACCOUNT) or "").split()
    if known and appids and not set(known) & set(appids):
        raise StoreOfAnotherAccount(
            said(
                "store.path is in use by account {account}, and this is {appid}: name another"
                " file, or start once with --adopt if its messages are this account's all the same",
                account=", ".join(known),
                appid=", ".join(appids),
            )
        )
    _keep(db, MODE, mode)
    if appids:
        _keep(db, ACCOUNT, " ".join(dict.fromkeys([*known, *appids])))


def disown(db: Connection) -> None:
    """Forget whose it is: the next one to claim it gets it, and what is tied to its accounts."""
    for name in (MODE, ACCOUNT):
        key_values.forget(db, name)
    freed = {"nobody": NOBODY, "tied": f"{TIED}%"}
    db.execute("UPDATE facts SET value = :nobody WHERE name LIKE :tied", freed)


def tie(db: Connection, original_id: str, *, account: str, served: Collection[str]) -> None:
    """Have an official account be served as the one of the settings that it first came as.

    `served` are the names of all that are served: what was tied to another one is free. Raises
    `OfAnotherAccount`.
    """
    insert = """
        INSERT INTO facts (name, value, expires_at) VALUES (:name, :value, :expires_at)
        ON CONFLICT (name) DO NOTHING
    """
    name, before = f"{TIED}{original_id}", _came_as(db, original_id)
    first = account if before is None else before
    db.execute(insert, {"name": name, "value": first, "expires_at": FOR_EVER})
    select = "SELECT value FROM facts WHERE name = :name /*! FOR UPDATE */"
    tied = str(db.execute(select, {"name": name}).fetchone()["value"])
    if tied not in served:
        _keep(db, name, account)
    elif tied != account:
        raise OfAnotherAccount(
            said(
                "{original_id} is that of {tied}: is the URL in its console the one of another"
                " account? If it is right now, start once with --adopt",
                original_id=original_id,
                tied=tied or "wechat",
            )
        )


def _came_as(db: Connection, original_id: str) -> str | None:
    """As whose the messages to it came before such was kept; None where there are none."""
    select = """
        SELECT of_account FROM messages
         WHERE follower_id IN (SELECT id FROM followers WHERE account = :account LIMIT 100)
         ORDER BY id DESC LIMIT 1
    """
    row = db.execute(select, {"account": original_id}).fetchone()
    return row["of_account"] if row else None


def _kept(db: Connection, name: str) -> str | None:
    found = key_values.get(db, name, at=0.0)
    return found[0] if found else None


def _keep(db: Connection, name: str, value: str) -> None:
    key_values.put(db, name, value, expires_at=FOR_EVER)


def _has_real_followers(db: Connection) -> bool:
    select = "SELECT 1 FROM followers WHERE account <> :stand_in LIMIT 1"
    return db.execute(select, {"stand_in": SANDBOX}).fetchone() is not None
