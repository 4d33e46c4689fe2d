"""Who may come in: what a push must be before anything is done with it.

Checks are in the order of their cost: signature, freshness, size, then the body and what is sealed
in it (protocol sheet 1.1-1.4, 4.4, 4.7). Only what is not proven to be WeChat's is refused: a
status of HTTP makes WeChat tell the follower that the account is out of order (1.11). What is
signed, and stale or not to be read, is taken without an answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from gevent import Timeout

from integrations import IntegrationError
from integrations.wechat.crypto import AesKey, Cipher, WrongMessageSignature
from integrations.wechat.elements import PushRefused
from integrations.wechat.freshness import Freshness, signing_time
from integrations.wechat.messages import Push, is_signed, parse, parse_envelope
from integrations.wechat.protocol import TRY_SECONDS
from settings.language import said

BODY_BYTES = 64 * 1024
# A text of 10,000 characters may be 280 KB: escaped in JSON, sealed, and open beside it (4.4).
SEALED_BYTES = 512 * 1024

Query = Mapping[str, str]


class NotAPush(IntegrationError):
    """The request is not a push that we take. `status` is the HTTP status that says so."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class WrongSignature(NotAPush):
    """Whoever signed it has another token."""


class Unreadable(IntegrationError):
    """A signed push that nothing can be made of. Another try would bring the same."""


class Stale(IntegrationError):
    """A signed push of another time: sent once more, or this machine's clock is wrong."""


class CutOff(IntegrationError):
    """The body of a signed push did not arrive whole. Another try may bring it."""

    retryable = True


@dataclass(frozen=True)
class Admitted:
    """A push that was let in, and what its reply has to be sealed with."""

    push: Push
    stamp: str = field(repr=False)  # the signature of the request: each try has its own
    nonce: str = field(repr=False)
    key: AesKey | None = None  # None: the push came open, and so goes the reply
    is_json: bool = False
    only_sealed: bool = False  # no open twin beside the sealed message: the account is in safe mode
    signed_at: int = 0  # seconds since 1970, by WeChat's clock


class Admission:
    """Checks requests against the token of the official account.

    `cipher` opens sealed pushes. With one, open pushes are refused where `only_sealed` says so, so
    that nobody switches the encryption off by leaving it away (4.4). `freshness` says what is old.
    """

    def __init__(
        self,
        token: str,
        freshness: Freshness,
        cipher: Cipher | None = None,
        only_sealed: Callable[[], bool] = lambda: False,
    ) -> None:
        self._token = token
        self._freshness = freshness
        self._cipher = cipher
        self._only_sealed = only_sealed

    def echo(self, query: Query) -> str:
        """What the URL check is answered with (1.1). Raises `NotAPush`."""
        self._check_signature(query)
        return query.get("echostr", "")

    def check(self, query: Query) -> None:
        """Whether a request is signed, and just now by a clock. Raises `NotAPush`, `Stale`."""
        if wrong := self._freshness.how_wrong(self._signed_at(query)):
            raise Stale(wrong)

    def clock_is_wrong(self, query: Query) -> str:
        """What is to be said of this machine's clock, where a request is of another time.

        It may also be an old request, sent once more. "" where a clock here is right.
        """
        signed_at = signing_time(query.get("timestamp", ""))
        return "" if signed_at is None else self._freshness.how_wrong(signed_at)

    def admit(self, query: Query, length: int, body: BinaryIO) -> Admitted:
        """The push that a POST brings. `length` is the declared one in bytes.

        Raises `NotAPush`, `Stale`, `Unreadable`, `CutOff`.
        """
        signed_at = self._signed_at(query)
        if not self._freshness.takes(signed_at):
            raise Stale(self._freshness.how_wrong(signed_at) or said("sent once more"))
        most = SEALED_BYTES if self._cipher else BODY_BYTES
        if length > most:
            raise Unreadable(f"a body of {length} bytes")
        try:
            return replace(self._open(query, _read(body, most)), signed_at=signed_at)
        except WrongMessageSignature as refused:
            raise NotAPush(403, f"{type(refused).__name__}: {refused}") from refused
        except PushRefused as refused:
            raise Unreadable(f"{type(refused).__name__}: {refused}") from refused

    def seal(self, admitted: Admitted, reply: bytes, *, at: float) -> bytes:
        """The reply as it goes out: sealed where the push was (4.5)."""
        if admitted.key is None or self._cipher is None:
            return reply
        return self._cipher.encrypt(
            reply,
            key=admitted.key,
            nonce=admitted.nonce,
            timestamp=int(at),
            as_json=admitted.is_json,
        )

    def _open(self, query: Query, body: bytes) -> Admitted:
        nonce = query.get("nonce", "")
        stamp = f"{query.get('signature', '')} {nonce}"
        if self._cipher is None:
            return Admitted(parse(body), stamp, nonce)
        declared = query.get("encrypt_type", "raw") != "raw"
        envelope = parse_envelope(body, declared=declared)
        if envelope.encrypt is None:
            if self._only_sealed() or declared:
                why = said(
                    "without Encrypt, in safe mode: to leave it, empty wechat.encoding_aes_key"
                )
                raise NotAPush(403, why)
            if len(body) > BODY_BYTES:
                raise Unreadable(f"an open body of {len(body)} bytes")
            return Admitted(parse(body), stamp, nonce)
        opened = self._cipher.decrypt(
            envelope.encrypt,
            msg_signature=query.get("msg_signature", ""),
            timestamp=query.get("timestamp", ""),
            nonce=nonce,
        )
        push = parse(opened.body)
        return Admitted(push, stamp, nonce, opened.key, envelope.is_json, envelope.only_sealed)

    def _signed_at(self, query: Query) -> int:
        """When a request was signed, in seconds since 1970. Raises `NotAPush`."""
        self._check_signature(query)
        signed_at = signing_time(query.get("timestamp", ""))
        if signed_at is None:
            raise NotAPush(403, "no timestamp")
        return signed_at

    def _check_signature(self, query: Query) -> None:
        signed = is_signed(
            self._token,
            signature=query.get("signature", ""),
            timestamp=query.get("timestamp", ""),
            nonce=query.get("nonce", ""),
        )
        if not query.get("signature"):
            raise NotAPush(
                403, said("no signature: a browser, or somebody else who is not WeChat?")
            )
        if not signed:
            why = said("wrong signature: is wechat.token the one in WeChat's console?")
            raise WrongSignature(403, why)


def _read(body: BinaryIO, most: int) -> bytes:
    try:
        with Timeout(TRY_SECONDS, CutOff("the body did not arrive in time")):
            content = body.read(most + 1)
    except OSError as broken:  # as gevent names chunks that are none, and a line that broke
        raise CutOff("the body did not arrive whole") from broken
    if len(content) > most:
        raise Unreadable(f"a body over {most} bytes")
    return content
