"""Every row of the table, as it comes in each mode of an account, over real sockets; and others."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from integrations.wechat.crypto import Cipher
from integrations.wechat.messages import signature
from sandbox.sealing import Seal
from sandbox.wire import exchange, new_msg_id, read_reply, signed
from settings.schema import Secret
from tests.pushes.rows import ABSENT, NOTHING, ROWS, TEXT, Asked, Right, Row, Told
from tests.running import TOKEN, Running, running

KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
APPID = "wx0123456789abcdef"
SEAL, CIPHER = Seal(TOKEN, KEY, APPID), Cipher(TOKEN, KEY, APPID)
PATIENCE = 20.0  # seconds
ACCOUNT, SENDER = "gh_huixin", "o-one"
ANSWER = "听见了。"
BROKEN_TWIN = "<Content><![CDATA[a]]<MsgType>"

Push = tuple[bytes, dict[str, str]]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all rows: with a key, and not yet in safe mode."""
    keys = {"encoding_aes_key": Secret(KEY), "appid": APPID}
    folder: Path = tmp_path_factory.mktemp("pushes")
    with running(folder, wechat=keys, limits={"gap_seconds": 0}) as app:
        app.model.always(text=ANSWER)
        yield app


def elements(row: Row) -> dict[str, str]:
    addressed = {"ToUserName": ACCOUNT, "FromUserName": SENDER, "CreateTime": "1700000000"}
    pushed = addressed | TEXT | row.elements
    pushed["MsgId"] = row.elements.get("MsgId", new_msg_id())  # behind what was written
    return {name: value for name, value in pushed.items() if value != ABSENT}


def as_wechat(pushed: dict[str, str]) -> bytes:
    """XML as WeChat writes it: what somebody wrote stands in CDATA as it is."""
    numbers = ("CreateTime", "MsgId")
    inside = (
        f"<{name}>{value if name in numbers else f'<![CDATA[{value}]]>'}</{name}>"
        for name, value in pushed.items()
    )
    return f"<xml>{''.join(inside)}</xml>".encode("utf-8", "surrogatepass")


def as_json(pushed: dict[str, str]) -> bytes:
    return json.dumps(pushed).encode()


def plain(pushed: dict[str, str]) -> Push:
    return as_wechat(pushed), signed(TOKEN)


def plain_json(pushed: dict[str, str]) -> Push:
    return as_json(pushed), signed(TOKEN)


def compatible(pushed: dict[str, str]) -> Push:
    encrypt, query = _sealed(as_wechat(pushed))
    return as_wechat(TEXT | pushed | {"Encrypt": encrypt}), query


def compatible_json(pushed: dict[str, str]) -> Push:
    encrypt, query = _sealed(as_json(pushed))
    return as_json(TEXT | pushed | {"Encrypt": encrypt}), query


def beside_a_broken_twin(pushed: dict[str, str]) -> Push:
    encrypt, query = _sealed(as_wechat(pushed))
    return f"<xml>{BROKEN_TWIN}<Encrypt><![CDATA[{encrypt}]]></Encrypt></xml>".encode(), query


def _sealed(content: bytes) -> tuple[str, dict[str, str]]:
    body, query = SEAL.push(content, as_json=True)
    return str(json.loads(body)["Encrypt"]), query


WAYS = (plain, plain_json, compatible, compatible_json, beside_a_broken_twin)


def posted(app: Running, push: Push) -> tuple[int, bytes]:
    content, query = push
    target = f"/wechat?{urlencode(query)}"
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += f"Content-Length: {len(content)}\r\n\r\n"
    address = ("127.0.0.1", urlsplit(app.url).port or 0)
    return exchange(address, head.encode() + content, time.monotonic() + PATIENCE)


def seen(app: Running, push: Push) -> str:
    """What the follower reads: the text, or nothing."""
    status, body = posted(app, push)
    assert status == 200, "anything else is the grey line"
    return read_reply(opened(body), to=SENDER, sender=ACCOUNT).content if body else ""


def opened(body: bytes) -> bytes:
    """The reply as it was before it was sealed, if it was."""
    is_json = body.startswith(b"{")
    said = json.loads(body) if is_json else {one.tag: one.text or "" for one in fromstring(body)}
    if "Encrypt" not in said:
        return body
    return CIPHER.decrypt(
        said["Encrypt"],
        msg_signature=said["MsgSignature"],
        timestamp=str(said["TimeStamp"]),
        nonce=said["Nonce"],
    ).body


def outcome(app: Running, push: Push) -> Right:
    """What came of it."""
    before = len(app.model.questions)
    read_by_follower = seen(app, push)
    asked = app.model.questions[before:]
    if asked:
        assert (len(asked), read_by_follower) == (1, ANSWER)
        return Asked(asked[0])
    return Told(read_by_follower) if read_by_follower else NOTHING


@pytest.mark.parametrize("row", ROWS, ids=lambda row: ascii(row.name))
def test_a_push_has_the_right_outcome_in_every_mode(app: Running, row: Row) -> None:
    for way in WAYS:
        came = outcome(app, way(elements(row)))
        if isinstance(row.right, Told) and isinstance(came, Told):
            assert came.start.startswith(row.right.start), way.__name__
        else:
            assert came == row.right, way.__name__


DAMAGE = st.binary(max_size=8) | st.sampled_from([b"]]>", b"<!DOCTYPE x>", b"&a;", b"<![CDATA["])


@given(data=st.data(), write=st.sampled_from([as_wechat, as_json]), row=st.sampled_from(ROWS))
def test_whatever_is_signed_is_never_refused(
    app: Running, data: st.DataObject, write: Callable[[dict[str, str]], bytes], row: Row
) -> None:
    body = write(elements(row))
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, len(body)))
    damaged = body[:start] + data.draw(DAMAGE) + body[end:]
    assert posted(app, (damaged, signed(TOKEN)))[0] == 200
    assert posted(app, SEAL.push(damaged, twin=TEXT))[0] == 200, "and sealed"


@given(signed_at=st.integers(0, 10**12 - 1), row=st.sampled_from(ROWS))
def test_whenever_it_was_signed_it_is_never_refused(app: Running, signed_at: int, row: Row) -> None:
    stamp, nonce = str(signed_at), new_msg_id()
    query = {"signature": signature(TOKEN, stamp, nonce), "timestamp": stamp, "nonce": nonce}
    assert posted(app, (as_wechat(elements(row)), query)) == (200, b"")
