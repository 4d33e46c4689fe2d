"""What a server is made of, wired together: from its settings to the listener."""

from socket import socket

import gevent
from gevent.event import Event

from fsm.accounts import Accounts
from fsm.asking.models import LastCall
from fsm.heartbeat import Heartbeat
from fsm.leases import Leases
from fsm.other_processes import OtherProcesses
from fsm.overload import Overload
from fsm.window import Window
from fsm.worker import Worker
from service import open_files
from service.account import Account, ProcessParts
from service.background import Background
from service.checks.at_start import CheckAtStart
from service.clock_by_pushes import check_of_clock
from service.free_memory import FreeMemory
from service.health import Health
from service.http.listener import Listener
from service.http.monitors import in_front_of
from service.http.told_at_once import PuttingOff
from service.metrics import Metrics
from service.owed_check import OwedCheck
from service.own_store import LOCKED_FOR, open_store
from service.rereading import Rereading
from service.routes import Routes
from service.sweeper import Sweeper
from settings.accounts import of_each
from settings.announcements import announce, listen, listen_no_more
from settings.schema import Settings
from store.place import place
from store.processes import Process


class Huixin:
    """The parts, wired; `settings` says where and how. Raises `StoreError`, `SettingsError`.

    `stopping` ends the wait for a database that is not there yet.
    """

    def __init__(
        self,
        settings: Settings,
        window: Window | None = None,
        process: Process | None = None,
        prepared: bool = False,
        rereading: Rereading | None = None,
        stopping: Event | None = None,
    ) -> None:
        each, self._places = open_files.shared_out(of_each(settings))
        self.settings = settings
        self.process = process or Process.current()
        self.rereading = rereading or Rereading()
        self.db = open_store(settings, checked=prepared, patience=LOCKED_FOR, stopping=stopping)
        names = frozenset(one.account for one in each)
        shared = self._wire_the_machine(window or Window(), names, tell_at_once=not prepared)
        self.accounts = [Account(one, shared) for one in each]
        self._wire_what_is_around()
        self.rereading.begin(self.db, tell_at_once=not prepared)

    def _wire_the_machine(
        self, window: Window, names: frozenset[str], *, tell_at_once: bool
    ) -> ProcessParts:
        """What works on the messages of any account; nothing comes in yet."""
        settings, db, process = self.settings, self.db, self.process
        accounts, leases = Accounts(db, settings.texts.apology), Leases(db)
        self.other_processes = OtherProcesses(db)
        self.worker = Worker(db, accounts, self.other_processes, process, settings.limits.take_ups)
        self.heartbeat = Heartbeat(db, self.worker, process, leases)
        self.overload = Overload(db, settings.limits.turn_seconds, lambda: self.heartbeat.alone_for)
        return ProcessParts(
            db,
            process,
            window,
            self.rereading,
            accounts,
            self.worker,
            self.other_processes,
            leases,
            self.overload,
            served=names,
            tell_at_once=tell_at_once,
        )

    def _wire_what_is_around(self) -> None:
        settings, db = self.settings, self.db
        self.sweeper = Sweeper(
            db,
            keep_days=settings.store.keep_days,
            keep_addresses=any(account.addresses for account in self.accounts),
        )
        self.health = Health(
            db,
            self._last_calls,
            lambda: self.heartbeat.trouble,
            self.rereading.troubles,
            lambda: check_of_clock(account.clock for account in self.accounts),
        )
        self.metrics = Metrics(db, self.health.readiness, [one.name for one in self.accounts])
        self.pages = {  # each of FOR_MONITORS
            "/healthz": self.health.lives,
            "/readyz": self.health.is_ready,
            "/metrics": self.metrics.page,
        }
        outside = [(account.settings, account.api) for account in self.accounts]
        parts = (
            *(self.heartbeat, self.other_processes, self.sweeper, self.health, FreeMemory()),
            self.rereading if self.rereading.files else None,
            OwedCheck(db, place(settings.store.named), self.process, self.heartbeat.give_up),
            CheckAtStart(db, self.process, outside) if settings.mode == "live" else None,
        )
        own = [(account.name, part) for account in self.accounts for part in account.parts()]
        self.background = Background((part for part in parts if part), own)
        self.routes = Routes({one.settings.server.path: one.webhook for one in self.accounts})

    def _last_calls(self) -> dict[str, LastCall | None]:
        """How each model was last called, by its name, behind that of one of several accounts."""
        return {
            f"{account.name}/{name}" if account.name else name: last
            for account in self.accounts
            for name, last in account.steps.asking.last_calls.items()
        }

    def start(self, listener: socket | None = None) -> Listener:
        """Take up what was left unfinished, and listen, or accept from `listener`, as others do."""
        server = Listener(
            listener or (self.settings.server.host, self.settings.server.port),
            in_front_of(
                self.routes.application(self.settings.server),
                self.pages,
                self.settings.server.health,
            ),
            places=self._places,
            putting_off=PuttingOff(
                too_much=lambda: self.overload.there_is,
                told=self.routes.told_at_once,
                has_to_wait=lambda: not self.overload.knows_all,
            ),
        )
        server.init_socket()  # pushes queue up from here on
        listen(self.metrics.hear)
        listen(self.health.hear)
        announce("resumed", messages=self.heartbeat.beat())
        self.overload.recall()
        self.background.start()
        server.start()
        announce("listening", host=server.server_host, port=server.server_port)
        return server

    def stop(self, server: Listener) -> None:
        """Let open tries end within a bound, and leave the rest saved.

        Who is refused, or cut, has lost a try: so pushes are accepted, stored and answered until
        the end, and the next try of one that is cut finds it in the store.
        """
        if not self.heartbeat.lost.is_set():
            seconds = self.settings.server.stop_seconds
            gevent.joinall([gevent.spawn(one.end_tries, seconds) for one in self.accounts])
        server.stop(timeout=0)
        self.background.stop()
        cut = self.worker.stop()
        for account in self.accounts:
            if account.pronouncing:
                account.pronouncing.stop()
        self.overload.stop()
        self.heartbeat.leave()
        for account in self.accounts:
            account.close()
        self.db.close()
        announce("stopped", unfinished=cut)
        listen_no_more(self.metrics.hear)
        listen_no_more(self.health.hear)
