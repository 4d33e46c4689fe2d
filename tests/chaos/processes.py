"""The processes of a chaos run: a model that lives, and servers that are killed and started anew.

One that was told to stop serves until it has ended its tries; it is started again right after.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import gevent
import yaml

from sandbox.processes import ROOT, NotStarted, free_port
from tests.forking import Forked

Process = subprocess.Popen[bytes] | Forked

TOKEN = "chaostoken"
BAD = re.compile("event=(?:fault|not_read|not_saved|turned_away)|Traceback|level=critical")
FORGIVEN = re.compile("event=not_(?:read|saved)")  # where the database was away for a while
START_SECONDS = 30.0
END_SECONDS = 10.0  # that a worker may take, of which nobody here sees the end
STOP_SECONDS = 25.0  # the server's own bound, and a slow machine


def wait_until_it_listens(port: int, seconds: float = START_SECONDS) -> None:
    """Raises `NotStarted`."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            gevent.sleep(0.02)
    raise NotStarted(f"nothing listens on port {port}")


@dataclass
class Kill:
    """A process was told to end, and had ended; seconds since 1970."""

    at: float
    ended_at: float
    signal: int


class ModelProcess:
    """`python -m sandbox.model`; `asked` is its log."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        with (folder / "model.log").open("wb") as out:
            self._process = Forked("-m", "sandbox.model", "--port", str(self.port), log=out)
        wait_until_it_listens(self.port)

    def asked(self) -> list[dict[str, Any]]:
        """Every request: question, at, ended_at (None: the answer was not handed over)."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", "/asked")
            asked: list[dict[str, Any]] = json.loads(connection.getresponse().read())["asked"]
            return asked

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@dataclass
class ServerProcess:
    """`server.py` as in real use; `workers` are those of one server.

    `slowly` started, as by an operator, it needs a second until it listens, in which every push is
    refused; else it is forked, so many seconds after its end as it is `away`.
    """

    folder: Path
    name: str
    model_port: int
    workers: int = 1
    limits: dict[str, Any] = field(default_factory=dict)
    models: list[dict[str, Any]] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    slowly: bool = False
    away: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)  # of the settings
    store: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kills: list[Kill] = []
        self.did_not_stop = 0
        self._ending: list[gevent.Greenlet[..., None]] = []
        self.log = self.folder / f"{self.name}.log"
        self._config = self.folder / f"{self.name}.yml"
        self._config.write_text(yaml.safe_dump(self._settings()), encoding="utf-8")
        self.process: Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/wechat"

    def _settings(self) -> dict[str, Any]:
        server: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "path": "/wechat"}
        server["stop_seconds"] = 2  # under load all of it passes
        if self.workers > 1:
            server["workers"] = self.workers
        return {
            "mode": "live",
            "server": server,
            "store": self.store or {"path": str(self.folder / "chaos.db")},
            "wechat": {"token": TOKEN},
            "openai": {
                "api_keys": ["sk-chaos"],
                "base_url": f"http://127.0.0.1:{self.model_port}/v1",
                "model": "stand-in",
                "rsize": 300,
            },
            "models": self.models,
            "limits": {"gap_seconds": 0, "follower_queue": 20, "turn_seconds": 0, **self.limits},
            "texts": {"ai_label": ""},
            **self.more,
        }

    def spoil_settings(self) -> None:
        """Leave the file as somebody does who has not come to the end of changing it."""
        self._config.write_text("mode: live\nserver: {wor", encoding="utf-8")

    @property
    def command(self) -> list[str]:
        return ["server.py", "--config", str(self._config)]

    def start(self) -> None:
        with self.log.open("ab") as out:
            if self.slowly:
                command = [sys.executable, *self.command]
                self.process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
            else:
                self.process = Forked(*self.command, log=out)

    def see_that_it_runs(self) -> None:
        """Start it again where it ended by itself."""
        if self.process and self.process.poll() is not None:
            self.start()

    def kill_and_start_again(self, signum: int) -> None:
        """End the server, or one of its workers, and have it run again."""
        gevent.joinall(self._ending)
        process = self.process
        if not process:
            return
        victim = self._worker(process.pid) if self.workers > 1 else process.pid
        with suppress(ProcessLookupError):
            os.kill(victim, signum)
        kill = Kill(time.time(), time.time() + END_SECONDS, signum)
        self.kills.append(kill)
        if self.workers > 1:
            return  # its supervisor starts another
        self.process = None
        self._ending.append(gevent.spawn(self._replace, process, kill))
        if signum == signal.SIGKILL:  # else the dying one might be taken for the next
            gevent.joinall(self._ending)

    def wait_until_replaced(self) -> None:
        """Until the server that was started after the last kill listens."""
        gevent.joinall(self._ending)
        wait_until_it_listens(self.port)

    def _replace(self, process: Process, kill: Kill) -> None:
        self._end(process)
        kill.ended_at = time.time()
        gevent.sleep(self.away)
        self.start()

    def _worker(self, pid: int) -> int:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(children[len(self.kills) % len(children)]) if children else pid

    def _end(self, process: Process) -> None:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.did_not_stop += 1
            process.kill()
            process.wait()

    def stop(self) -> None:
        """Tell it to stop, and wait until all of it has."""
        gevent.joinall(self._ending)
        if self.process:
            self.process.terminate()
            self._end(self.process)

    def restarts(self) -> list[float]:
        """Seconds from each kill to the next process that listens."""
        listening = [
            datetime.fromisoformat(line.split()[0].removeprefix("time=")).timestamp()
            for line in self.log.read_text(errors="replace").splitlines()
            if "event=listening" in line
        ]
        after = ([at - kill.at for at in listening if at > kill.at] for kill in self.kills)
        return [min(seconds) for seconds in after if seconds]

    def faults(self) -> list[str]:
        """What no schedule of kills excuses: faults in the program."""
        text = self.log.read_text(errors="replace")
        return [
            line
            for line in text.splitlines()
            if BAD.search(line) and not ("url" in self.store and FORGIVEN.search(line))
        ]
