"""Model, server and floor of one measurement, each a process of its own, and what they cost.

Processor time and memory are what the system says of a process (`/proc`, Linux).
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Load, load_of
from bench.tls import certificate
from sandbox.processes import ROOT, free_port, live_config, running

TICKS = os.sysconf("SC_CLK_TCK")
AFTERWARDS = 0.3  # seconds in which the last of it is committed

Seen = list[dict[str, float | str]]
Sections = Mapping[str, dict[str, object]]


@dataclass(frozen=True)
class Program:
    """A server that runs; `started` is how many seconds it took until it listened."""

    pid: int
    port: int
    started: float

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2]
        return sum(map(int, fields.split()[11:13])) / TICKS

    def memory(self, *, peak: bool = False) -> float:
        """Megabytes (10^6 bytes) in memory now, or at the most so far."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii", errors="replace")
        label = "VmHWM:" if peak else "VmRSS:"
        [line] = [line for line in status.splitlines() if line.startswith(label)]
        return int(line.split()[1]) * 1024 / 1e6

    def load(self, rate: float, seconds: float, *more: str) -> Load:
        """Post so many messages a second for so long, and wait for the last."""
        before = self.cpu()
        seen = loaded(self.port, rate, seconds, *more)
        time.sleep(AFTERWARDS)
        return load_of(seen, self.cpu() - before)


def loaded(port: int, rate: float, seconds: float, *more: str) -> Seen:
    """What `bench.load` printed."""
    return ended(begun(port, rate, seconds, *more))


def ended(load: "subprocess.Popen[bytes]") -> Seen:
    """What a load that has begun printed at its end."""
    out, _ = load.communicate()
    if load.returncode:
        raise RuntimeError(f"the load ended with exit code {load.returncode}")
    seen: Seen = json.loads(out)
    return seen


def begun(port: int, rate: float, seconds: float, *more: str) -> "subprocess.Popen[bytes]":
    """A load that has begun, as a process."""
    how = ["--port", str(port), "--rate", str(rate), "--seconds", str(seconds), *more]
    command = [sys.executable, "-m", "bench.load", *how]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


class Rig:
    """Starts what a measurement needs, in a folder of its own, and stops it at the end.

    `model` are options of `bench.model`; `tls`: it is to speak TLS.
    """

    def __init__(self, stack: ExitStack, *model: str, tls: bool = False) -> None:
        self._stack = stack
        self.place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huixin-bench-")))
        self._pem = certificate(self.place / "model.pem") if tls else None
        pem = ["--pem", str(self._pem)] if self._pem else []
        self.model_port = free_port()
        self._start("the model", self.model_port, "-m", "bench.model", *pem, *model)

    def server(
        self,
        settings: Sections | None = None,
        *,
        environ: Mapping[str, str] | None = None,
        stack: ExitStack | None = None,
    ) -> Program:
        """Huixin as in real use, with those settings beside the usual ones.

        It is stopped with `stack`, which is the rig's where there is none.
        """
        port = free_port()
        sections = {**(settings or {})}
        trusted = {"REQUESTS_CA_BUNDLE": str(self._pem)} if self._pem else {}
        if self._pem:
            base_url = f"https://127.0.0.1:{self.model_port}/v1"
            sections["openai"] = {**sections.get("openai", {}), "base_url": base_url}
        config = live_config(self.place, port, self.model_port, sections)
        command = ("server.py", "--config", str(config))
        around = {**trusted, **(environ or {})}
        return self._run("server", port, *command, environ=around, stack=stack)

    def floor(self) -> Program:
        """The floor program on the same model."""
        port = free_port()
        ca = ["--ca", str(self._pem)] if self._pem else []
        how = ["--model-port", str(self.model_port), "--db", str(self.place / "floor.db"), *ca]
        return self._run("floor", port, "-m", "bench.floor", "--port", str(port), *how)

    def _start(self, name: str, port: int, *command: str) -> Program:
        return self._run(name, port, *command, "--port", str(port))

    def _run(
        self,
        name: str,
        port: int,
        *command: str,
        environ: Mapping[str, str] | None = None,
        stack: ExitStack | None = None,
    ) -> Program:
        log = self.place / f"{name}-{port}.log"
        began = time.monotonic()
        process = running(name, port, *command, log=log, environ=environ)
        pid = (stack or self._stack).enter_context(process)
        return Program(pid, port, time.monotonic() - began)


@contextmanager
def rig(*model: str, tls: bool = False) -> Iterator[Rig]:
    """See `Rig`. Raises `NotStarted`."""
    with ExitStack() as stack:
        yield Rig(stack, *model, tls=tls)


@contextmanager
def both(
    *model: str, settings: Sections | None = None, tls: bool = False
) -> Iterator[tuple[Program, Program]]:
    """Server and floor on one model, both warm. Raises `NotStarted`."""
    with rig(*model, tls=tls) as found:
        programs = found.server(settings), found.floor()
        warm(*programs)
        yield programs


def warm(*programs: Program) -> None:
    """A few messages to each, at the same time."""
    loads = [begun(each.port, 20, 1) for each in programs]
    for load in loads:
        ended(load)
