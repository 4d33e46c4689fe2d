"""Whose a store is: the mode that made it, and the account that it is for.

Where two shared one, followers would get answers of the sandbox's model, or of another account.
"""

import math
from collections.abc import Sequence

from settings.language import said
from store import key_values
from store.database import Connection
from store.errors import StoreInUse, StoreOfAnotherAccount, StoreOfAnotherMode

MODE, ACCOUNT = "made by mode", "made for account"
BEING_FILLED = "being filled from"  # another database, by `store.move`
FOR_EVER = math.inf


def claim(db: Connection, *, mode: str, appids: Sequence[str], stand_in: str) -> None:
    """Make the store this mode's and accounts' where it is nobody's, as those of version 0.1 are.

    `appids` are those of the accounts that are known by one. Others may be added to those of a
    store, where one of them stays: only who has none of them is somebody else. `stand_in` is the
    account that the sandbox's followers write to. Raises `StoreOfAnotherMode`,
    `StoreOfAnotherAccount`; `StoreInUse` where not all is there yet.
    """
    if source := _kept(db, BEING_FILLED):
        raise StoreInUse(
            said(
                "it is half filled from {source}: run the same python -m store.move again, which"
                " goes on, or name {source} in the settings, which is as it was",
                source=source,
            )
        )
    maker = _kept(db, MODE) or ("live" if _has_real_followers(db, stand_in) else mode)
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
    """Forget whose it is: the next one to claim it gets it."""
    for name in (MODE, ACCOUNT):
        key_values.forget(db, name)


def _kept(db: Connection, name: str) -> str | None:
    found = key_values.get(db, name, at=0.0)
    return found[0] if found else None


def _keep(db: Connection, name: str, value: str) -> None:
    key_values.put(db, name, value, expires_at=FOR_EVER)


def _has_real_followers(db: Connection, stand_in: str) -> bool:
    select = "SELECT 1 FROM followers WHERE account <> :stand_in LIMIT 1"
    return db.execute(select, {"stand_in": stand_in}).fetchone() is not None
