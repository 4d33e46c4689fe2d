"""The pool of connections to one service, with the proxy and certificates of the environment.

`requests` finds out what to connect to, and through what, as it does for everybody: once. What it
does for each call beside that takes as long as the call itself, so urllib3 is asked directly.
"""

from collections.abc import Mapping
from http.client import HTTPResponse

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Timeout
from urllib3.exceptions import LocationValueError

CONTINUE, SWITCHED, FINAL = 100, 101, 200


class FinalResponse(HTTPResponse):
    """The response behind those that say that one will come (102, 103)."""

    def _read_status(self) -> tuple[str, int, str]:
        # The library passes over the first of their kind alone.
        version, status, reason = super()._read_status()  # type: ignore[misc]
        return version, CONTINUE if SWITCHED < status < FINAL else status, reason


class Connections:
    """To `url` with the parameters `query`; `at_once` are kept open.

    `timeouts` are seconds: to connect, and of silence between two pieces. A proxy of the
    environment (HTTPS_PROXY, NO_PROXY) is used, as an operator behind one expects.
    """

    def __init__(
        self, url: str, query: Mapping[str, str], timeouts: tuple[float, float], at_once: int
    ) -> None:
        self._adapter = HTTPAdapter(pool_connections=1, pool_maxsize=at_once)
        session = requests.Session()
        # Looked up once: for every call it would cost more than the call.
        found = session.merge_environment_settings(url, {}, True, None, None)
        self._proxies, self._verify = found["proxies"], found["verify"]
        session.trust_env = False
        self._request = session.prepare_request(requests.Request("POST", url, params=dict(query)))
        self._timeout = Timeout(connect=timeouts[0], read=timeouts[1])
        self._to: tuple[HTTPConnectionPool, str] | None = None

    def post(self, body: bytes, headers: Mapping[str, str]) -> BaseHTTPResponse:
        """Post it; the response has its head, and its body is to be read. Raises the libraries'
        errors, `OSError` among them."""
        pool, target = self._to = self._to or self._found()
        sent = self._request.headers.copy()  # a name in other letters is the same name
        sent.update(headers)
        sent["Content-Length"] = str(len(body))
        return pool.urlopen(
            "POST",
            target,
            body=body,
            headers=sent,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
            retries=self._adapter.max_retries,
            timeout=self._timeout,
        )

    def close(self) -> None:
        """Let go of them."""
        self._adapter.close()

    def _found(self) -> tuple[HTTPConnectionPool, str]:
        request, proxies = self._request, self._proxies
        try:
            pool = self._adapter.get_connection_with_tls_context(request, self._verify, proxies)
        except LocationValueError as exc:
            raise requests.exceptions.InvalidURL(exc) from None
        self._adapter.cert_verify(pool, request.url, self._verify, None)  # type: ignore[no-untyped-call]
        assert isinstance(pool, HTTPConnectionPool), "what it makes for http and https"
        of_its_own = {"response_class": FinalResponse}
        pool.ConnectionCls = type("Connection", (pool.ConnectionCls,), of_its_own)
        return pool, self._adapter.request_url(request, proxies)
