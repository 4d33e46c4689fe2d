"""Sealed pushes are opened with our keys only, and sealed replies open on the other side."""

import json
import string
import traceback
from base64 import b64decode, b64encode
from xml.etree import ElementTree

import hypothesis.strategies as st
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from hypothesis import given
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply

from integrations import IntegrationError
from integrations.wechat.crypto import (
    AesKey,
    Cipher,
    InvalidAesKey,
    NotDecipherable,
    Opened,
    WrongAppId,
    WrongMessageSignature,
)
from integrations.wechat.elements import PushRefused
from integrations.wechat.messages import parse, parse_envelope, signature
from integrations.wechat.replies import render

# The documentation's own account; its key is 32 zero bytes.
TOKEN = "AAAAA"
KEY = "A" * 43
APPID = "wxba5fad812f8e6fb9"
ENCRYPT = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJG"
    "QqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrf"
    "MZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgR"
    "tWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
URL = {
    "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
    "timestamp": "1714112445",
    "nonce": "415670741",
}
EVENT = (
    b'{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY",'
    b'"CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
)
OTHER_KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
NEWER_KEY = "b" * 43

cipher = Cipher(TOKEN, KEY, APPID)
theirs = WeChatCrypto(TOKEN, KEY, APPID)


def signed(encrypt: str) -> dict[str, str]:
    """What the URL brings with a sealed message."""
    url = {"timestamp": "1714112445", "nonce": "415670741"}
    return {**url, "msg_signature": signature(TOKEN, *url.values(), encrypt)}


def sealed(plain: bytes) -> str:
    """Enciphered as it is, without frame or padding."""
    encryptor = BlockCipher(algorithms.AES(bytes(32)), modes.CBC(bytes(16))).encryptor()
    return b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def padded(frame: bytes) -> bytes:
    count = 32 - len(frame) % 32
    return frame + bytes([count]) * count


def opened(encrypt: str, by: Cipher = cipher) -> Opened:
    return by.decrypt(encrypt, **signed(encrypt))


def element(xml: bytes, name: str) -> str:
    return ElementTree.fromstring(xml).findtext(name) or ""


# Vectors


def test_the_sealed_push_of_the_documentation_opens() -> None:
    assert cipher.decrypt(ENCRYPT, **URL).body == EVENT


def test_the_sealed_reply_of_the_documentation_is_made_byte_for_byte() -> None:
    reply = cipher.encrypt(
        b'{"demo_resp":"good luck"}',
        key=AesKey(KEY),
        nonce="415670741",
        timestamp=1713424427,
        as_json=True,
        random16=b"707722b803182950",
    )
    assert json.loads(reply) == {
        "Encrypt": "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1"
        "L32tmxSQ==",
        "MsgSignature": "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
        "TimeStamp": 1713424427,
        "Nonce": "415670741",
    }


def test_a_push_recorded_by_wechatpy_opens() -> None:
    encrypt = (
        "RgqEoJj5A4EMYlLvWO1F86ioRjZfaex/gePD0gOXTxpsq5Yj4GNglrBb8I2BAJVODGajiFnXBu7mCPatfjsu6IHC"
        "rsTyeDXzF6Bv283dGymzxh6ydJRvZsryDyZbLTE7rhnus50qGPMfp2wASFlzEgMW9z1ef/RD8XzaFYgm7iTdaXpX"
        "aG4+BiYyolBug/gYNx410cvkKR2/nPwBiT+P4hIiOAQqGp/TywZBtDh1yCF2KOd0gpiMZ5jSw3e29mTvmUHzkVQi"
        "MS6td7vXUaWOMZnYZlF3So2SjHnwh4jYFxdgpkHHqIrH/54SNdshoQgWYEvccTKe7FS709/5t6NMxuGhcUGAPOQi"
        "pvWTT4dShyqio7mlsl5noTrb++x6En749zCpQVhDpbV6GDnTbcX2e8K9QaNWHp91eBdCRxthuL0="
    )
    recorded = Cipher("123456", OTHER_KEY, "wx49f0ab532d5d035a")
    body = recorded.decrypt(
        encrypt,
        msg_signature="74d92dfeb87ba7c714f89d98870ae5eb62dff26d",
        timestamp="1411525903",
        nonce="461056294",
    ).body
    push = parse(body)
    assert (push.open_id, push.text) == ("messense", "test")


def test_a_reply_recorded_by_wechatpy_is_sealed_the_same() -> None:
    body = (
        "<xml>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[test]]></Content>\n"
        "<FromUserName><![CDATA[wx49f0ab532d5d035a]]></FromUserName>\n"
        "<ToUserName><![CDATA[messense]]></ToUserName>\n<AgentID>1</AgentID>\n"
        "<CreateTime>1411525903</CreateTime>\n</xml>"
    )
    reply = Cipher("123456", OTHER_KEY, "wx49f0ab532d5d035a").encrypt(
        body.encode(),
        key=AesKey(OTHER_KEY),
        nonce="461056294",
        timestamp=1411525903,
        random16=b"1234567890123456",
    )
    assert element(reply, "MsgSignature") == "407518b7649e86ef23978113f92d27afa9296533"
    assert element(reply, "TimeStamp") == "1411525903"
    assert element(reply, "Nonce") == "461056294"


# With the other side


@given(content=st.text("你好abc <&>\n"), nonce=st.text(string.digits, min_size=1))
def test_what_wechatpy_seals_opens_and_is_read(content: str, nonce: str) -> None:
    message = (
        TextReply(source="o-follower", target="gh", time=1714112445, content=content)
        .render()
        .replace("</xml>", "<MsgId>23456789012345678</MsgId></xml>")
    )
    made = theirs.encrypt_message(message, nonce, "1714112445").encode()
    outer = f"<xml><ToUserName>gh</ToUserName><Encrypt>{element(made, 'Encrypt')}</Encrypt></xml>"

    envelope = parse_envelope(outer.encode())
    push = parse(
        cipher.decrypt(
            envelope.encrypt or "",
            msg_signature=element(made, "MsgSignature"),
            timestamp="1714112445",
            nonce=nonce,
        ).body
    )
    assert (push.account, push.open_id, push.msg_id) == ("gh", "o-follower", "23456789012345678")
    assert push.text == content


@given(content=st.text(), nonce=st.text(string.digits, min_size=1), at=st.integers(1, 10**11))
def test_what_we_seal_opens_with_wechatpy(content: str, nonce: str, at: int) -> None:
    body = render("text", content, to_open_id="o", from_account="gh", at=at)
    reply = cipher.encrypt(body, key=AesKey(KEY), nonce=nonce, timestamp=at)
    told = element(reply, "MsgSignature"), element(reply, "TimeStamp"), element(reply, "Nonce")
    assert told[1:] == (str(at), nonce)
    assert theirs.decrypt_message(reply.decode(), *told) == body.decode()


@given(
    body=st.binary(max_size=200),
    appid=st.text(min_size=1, max_size=40),
    random16=st.binary(min_size=16, max_size=16),
    as_json=st.booleans(),
)
def test_any_body_comes_out_as_it_went_in(
    body: bytes, appid: str, random16: bytes, as_json: bool
) -> None:
    ours = Cipher(TOKEN, OTHER_KEY, appid)
    reply = ours.encrypt(
        body,
        key=AesKey(OTHER_KEY),
        nonce="415670741",
        timestamp=1714112445,
        as_json=as_json,
        random16=random16,
    )
    encrypt = json.loads(reply)["Encrypt"] if as_json else element(reply, "Encrypt")
    assert opened(encrypt, ours).body == body
    assert len(b64decode(encrypt)) % 32 == 0


def test_a_sealed_reply_is_as_the_documentation_prints_it() -> None:
    reply = cipher.encrypt(b"hi", key=AesKey(KEY), nonce="n", timestamp=7, random16=bytes(16))
    encrypt = sealed(padded(bytes(16) + b"\0\0\0\2hi" + APPID.encode()))
    assert reply.decode() == (
        f"<xml><Encrypt><![CDATA[{encrypt}]]></Encrypt>"
        f"<MsgSignature><![CDATA[{signature(TOKEN, '7', 'n', encrypt)}]]></MsgSignature>"
        "<TimeStamp>7</TimeStamp><Nonce><![CDATA[n]]></Nonce></xml>"
    )


def test_the_same_reply_never_looks_the_same_twice() -> None:
    one, other = (cipher.encrypt(b"hi", key=AesKey(KEY), nonce="n", timestamp=7) for _ in range(2))
    assert one != other


# What does not open


@pytest.mark.parametrize(
    "other",
    [
        {"msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b4"},
        {"msg_signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d"},  # the URL's `signature`
        {"msg_signature": ""},
        {"msg_signature": "\ud800"},
        {"timestamp": "1714112446"},
        {"nonce": "\ud800"},
    ],
)
def test_a_message_that_was_not_signed_with_our_token_is_refused(other: dict[str, str]) -> None:
    with pytest.raises(WrongMessageSignature):
        cipher.decrypt(ENCRYPT, **(URL | other))


def test_nothing_opens_without_a_token() -> None:
    anybody = signature("", "1714112445", "415670741", ENCRYPT)
    with pytest.raises(WrongMessageSignature):
        Cipher("", KEY, APPID).decrypt(ENCRYPT, **(URL | {"msg_signature": anybody}))


FRAME = bytes(16) + b"\0\0\0\2hi" + APPID.encode()


def test_the_frame_that_the_next_tests_break_opens_while_it_is_whole() -> None:
    assert opened(sealed(padded(FRAME))).body == b"hi"


@pytest.mark.parametrize(
    "encrypt",
    [
        pytest.param("", id="nothing"),
        pytest.param("你好", id="not ASCII"),
        pytest.param("\ud800", id="half a character"),
        pytest.param("abc", id="half of base64"),
        pytest.param("*" + ENCRYPT[1:], id="not base64"),
        pytest.param(ENCRYPT + "\n", id="more than base64"),
        pytest.param(b64encode(b"x" * 31).decode(), id="no whole block"),
        pytest.param(sealed(bytes(32)), id="padding of 0"),
        pytest.param(sealed(bytes(31) + b"\x21"), id="padding of 33"),
        pytest.param(sealed(bytes(30) + b"\1\2"), id="padding not alike"),
        pytest.param(sealed(b"\x10" * 16), id="padded for the AES block"),
        pytest.param(sealed(padded(b"")), id="an empty frame"),
        pytest.param(sealed(padded(bytes(19))), id="half a length field"),
        pytest.param(sealed(padded(bytes(16) + b"\0\0\0\1")), id="length past the end by one"),
        pytest.param(sealed(padded(bytes(16) + b"\xff" * 4 + b"hi")), id="length of 4 GiB"),
        pytest.param(
            element(
                Cipher(TOKEN, OTHER_KEY, APPID).encrypt(
                    b"hi", key=AesKey(OTHER_KEY), nonce="n", timestamp=7, random16=bytes(16)
                ),
                "Encrypt",
            ),
            id="another key",
        ),
    ],
)
def test_a_message_that_is_broken_or_of_another_key_cannot_be_deciphered(encrypt: str) -> None:
    with pytest.raises(NotDecipherable):
        opened(encrypt)


@pytest.mark.parametrize("appid", [b"", b"wx0000000000000000", APPID.encode() + b"0", b"\xff"])
def test_a_message_for_another_account_is_refused(appid: bytes) -> None:
    with pytest.raises(WrongAppId):
        opened(sealed(padded(bytes(16) + b"\0\0\0\2hi" + appid)))
    with pytest.raises(WrongAppId):
        opened(
            sealed(padded(bytes(16) + b"\0\0\0\2hi" + appid)),
            Cipher(TOKEN, NEWER_KEY, APPID, previous_key=KEY),
        )


@given(encrypt=st.text(st.characters(exclude_categories=[])) | st.binary().map(b64encode))
def test_anything_at_all_opens_or_is_refused_by_name(encrypt: str | bytes) -> None:
    text = encrypt if isinstance(encrypt, str) else encrypt.decode()
    with pytest.raises((NotDecipherable, WrongAppId)):
        opened(text)
    with pytest.raises(WrongMessageSignature):
        cipher.decrypt(text, **URL)


@given(place=st.integers(0, 8 * 224 - 1), cut=st.integers(0, 224))
def test_a_damaged_message_has_a_wrong_signature_and_signed_again_it_is_at_most_another(
    place: int, cut: int
) -> None:
    damaged = bytearray(b64decode(ENCRYPT))
    damaged[place // 8] ^= 1 << place % 8
    for mutant in (bytes(damaged), bytes(damaged[:cut])):
        encrypt = b64encode(mutant).decode()
        with pytest.raises(WrongMessageSignature):
            cipher.decrypt(encrypt, **URL)
        try:
            assert isinstance(opened(encrypt).body, bytes)
        except (NotDecipherable, WrongAppId):
            continue


# Keys


@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
def test_while_the_key_changes_both_open_and_the_reply_is_sealed_with_the_one_that_did(
    key: str,
) -> None:
    sender = WeChatCrypto(TOKEN, key, APPID)
    changing = Cipher(TOKEN, OTHER_KEY, APPID, previous_key=KEY)
    encrypt = element(sender.encrypt_message("<xml/>", "n", "7").encode(), "Encrypt")
    push = opened(encrypt, changing)
    assert push.body == b"<xml/>"

    reply = changing.encrypt(b"<xml>re</xml>", key=push.key, nonce="n", timestamp=7)
    told = element(reply, "MsgSignature"), "7", "n"
    assert sender.decrypt_message(reply.decode(), *told) == "<xml>re</xml>"


def test_without_a_previous_key_the_old_one_does_not_open() -> None:
    with pytest.raises(NotDecipherable):
        opened(ENCRYPT, Cipher(TOKEN, OTHER_KEY, APPID))


def read_with(key: str) -> str:
    """What somebody else reads of our reply, or why they do not."""
    try:
        reply = cipher.encrypt(b"<xml/>", key=AesKey(key), nonce="n", timestamp=7)
        told = element(reply, "MsgSignature"), "7", "n"
        return str(WeChatCrypto(TOKEN, key, APPID).decrypt_message(reply.decode(), *told))
    except Exception as error:
        return repr(error)


def test_the_last_letter_of_a_key_may_be_any() -> None:
    read = {last: read_with(KEY[:-1] + last) for last in string.ascii_letters + string.digits}
    assert read == dict.fromkeys(read, "<xml/>")


@pytest.mark.parametrize(
    "key", ["", "K" * 42, "K" * 44, "K" * 42 + "-", "K" * 42 + "钥", KEY + "\n"]
)
def test_a_key_that_is_none_is_refused_at_once_and_not_shown(key: str) -> None:
    with pytest.raises(InvalidAesKey) as refused:
        Cipher(TOKEN, key, APPID)
    with pytest.raises(InvalidAesKey):
        Cipher(TOKEN, KEY, APPID, previous_key=key)
    assert "KKK" not in str(refused.value)


# What nobody may see


def test_neither_key_nor_message_is_shown() -> None:
    push = opened(ENCRYPT)
    assert "debug_demo" not in repr(push)
    shown = repr(push) + repr(push.key) + repr(Cipher(TOKEN, OTHER_KEY, APPID))
    assert OTHER_KEY not in shown
    assert repr(bytes(32)) not in shown


def test_a_refusal_does_not_repeat_the_message() -> None:
    encrypt = sealed(padded(bytes(16) + b"\0\0\0\6SECRET" + b"wx-other"))
    with pytest.raises(WrongAppId) as refused:
        opened(encrypt)
    assert "SECRET" not in "".join(traceback.format_exception(refused.value))
    assert "wx-other" not in str(refused.value)


@pytest.mark.parametrize("refused", [WrongMessageSignature, NotDecipherable, WrongAppId])
def test_every_refusal_is_that_of_a_push_and_asking_again_does_not_help(
    refused: type[PushRefused],
) -> None:
    assert issubclass(refused, PushRefused) and issubclass(refused, IntegrationError)
    assert refused.retryable is False
