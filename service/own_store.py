"""The store, opened by the mode and the account whose it is, and by no other."""

from settings.accounts import of_each
from settings.ready import needed
from settings.schema import Settings
from store import belonging
from store.database import Database
from store.errors import StoreError
from store.opening import open_database
from store.place import place


def open_store(settings: Settings, *, stand_in: str, checked: bool = False) -> Database:
    """The database that the settings name, made and brought to this version, see `open_database`.

    `stand_in` is the account of the sandbox. Raises `StoreError`, also where it is another's.
    """
    db = open_database(place(settings.store.named), checked=checked)
    # An AppID that nothing uses was never put to the test: it may be anything.
    live = settings.mode == "live"
    appids = [one.wechat.appid for one in of_each(settings) if "wechat.appid" in needed(one)]
    try:
        db.write(
            belonging.claim, mode=settings.mode, appids=appids if live else [], stand_in=stand_in
        )
    except StoreError:
        db.close()
        raise
    return db


def adopt(settings: Settings) -> None:
    """Whoever opens the store next gets it, whose ever it was. Raises `StoreError`."""
    db = open_database(place(settings.store.named))
    try:
        db.write(belonging.disown)
    finally:
        db.close()
