"""The short form of the check, in the background of a live server.

It is done at the start, then daily; while something is wrong after a minute, then less and less
often. It costs nothing: no model is asked a question, and no voice speaks.
"""

from collections.abc import Iterator, Sequence

from fsm import events
from integrations.model.errors import ModelError
from integrations.model.reach import reach
from integrations.outside_clock import NoDate, ahead
from integrations.wechat.api import WeChatApi
from service.checks.account import rights
from service.checks.finding import Finding, Mark, failed, fine, in_order, looked
from service.checks.machine import clocks_by
from service.checks.model import of_key
from service.checks.moderation import judge_of
from settings.announcements import Level, announce
from settings.language import said
from settings.models import Link, chain
from settings.schema import Settings
from store import outside, processes
from store.database import Database
from store.errors import StoreError
from store.processes import Process

DAY = 24 * 3600.0
# Seconds; the last is as long as a change in the console takes to work (protocol sheet 5.3).
AGAIN = (60.0, 120.0, 300.0, 600.0)
LEVELS: dict[Mark, Level] = {Mark.WRONG: "error", Mark.DOUBT: "warning"}


class CheckAtStart:
    """Of several processes one does it. `accounts`: the settings of each, and WeChat's API where
    anything needs it.

    Each finding that is new is a line of the log, and all are kept for `/readyz` and for inspect.
    """

    name = "checking outside"
    first_after = 10.0  # what was left unfinished comes first

    def __init__(
        self, db: Database, process: Process, accounts: Sequence[tuple[Settings, WeChatApi | None]]
    ) -> None:
        self._db = db
        self._process = process
        self._accounts = accounts
        self._told: set[tuple[str, Mark, str]] = set()  # the last time
        self._same = 0  # times that it was as the last time

    def run_once(self) -> float:
        """Look at everything. Returns the seconds until the next time."""
        try:
            if not self._db.read(processes.leads, self._process, at=self._db.clock()):
                return DAY
            findings = list(self._told_of())
            found = set(map(_alike, findings))
            self._same = self._same + 1 if found == self._told else 0
            self._told = found
            self._db.write(outside.keep, looked("start", findings, at=self._db.clock()))
        except StoreError as error:
            events.not_saved(error)
            return AGAIN[-1]
        return DAY if in_order(findings) else AGAIN[min(self._same, len(AGAIN) - 1)]

    def _told_of(self) -> Iterator[Finding]:
        for finding in self._findings():
            if _alike(finding) not in self._told:
                level = LEVELS.get(finding.mark, "info")
                cure = finding.cure or None
                announce("outside", level, what=finding.what, found=finding.found, advice=cure)
            yield finding

    def _findings(self) -> Iterator[Finding]:
        yield from self._clock()
        for settings, api in self._accounts:
            for finding in _of_one(settings, api):
                yield finding.of(settings.account)

    def _clock(self) -> Iterator[Finding]:
        settings, _ = self._accounts[0]
        try:
            seconds = ahead(chain(settings)[0].service.base_url)
        except NoDate:
            return  # what is wrong there, the keys tell
        yield from clocks_by(seconds, self._db.apart())


def _of_one(settings: Settings, api: WeChatApi | None) -> Iterator[Finding]:
    links = chain(settings)
    for link in links:
        for number, key in enumerate(link.service.api_keys, 1):
            yield _reached(link, key, of_key(link, number, key, named=len(links) > 1))
    yield from judge_of(settings)
    if api:
        yield from rights(api, settings, needed=True)


def _reached(link: Link, key: str, what: str) -> Finding:
    service = link.service
    try:
        reach(service.base_url, key, headers=service.extra_headers, query=service.extra_query)
    except ModelError as error:
        return failed(what, error, link.advice(error.advice))
    return fine(what, said("the service is there, and does not refuse it"))


def _alike(finding: Finding) -> tuple[str, Mark, str]:
    """What is the same each time, unlike numbers and ids in what was found."""
    return finding.what, finding.mark, finding.cure
