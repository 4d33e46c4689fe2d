"""Services behind a chain of models, as they are met: dead, mute, thinking."""

import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from gevent.server import StreamServer

from sandbox.model import ModelStandIn
from settings.schema import ModelSettings, Secret
from tests.running import ROOMY, Running, running

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


class Mute:
    """Takes every question, says no more than `says`, and notices when the other side hangs up.

    Between the pieces there are pauses, in seconds.
    """

    def __init__(self, says: Sequence[bytes | float] = ()) -> None:
        self.asked = 0
        self.hung_up = Event()
        self._says = says
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def stop(self) -> None:
        self._server.stop(timeout=0)

    def _serve(self, connection: socket.socket, _: Any) -> None:
        self.asked += 1
        for piece in [HEADERS, *self._says] if self._says else ():
            if isinstance(piece, float):
                gevent.sleep(piece)
            else:
                connection.sendall(piece)
        while connection.recv(65536):
            pass
        self.hung_up.set()


def sign_of_life(thought: str) -> bytes:
    """An event that holds a thought and nothing to read."""
    choice = {"index": 0, "delta": {"content": "", "reasoning_content": thought}}
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


def spoken(text: str) -> bytes:
    """A whole answer in one event, and the end."""
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": "stop"}
    return f"data: {json.dumps({'choices': [choice]})}\n\ndata: [DONE]\n\n".encode()


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/v1"


def named(name: str, url: str, **more: Any) -> ModelSettings:
    """One model of the chain, with a key of its own."""
    return ModelSettings(
        name=name, base_url=url, model=name, api_keys=(Secret(f"sk-{name}"),), **more
    )


@contextmanager
def chained(
    folder: Path, *models: ModelSettings | ModelStandIn | Mute, openai: Any = None, **sections: Any
) -> Iterator[Running]:
    """A server before these models, in this order; the stand-ins among them are "0", "1", ..."""
    chain = [
        model if isinstance(model, ModelSettings) else named(str(number), model.url)
        for number, model in enumerate(models)
    ]
    quick = {"takeover_seconds": 0.3} | (openai or {})
    models = tuple(_with(model, quick) for model in chain)
    with running(folder, window=ROOMY, models=models, **sections) as app:
        yield app


def _with(model: ModelSettings, quick: dict[str, Any]) -> ModelSettings:
    given = {name: getattr(model, name) for name in model.model_fields_set}
    return ModelSettings(**quick | given)
