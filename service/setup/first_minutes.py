"""The server, started, and what its log tells of its first minutes with WeChat."""

import json
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from signal import SIGINT, SIGTERM

import gevent
from gevent.subprocess import PIPE, Popen

from service.setup.guide import ROOT
from settings.language import said
from store.messages import State
from store.outcomes import Outcome

STOPPED_BY = (0, -SIGTERM, -SIGINT)
HIDING = ("warning", "error")  # levels of the log that leave out what is waited for
GRAVE = ("warning", "error", "critical")
Say = Callable[..., None]
PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')


class FirstMinutes:
    """Tells what happens, once each, until the first message is answered: see `done`."""

    def __init__(self, say: Say, now: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._now = now
        self._began: dict[str, float] = {}  # messages, by when they came
        self._listens = self._verified = False
        self._refused = ""
        self.done = False

    def hear(self, line: str) -> None:
        """One line of the log."""
        fields = read(line)
        heard = HEARD.get(fields.get("event", ""))
        if self.done:
            self._say(line)
        elif heard:
            heard(self, fields)
        elif not fields or fields.get("level") in GRAVE:
            self._say(line, "yellow")

    def _listening(self, fields: Mapping[str, str]) -> None:
        if self._listens:  # and another worker does now
            return
        self._listens = True
        where = f"{fields.get('host')}:{fields.get('port')}"
        self._say(said("✓ The server listens on {where}", where=where), "green")
        self._say(said("Waiting for WeChat's check (save in the console now) …"))

    def _url_checked(self, fields: Mapping[str, str]) -> None:
        if not self._verified:
            self._verified = True
            self._say(said("✓ WeChat has checked the URL"), "green")
            self._say(said("Waiting for the first message: write to the account in WeChat …"))

    def _turned_away(self, fields: Mapping[str, str]) -> None:
        why = f"✗ {fields.get('reason', '')}"
        if fields.get("error") == "WrongSignature":
            why = said("✗ A request came, and its signature is wrong: the two Tokens differ")
        if why != self._refused:
            self._refused = why
            self._say(why, "red")

    def _received(self, fields: Mapping[str, str]) -> None:
        self._began[fields.get("message", "")] = self._now()

    def _try_ended(self, fields: Mapping[str, str]) -> None:
        began = self._began.get(fields.get("message", ""))
        if began is None or fields.get("outcome") not in OUTCOMES:
            return
        took, late = self._now() - began, fields["outcome"] != Outcome.REPLIED
        if late:
            self._say(said("! The first answer is not there in time: 继续 collects it"), "yellow")
        else:
            self._say(said("✓ The first message is answered, in {took:.1f} s", took=took), "green")
        self.done = True
        self._say(said("The server runs on; Ctrl-C stops it. make live starts it again."))

    def _moved(self, fields: Mapping[str, str]) -> None:
        if fields.get("to") == State.FAILED:
            reason = fields.get("reason", "")
            self._say(said("✗ A message could not be answered: {reason}", reason=reason), "red")

    def _not_started(self, fields: Mapping[str, str]) -> None:
        self._say(f"✗ {fields.get('reason', '')}", "red")


OUTCOMES = (Outcome.REPLIED, Outcome.PARTIAL, Outcome.THINKING)
HEARD: dict[str, Callable[[FirstMinutes, Mapping[str, str]], None]] = {
    "listening": FirstMinutes._listening,
    "url_checked": FirstMinutes._url_checked,
    "turned_away": FirstMinutes._turned_away,
    "received": FirstMinutes._received,
    "try_ended": FirstMinutes._try_ended,
    "moved": FirstMinutes._moved,
    "not_started": FirstMinutes._not_started,
}


def command(config: Path) -> list[str]:
    """How the server is started."""
    return [sys.executable, str(ROOT / "server.py"), "--config", str(config.absolute())]


def run(config: Path, say: Say, *, once: bool) -> int:
    """Run the server until Ctrl-C; with `once` until its first message is answered.

    Returns its exit code. It is stopped in order, whatever ends this.
    """
    process = Popen(command(config), stderr=PIPE, text=True, encoding="utf-8", errors="replace")
    first = FirstMinutes(say)
    told = [gevent.signal_handler(sign, process.terminate) for sign in (SIGINT, SIGTERM)]
    try:
        for line in process.stderr or ():
            first.hear(line.rstrip("\n"))
            if once and first.done:
                break
    finally:
        process.terminate()
        code = int(process.wait())
        for watcher in told:
            watcher.cancel()
    return 0 if code in STOPPED_BY else code


def read(line: str) -> Mapping[str, str]:
    """The fields of a line, whatever `log.format` is; none where it is no line of the log."""
    if line.startswith("{"):
        try:
            return {name: str(value) for name, value in json.loads(line).items()}
        except ValueError:
            return {}
    if not line.startswith("time="):
        return {}
    return {name: _bare(value) for name, value in PAIR.findall(line)}


def _bare(value: str) -> str:
    if not value.startswith('"'):
        return value
    return value[1:-1].replace('\\"', '"').replace("\\x3d", "=").replace("\\\\", "\\")
