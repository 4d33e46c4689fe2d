"""Deletes at WeChat what was uploaded and is needed no more, and only what is ours.

Voices of an unverified account are permanent media, of which there may be a thousand (protocol
sheet 7.1): one that is forgotten takes its place for ever.
"""

import time

from gevent.pool import Pool

from fsm import events
from integrations.wechat.api import WeChatApi
from integrations.wechat.errors import WeChatError
from store import processes, voices
from store.database import Database
from store.errors import StoreError
from store.processes import Process
from store.voices import Upload

EVERY = 2.0  # seconds
AT_ONCE = 20
SIDE_BY_SIDE = 5
CALL_SECONDS = 20.0
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0  # seconds until a deletion that failed is tried again
DOUBLED_AT_MOST = 10  # times, which is past the longest pause


class Deletions:
    """Works through the uploads of one account, by its name, whose time has come.

    Of several processes, one does.
    """

    name = "deletions"
    first_after = 0.0

    def __init__(self, db: Database, api: WeChatApi, process: Process, account: str = "") -> None:
        self._db = db
        self._account = account
        self._api = api
        self._process = process

    def run_once(self) -> float:
        """Delete what is due, so many at once. Returns the seconds until the next time."""
        try:
            return 0.0 if self.delete_due() == AT_ONCE else EVERY
        except StoreError as error:
            events.not_read(error)
            return EVERY

    def delete_due(self) -> int:
        """Delete what is due. Returns how many there were. Raises `StoreError`."""
        due = self._db.read(voices.due, self._account, at=self._db.clock(), most=AT_ONCE)
        if not due or not self._leads():
            return 0
        unknown = [upload for upload in due if upload.permanent and upload.media_id is None]
        listed = self._listed(unknown) if unknown else {}
        known = due if listed is not None else [one for one in due if one not in unknown]
        self._delete_side_by_side(known, listed or {})
        return len(due)

    def _leads(self) -> bool:
        return self._db.read(processes.leads, self._process, at=self._db.clock())

    def _delete_side_by_side(self, uploads: list[Upload], listed: dict[str, str]) -> None:
        """What goes wrong with one is raised when all have come to their end."""
        pool = Pool(SIDE_BY_SIDE)
        try:
            outcomes = pool.map(lambda upload: self._fault(upload, listed), uploads)
        finally:
            pool.kill()
        for fault in filter(None, outcomes):
            raise fault

    def _fault(self, upload: Upload, listed: dict[str, str]) -> Exception | None:
        try:
            self._delete(upload, listed)
        except Exception as fault:
            return fault
        return None

    def _listed(self, unknown: list[Upload]) -> dict[str, str] | None:
        """WeChat's voices by name, among them those whose upload had no end that we know of."""
        try:
            return self._api.voices(deadline=time.monotonic() + CALL_SECONDS)
        except WeChatError as error:
            for upload in unknown:
                self._put_off(upload, error)
            return None

    def _delete(self, upload: Upload, listed: dict[str, str]) -> None:
        media_id = upload.media_id or listed.get(upload.name)
        try:
            if upload.permanent and media_id:
                self._api.delete_material(media_id, deadline=time.monotonic() + CALL_SECONDS)
        except WeChatError as error:
            self._put_off(upload, error)
            return
        self._db.write(voices.deleted, upload.name)
        events.voice_deleted(upload.message_id, self._account)

    def _put_off(self, upload: Upload, error: WeChatError) -> None:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(upload.failures, DOUBLED_AT_MOST))
        pause = max(pause, error.rest_seconds)
        again_at = self._db.clock() + pause
        self._db.write(voices.not_deleted, upload.name, again_at=again_at)
        waiting = self._db.read(voices.waiting, self._account)
        events.not_deleted(
            upload.message_id, self._account, error, waiting=waiting, advice=error.advice
        )
