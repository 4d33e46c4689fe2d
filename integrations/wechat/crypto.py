"""Sealed messages of the safe and the compatible mode (protocol sheet 4): AES-256-CBC and a frame.

What comes in was signed before it is deciphered, so nobody without the token can try ciphertexts.
"""

import hmac
import json
import os
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from integrations import IntegrationError
from integrations.wechat.elements import PushRefused
from integrations.wechat.messages import matches, signature
from integrations.wechat.replies import cdata
from settings.language import said

ENCODING_AES_KEY = re.compile(r"[A-Za-z0-9]{43}")
RANDOM_BYTES = 16
LENGTH_BYTES = 4
PADDING = PKCS7(32 * 8)  # to 32 bytes, not to the 16 of an AES block (4.2)


class WrongMessageSignature(PushRefused):
    """`msg_signature` was not made with our token."""


class NotDecipherable(PushRefused):
    """The sealed message is broken, or was sealed with a key that we do not have."""


class WrongAppId(PushRefused):
    """The message was sealed for another account."""


class InvalidAesKey(IntegrationError):
    """An EncodingAESKey is 43 letters and digits."""


class AesKey:
    """One EncodingAESKey, ready for use. Raises `InvalidAesKey`."""

    def __init__(self, encoding_aes_key: str) -> None:
        if not ENCODING_AES_KEY.fullmatch(encoding_aes_key):
            raise InvalidAesKey("an EncodingAESKey is 43 letters and digits")
        # Not strict: the last letter may carry bits that belong to no byte (4.1).
        key = b64decode(encoding_aes_key + "=")
        self._cipher = BlockCipher(algorithms.AES(key), modes.CBC(key[:16]))

    def encipher(self, plain: bytes) -> bytes:
        """Pads and enciphers."""
        padder, encryptor = PADDING.padder(), self._cipher.encryptor()
        padded = padder.update(plain) + padder.finalize()
        return encryptor.update(padded) + encryptor.finalize()

    def decipher(self, sealed: bytes) -> bytes:
        """Undoes `encipher`. Raises `NotDecipherable`."""
        unpadder, decryptor = PADDING.unpadder(), self._cipher.decryptor()
        try:
            padded = decryptor.update(sealed) + decryptor.finalize()
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            raise NotDecipherable("its length or its padding is wrong") from None


@dataclass(frozen=True)
class Opened:
    """A message that was sealed, and the key that opened it: the reply is sealed with the same."""

    body: bytes = field(repr=False)
    key: AesKey


class Cipher:
    """Opens pushes and seals replies of one account. Raises `InvalidAesKey`.

    `previous_key`: the EncodingAESKey before the current one, while WeChat may still use it (4.6).
    """

    def __init__(
        self, token: str, encoding_aes_key: str, appid: str, previous_key: str | None = None
    ) -> None:
        self._token = token
        self._appid = appid.encode()
        self._keys = [AesKey(key) for key in (encoding_aes_key, previous_key) if key is not None]

    def decrypt(self, encrypt: str, *, msg_signature: str, timestamp: str, nonce: str) -> Opened:
        """Open an `Encrypt` element; the other three are from the URL, not from the body (4.3).

        Raises `WrongMessageSignature`, `NotDecipherable`, `WrongAppId`.
        """
        if not matches(msg_signature, self._token, timestamp, nonce, encrypt):
            raise WrongMessageSignature("msg_signature was not made with our token")
        try:
            sealed = b64decode(encrypt, validate=True)
        except ValueError:
            raise NotDecipherable("it is not base64") from None
        return self._open(sealed)

    def encrypt(
        self,
        body: bytes,
        *,
        key: AesKey,
        nonce: str,
        timestamp: int,
        as_json: bool = False,
        random16: bytes | None = None,
    ) -> bytes:
        """Seal a reply (4.5), in the format of the push that it answers; the body is XML in both.

        `key` opened the push, `nonce` is from its URL, `timestamp` is now in seconds since 1970,
        `random16` is for tests.
        """
        frame = (
            (os.urandom(RANDOM_BYTES) if random16 is None else random16)
            + len(body).to_bytes(LENGTH_BYTES, "big")
            + body
            + self._appid
        )
        encrypt = b64encode(key.encipher(frame)).decode()
        signed = signature(self._token, str(timestamp), nonce, encrypt)
        return (_as_json if as_json else _as_xml)(encrypt, signed, timestamp, nonce)

    def _open(self, sealed: bytes) -> Opened:
        for_another = False
        for key in self._keys:
            try:
                body, appid = _unframed(key.decipher(sealed))
            except NotDecipherable:
                continue
            if hmac.compare_digest(appid, self._appid):
                return Opened(body, key)
            for_another = True
        if for_another:
            raise WrongAppId(
                said("sealed for another account: is wechat.appid the one of this account?")
            )
        raise NotDecipherable(
            said("is wechat.encoding_aes_key the EncodingAESKey of WeChat's console?")
        )


def _unframed(frame: bytes) -> tuple[bytes, bytes]:
    """The message and the appid of: 16 random bytes, the message's length, message, appid (4.2)."""
    start = RANDOM_BYTES + LENGTH_BYTES
    end = start + int.from_bytes(frame[RANDOM_BYTES:start], "big")
    if not start <= end <= len(frame):
        raise NotDecipherable("its length field points past its end")
    return frame[start:end], frame[end:]


def _as_xml(encrypt: str, signed: str, timestamp: int, nonce: str) -> bytes:
    return (
        f"<xml><Encrypt>{cdata(encrypt)}</Encrypt><MsgSignature>{cdata(signed)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{cdata(nonce)}</Nonce></xml>"
    ).encode()


def _as_json(encrypt: str, signed: str, timestamp: int, nonce: str) -> bytes:
    fields = {"Encrypt": encrypt, "MsgSignature": signed, "TimeStamp": timestamp, "Nonce": nonce}
    return json.dumps(fields).encode()
