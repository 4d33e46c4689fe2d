"""The short form of the check, in the background of a live server: once at its start, then daily.

It costs nothing: no model is asked a question, and no voice speaks.
"""

from collections.abc import Iterator

from fsm import events
from integrations.clock import NoDate, ahead
from integrations.model.errors import ModelError
from integrations.model.reach import reach
from integrations.wechat.api import WeChatApi
from service.checks.account import rights
from service.checks.finding import Finding, Mark, failed, fine
from service.checks.looked import looked
from service.checks.machine import clock_by
from service.words import said
from settings.announcements import Level, announce
from settings.schema import Settings
from store import cool_downs, outside, processes
from store.database import Database
from store.errors import StoreError
from store.processes import Process

DAY = 24 * 3600.0
LEVELS: dict[Mark, Level] = {Mark.WRONG: "error", Mark.DOUBT: "warning"}


class CheckAtStart:
    """Of several processes one does it. `api` is WeChat's, where anything needs it.

    Each finding is a line of the log; what was found is kept for `/readyz` and for inspect.
    """

    name = "checking outside"
    first_after = 5.0  # what was left unfinished comes first

    def __init__(
        self, db: Database, process: Process, settings: Settings, api: WeChatApi | None
    ) -> None:
        self._db = db
        self._process = process
        self._settings = settings
        self._api = api

    def run_once(self) -> float:
        """Look at everything. Returns the seconds until the next time."""
        try:
            if self._db.read(processes.leads, self._process, at=self._db.clock()):
                self._look()
        except StoreError as error:
            events.not_saved(error)
        return DAY

    def _look(self) -> None:
        findings = []
        for finding in self._findings():
            findings.append(finding)
            level = LEVELS.get(finding.mark, "info")
            told = {"what": finding.what, "found": finding.found, "advice": finding.cure or None}
            announce("outside", level, **told)
        self._db.write(outside.keep, looked("start", findings, at=self._db.clock()))

    def _findings(self) -> Iterator[Finding]:
        yield from self._clock()
        yield from self._keys()
        if self._api:
            yield from rights(self._api, self._settings, needed=True)

    def _clock(self) -> Iterator[Finding]:
        try:
            yield clock_by(ahead(self._settings.openai.base_url))
        except NoDate:
            return  # what is wrong there, the keys tell

    def _keys(self) -> Iterator[Finding]:
        openai = self._settings.openai
        for number, key in enumerate(openai.api_keys, 1):
            what = said("model key {key}", key=cool_downs.key_label(number, key))
            try:
                reach(openai.base_url, key, headers=openai.extra_headers, query=openai.extra_query)
            except ModelError as error:
                yield failed(what, error, error.advice)
            else:
                yield fine(what, said("the service is there, and does not refuse it"))
