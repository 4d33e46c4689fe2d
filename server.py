"""Huixin's entry: read the settings, open the store, wire the parts, serve, stop."""

import gc

gc.disable()  # what is imported stays: a search for garbage in it took a tenth of the start

from gevent import config, monkey

monkey.patch_all()
config.track_greenlet_tree = False  # who spawned whom was kept as long as a message took, 4 KB

import os
import sys
from functools import partial
from pathlib import Path

import gevent
from gevent.event import Event

from service import own_files
from service.checks import run as checks
from service.own_store import LOCKED_FOR, adopt, open_store
from service.port import cure
from service.rereading import Rereading
from service.signals import on_stop
from service.supervisor import TO_END, handed_over, supervise, taken_over
from service.wiring import Huixin
from settings.announcements import announce
from settings.arguments import CommandLine, against, read_arguments
from settings.file.text import SettingsError
from settings.language import Sentence, said
from settings.log.lines import write_lines
from settings.requirements import tell_of_doubts
from settings.schema import Settings
from store.errors import StoreError
from store.place import place

gc.enable()
HERE = Path(__file__).resolve().parent

ABOUT = Sentence("Huixin: a language model behind a WeChat Official Account, and no answer lost")
DATABASE_GONE = 3  # exit code


def main() -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code: 2 for settings, 3 for a database file
    that was deleted, replaced or damaged meanwhile, 1 for anything else or what --check found."""
    options = read_arguments(sys.argv[1:], os.environ, about=ABOUT, config=HERE / "config.yml")
    settings = options.settings
    if options.check:
        return check(settings, options)
    write_lines(settings.log.level, settings.log.format, several=options.several)
    if options.first:
        tell_of_doubts(settings)
    command = [sys.executable, str(HERE / "server.py"), *sys.argv[1:]]
    try:
        if options.supervise:
            return supervise(command, settings.server, options.text, lost=DATABASE_GONE)
        if options.adopt:
            adopt(settings)
        if options.prepare or options.play:
            prepare(settings)
            return play(settings, command) if options.play else 0
        return serve(settings, options.inherited)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except (StoreError, OSError) as error:
        advice = cure(error)
        announce("not_started", "error", reason=f"{advice}: {error}" if advice else str(error))
        return 1


def prepare(settings: Settings) -> None:
    """Have the database and the operator's files looked at before anything serves.

    Raises `StoreError`, `SettingsError`.
    """
    db = open_store(settings, patience=LOCKED_FOR)
    try:
        own_files.tell(own_files.check(settings, db))
    finally:
        db.close()


def check(settings: Settings, options: CommandLine) -> int:
    """Look at everything outside, and at the operator's own files. Returns the exit code."""
    try:
        doubts = own_files.check(settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    if settings.mode == "sandbox":
        from sandbox.stand_ins import StandIns

        settings = against(settings, StandIns().start().settings())
    return checks.check(settings, options.config, options.url, doubts)


def serve(settings: Settings, inherited: tuple[int, int] | None) -> int:
    """Serve until told to stop. Returns the exit code. Raises `StoreError`, `OSError`,
    `SettingsError`."""
    stopping, rereading = Event(), Rereading()
    on_stop(stopping.set, read_again=rereading.read_all)
    listener = taken_over(inherited, stopping.set) if inherited else handed_over(os.environ)
    huixin = Huixin(settings, prepared=bool(inherited), rereading=rereading, stopping=stopping)
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
    from console.glance import glance
    from sandbox.phone.sandbox import Account, Sandbox  # which no live server waits for

    if settings.server.workers > 1:
        announce("one_worker", "warning", reason=said("the sandbox's stand-ins serve one process"))
    stopping = Event()
    wechat, server = settings.wechat, settings.server
    sandbox = Sandbox(
        command,
        Account(wechat.token, server.path, wechat.encoding_aes_key, wechat.encryption == "safe"),
        partial(glance, place(settings.store.named)),
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
