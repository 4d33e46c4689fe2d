"""A stand-in for the speech service, on its real protocol (speech sheet 2, 3, 8).

    python -m sandbox.speech --port 8791

It speaks short clips as MP3 of 16 kHz and 32 kbit/s, as long as the text would take, and hears what
it is told to hear. `POST /behaviour` with a JSON object of `SpeechBehaviour`'s fields says how it
behaves from then on, or with "times" for as many turns; `{}` makes it well again. `GET /asked`
tells what it has spoken and heard.
"""

import argparse
import json
import signal
import socket
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any, Self

import gevent
from gevent.event import Event
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

from sandbox.speech_scores import Wanted
from sandbox.speech_turns import (
    NOT_UNDERSTOOD,
    PCM_BYTES,
    RIFF_BYTES,
    NotSpeakable,
    SpeechBehaviour,
    asked_to_speak,
    behaviour_from,
    hear,
    language_of,
    speak,
    spoken,
)
from sandbox.speech_wire import ClientLeft, Message, Wire, upgrade_headers

CONNECTION = "sandbox.connection"
Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]


class _Handler(WSGIHandler):
    """Gives the application the connection beside the request: it may have to be dropped."""

    def get_environ(self) -> Environ:
        environ: Environ = super().get_environ()
        environ[CONNECTION] = self.socket
        # Small messages must not wait for the client's acknowledgement of those before.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return environ


class SpeechStandIn:
    """Listens from `start` to `stop`; `port` 0 takes a free one, which `url` tells then.

    `spoken` are the voices and texts it was asked for, `heard` the languages and seconds of voice,
    `judged` the seconds of voices whose pronunciation was judged, `keys` the subscription keys that
    came, `connections` how many there were. `watch` is told of each turn before it is answered.
    """

    def __init__(
        self, host: str = "127.0.0.1", port: int = 0, *, watch: Callable[[], object] = lambda: None
    ) -> None:
        self._watch = watch
        self.spoken: list[tuple[str, str]] = []
        self.heard: list[tuple[str, float]] = []
        self.judged: list[float] = []
        self.keys: list[str] = []
        self.connections = 0
        self._behaviour = SpeechBehaviour()
        self._server = WSGIServer(
            (host, port), self._application, handler_class=_Handler, log=None, spawn=Pool()
        )

    @property
    def url(self) -> str:
        """What `azure.endpoint` wants."""
        return f"ws://{self._server.server_host}:{self._server.server_port}"

    def start(self) -> Self:
        """Listen."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Drop every connection and listen no more."""
        self._server.stop(timeout=0)

    def behave(self, behaviour: SpeechBehaviour) -> None:
        """Behave so from now on."""
        self._behaviour = behaviour

    def will_behave(self) -> None:
        """Be well again."""
        self.behave(SpeechBehaviour())

    def will_refuse(self, status: int, *, times: int = 0) -> None:
        """Answer the upgrade with this HTTP status."""
        self.behave(SpeechBehaviour(refuse=status, times=times))

    def will_be_mute(self, *, at_connect: bool = False) -> None:
        """Never answer: the upgrade, or what is asked after it."""
        self.behave(SpeechBehaviour(mute=True) if at_connect else SpeechBehaviour(ends="silent"))

    def will_cut_after(self, size: int) -> None:
        """Drop the connection after so many bytes of audio."""
        self.behave(SpeechBehaviour(ends="cut", after=size))

    def will_fall_silent_after(self, size: int) -> None:
        """Send nothing more after so many bytes of audio."""
        self.behave(SpeechBehaviour(ends="silent", after=size))

    def will_close(self, code: int, *, after: int = 0) -> None:
        """Close with this code after so many bytes of audio."""
        self.behave(SpeechBehaviour(ends="close", code=code, after=after))

    def will_answer_empty(self) -> None:
        """End turns without audio."""
        self.behave(SpeechBehaviour(empty=True))

    def will_delay(self, seconds: float, *, between: float = 0.0) -> None:
        """Think before an answer, and between two pieces of audio."""
        self.behave(SpeechBehaviour(delay=seconds, pause=between))

    def will_recognize(self, *phrases: str, badly: tuple[str, ...] = ()) -> None:
        """Hear these phrases, one after another, some words of them said `badly`.

        Without any, understand nothing.
        """
        self.behave(replace(self._behaviour, phrases=phrases, said_badly=badly))

    def _application(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            return self._connect(environ, start_response)
        status, answer = self._answer_over_http(environ)
        start_response(status, [("Content-Type", "application/json; charset=utf-8")])
        return [json.dumps(answer, ensure_ascii=False).encode() + b"\n"]

    def _answer_over_http(self, environ: Environ) -> tuple[str, dict[str, object]]:
        asked = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if asked == ("GET", "/asked"):
            told = {"spoken": self.spoken, "heard": self.heard, "judged": self.judged}
            return "200 OK", told
        if asked != ("POST", "/behaviour"):
            return "404 Not Found", {"error": "only POST /behaviour, GET /asked and the WebSocket"}
        try:
            self.behave(behaviour_from(environ["wsgi.input"].read()))
        except ValueError as exc:
            return "400 Bad Request", {"error": str(exc)}
        return "200 OK", asdict(self._behaviour)

    def _connect(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        self.connections += 1
        self.keys.append(environ.get("HTTP_OCP_APIM_SUBSCRIPTION_KEY", ""))
        if self._behaviour.refuse:
            status = self._now().refuse
            start_response(f"{status} Refused", [("Connection", "close")])
            return []
        if self._behaviour.mute:
            self._now()
            environ["wsgi.input"].read()  # until the client has had enough
            return []
        write = start_response(
            "101 Switching Protocols", upgrade_headers(environ["HTTP_SEC_WEBSOCKET_KEY"])
        )
        write(b"")
        self._converse(Wire(environ["wsgi.input"], write, environ[CONNECTION]))
        return []

    def _converse(self, wire: Wire) -> None:
        # Turns are answered beside the reading, so that a client that leaves is noticed.
        turns, voice, wanted = Pool(), dict[str, int](), dict[str, Wanted]()
        try:
            for message in wire.messages():
                if message.path == "speech.context":
                    wanted[message.request_id] = Wanted.of(message.body)
                elif message.path == "ssml":
                    turns.spawn(_while_there, self._speak, wire, message)
                elif message.path == "audio" and message.body:
                    size = voice.get(message.request_id, -RIFF_BYTES) + len(message.body)
                    voice[message.request_id] = size
                elif message.path == "audio":
                    seconds = max(0, voice.pop(message.request_id, 0)) / PCM_BYTES
                    want = wanted.pop(message.request_id, Wanted())
                    turns.spawn(_while_there, self._hear, wire, message, seconds, want)
        except ClientLeft:
            pass
        finally:
            turns.kill()
            wire.cut()

    def _speak(self, wire: Wire, message: Message) -> None:
        try:
            voice, text = asked_to_speak(message.body)
        except NotSpeakable as exc:
            wire.close(NOT_UNDERSTOOD, str(exc))
            return
        self.spoken.append((voice, text))
        self._watch()
        speak(wire, message.request_id, spoken(voice, text), self._now())

    def _hear(self, wire: Wire, message: Message, seconds: float, wanted: Wanted) -> None:
        behaviour = self._now()
        if wanted.assessed:
            self.judged.append(seconds)
        else:
            self.heard.append((language_of(behaviour.phrases), seconds))
        self._watch()
        hear(wire, message.request_id, seconds, wanted, behaviour)

    def _now(self) -> SpeechBehaviour:
        """The behaviour for one more connection or turn."""
        now = self._behaviour
        if now.times:
            self.behave(replace(now, times=now.times - 1) if now.times > 1 else SpeechBehaviour())
        return now


def _while_there(answer: Callable[..., None], *arguments: object) -> None:
    try:
        answer(*arguments)
    except ClientLeft:
        pass


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    how = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.speech", description=__doc__, formatter_class=how
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="a free one, if not given")
    options = parser.parse_args()
    stand_in = SpeechStandIn(options.host, options.port).start()
    stopped = Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(sign, stopped.set)
    print(stand_in.url, flush=True)
    stopped.wait()
    stand_in.stop()


if __name__ == "__main__":
    main()
