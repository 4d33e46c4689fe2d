"""Pushes, right and spoilt: a few hundred of the 100,000 that `bench.mutations` posts."""

import logging
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from defusedxml.ElementTree import fromstring

from fsm.window import Window
from sandbox.poster import NO_ANSWER, Poster, problems_in
from sandbox.processes import busy
from sandbox.pushes import ACCOUNT, Bodies, Body, Expected
from sandbox.sealing import Seal
from sandbox.wire import signed, to_xml
from settings.schema import Secret
from tests.running import TOKEN, running

BODIES = 150
KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
APPID = "wx0123456789abcdef"
SEAL = Seal(TOKEN, KEY, APPID)
SEALED = {"encoding_aes_key": Secret(KEY), "appid": APPID, "encryption": "safe"}


def bodies(*, sealed: bool, seed: int = 7) -> Bodies:
    return Bodies(TOKEN, SEAL, seed=seed, only_sealed=sealed)


@pytest.mark.parametrize("aborted", [0.0, 0.5])
@pytest.mark.parametrize("sealed", [False, True], ids=["without a key", "safe mode"])
def test_whatever_is_posted_nothing_breaks_and_nobody_gets_a_reply_to_somebody_else(
    tmp_path: Path, sealed: bool, aborted: float, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    patient = {"turn_seconds": 0}  # nobody is told that it is too busy, on whatever machine
    with running(tmp_path, wechat=SEALED if sealed else {}, limits=patient) as app:
        app.window = Window()  # as long as WeChat's, so that every answer is in time
        app.restart()
        port, seal = urlsplit(app.url).port or 0, SEAL if sealed else None
        posting = Poster(port, seal, aborted=aborted)
        with busy(1 if aborted else 0):
            posting.post_all(bodies(sealed=sealed), range(BODIES), at_once=8)
    report = posting.report
    assert report.problems == []
    assert report.posted == BODIES
    answered = {status for _, status in report.statuses}
    assert 200 in answered <= {200, 403, *([NO_ANSWER] if aborted else [])}
    assert problems_in(caplog.text, report.tags) == []


def test_the_same_seed_spoils_the_same_pushes_in_the_same_way() -> None:
    made = [[bodies(sealed=False).make(n) for n in range(50)] for _ in range(2)]
    open_ones = [[one.content for one in run if one.kind != "sealed, no key"] for run in made]
    assert open_ones[0] == open_ones[1]
    other = [bodies(sealed=False, seed=8).make(n).content for n in range(50)]
    assert not {*open_ones[0]} & {*other}


def test_a_right_push_is_readable_and_names_its_sender_and_its_tag() -> None:
    made = (bodies(sealed=False).make(n) for n in range(200))
    right = [one for one in made if one.kind == "valid" and not one.is_json]
    assert len(right) > 10
    for one in right:
        assert fromstring(one.content).findtext("FromUserName") == one.to
        assert one.tag in one.to


@pytest.mark.parametrize(
    ("says", "expected", "problem"),
    [
        ("111111111111，答", "answer", ""),
        ("答非所问", "answer", "not the answer to this question"),
        ("222222222222，答", "anything", "somebody else's reply"),
        ("111111111111，答", "refused", "let in"),
    ],
)
def test_a_wrong_reply_is_found(
    tmp_path: Path, says: str, expected: Expected, problem: str
) -> None:
    pushed = {"ToUserName": ACCOUNT, "FromUserName": "o1", "CreateTime": "1", "MsgType": "text"}
    content = to_xml(pushed | {"Content": "问", "MsgId": "1"})
    with running(tmp_path) as app:
        app.model.always(text=says)
        posting = Poster(urlsplit(app.url).port or 0, None)
        posting.report.tags.add("2" * 12)
        posting.post(1, Body("made", content, signed(TOKEN), "1" * 12, expected, "o1"))
    assert posting.report.problems == ([f"1 (made): HTTP 200, {problem}"] if problem else [])


def test_faults_and_followers_words_are_found_in_a_log() -> None:
    log = "event=received message=1\nTraceback (most recent call last):\n  event=fault at=x\n"
    assert problems_in(log, {"a" * 12}) == ["2 faults in the log"]
    assert problems_in(f"said {'a' * 12}", {"a" * 12}) == ["1 followers' words in the log"]
