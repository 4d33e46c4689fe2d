"""The language model: one question to any OpenAI-compatible service, streamed or whole."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import gevent
from gevent import Timeout
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from integrations.model.answer.incoming import Answer, IncomingAnswer
from integrations.model.answer.receiving import read
from integrations.model.body import streaming
from integrations.model.codes import own_words
from integrations.model.connections import Connections
from integrations.model.content.endings import OddEnds
from integrations.model.errors import (
    AnswerTooLate,
    AnswerTooLong,
    ModelError,
    ModelSilent,
    ParameterRefused,
)
from integrations.model.parameters import OLD_LIMIT, Parameters, Turns
from integrations.model.refusals.network import address, named_after
from integrations.model.refusals.responses import error_of
from settings.announcements import announce
from settings.language import said

NOTHING: Mapping[str, Any] = MappingProxyType({})
DRAIN_SECONDS = 1.0
LONGEST_WORD = 8  # characters of a key that is none, as "ollama"


class ChatModel:
    """One pool for all greenlets; `at_once` connections are kept open.

    Connecting takes at most `connect_seconds`, a silence between two pieces `read_seconds`. What is
    `extra` is sent with each request, in place of what would be sent otherwise. A proxy of the
    environment (HTTPS_PROXY, NO_PROXY) is used, as an operator behind one expects. `place` is where
    its settings stand, for advice.
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
        token_limit_name: str = OLD_LIMIT,
        extra_body: Mapping[str, Any] = NOTHING,
        extra_headers: Mapping[str, str] = NOTHING,
        extra_query: Mapping[str, str] = NOTHING,
        place: str = "openai",
    ) -> None:
        self._url = f"{base_url}/chat/completions"
        self._place = place
        self._headers = dict(extra_headers)
        self._parameters = Parameters(
            model, stream, temperature, token_limit_name, extra=extra_body
        )
        self._connections = Connections(
            self._url, extra_query, (connect_seconds, read_seconds), at_once
        )
        self._odd_ends = OddEnds()

    @property
    def streams(self) -> bool:
        """Whether an answer comes while it is written, as far as is known by now."""
        return self._parameters.stream

    def close(self) -> None:
        """Let go of the connections."""
        self._connections.close()

    def ask(
        self,
        turns: Turns,
        *,
        key: str,
        max_tokens: int,
        temperature: float | None = None,
        deadline: float,
        on_text: Callable[[str], None],
    ) -> Answer:
        """Ask with the conversation so far; `on_text` is told each piece as it arrives.

        It is told "" of a thought that is not to be read. `deadline` is of `time.monotonic()`; it
        holds for the whole answer. `temperature` stands in the place of the settings' own, where
        they have one. Raises `ModelError`s, also where a part of the answer had come by then.
        """
        incoming, parameters = IncomingAnswer(on_text), self._parameters
        too_late = Timeout(max(0.0, deadline - (began := time.monotonic())))
        try:
            with too_late:
                asked = parameters.body(turns, max_tokens, temperature)
                answer = self._exchange(asked, key, incoming)
                self._odd_ends.tell(answer.odd_end, turns)
                return answer
        except Timeout as timeout:
            if timeout is not too_late:
                raise
            if incoming.ended:
                return incoming.answer()
            problem: ModelError = AnswerTooLate("the answer did not end in time")
            if parameters.stream and not incoming.understood:
                problem = ModelSilent(f"not one word within {deadline - began:.2g} s")
        except ModelError as error:
            problem = error
        if isinstance(problem, ParameterRefused):
            self._adapt(problem, parameters)
        problem.asked = address(self._url)
        if len(key) > LONGEST_WORD:  # it may stand in an address that is named
            problem.args = (str(problem.args[0]).replace(key, "…"),)
        problem.code = own_words(problem.code, turns, key)
        raise problem from None  # what it came from may hold the question or an address

    def _exchange(self, asked: dict[str, Any], key: str, incoming: IncomingAnswer) -> Answer:
        answering = done = False
        response: BaseHTTPResponse | None = None
        pieces: Iterator[bytes] = iter(())
        try:
            response = self._post(asked, key)
            answering = True
            if not 200 <= response.status < 300:
                raise error_of(response, self._url, self._parameters.extra)
            pieces = streaming.pieces(response)
            read(pieces, incoming)
            done = True
        except (OSError, HTTPError) as exc:
            if not incoming.ended:
                raise named_after(exc, answering=answering) from None
        except AnswerTooLong:
            if not incoming.ended:
                raise
        finally:
            # Also where a deadline struck. A connection is used again only when it is read empty.
            if response is not None:
                gevent.spawn(_drain, response, pieces) if done else response.close()
        return incoming.answer()

    def _post(self, asked: dict[str, Any], key: str) -> BaseHTTPResponse:
        headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Accept": "text/event-stream" if asked["stream"] else "application/json",
        }
        return self._connections.post(json.dumps(asked).encode(), headers | self._headers)

    def _adapt(self, error: ParameterRefused, used: Parameters) -> None:
        """Ask from now on as the service says, if another call has not seen to that meanwhile."""
        adapted, cure = used.without(error.refused)
        error.adapted = self._parameters != used or bool(cure)
        if self._parameters == used and cure:
            self._parameters = adapted
            cure = cure.replace("openai", self._place, 1)
            refused, advice = error.refused.what, said("set {cure}", cure=cure)
            announce("model_adapted", "warning", refused=refused, advice=advice)


def _drain(response: BaseHTTPResponse, pieces: Iterator[bytes]) -> None:
    """Read what is left, mostly the end mark, so that the connection can be used again."""
    try:
        with Timeout(DRAIN_SECONDS):
            for _ in pieces:
                pass
    except (ModelError, OSError, HTTPError, Timeout):
        pass  # then it is closed, not used again
    finally:
        response.close()
