"""Which rule fits a message, and which can never fit."""

import time

import pytest

from fsm.fixed_answers import FixedAnswers, replies_of
from settings.sections.replies import ReplyRule
from store.messages import Message, State


def rule(**keys: object) -> ReplyRule:
    return ReplyRule.model_validate({"text": ("好",)} | keys)


def said(text: str) -> Message:
    return message(kind="text", question=text)


def message(**columns: object) -> Message:
    none = dict.fromkeys(Message.__dataclass_fields__)
    return Message(**none | {"state": State.RECEIVED, "event_key": "", "question": ""} | columns)  # type: ignore[arg-type]


HOURS = rule(words=("营业时间", "1", "C++", "opening hours", "today's hours", "👍"))
REFUND = rule(contains=("退款", "Money Back"))
ORDER = rule(pattern=(r"^订单\s*\d{3,}$", "（付费）"))
RULES = (HOURS, REFUND, ORDER)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("营业时间", HOURS),
        ("“營業時間”？", HOURS),
        ("营业 时间\u200b！", HOURS),
        ("  Ｏpening   HOURS.", HOURS),
        ("１", HOURS),
        ("营业时间[微笑]", HOURS),
        ("[玫瑰] 营业时间？/::)", HOURS),
        ("👋🏻营业时间❤️😊", HOURS),
        ("Today’s hours", HOURS),
        ("👍", HOURS),
        ("[微笑]", None),
        ("😊", None),
        ("c++", HOURS),
        ("c", None),
        ("openinghours", None),
        ("你们的营业时间", None),
        ("我要退 款！", REFUND),
        ("any MONEY  BACK？", REFUND),
        ("moneyback", None),
        ("订单　１２３４", ORDER),
        ("看看（付费）的", ORDER),
        ("我的订单 123", None),
        ("", None),
        ("   ", None),
    ],
)
def test_a_text_is_read_in_one_form_of_its_characters(text: str, fits: ReplyRule | None) -> None:
    assert FixedAnswers(RULES).fitting(said(text)) is fits


def test_the_first_rule_that_fits_answers_whatever_it_looks_for() -> None:
    first, *others = (rule(contains=("价格",)), rule(words=("价格",)), rule(pattern=("价格",)))
    for order in ([first, *others], [others[1], first, others[0]], [others[0], first, others[1]]):
        assert FixedAnswers(order).fitting(said("价格")) is order[0]


@pytest.mark.parametrize(
    ("kind", "key", "fits"),
    [
        ("click", "PRICES", 0),
        ("click", "prices", None),  # keys are the operator's own, as they are
        ("scan", "1001", 1),
        ("scan", "1002", None),
        ("subscribe", "qrscene_1001", 1),
        ("subscribe", "", 2),
        ("subscribe", "qrscene_7", 2),
        ("text", "PRICES", None),
    ],
)
def test_an_event_is_known_by_its_key(kind: str, key: str, fits: int | None) -> None:
    rules = (
        rule(click=("PRICES",)),
        rule(scan=("1001",), subscribe=("1001",)),
        rule(subscribe=("*",)),
    )
    answers = FixedAnswers(rules)
    expected = None if fits is None else rules[fits]
    assert answers.fitting(message(kind=kind, event_key=key)) is expected
    assert [answers.hears(event) for event in ("click", "scan", "view")] == [True, True, False]


def test_what_can_never_fit_is_told_of() -> None:
    rules = (
        rule(words=("价格",), click=("A",)),
        rule(words=("价格", "继续"), click=("A", "B")),
        rule(words=("价格表",)),
        rule(contains=("优惠",)),
        rule(words=("优惠券",), subscribe=("*",)),
        rule(pattern=("^v[0-9]+$",), subscribe=("1",)),
        rule(words=("V12",)),
    )
    doubts = FixedAnswers(rules, is_command=lambda text: text == "继续").doubts
    assert doubts == (
        "reply 2: “继续” is a command's word, which goes first",
        "reply 2: “价格” fits reply 1, which goes first",
        "reply 2: “click: A” fits reply 1, which goes first",
        "reply 5: “优惠券” fits reply 4, which goes first",
        "reply 6: “subscribe: 1” fits reply 5, which goes first",
        "reply 7: “V12” fits reply 6, which goes first",
    )


def test_so_is_what_an_earlier_rule_finds_wherever_it_stands() -> None:
    rules = (
        rule(contains=("退", "退款"), pattern=("^v[0-9]+$",)),
        rule(contains=("退款", "付款")),
        rule(contains=("退",), pattern=("^v[0-9]+$", "退")),
        rule(words=("早",)),
        rule(pattern=(".",)),
        rule(words=("价格",), contains=("晚",), pattern=("^q$",), click=("A",)),
        rule(words=("价格",), click=("A",)),
    )
    assert FixedAnswers(rules).doubts == (
        "reply 2: “退款” fits reply 1, which goes first",
        "reply 3: “退” fits reply 1, which goes first",
        "reply 3: “^v[0-9]+$” fits reply 1, which goes first",
        "reply 6: “价格” fits reply 5, which goes first",
        "reply 6: “晚” fits reply 5, which goes first",
        "reply 6: “^q$” fits reply 5, which goes first",
        "reply 7: “价格” fits reply 5, which goes first",
        "reply 7: “click: A” fits reply 6, which goes first",
    )


def test_a_place_of_a_prompt_that_nothing_is_filled_into_is_told_of() -> None:
    asks = ("一句话：{text}", "只用一句话", "问 {txt}，{text}", '{"a": 1}', "{ text }")
    rules = [
        ReplyRule.model_validate({"words": (f"词{n}",), "ask": ask}) for n, ask in enumerate(asks)
    ]
    assert FixedAnswers(rules).doubts == (
        "reply 3: {txt} is sent as it is: what was said stands for {text}",
        "reply 5: { text } is sent as it is: what was said stands for {text}",
    )


def test_what_a_rule_gives_is_ready_to_be_sent() -> None:
    news = {
        "title": "课程",
        "picture": "https://a.example/图 1.jpg?x=1&y",
        "url": "https://b.example",
    }
    replies = replies_of(
        rule(text=("点{tap:课程}", ""), image=("m-1",), news=(news,), words=("x",))
    )
    assert [(one.shows, one.content) for one in replies] == [
        (
            "",
            '点<a href="weixin://bizmsgmenu?msgmenucontent=%E8%AF%BE%E7%A8%8B&msgmenuid=1">课程</a>',
        ),
        ("", ""),
        ("image", "m-1"),
        ("news", "课程\n\nhttps://a.example/%E5%9B%BE%201.jpg?x=1&y\nhttps://b.example"),
    ]


def test_ten_thousand_rules_are_asked_within_a_moment() -> None:
    rules = [rule(words=(f"词{n}",), click=(f"K{n}",)) for n in range(9_000)]
    rules += [rule(contains=(f"片段 {n}。",)) for n in range(1_000)]
    answers = FixedAnswers(rules)
    texts = [said("讲一个很长的故事" * 80), said("词8999"), said("有片段 999。")]
    began = time.process_time()
    found = [answers.fitting(text) for _ in range(20) for text in texts]
    assert (time.process_time() - began) / len(found) < 0.01
    assert found[:3] == [None, rules[8999], rules[9999]]
