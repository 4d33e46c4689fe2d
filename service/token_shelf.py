"""Where WeChat's access token is kept, so that a restart and the other processes use the same."""

import hashlib
import secrets

from fsm import events
from integrations.wechat.access_token import Token
from store import key_values
from store.database import Database
from store.errors import StoreError


class StoredToken:
    """The `TokenShelf` of one AppID at one address of the API."""

    def __init__(self, db: Database, appid: str, api_base: str) -> None:
        self._db = db
        whose = hashlib.sha256(f"{appid} {api_base}".encode()).hexdigest()[:16]
        self._name = f"access token {whose}"
        self._fetching = f"fetching {self._name}"
        self._who = secrets.token_hex(8)

    def read(self) -> Token | None:
        try:
            found = self._db.read(key_values.get, self._name, at=self._db.clock())
        except StoreError as error:
            events.not_read(error)
            return None
        return Token(*found) if found else None

    def save(self, token: Token) -> None:
        try:
            self._db.write(key_values.put, self._name, token.value, expires_at=token.expires_at)
        except StoreError as error:
            events.not_saved(error)

    def forget(self) -> None:
        try:
            self._db.write(key_values.forget, self._name)
        except StoreError as error:
            events.not_saved(error)

    def claim(self, seconds: float) -> bool:
        until = self._db.clock() + seconds
        try:
            return self._db.write(
                key_values.claim, self._fetching, self._who, until=until, at=self._db.clock()
            )
        except StoreError as error:
            events.not_saved(error)
            return True  # a token that is fetched twice is better than none

    def let_go(self) -> None:
        try:
            self._db.write(key_values.let_go, self._fetching, self._who)
        except StoreError as error:
            events.not_saved(error)
