"""Huixin's entry: read the settings, open the store, wire the parts, serve, stop."""

from gevent import monkey

monkey.patch_all()

import gc
import os
import sys
from pathlib import Path
from socket import socket

import gevent
from gevent.event import Event

from fsm.commands import Commands
from fsm.heartbeat import Heartbeat
from fsm.keys import Keys
from fsm.limits import Limiter
from fsm.other_processes import OtherProcesses
from fsm.steps import Steps
from fsm.tries import Tries
from fsm.voice.deletions import Deletions
from fsm.voice.hearing import Hearing
from fsm.voice.speaking import Speaking
from fsm.window import Window
from fsm.worker import Worker
from integrations.model.chat_model import ChatModel
from integrations.speech.azure import Speech
from integrations.wechat.admission import Admission
from integrations.wechat.api import WeChatApi
from integrations.wechat.crypto import Cipher
from sandbox.follower import ACCOUNT, RECORDING, VOICE
from sandbox.model import ModelStandIn
from sandbox.speech import SpeechStandIn
from sandbox.wechat_api import WeChatApiStandIn
from service import open_files
from service.addresses import Addresses
from service.background import Background
from service.health import Health
from service.listener import Listener
from service.own_store import adopt, open_store
from service.port import cure
from service.safe_mode import SafeMode
from service.signals import on_stop
from service.supervisor import handed_over, supervise, taken_over
from service.sweeper import Sweeper
from service.token_shelf import StoredToken
from service.webhook import Webhook
from settings.announcements import announce
from settings.arguments import read_arguments
from settings.log_lines import write_lines
from settings.ready import doubtful
from settings.ready import hears as hearing_is_set_up
from settings.schema import Secret, Settings
from store.errors import StoreError
from store.processes import Process

HERE = Path(__file__).resolve().parent

DATABASE_GONE = 3  # exit code
ONE_PROCESS = "the sandbox's stand-ins serve one process"


class Huixin:
    """The parts, wired; `settings` says where and how. Raises `StoreError`."""

    def __init__(
        self,
        settings: Settings,
        window: Window | None = None,
        process: Process | None = None,
        prepared: bool = False,
    ) -> None:
        share = open_files.share(settings.limits, files := open_files.raised())
        if share.fewer:
            _tell_of_few_files(share, files)
            settings = settings.but(limits=share.fewer)
        self.settings, self._places = settings, share.places
        self.window = window or Window()
        process = process or Process.current()
        self.db = open_store(settings, stand_in=ACCOUNT, checked=prepared)
        self.model = self._chat_model()
        self.api = self._wechat_api()
        self.speech = self._speech()
        hears = hearing_is_set_up(settings)
        hearing = Hearing(self.speech, self.api) if hears else Hearing()
        speaking = None
        if settings.azure.trans_to_voice and self.speech and self.api:
            speaking = Speaking(self.db, self.speech, self.api, settings)
        keys = Keys(self.db, settings.openai.api_keys)
        commands = Commands(settings)
        steps = Steps(self.db, self.model, keys, settings, commands, hearing, speaking)
        self.other_processes = OtherProcesses(self.db)
        self.worker = Worker(
            self.db,
            steps,
            self.other_processes,
            process,
            take_ups=settings.limits.take_ups,
            resumed_at_once=max(1, settings.limits.model_calls // 4),
        )
        self.heartbeat = Heartbeat(self.db, self.worker, process)
        self.sweeper = Sweeper(
            self.db,
            keep_days=settings.store.keep_days,
            keep_addresses=settings.wechat.ip_detection,
        )
        limiter = Limiter(settings, commands, hears=hears)
        self.tries = Tries(
            self.db, self.worker, self.other_processes, process, limiter, self.window
        )
        proxies = settings.server.trusted_proxies
        checked = self.api if settings.wechat.ip_detection else None
        self.addresses = Addresses(self.db, checked, proxies=proxies) if checked else None
        self.deletions = Deletions(self.db, self.api, process) if self.api else None
        self.health = Health(
            self.db,
            lambda: steps.asking.last_call,
            lambda: self.heartbeat.trouble,
            settings.server.health,
        )
        parts = (self.heartbeat, self.sweeper, self.addresses, self.deletions, self.health)
        self.background = Background(part for part in parts if part)
        declared = settings.wechat.encryption == "safe"
        safe_mode = SafeMode(self.db, declared=declared)
        self.webhook = Webhook(
            self.tries, self._admission(safe_mode), self.db.clock, self.addresses, safe_mode.seen
        )

    def _chat_model(self) -> ChatModel:
        openai = self.settings.openai
        return ChatModel(
            base_url=openai.base_url,
            model=openai.model,
            temperature=openai.temperature,
            stream=openai.stream_response,
            connect_seconds=openai.connect_seconds,
            read_seconds=openai.read_seconds,
            at_once=self.settings.limits.model_calls,
            token_limit_name=openai.token_limit_name,
            extra_body=openai.extra_body,
            extra_headers=openai.extra_headers,
            extra_query=openai.extra_query,
        )

    def _admission(self, safe_mode: SafeMode) -> Admission:
        wechat = self.settings.wechat
        cipher = None
        if wechat.encoding_aes_key:
            previous = wechat.previous_aes_key or None
            cipher = Cipher(wechat.token, wechat.encoding_aes_key, wechat.appid, previous)
        return Admission(wechat.token, cipher, safe_mode.holds)

    def _wechat_api(self) -> WeChatApi | None:
        """WeChat's API, where something needs it."""
        wechat = self.settings.wechat
        if not (wechat.ip_detection or self._needs_speech()):
            return None
        return WeChatApi(
            api_base=wechat.api_base,
            appid=wechat.appid,
            secret=wechat.secret,
            tokens=StoredToken(self.db, wechat.appid, wechat.api_base),
            connect_seconds=5.0,
            read_seconds=15.0,
        )

    def _needs_speech(self) -> bool:
        return self.settings.azure.trans_to_voice or hearing_is_set_up(self.settings)

    def _speech(self) -> Speech | None:
        """The speech service, where it is to hear or to speak."""
        azure = self.settings.azure
        if not self._needs_speech():
            return None
        return Speech(
            subscription=azure.subscription,
            region=azure.region,
            endpoint=azure.endpoint,
            at_once=self.settings.limits.speech_calls,
            first_audio_seconds=5.0,  # twice, and the text still comes within the last try
        )

    def start(self, listener: socket | None = None) -> Listener:
        """Take up what was left unfinished, and listen, or accept from `listener`, as others do."""
        server = Listener(
            listener or (self.settings.server.host, self.settings.server.port),
            self.health.in_front_of(self.webhook.application(self.settings.server.path)),
            places=self._places,
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


def _tell_of_few_files(share: open_files.Share, files: int) -> None:
    announce(
        "few_files",
        "warning",
        limit=files,
        connections=share.places,
        open_tries=share.fewer["open_tries"],
        model_calls=share.fewer["model_calls"],
        advice=f"raise the limit of open files to {share.wanted}: ulimit -n, "
        "or LimitNOFILE= of systemd",
    )


def main() -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code: 2 for settings, 3 for a database file
    that was deleted or replaced meanwhile, 1 for anything else."""
    told = read_arguments(sys.argv[1:], os.environ, about=__doc__, config=HERE / "config.yml")
    settings = told.settings
    write_lines(settings.log.level, settings.log.format, several=told.several)
    if told.first:
        for key, reason in doubtful(settings):
            announce("doubtful_setting", "warning", key=key, reason=reason)
    try:
        if told.supervise:
            command = [sys.executable, str(HERE / "server.py"), *sys.argv[1:]]
            return supervise(command, settings.server, lost=DATABASE_GONE)
        if told.adopt:
            adopt(settings)
        if told.prepare:
            open_store(settings, stand_in=ACCOUNT).close()
            return 0
        return serve(settings, told.inherited)
    except (StoreError, OSError) as error:
        advice = cure(error)
        announce("not_started", "error", reason=f"{advice}: {error}" if advice else str(error))
        return 1


def serve(settings: Settings, inherited: tuple[int, int] | None) -> int:
    """Serve until told to stop. Returns the exit code. Raises `StoreError`, `OSError`."""
    stopping = Event()
    on_stop(stopping.set)
    listener = taken_over(inherited, stopping.set) if inherited else handed_over(os.environ)
    if settings.mode == "sandbox":
        if settings.server.workers > 1:
            announce("one_worker", "warning", reason=ONE_PROCESS)
        settings = in_sandbox(settings)
    huixin = Huixin(settings, prepared=bool(inherited))
    server = huixin.start(listener)
    if settings.mode == "sandbox":
        where = f"http://{server.server_host}:{server.server_port}{settings.server.path}"
        print(f"Sandbox at {where}, on this machine only. Now be a follower, elsewhere:")
        print(f"  .venv/bin/python -m sandbox.wechat --url {where} 你好", flush=True)
    gc.collect()
    gc.freeze()  # what stays for good is not looked through again: that held everything up
    gevent.wait([stopping, huixin.heartbeat.lost], count=1)
    huixin.stop(server)
    return DATABASE_GONE if huixin.heartbeat.lost.is_set() else 0


def in_sandbox(settings: Settings) -> Settings:
    """Start the stand-ins on loopback, and put their addresses where the real ones stand."""
    model, speech, wechat = ModelStandIn(), SpeechStandIn(), WeChatApiStandIn()
    for stand_in in (model, speech, wechat):
        stand_in.start()
    wechat.store_media(RECORDING.read_bytes(), f"{VOICE}-16k")
    announce("sandbox", model=model.url, speech=speech.url, wechat=wechat.url)
    return settings.but(
        server={"host": "127.0.0.1"},  # never for strangers
        openai={"base_url": model.url},
        azure={"endpoint": speech.url, "subscription": Secret("sandbox-key")},
        wechat={
            "api_base": wechat.url,
            "appid": "wx5a4db0c5a4db0c5a",
            "secret": Secret("sandbox-secret"),
        },
    )


if __name__ == "__main__":
    sys.exit(main())
