"""`server.py` as an operator starts it, with a settings file, for the length of a block."""

import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.forking import Forked

START_SECONDS = 30.0


@contextmanager
def serving(
    config: Path, folder: Path, *more: str, program: str = ""
) -> Iterator[tuple[int, Path]]:
    """`server.py` with this file and `more` words, started in `folder`: its port and its log.

    With a `program` that runs it, whose first word it is. Nothing may ask anything of the outside:
    it would have to pass a proxy that takes nobody.
    """
    log = folder / "log"
    run = [str(ROOT / "server.py"), "--config", str(config), "--port", "0", *more]
    if program:
        run = ["-c", program, *run]
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        with log.open("wb") as out:
            process = Forked(*run, log=out, cwd=folder, environ=_environment(proxy))
        try:
            yield _port(process, log), log
        finally:
            process.terminate()
            assert process.wait(30) == 0, log.read_text()
        proxy.setblocking(False)
        with pytest.raises(BlockingIOError):
            proxy.accept()


def _environment(proxy: socket.socket) -> dict[str, str]:
    address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
    inherited = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return {**inherited, "HTTP_PROXY": address, "HTTPS_PROXY": address, "NO_PROXY": "127.0.0.1"}


def _port(process: Forked, log: Path) -> int:
    give_up_at = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < give_up_at:
        if found := re.search(r"event=listening host=\S+ port=(\d+)", log.read_text()):
            return int(found[1])
        time.sleep(0.02)
    raise AssertionError(f"does not listen: {log.read_text()}")


def url_of(port: int) -> str:
    return f"http://127.0.0.1:{port}/wechat"
