"""What is saved is said in the language of who reads it, whoever wrote it."""

import re
from collections.abc import Callable

import pytest

from console.words.names import KNOWN
from fsm.reasons import ADVICE
from fsm.transitions import MoveEvent
from integrations.wechat.messages import Kind
from service.checks.finding import looked, wrong
from settings.chinese.failures import KINDS
from settings.language import said
from store import cool_downs, outside
from store.outcomes import Outcome
from tests.console.story import Story
from tests.console.terminal import Ran


def test_the_first_screen_holds_no_english_but_names(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    for who in ("o-one", "o-two"):
        today.fails(today.is_asked(today.says(who=who)), "ModelFailed: HTTP 503")
    today.answers(today.is_asked(today.says(who="o-three")), "x" * 1200)
    until = today.now + 600
    name = cool_downs.key_name("a secret one")
    cool_downs.rest(today.db, name, until=until, reason="KeyRefused")
    found = wrong(said("port"), said("{much} s ahead", much=40), str(ADVICE["KeyRefused"]))
    outside.keep(today.db, looked("start", [found], at=today.now - 200))
    today.is_asked(today.says(who="o-four"))
    today.db.execute("UPDATE moves SET at = at - 1000 WHERE message_id = 4")
    code, out, _ = inspect("--lang=zh")
    assert code == 0
    told = re.sub(r"\s+", "", out)
    assert "模型服务自身故障（ModelFailed:HTTP503）" in told
    assert "密钥被拒绝（KeyRefused）" in told
    assert "端口：快40秒" in told
    assert re.findall("[a-z]{3,} [a-z]{3,}", out) == []


def test_what_moves_a_message_and_how_a_try_ends_has_a_name_for_people() -> None:
    stored = {*MoveEvent, *Outcome} - {Outcome.TOLD}  # nothing is stored of that
    assert {*stored, *Kind} <= KNOWN.keys()


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("operator: asked for nonsense", "运维（operator: asked for nonsense）"),
        (
            "taken up 12 times without an end",
            "接手多次都没做完（taken up 12 times without an end）",
        ),
        ("a fault in the program: x.py:1", "程序自身出错（a fault in the program: x.py:1）"),
        ("SomethingNew: 7", "SomethingNew: 7"),
    ],
)
def test_a_reason_stands_beside_its_name_as_it_is_in_the_log(
    today: Story, inspect: Callable[..., Ran], reason: str, told: str
) -> None:
    today.fails(today.is_asked(today.says()), reason)
    for words in (["show", "1"], ["list"]):
        assert told.replace(" ", "") in re.sub(r"\s+", "", inspect("--lang=zh", *words)[1])
    assert f"failure   {reason}" in inspect("--lang=en", "show", "1")[1]


def test_every_failure_has_a_name_in_chinese() -> None:
    assert ADVICE.keys() <= KINDS.keys()
    ends = {"a fault in the program", "taken up … times without an end"}
    assert KINDS.keys() - ADVICE.keys() == ends
