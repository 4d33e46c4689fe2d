"""The language model: one question to any OpenAI-compatible service, streamed or whole."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import gevent
import requests
from gevent import Timeout
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from sseclient import SSEClient
from urllib3.exceptions import HTTPError, ReadTimeoutError

from integrations.model.answer import Answer, IncomingAnswer
from integrations.model.errors import (
    AnswerTooLate,
    AnswerTooLong,
    KeyRefused,
    MalformedEvent,
    ModelError,
    ModelSilent,
    ModelUnreachable,
    OverTheLimit,
    StreamCut,
    refusal,
)

PIECE_BYTES = 16 * 1024
LONGEST_BODY = 8 * 1024 * 1024  # bytes of an answer, its wrapping included
DRAIN_SECONDS = 1.0
QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux has it

Turns = list[dict[str, str]]


class ChatModel:
    """One pooled session for all greenlets; `at_once` connections are kept open.

    Connecting takes at most `connect_seconds`, a silence between two pieces `read_seconds`. A proxy
    of the environment (HTTPS_PROXY, NO_PROXY) is used, as an operator behind one expects.
    """

    def __init__(
        self,
        *,
        base_url: str,
        model: str,
        temperature: float | None,
        stream: bool,
        connect_seconds: float,
        read_seconds: float,
        at_once: int,
    ) -> None:
        self._url = f"{base_url}/chat/completions"
        self._how: dict[str, object] = {"model": model, "stream": stream}
        self._how |= {} if temperature is None else {"temperature": temperature}
        self._stream = stream
        self._timeouts = (connect_seconds, read_seconds)
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=at_once))
        # Looked up once: for every call it would cost more than the call.
        settings = self._session.merge_environment_settings(self._url, {}, True, None, None)
        self._proxies, self._verify = settings["proxies"], settings["verify"]
        self._session.trust_env = False

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def ask(
        self,
        turns: Turns,
        *,
        key: str,
        max_tokens: int,
        deadline: float,
        on_text: Callable[[str], None],
    ) -> Answer:
        """Ask with the conversation so far; `on_text` is told each piece as it arrives.

        `deadline` is of `time.monotonic()`; it holds for the whole answer. Raises `ModelError`s,
        whose `begun` says whether any text had come.
        """
        incoming = IncomingAnswer(on_text)
        too_late = Timeout(max(0.0, deadline - time.monotonic()))
        try:
            with too_late:
                return self._exchange(turns, key, max_tokens, incoming)
        except Timeout as timeout:
            if timeout is not too_late:
                raise
            problem: ModelError = AnswerTooLate("the answer did not end in time")
        except ModelError as error:
            problem = error
        except (RequestException, HTTPError) as exc:
            problem = _named_after(exc, incoming.begun)
        problem.begun = incoming.begun
        raise problem from None  # what it came from may hold the question or an address

    def _exchange(
        self, turns: Turns, key: str, max_tokens: int, incoming: IncomingAnswer
    ) -> Answer:
        response = self._post(turns, key, max_tokens)
        done = False
        try:
            if response.status_code != 200:
                headers = {name.lower(): value for name, value in response.headers.items()}
                raise refusal(response.status_code, headers, at=time.time())
            if self._stream:
                _read_stream(response, incoming)
            else:
                incoming.take(_json(b"".join(_pieces(response))))
            done = True
        finally:
            # Also where a deadline struck. A connection is used again only when it is read empty.
            gevent.spawn(_drain, response) if done else response.close()
        return incoming.answer()

    def _post(self, turns: Turns, key: str, max_tokens: int) -> requests.Response:
        body = {"messages": turns, "max_tokens": max_tokens, **self._how}
        headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Accept": "text/event-stream" if self._stream else "application/json",
        }
        return self._session.post(
            self._url,
            data=json.dumps(body),
            headers=headers,
            timeout=self._timeouts,
            proxies=self._proxies,
            verify=self._verify,
            allow_redirects=False,
            stream=True,
        )


def _read_stream(response: requests.Response, incoming: IncomingAnswer) -> None:
    """Read until the service says that it is done; the rest of the body is not waited for."""
    broken: ModelError | None = None
    try:
        for event in SSEClient(_pieces(response)).events():
            if broken:
                raise broken
            if event.data == "[DONE]":
                return
            try:
                incoming.take(_json(event.data))
            except MalformedEvent as error:
                if not incoming.finished:
                    broken = error  # or only the last one, cut in the middle
    except UnicodeDecodeError:
        raise MalformedEvent("not UTF-8") from None
    if not incoming.finished:
        raise StreamCut("the stream ended before the answer did")


def _pieces(response: requests.Response) -> Iterator[bytes]:
    """The body, each piece as soon as it is there; `iter_content` would wait for a full one."""
    total = 0
    connection = getattr(response.raw.connection, "sock", None)
    _acknowledge(connection)
    while piece := response.raw.read1(PIECE_BYTES, decode_content=True):
        _acknowledge(connection)
        total += len(piece)
        if total > LONGEST_BODY:
            raise AnswerTooLong(f"more than {LONGEST_BODY} bytes")
        yield piece


def _acknowledge(connection: socket.socket | None) -> None:
    """Have the kernel acknowledge what came at once, not 40 ms later.

    A server that has not switched Nagle's algorithm off holds its next piece back until then.
    """
    if connection is not None and QUICK_ACK is not None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, QUICK_ACK, 1)
        except OSError:
            pass  # it is closed, which the next read says better


def _drain(response: requests.Response) -> None:
    """Read what is left, mostly the end mark, so that the connection can be used again."""
    try:
        with Timeout(DRAIN_SECONDS):
            for _ in _pieces(response):
                pass
    except (ModelError, HTTPError, Timeout):
        pass  # then it is closed, not used again
    finally:
        response.close()


def _json(content: str | bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise MalformedEvent("not JSON") from None


def _named_after(exc: Exception, begun: bool) -> ModelError:
    name = type(exc).__name__
    if isinstance(exc, ReadTimeoutError | requests.ReadTimeout):
        return ModelSilent(name)
    if begun or not isinstance(exc, RequestException):
        return StreamCut(name)
    return ModelUnreachable(name)


__all__ = [
    "Answer",
    "ChatModel",
    "KeyRefused",
    "ModelError",
    "OverTheLimit",
]
