"""The safe and the compatible mode through the server: nothing gets in unsealed, nothing out."""

import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from sandbox.sealing import Seal, padded
from sandbox.wire import new_msg_id, signed, to_xml
from settings.schema import Secret
from tests.running import TOKEN, Running, running

KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
OLD_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APPID = "wx0123456789abcdef"
KEYS = {"encoding_aes_key": Secret(KEY), "previous_aes_key": Secret(OLD_KEY), "appid": APPID}
SEAL = Seal(TOKEN, KEY, APPID)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path, wechat=KEYS) as app:
        yield app


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all that does not get in: each finds that nothing was ever saved there."""
    with running(tmp_path_factory.mktemp("door"), wechat=KEYS) as app:
        yield app


def elements(text: str) -> dict[str, str]:
    push = {"ToUserName": "gh_huixin", "FromUserName": "o-one", "CreateTime": "1700000000"}
    return push | {"MsgType": "text", "Content": text, "MsgId": new_msg_id()}


def message(text: str) -> bytes:
    return to_xml(elements(text))


def post(
    app: Running,
    body: bytes,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    target = "/wechat?" + urllib.parse.urlencode(signed(TOKEN) if query is None else query)
    connection = HTTPConnection("127.0.0.1", app.server.server_port, timeout=10)
    connection.request("POST", target, body, headers or {})
    answer = connection.getresponse()
    status, content = answer.status, answer.read()
    connection.close()
    return status, content


def nothing_saved(app: Running) -> bool:
    return bool(app.one("SELECT count(*) FROM messages") == 0)


def test_a_sealed_push_gets_a_sealed_reply(app: Running) -> None:
    app.model.will(text="密封的回答")
    status, reply = post(app, *SEAL.push(message("密封的问题")))
    assert status == 200
    assert b"<Content>" not in reply
    assert b"<Encrypt>" in reply
    assert app.model.questions == ["密封的问题"]


@pytest.mark.parametrize("key", [KEY, OLD_KEY], ids=["current key", "previous key"])
@pytest.mark.parametrize("as_json", [False, True], ids=["xml", "json"])
def test_wechatpy_seals_and_reads_the_other_side(app: Running, as_json: bool, key: str) -> None:
    theirs = WeChatCrypto(TOKEN, key, APPID)
    question = "问]]>👨‍👩‍👧&lt;" + "长" * 3000
    plain = json.dumps(elements(question)) if as_json else message(question).decode()
    query = signed(TOKEN)
    envelope = fromstring(theirs.encrypt_message(plain, query["nonce"], query["timestamp"]))
    encrypt = str(envelope.findtext("Encrypt"))
    app.model.will(text="答]]>😀")
    status, reply = post(app, SEAL.body(encrypt, as_json=as_json), SEAL.query(encrypt))
    assert status == 200
    assert app.model.questions == [question]
    assert opened(theirs, reply, as_json) == ("o-one", "gh_huixin", "答]]>😀")


def opened(theirs: Any, reply: bytes, as_json: bool = False) -> tuple[str | None, ...]:
    """Whom a sealed reply is for, from whom, and what it says, as wechatpy reads it."""
    said = json.loads(reply) if as_json else {one.tag: one.text for one in fromstring(reply)}
    xml = to_xml({"ToUserName": "x", "Encrypt": str(said["Encrypt"])})
    plain = theirs.decrypt_message(xml, said["MsgSignature"], str(said["TimeStamp"]), said["Nonce"])
    root = fromstring(plain)
    return tuple(root.findtext(name) for name in ("ToUserName", "FromUserName", "Content"))


@pytest.mark.parametrize("escaped", [False, True], ids=["as it is", "escaped"])
@pytest.mark.parametrize("character", ["x", "长", "😀"])
def test_a_text_of_10000_characters_comes_through_with_its_open_twin(
    app: Running, character: str, escaped: bool
) -> None:
    pushed = elements(character * 10_000)
    plain = json.dumps(pushed).encode() if escaped else to_xml(pushed)
    status, _ = post(app, *SEAL.push(plain, as_json=escaped, twin=pushed))
    assert status == 200
    assert app.model.questions == [character * 10_000]


SEEN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=60)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=SEEN, as_json=st.booleans())
def test_whatever_is_said_arrives_and_comes_back_exactly(
    app: Running, text: str, as_json: bool
) -> None:
    question = f"问{text}]]>问"
    pushed = elements(question)
    plain = json.dumps(pushed).encode() if as_json else to_xml(pushed)
    app.model.will(text="答]]>\"'<&>😀。")
    status, reply = post(app, *SEAL.push(plain, as_json=as_json))
    assert status == 200
    assert app.model.questions[-1] == question
    theirs = WeChatCrypto(TOKEN, KEY, APPID)
    assert opened(theirs, reply, as_json)[2] == "答]]>\"'<&>😀。"


# No way around the seal


def test_once_sealed_pushes_come_open_ones_are_refused_also_after_a_restart(app: Running) -> None:
    assert post(app, message("open"))[0] == 200
    assert post(app, *SEAL.push(message("sealed")))[0] == 200
    assert post(app, message("open"))[0] == 403
    app.restart()
    assert post(app, message("open"))[0] == 403
    assert app.model.questions == ["open", "sealed"]


def test_what_one_process_has_seen_holds_for_the_others(app: Running, tmp_path: Path) -> None:
    other = Running(tmp_path, **app.sections)
    other.model = app.model
    other.process = replace(app.process, id="another process", host="another machine")
    other.start()
    assert post(other, message("open"))[0] == 200
    assert post(app, *SEAL.push(message("sealed")))[0] == 200
    app.huixin.db.write(lambda db: None)  # what was seen is saved by then
    assert post(other, message("open"))[0] == 403
    other.stop()


def test_declared_to_be_safe_open_pushes_are_refused_from_the_first(tmp_path: Path) -> None:
    with running(tmp_path, wechat=KEYS | {"encryption": "safe"}) as app:
        assert post(app, message("open"))[0] == 403
        assert nothing_saved(app)
        assert post(app, *SEAL.push(message("sealed")))[0] == 200


@pytest.mark.parametrize("as_json", [False, True], ids=["xml", "json"])
def test_a_push_that_calls_itself_sealed_and_is_not_is_refused(app: Running, as_json: bool) -> None:
    body = json.dumps(elements("open")).encode() if as_json else message("open")
    assert post(app, body, signed(TOKEN) | {"encrypt_type": "aes"})[0] == 403
    assert nothing_saved(app)
    assert post(app, body, signed(TOKEN) | {"encrypt_type": "raw"})[0] == 200


@pytest.mark.parametrize("as_json", [False, True], ids=["xml", "json"])
def test_in_the_compatible_mode_what_is_sealed_counts_and_its_open_twin_does_not(
    app: Running, as_json: bool
) -> None:
    sealed = SEAL.push(message("密封的"), as_json=as_json, twin=elements("公开的"))
    status, reply = post(app, *sealed)
    assert (status, b"Encrypt" in reply) == (200, True)
    assert app.model.questions == ["密封的"]
    assert post(app, message("open"))[0] == 200, "this is not the safe mode"


def test_in_the_compatible_mode_a_spoilt_seal_is_not_made_up_for_by_the_twin(door: Running) -> None:
    body, query = SEAL.push(message("密封的"), twin=elements("公开的"))
    assert post(door, body, query | {"msg_signature": "0" * 40})[0] == 403
    assert nothing_saved(door)


def test_a_sealed_push_without_a_key_is_not_read_and_says_what_is_needed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running(tmp_path) as app:
        assert post(app, *SEAL.push(message("x"))) == (200, b"")
        assert nothing_saved(app)
    assert "set wechat.encoding_aes_key and wechat.appid" in caplog.text


# What is spoilt


@pytest.mark.parametrize("as_json", [False, True], ids=["xml", "json"])
def test_who_did_not_seal_it_for_us_gets_a_403(door: Running, as_json: bool) -> None:
    body, query = SEAL.push(message("x"), as_json=as_json)
    assert post(door, body, query | {"msg_signature": "0" * 40})[0] == 403
    assert post(door, body, signed(TOKEN))[0] == 403
    assert post(door, body, query | {"msg_signature": "ü\ud7ff"})[0] == 403
    assert nothing_saved(door)


@pytest.mark.parametrize("as_json", [False, True], ids=["xml", "json"])
def test_what_was_signed_and_sealed_with_our_keys_for_another_appid_is_not_refused(
    door: Running, caplog: pytest.LogCaptureFixture, as_json: bool
) -> None:
    for_another = Seal(TOKEN, KEY, "wxffffffffffffffff")
    assert post(door, *for_another.push(message("x"), as_json=as_json)) == (200, b"")
    assert nothing_saved(door)
    assert "is wechat.appid the one of this account?" in caplog.text


def blocks(frame: bytes) -> str:
    return SEAL.encipher(padded(frame))


FRAME = SEAL.frame(message("x"))
UNREADABLE = {
    "no base64": "!!!",
    "base64 cut short": blocks(FRAME)[:-3],
    "base64 with a blank": " " + blocks(FRAME),
    "nothing in it": "AAAA",
    "half a block": blocks(FRAME)[:40],
    "of another key": Seal(TOKEN, "B" * 43, APPID).encipher(padded(FRAME)),
    "padding of nought": SEAL.encipher(padded(FRAME)[:-1] + b"\0"),
    "padding of 33": SEAL.encipher(FRAME + b"\x21" * (64 - len(FRAME) % 32)),
    "uneven padding": SEAL.encipher(padded(FRAME)[:-2] + b"\x02\x03"),
    "nothing but padding": blocks(b""),
    "shorter than a frame": blocks(b"x" * 10),
    "length past the end": blocks(FRAME[:16] + b"\xff\xff\xff\xff" + FRAME[20:]),
    "no utf-8": blocks(SEAL.frame(b"\xff\xfe")),
    "no push": blocks(SEAL.frame(b"hello")),
    "empty": blocks(SEAL.frame(b"")),
    "sealed twice": blocks(SEAL.frame(SEAL.body(blocks(FRAME)))),
    "entities": blocks(SEAL.frame(b'<!DOCTYPE x [<!ENTITY a "b">]><xml>&a;</xml>')),
}


@pytest.mark.parametrize("as_json", [False, True], ids=["xml", "json"])
@pytest.mark.parametrize("what", UNREADABLE)
def test_what_was_signed_and_cannot_be_read_is_taken_without_an_answer(
    door: Running, what: str, as_json: bool, caplog: pytest.LogCaptureFixture
) -> None:
    encrypt = UNREADABLE[what]
    body = SEAL.body(encrypt, as_json=as_json)
    status, said = post(door, body, SEAL.query(encrypt))
    assert (status, said) == (200, b"")
    assert nothing_saved(door)
    assert "event=unreadable reason=" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_wrong_key_is_named(door: Running, caplog: pytest.LogCaptureFixture) -> None:
    assert post(door, *Seal(TOKEN, "B" * 43, APPID).push(message("x"))) == (200, b"")
    assert "is wechat.encoding_aes_key the EncodingAESKey of WeChat's console?" in caplog.text


def test_a_length_that_is_too_short_names_another_account(door: Running) -> None:
    encrypt = blocks(FRAME[:16] + b"\0\0\0\1" + FRAME[20:])
    assert post(door, SEAL.body(encrypt), SEAL.query(encrypt)) == (200, b"")
    assert nothing_saved(door)


def test_64_kib_are_the_largest_open_push_and_512_the_largest_sealed_one(app: Running) -> None:
    assert post(app, message("x" * 70_000)) == (200, b"")
    assert nothing_saved(app)
    assert post(app, *SEAL.push(message("x" * 70_000)))[0] == 200
    body, query = SEAL.push(message("x"))
    assert post(app, body, query, {"Content-Length": "600000"}) == (200, b"")
    assert len(app.model.questions) == 1
