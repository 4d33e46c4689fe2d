"""WeChat's side of the safe and the compatible mode, from the protocol sheet 4 alone."""

import hashlib
import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sandbox.wire import signed, to_xml

AES_KEY = "SandboxSandboxSandboxSandboxSandboxSandboxA"  # of the sandbox, nobody's secret
BLOCK = 32  # bytes, to which a frame is padded (4.2)


class NotSealed(Exception):
    """WeChat does not take this for a sealed reply."""


class Seal:
    """Seals pushes for one account. Each step is there by itself, to be done wrongly."""

    def __init__(self, token: str, encoding_aes_key: str, appid: str) -> None:
        key = b64decode(encoding_aes_key + "=")
        self._token, self._appid = token, appid
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def push(
        self, plain: bytes, *, as_json: bool = False, twin: dict[str, str] | None = None
    ) -> tuple[bytes, dict[str, str]]:
        """The body and the query of a sealed push; `twin` stands open beside it (4.4)."""
        encrypt = self.encipher(padded(self.frame(plain)))
        return self.body(encrypt, as_json=as_json, twin=twin), self.query(encrypt)

    def frame(self, plain: bytes) -> bytes:
        """16 random bytes, the length, the message, the appid (4.2)."""
        return os.urandom(16) + len(plain).to_bytes(4, "big") + plain + self._appid.encode()

    def encipher(self, blocks: bytes) -> str:
        """What stands in `Encrypt`. `blocks` has whole AES blocks."""
        encryptor = self._cipher.encryptor()
        return b64encode(encryptor.update(blocks) + encryptor.finalize()).decode()

    def body(
        self, encrypt: str, *, as_json: bool = False, twin: dict[str, str] | None = None
    ) -> bytes:
        """The body that brings `encrypt` (4.4)."""
        elements = {**(twin or {"ToUserName": "gh_huixin"}), "Encrypt": encrypt}
        return json.dumps(elements).encode() if as_json else to_xml(elements)

    def query(self, encrypt: str) -> dict[str, str]:
        """The query of a request made now (1.3, 4.3)."""
        query = signed(self._token)
        msg_signature = self._signature(query["timestamp"], query["nonce"], encrypt)
        return query | {"encrypt_type": "aes", "msg_signature": msg_signature}

    def open(self, reply: Mapping[str, str]) -> bytes:
        """The reply inside the elements of a sealed one (4.5). Raises `NotSealed`."""
        if not {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"} <= reply.keys():
            raise NotSealed("a reply that is not sealed")
        encrypt = reply["Encrypt"]
        if reply["MsgSignature"] != self._signature(reply["TimeStamp"], reply["Nonce"], encrypt):
            raise NotSealed("a reply with a wrong signature")
        decryptor = self._cipher.decryptor()
        try:
            blocks = decryptor.update(b64decode(encrypt)) + decryptor.finalize()
        except ValueError:
            raise NotSealed("a reply of broken blocks") from None
        frame = blocks[: -blocks[-1]]
        end = 20 + int.from_bytes(frame[16:20], "big")
        if padded(frame) != blocks or frame[end:] != self._appid.encode():
            raise NotSealed("a reply sealed in a wrong way")
        return frame[20:end]

    def _signature(self, timestamp: str, nonce: str, encrypt: str) -> str:
        parts = sorted([self._token, timestamp, nonce, encrypt])
        return hashlib.sha1("".join(parts).encode("utf-8", "replace")).hexdigest()


def padded(frame: bytes) -> bytes:
    """A frame with 1 to 32 bytes of padding (4.2)."""
    missing = BLOCK - len(frame) % BLOCK
    return frame + bytes([missing]) * missing
