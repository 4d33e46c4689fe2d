"""What a server is made of, wired together: from its settings to the listener."""

from socket import socket

from fsm.commands.table import Commands
from fsm.heartbeat import Heartbeat
from fsm.leases import Leases
from fsm.limits import Limiter
from fsm.other_processes import OtherProcesses
from fsm.steps import Steps
from fsm.tries import Tries
from fsm.voice.deletions import Deletions
from fsm.voice.hearing import Hearing
from fsm.voice.pronouncing import NOT_JUDGED, NotJudged, Pronouncing
from fsm.voice.speaking import Speaking
from fsm.window import Window
from fsm.worker import Worker
from service import open_files, outside, own_files, safety
from service.addresses import Addresses
from service.background import Background
from service.checking import Checking
from service.checks.at_start import CheckAtStart
from service.health import Health
from service.listener import Listener
from service.own_store import open_store
from service.rereading import Rereading
from service.safe_mode import SafeMode
from service.sweeper import Sweeper
from service.token_shelf import StoredToken
from service.webhook import Webhook
from settings.announcements import announce
from settings.ready import hears, judges_pronunciation
from settings.schema import Settings
from store.place import place
from store.processes import Process

PRONOUNCED_WITHIN = 0.6  # of the first try: so long an answer may wait for its last line


class Huixin:
    """The parts, wired; `settings` says where and how. Raises `StoreError`, `SettingsError`.

    `stand_in` is the account of the sandbox.
    """

    def __init__(
        self,
        settings: Settings,
        window: Window | None = None,
        process: Process | None = None,
        prepared: bool = False,
        rereading: Rereading | None = None,
        *,
        stand_in: str,
    ) -> None:
        self.settings, self._places = open_files.shared_out(settings)
        self.window = window or Window()
        self.rereading = rereading or Rereading()
        self._prepared = prepared
        self.process = process or Process.current()
        settings = self.settings = self.settings.but(texts=dict(self.settings.texts.linked()))
        self.db = open_store(settings, stand_in=stand_in, checked=prepared)
        self.models = outside.models(self.db, settings)
        self.api = outside.wechat_api(
            settings, StoredToken(self.db, settings.wechat.appid, settings.wechat.api_base)
        )
        self.speech = outside.speech(settings)
        self._wire_the_machine()
        self._wire_what_is_around()

    def _wire_the_machine(self) -> None:
        settings, db = self.settings, self.db
        can_hear = hears(settings)
        hearing = Hearing(self.speech, self.api) if can_hear else Hearing()
        judge = safety.judge(settings, self.rereading)
        speaking = None
        if settings.azure.trans_to_voice and self.speech and self.api:
            speaking = Speaking(db, self.speech, self.api, settings, judge)
        self.pronouncing: NotJudged = NOT_JUDGED
        if judges_pronunciation(settings) and self.speech and self.api:
            patience = PRONOUNCED_WITHIN * self.window.try_seconds
            self.pronouncing = Pronouncing(
                db, self.speech, self.api, self.process, settings, patience=patience
            )
        commands = Commands(settings)
        commands.fixed = own_files.fixed_answers(
            settings, commands, self.rereading, tell_at_once=not self._prepared
        )
        self.steps = Steps(
            db, self.models, settings, commands, hearing, speaking, judge, self.pronouncing
        )
        self.other_processes = OtherProcesses(db)
        self.worker = Worker(
            db,
            self.steps,
            self.other_processes,
            self.process,
            take_ups=settings.limits.take_ups,
            resumed_at_once=max(1, settings.limits.model_calls // 4),
        )
        leases = Leases(db)
        self.heartbeat = Heartbeat(db, self.worker, self.process, leases)
        door = safety.door(settings, self.rereading)
        limiter = Limiter(settings, commands, hears=can_hear, judge=judge, door=door)
        self.tries = Tries(
            db, self.worker, self.other_processes, self.process, leases, limiter, self.window
        )

    def _wire_what_is_around(self) -> None:
        settings, db = self.settings, self.db
        checks_addresses = settings.wechat.ip_detection
        self.sweeper = Sweeper(
            db, keep_days=settings.store.keep_days, keep_addresses=checks_addresses
        )
        checked = self.api if checks_addresses else None
        proxies = settings.server.trusted_proxies
        self.addresses = Addresses(db, checked, proxies=proxies) if checked else None
        self.deletions = Deletions(db, self.api, self.process) if self.api else None
        self.health = Health(
            db,
            lambda: self.steps.asking.last_calls,
            lambda: self.heartbeat.trouble,
            settings.server.health,
        )
        parts = (
            *(self.heartbeat, self.sweeper, self.addresses, self.deletions, self.health),
            self.pronouncing if isinstance(self.pronouncing, Pronouncing) else None,
            self.rereading if self.rereading.files else None,
            Checking(db, place(settings.store.named), self.process, self.heartbeat.give_up),
            CheckAtStart(db, self.process, settings, self.api) if settings.mode == "live" else None,
        )
        self.background = Background(part for part in parts if part)
        safe_mode = SafeMode(db, declared=settings.wechat.encryption == "safe")
        admission = outside.admission(settings, safe_mode.holds)
        self.webhook = Webhook(
            self.tries, admission, db.clock, self.addresses, safe_mode.seen, proxies
        )

    def start(self, listener: socket | None = None) -> Listener:
        """Take up what was left unfinished, and listen, or accept from `listener`, as others do."""
        server = Listener(
            listener or (self.settings.server.host, self.settings.server.port),
            self.health.in_front_of(self.webhook.application(self.settings.server)),
            places=self._places,
            overloaded=lambda: self.tries.overloaded,
            told_at_once=self.webhook.told_at_once,
        )
        server.init_socket()  # pushes queue up from here on
        announce("resumed", messages=self.heartbeat.beat())
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
            self.tries.wait_until_all_ended(self.settings.server.stop_seconds)
            self.tries.close()
        server.stop(timeout=0)
        self.background.stop()
        cut = self.worker.stop()
        self.pronouncing.stop()
        self.tries.stop()
        self.other_processes.stop()
        self.heartbeat.leave()
        for model in self.models:
            model.service.close()
        if self.speech:
            self.speech.close()
        self.db.close()
        announce("stopped", unfinished=cut)
