"""Asks an OpenAI-compatible `/moderations` whether a text is flagged, and for what.

The request is `{"input": text, "model": name}`, the answer `{"results": [{"flagged": true,
"categories": {"violence": true, ...}}]}` (OpenAI's API reference, "Moderations").
"""

import json
import re
from typing import Any

import requests
from gevent import Timeout
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError

from integrations import IntegrationError
from settings.language import Sentence

MOST_BYTES = 200_000  # of an answer: one with a score for each of many categories has 2,000
AT_ONCE = 50  # connections that are kept open
SHORT_WORD = re.compile(r"[A-Za-z][\w/ -]{0,40}", re.ASCII)
MOST_NAMED = 5
UNNAMED = "flagged"


class ModerationFailed(IntegrationError):
    """The service did not say whether a text is flagged."""

    retryable = True
    advice = Sentence("check moderation.service_url, service_key and service_model")


class Moderations:
    """One pooled session for all greenlets; an answer takes at most `seconds`.

    `base_url` is without `/moderations`; `key` and `model` may be empty.
    """

    def __init__(self, *, base_url: str, key: str, model: str, seconds: float) -> None:
        self._url = f"{base_url}/moderations"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._model = {"model": model} if model else {}
        self._seconds = seconds
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_connections=1, pool_maxsize=AT_ONCE))
        settings = self._session.merge_environment_settings(self._url, {}, False, None, None)
        self._proxies, self._verify = settings["proxies"], settings["verify"]
        self._session.trust_env = False

    def flagged(self, text: str) -> str:
        """The categories of a text that is flagged, with commas; "" where it is not.

        Raises `ModerationFailed`.
        """
        too_late = Timeout(self._seconds)
        try:
            with too_late:
                return _flagged_in(self._answer(text))
        except Timeout as timeout:
            if timeout is not too_late:
                raise
            reason = f"no answer within {self._seconds:g} s"
        except (OSError, HTTPError) as error:
            reason = type(error).__name__  # its text holds the address
        raise ModerationFailed(reason)

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def _answer(self, text: str) -> Any:
        with self._session.post(
            self._url,
            json={"input": text, **self._model},
            headers=self._headers,
            timeout=self._seconds,
            proxies=self._proxies,
            verify=self._verify,
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.status_code != 200:
                raise ModerationFailed(f"HTTP {response.status_code}")
            body = response.raw.read(MOST_BYTES + 1, decode_content=True)
        if len(body) > MOST_BYTES:
            raise ModerationFailed(f"the answer has more than {MOST_BYTES:,} bytes")
        try:
            return json.loads(body)
        except (ValueError, RecursionError):  # the second for thousands of brackets
            raise ModerationFailed("the answer is not JSON") from None


def _flagged_in(answer: Any) -> str:
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or not results or not all(map(_is_result, results)):
        raise ModerationFailed("the answer holds no results")
    if not any(result["flagged"] for result in results):
        return ""
    named = [name for result in results for name in _named(result)]
    return ",".join(sorted(set(named))[:MOST_NAMED]) or UNNAMED


def _is_result(result: Any) -> bool:
    return isinstance(result, dict) and isinstance(result.get("flagged"), bool)


def _named(result: dict[str, Any]) -> list[str]:
    categories = result.get("categories")
    if not isinstance(categories, dict):
        return []
    return [name for name, struck in categories.items() if struck is True and _is_name(name)]


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and SHORT_WORD.fullmatch(name) is not None
