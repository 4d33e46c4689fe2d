"""Huixin's entry: read the settings, open the store, wire the parts, serve, stop."""

from gevent import monkey

monkey.patch_all()

import gc
import os
import sys
from functools import partial
from pathlib import Path
from socket import socket

import gevent
from gevent.event import Event

from console.glance import glance
from fsm.commands.table import Commands
from fsm.heartbeat import Heartbeat
from fsm.keys import Keys
from fsm.leases import Leases
from fsm.limits import Limiter
from fsm.other_processes import OtherProcesses
from fsm.steps import Steps
from fsm.tries import Tries
from fsm.voice.deletions import Deletions
from fsm.voice.hearing import Hearing
from fsm.voice.speaking import Speaking
from fsm.window import Window
from fsm.worker import Worker
from sandbox.follower import ACCOUNT
from sandbox.phone.sandbox import Account, Sandbox
from sandbox.stand_ins import StandIns
from service import open_files, outside
from service.addresses import Addresses
from service.background import Background
from service.checking import Checking
from service.checks import run as checks
from service.checks.at_start import CheckAtStart
from service.health import Health
from service.listener import Listener
from service.own_store import adopt, open_store
from service.port import cure
from service.rereading import Rereading
from service.safe_mode import SafeMode
from service.signals import on_stop
from service.supervisor import TO_END, handed_over, supervise, taken_over
from service.sweeper import Sweeper
from service.token_shelf import StoredToken
from service.webhook import Webhook
from settings.announcements import announce
from settings.arguments import against, read_arguments
from settings.language import Sentence, said
from settings.loading import SettingsError
from settings.log_lines import write_lines
from settings.ready import hears, tell_of_doubts
from settings.schema import Settings
from store.errors import StoreError
from store.processes import Process

HERE = Path(__file__).resolve().parent

DATABASE_GONE = 3  # exit code


class Huixin:
    """The parts, wired; `settings` says where and how. Raises `StoreError`, `SettingsError`."""

    def __init__(
        self,
        settings: Settings,
        window: Window | None = None,
        process: Process | None = None,
        prepared: bool = False,
        rereading: Rereading | None = None,
    ) -> None:
        self.settings, self._places = open_files.shared_out(settings)
        self.window = window or Window()
        self.rereading = rereading or Rereading()
        self.process = process or Process.current()
        settings = self.settings
        self.db = open_store(settings, stand_in=ACCOUNT, checked=prepared)
        self.model = outside.chat_model(settings)
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
        speaking = None
        if settings.azure.trans_to_voice and self.speech and self.api:
            speaking = Speaking(db, self.speech, self.api, settings)
        keys, commands = Keys(db, settings.openai.api_keys), Commands(settings)
        self.steps = Steps(db, self.model, keys, settings, commands, hearing, speaking)
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
        limiter = Limiter(settings, commands, hears=can_hear)
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
            lambda: self.steps.asking.last_call,
            lambda: self.heartbeat.trouble,
            settings.server.health,
        )
        parts = (
            *(self.heartbeat, self.sweeper, self.addresses, self.deletions, self.health),
            self.rereading if self.rereading.files else None,
            Checking(db, settings.store.path, self.process, self.heartbeat.give_up),
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
        self.tries.stop()
        self.other_processes.stop()
        self.heartbeat.leave()
        self.model.close()
        if self.speech:
            self.speech.close()
        self.db.close()
        announce("stopped", unfinished=cut)


def main() -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code: 2 for settings, 3 for a database file
    that was deleted, replaced or damaged meanwhile, 1 for anything else or what --check found."""
    told = read_arguments(
        sys.argv[1:], os.environ, about=Sentence(__doc__), config=HERE / "config.yml"
    )
    settings = told.settings
    if told.check:
        if settings.mode == "sandbox":
            settings = against(settings, StandIns().start().settings())
        return checks.check(settings, told.config, told.url, stand_in=ACCOUNT)
    write_lines(settings.log.level, settings.log.format, several=told.several)
    if told.first:
        tell_of_doubts(settings)
    command = [sys.executable, str(HERE / "server.py"), *sys.argv[1:]]
    try:
        if told.supervise:
            return supervise(command, settings.server, lost=DATABASE_GONE)
        if told.adopt:
            adopt(settings)
        if told.prepare or told.play:
            open_store(settings, stand_in=ACCOUNT).close()
            return play(settings, command) if told.play else 0
        return serve(settings, told.inherited)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except (StoreError, OSError) as error:
        advice = cure(error)
        announce("not_started", "error", reason=f"{advice}: {error}" if advice else str(error))
        return 1


def serve(settings: Settings, inherited: tuple[int, int] | None) -> int:
    """Serve until told to stop. Returns the exit code. Raises `StoreError`, `OSError`,
    `SettingsError`."""
    stopping, rereading = Event(), Rereading()
    on_stop(stopping.set, read_again=rereading.read_all)
    listener = taken_over(inherited, stopping.set) if inherited else handed_over(os.environ)
    huixin = Huixin(settings, prepared=bool(inherited), rereading=rereading)
    server = huixin.start(listener)
    gc.collect()
    gc.freeze()  # what stays for good is not looked through again: that held everything up
    gevent.wait([stopping, huixin.heartbeat.lost], count=1)
    huixin.stop(server)
    return DATABASE_GONE if huixin.heartbeat.lost.is_set() else 0


def play(settings: Settings, command: list[str]) -> int:
    """Be all that is outside, on loopback, and have `command` start the server beside it.

    Returns the exit code. Raises `OSError`.
    """
    if settings.server.workers > 1:
        announce("one_worker", "warning", reason=said("the sandbox's stand-ins serve one process"))
    stopping = Event()
    wechat, server = settings.wechat, settings.server
    sandbox = Sandbox(
        command,
        Account(wechat.token, server.path, wechat.encoding_aes_key, wechat.encryption == "safe"),
        partial(glance, settings.store.path),
        port=server.port,
        stop_seconds=server.stop_seconds + TO_END,
        voice=settings.azure.trans_to_voice,
    )
    on_stop(stopping.set, read_again=sandbox.hang_up)
    sandbox.start()
    announce("sandbox", **sandbox.addresses)
    return sandbox.serve(stopping)


if __name__ == "__main__":
    sys.exit(main())
