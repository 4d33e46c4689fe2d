"""The store, opened by the mode and the account whose it is, and by no other."""

import time

from gevent.event import Event

from settings.accounts import of_each
from settings.announcements import announce
from settings.requirements import needed
from settings.schema import Settings
from store import belonging
from store.database import Database
from store.errors import StoreAway, StoreError, StoreLocked
from store.opening import engine
from store.place import place

LOCKED_FOR = 30.0  # seconds that a start waits for who holds the database, or for its server
AGAIN = 0.5  # seconds


def open_store(
    settings: Settings,
    *,
    checked: bool = False,
    patience: float = 0.0,
    stopping: Event | None = None,
) -> Database:
    """The database that the settings name, made and brought to this version, see `Engine.open`.

    Where somebody holds it locked, or its server restarts, that is waited for, `patience` seconds,
    unless the process is `stopping`. Raises `StoreError`, also where it is another's.
    """
    give_up_at, told = time.monotonic() + patience, False
    stopping = stopping or Event()
    while True:
        try:
            return _opened(settings, checked)
        except (StoreLocked, StoreAway) as error:
            if time.monotonic() >= give_up_at or stopping.is_set():
                raise
            if not told:
                announce("store_waited_for", "warning", reason=error)
            told = True
            stopping.wait(AGAIN)


def _opened(settings: Settings, checked: bool) -> Database:
    db = engine(place(settings.store.named)).open(checked=checked)
    # An AppID that nothing uses was never put to the test: it may be anything.
    live = settings.mode == "live"
    appids = [one.wechat.appid for one in of_each(settings) if "wechat.appid" in needed(one)]
    try:
        db.write(belonging.claim, mode=settings.mode, appids=appids if live else [])
    except StoreError:
        db.close()
        raise
    return db


def adopt(settings: Settings) -> None:
    """Whoever opens the store next gets it, whose ever it was. Raises `StoreError`."""
    db = engine(place(settings.store.named)).open()
    try:
        db.write(belonging.disown)
    finally:
        db.close()
