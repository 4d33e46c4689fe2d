"""The language model: one question to any OpenAI-compatible service, streamed or whole."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import gevent
import requests
from gevent import Timeout
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from sseclient import SSEClient
from urllib3.exceptions import HTTPError, ReadTimeoutError

from integrations.model_errors import (
    AnswerTooLate,
    AnswerTooLong,
    AnswerWithheld,
    EmptyAnswer,
    KeyRefused,
    MalformedEvent,
    ModelError,
    ModelFailed,
    ModelSilent,
    ModelUnreachable,
    OverTheLimit,
    StreamCut,
    refusal,
)

PIECE_BYTES = 16 * 1024
LONGEST_BODY = 8 * 1024 * 1024  # bytes of an answer, its wrapping included
LONGEST_ANSWER = 100_000  # characters
DRAIN_SECONDS = 1.0
QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)  # Linux has it

Turns = list[dict[str, str]]


@dataclass(frozen=True)
class Answer:
    """What the model said. `cut_by_length`: it stopped at `max_tokens`."""

    text: str = field(repr=False)
    cut_by_length: bool


class _Reading:
    """An answer as it comes in."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._pieces: list[str] = []
        self._length = 0
        self.begun = False  # whether there is anything to read yet
        self._half = ""  # the first half of a character, whose other half is still to come
        self._finish: str | None = None

    @property
    def finished(self) -> bool:
        return self._finish is not None

    def take(self, content: Any) -> None:
        """One event of the stream, or the whole answer. Raises `ModelError`s.

        Behind the end of the answer there may be anything: the usage, in whatever form.
        """
        if self.finished:
            return
        if not isinstance(content, dict):
            raise MalformedEvent("not a JSON object")
        if error := content.get("error"):
            raise _reported(error)
        choices = content.get("choices")
        if not isinstance(choices, list):
            raise MalformedEvent("an event without choices")
        if not choices:  # the last event may bring nothing but the usage
            return
        choice = choices[0]
        message = isinstance(choice, dict) and (choice.get("delta") or choice.get("message") or {})
        text = message.get("content") if isinstance(message, dict) else 0
        if not isinstance(text, str | None):
            raise MalformedEvent("a choice without text")
        if text:
            self._add(text)
        self._finish = choice.get("finish_reason") or self._finish

    def _add(self, piece: str) -> None:
        text = self._half + piece
        self._half = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        text = _whole(text.removesuffix(self._half))
        if not text:
            return
        self._length += len(text)
        self.begun = self.begun or not text.isspace()
        if self._length > LONGEST_ANSWER:
            raise AnswerTooLong(f"more than {LONGEST_ANSWER} characters")
        self._pieces.append(text)
        self._on_text(text)

    def answer(self) -> Answer:
        """The answer, once it has ended. Raises `AnswerWithheld`, `EmptyAnswer`."""
        if self._finish == "content_filter":
            raise AnswerWithheld("finish_reason is content_filter")
        text = "".join(self._pieces)
        if not text.strip():
            raise EmptyAnswer("the answer is blank")
        return Answer(text, cut_by_length=self._finish == "length")


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
        temperature: float,
        stream: bool,
        connect_seconds: float,
        read_seconds: float,
        at_once: int,
    ) -> None:
        self._url = f"{base_url}/chat/completions"
        self._how = {"model": model, "temperature": temperature, "stream": stream}
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
        reading = _Reading(on_text)
        too_late = Timeout(max(0.0, deadline - time.monotonic()))
        try:
            with too_late:
                return self._exchange(turns, key, max_tokens, reading)
        except Timeout as timeout:
            if timeout is not too_late:
                raise
            problem: ModelError = AnswerTooLate("the answer did not end in time")
        except ModelError as error:
            problem = error
        except (RequestException, HTTPError) as exc:
            problem = _named_after(exc, reading.begun)
        problem.begun = reading.begun
        raise problem from None  # what it came from may hold the question or an address

    def _exchange(self, turns: Turns, key: str, max_tokens: int, reading: _Reading) -> Answer:
        response = self._post(turns, key, max_tokens)
        done = False
        try:
            if response.status_code != 200:
                headers = {name.lower(): value for name, value in response.headers.items()}
                raise refusal(response.status_code, headers, at=time.time())
            if self._stream:
                _read_stream(response, reading)
            else:
                reading.take(_json(b"".join(_pieces(response))))
            done = True
        finally:
            # Also where a deadline struck. A connection is used again only when it is read empty.
            gevent.spawn(_drain, response) if done else response.close()
        return reading.answer()

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


def _read_stream(response: requests.Response, reading: _Reading) -> None:
    """Read until the service says that it is done; the rest of the body is not waited for."""
    broken: ModelError | None = None
    try:
        for event in SSEClient(_pieces(response)).events():
            if broken:
                raise broken
            if event.data == "[DONE]":
                return
            try:
                reading.take(_json(event.data))
            except MalformedEvent as error:
                if not reading.finished:
                    broken = error  # or only the last one, cut in the middle
    except UnicodeDecodeError:
        raise MalformedEvent("not UTF-8") from None
    if not reading.finished:
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


def _whole(text: str) -> str:
    """The text with halves of characters put together, and without those that are alone."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _json(content: str | bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise MalformedEvent("not JSON") from None


def _reported(error: Any) -> ModelError:
    """An error that came inside the stream, by the service's own words for it."""
    kinds = (
        {str(error.get(name, "")) for name in ("code", "type")} if type(error) is dict else set()
    )
    if any("rate_limit" in kind or kind in ("429", "insufficient_quota") for kind in kinds):
        return OverTheLimit("an error in the answer: over the limit")
    if any("invalid_api_key" in kind or "authentication" in kind for kind in kinds):
        return KeyRefused("an error in the answer: the key is refused")
    return ModelFailed("an error in the answer")


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
