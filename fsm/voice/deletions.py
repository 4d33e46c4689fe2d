"""Deletes at WeChat what was uploaded and is needed no more, and only what is ours.

Voices of an unverified account are permanent media, of which there may be a thousand (protocol
sheet 7.1): one that is forgotten takes its place for ever.
"""

import logging
import time

import gevent
from gevent.pool import Pool

from integrations.wechat.api import WeChatApi
from integrations.wechat.errors import WeChatError
from store import processes, voices
from store.database import Database
from store.errors import StoreError
from store.processes import Process
from store.voices import Upload

log = logging.getLogger(__name__)

EVERY = 2.0  # seconds
AT_ONCE = 20
SIDE_BY_SIDE = 5
CALL_SECONDS = 20.0
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 3600.0  # seconds until a deletion that failed is tried again


class Deletions:
    """Works through the uploads whose time has come; of several processes, one does."""

    def __init__(self, db: Database, api: WeChatApi, process: Process) -> None:
        self._db = db
        self._api = api
        self._process = process
        self._pool = Pool(SIDE_BY_SIDE)
        self._greenlet: gevent.Greenlet[[], None] | None = None

    def start(self) -> None:
        """Delete from now on."""
        self._greenlet = gevent.spawn(self._delete_on)

    def stop(self) -> None:
        """Delete no more; what is left is in the store."""
        if self._greenlet:
            self._greenlet.kill()
        self._pool.kill()

    def delete_due(self) -> int:
        """Delete what is due. Returns how many there were. Raises `StoreError`."""
        if not self._db.read(processes.leads, self._process, at=self._db.clock()):
            return 0
        due = self._db.read(voices.due, at=self._db.clock(), most=AT_ONCE)
        unknown = [upload for upload in due if upload.permanent and upload.media_id is None]
        listed = self._listed(unknown) if unknown else {}
        known = due if listed is not None else [one for one in due if one not in unknown]
        self._pool.map(lambda upload: self._delete(upload, listed or {}), known)
        return len(due)

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
        log.info("event=voice_deleted message=%d", upload.message_id)

    def _put_off(self, upload: Upload, error: WeChatError) -> None:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2**upload.failures)
        pause = max(pause, error.rest_seconds)
        again_at = self._db.clock() + pause
        self._db.write(voices.not_deleted, upload.name, again_at=again_at)
        log.warning(
            "event=not_deleted message=%d waiting=%d reason=%s advice=%s",
            upload.message_id,
            self._db.read(voices.waiting),
            error,
            error.advice,
        )

    def _delete_on(self) -> None:
        while True:
            more = False
            try:
                more = self.delete_due() == AT_ONCE
            except StoreError as error:
                log.error("event=not_read reason=%s", error)
            if not more:
                gevent.sleep(EVERY)
