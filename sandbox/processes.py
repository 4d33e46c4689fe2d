"""Processes of their own: the stand-in for the model, and the server as in real use."""

import json
import math
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import gevent
import yaml

ROOT = Path(__file__).resolve().parent.parent
TOKEN = "benchtoken"
START_SECONDS = 20.0
STOP_SECONDS = 15.0


class NotStarted(Exception):
    """A process did not come up."""


@contextmanager
def running(
    name: str, port: int, *command: str, log: Path, environ: Mapping[str, str] | None = None
) -> Iterator[int]:
    """A process of ours that listens on `port`, until the block ends. Raises `NotStarted`.

    `environ` is added to the environment of this process.
    """
    with (
        log.open("wb") as out,
        subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environ or {})},
        ) as process,
    ):
        try:
            if not _listens(port, process):
                raise NotStarted(f"{name} does not listen; its last lines:\n{_tail(log)}")
            yield process.pid
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            process.kill()  # does nothing where it has ended


@contextmanager
def busy(cores: int) -> Iterator[None]:
    """So many cores have something else to do, until the block ends."""
    burning = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(cores)]
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.wait()


def _listens(port: int, process: "subprocess.Popen[bytes]") -> bool:
    give_up_at = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < give_up_at:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            gevent.sleep(0.05)
    return False


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-5:])


def free_port() -> int:
    """A port for a server that may end and start again: nobody else is given it meanwhile.

    This process stays bound to it until it ends. Who listens with SO_REUSEADDR, as servers do, may
    have it all the same; whoever asks for any port gets another one.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = int(held.getsockname()[1])
    held.detach()
    return port


def live_config(
    place: Path, port: int, model_port: int, more: Mapping[str, dict[str, object]] | None = None
) -> Path:
    """A config file as for real use, with the model on loopback and a new store beside the file.

    `more` adds keys to its sections.
    """
    config: dict[str, Any] = {
        "mode": "live",
        "server": {"host": "127.0.0.1", "port": port, "path": "/wechat"},
        "store": {"path": str(place / "bench.db")},
        "wechat": {"token": TOKEN},
        "openai": {
            "api_keys": ["sk-bench"],
            "base_url": f"http://127.0.0.1:{model_port}/v1",
            "model": "stand-in",
        },
    }
    for section, keys in (more or {}).items():
        config[section] = config.get(section, {}) | keys
    path = place / "config.yml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path


@contextmanager
def model_process(place: Path) -> Iterator["Model"]:
    """The stand-in for the model, with its log in `place`. Raises `NotStarted`."""
    model = Model(free_port())
    command = ["-m", "sandbox.model", "--port", str(model.port)]
    with running("the model", model.port, *command, log=place / "model.log"):
        yield model


@dataclass(frozen=True)
class Model:
    """The stand-in, asked over HTTP as by anybody."""

    port: int

    def answers_after(self, seconds: float, **how: object) -> None:
        """Have each answer take so long; `how` are fields of the stand-in's behaviour."""
        ask(self.port, "POST", "/behaviour", {"after": seconds, **how})

    def begins(self) -> dict[str, list[float]]:
        """When each question came in, in seconds since 1970."""
        found: dict[str, list[float]] = {}
        for asked in ask(self.port, "GET", "/asked")["asked"]:
            found.setdefault(asked["question"], []).append(asked["at"])
        return found

    def ends(self) -> dict[str, list[float]]:
        """When the answers to each question ended, in seconds since 1970; `inf` if one did not."""
        found: dict[str, list[float]] = {}
        for asked in ask(self.port, "GET", "/asked")["asked"]:
            ended_at = math.inf if asked["ended_at"] is None else asked["ended_at"]
            found.setdefault(asked["question"], []).append(ended_at)
        return found


def ask(port: int, method: str, path: str, content: object = None) -> Any:
    """The JSON that a stand-in on loopback answers."""
    body = "" if content is None else json.dumps(content)
    with closing(HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())
