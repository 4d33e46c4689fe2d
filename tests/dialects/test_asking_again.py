"""When a question is asked again: with another key, later, with a shorter history, or otherwise put."""

import time
from dataclasses import replace
from itertools import count
from typing import Any

import gevent
import pytest
from gevent.event import Event

from fsm.asking import attempts
from fsm.asking.attempts import newer_half
from fsm.asking.keys import Keys
from fsm.progress import Progress
from fsm.text.plain_text import to_plain
from integrations.model.chat_model import ChatModel
from integrations.model.errors import KeyRefused, OverTheLimit
from integrations.model.parameters import Turns
from settings.schema import Texts
from store import cool_downs
from tests.dialects.conftest import Brain, Thinks
from tests.dialects.service import DONE, Sends, Service, delta, refused, response, said, stream
from tests.in_memory import InMemory

WELL = stream(delta("好了。", "stop"), DONE)
TOO_LONG = response(400, {"error": {"code": "context_length_exceeded", "message": "x"}})
LIMITED = response(429, {})


# fmt: off
QUOTAS = [
    {"code": "insufficient_quota", "type": "insufficient_quota", "message": "You exceeded your current quota"},
    {"code": 402, "message": "Insufficient credits"},
    {"code": 401, "message": "No auth credentials found"},
    {"code": 429, "message": "Rate limit exceeded"},
    {"type": "rate_limit_error", "message": "slowly"},
    {"code": "1113", "message": "您的账户已欠费，请充值后重试。"},
]
# fmt: on


class OneAtATime(Service):
    """Takes one question at a time, and turns others away without a word of when to come back."""

    at_work = False

    def _serve(self, connection: Any, address: Any) -> None:
        self.answers = [LIMITED if self.at_work else [*WELL[:1], 0.1, *WELL[1:]]]
        mine = not self.at_work
        self.at_work = True
        super()._serve(connection, address)
        self.at_work = self.at_work and not mine


def test_a_service_that_takes_one_at_a_time_answers_all_who_ask(
    brain: Thinks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "FIRST_PAUSE", 0.3)
    service = OneAtATime()
    asking = brain(base_url=service.url, answer_seconds=30.0)
    saying = []
    for number in range(6):
        saying.append(gevent.spawn(asking.ask, who=f"o-{number}"))
        gevent.sleep(0.07)
    assert [asked.get().answer for asked in saying] == ["好了。"] * 6
    service.stop()


@pytest.mark.parametrize("error", QUOTAS)
def test_a_key_whose_answer_its_quota_ends_rests_and_what_there_is_is_read(
    service: Service, brain: Thinks, db: InMemory, error: dict[str, Any]
) -> None:
    """Once for each of its answers: the other key has every question that follows."""
    asking = brain(api_keys=("sk-one", "sk-two"))
    service.answers = [stream(delta("甲"), said({"error": error})), WELL]
    assert asking.ask().reply == f"甲\n{Texts().broken_off}"
    assert [asking.ask().answer for _ in range(3)] == ["好了。"] * 3
    assert service.keys == ["sk-one", *["sk-two"] * 3]
    assert db.read(cool_downs.resting, at=time.time()).keys() == {cool_downs.key_name("sk-one")}


def test_without_a_word_of_when_it_is_asked_again_after_one_second_and_two(
    service: Service, brain: Thinks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second is a fifth of one here."""
    assert attempts.FIRST_PAUSE == 1.0
    monkeypatch.setattr(attempts, "FIRST_PAUSE", 0.2)
    service.answers = [LIMITED, LIMITED, WELL]
    began = time.monotonic()
    assert brain(answer_seconds=10.0).ask().answer == "好了。"
    assert time.monotonic() - began >= 0.6
    assert len(service.bodies) == 3


def test_a_key_that_rests_for_a_day_is_probed_after_a_minute_by_one_question(
    service: Service, brain: Thinks, db: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    later, looked = 0.0, Event()
    monkeypatch.setattr(db, "steady", lambda: time.monotonic() + later)
    service.answers = [
        response(429, {}, headers="Retry-After: 86400\r\n"),
        [*WELL[:1], looked, *WELL[1:]],
    ]
    asking = brain(answer_seconds=60.0, read_seconds=60.0)
    assert asking.ask().reply == Texts().apology
    assert asking.ask().reply == Texts().apology
    assert len(service.bodies) == 1
    later = 61.0
    saying = [gevent.spawn(asking.ask, who=f"o-{number}") for number in range(3)]
    with gevent.Timeout(30):
        while len(service.bodies) < 2:
            gevent.sleep(0.01)
    gevent.sleep(0.2)  # time for the others to ask, if they did not wait
    assert len(service.bodies) == 2, "one finds out, the others wait for it"
    looked.set()
    assert [asked.get().answer for asked in saying] == ["好了。"] * 3


@pytest.mark.parametrize("step", [86400.0, -86400.0, 3600.0, -3600.0])
def test_a_key_rests_for_its_time_whatever_is_done_to_the_clock(
    db: InMemory, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    """It says what it rests for, as a question would have to wait."""
    later = 0.0
    monkeypatch.setattr(db, "steady", lambda: time.monotonic() + later)
    keys = Keys(db, ("sk-one", "sk-two"))
    one = keys.turn(besides=set(), patience=0.0)
    two = keys.turn(besides=set(), patience=0.0)
    assert one and two
    keys.refused(one, KeyRefused("no"))
    keys.over_the_limit(two, OverTheLimit("slowly"), at_least=30.0)
    monkeypatch.setattr(db, "clock", lambda: time.time() + step)
    assert keys.turn(besides={one}, patience=1.0) is None
    later = 31.0
    assert keys.turn(besides={one}, patience=0.0) == two
    assert keys.turn(besides={two}, patience=0.0) == one, "as the last that is left"
    assert one.label in keys.why_none_is_left()


@pytest.mark.parametrize(("step", "rests"), [(-86400.0, 0), (-3600.0, 600), (0.0, 600), (3600, 0)])
def test_what_was_saved_of_a_key_is_no_longer_than_a_rest_may_be_after_a_step_of_the_clock(
    db: InMemory, monkeypatch: pytest.MonkeyPatch, step: float, rests: float
) -> None:
    before = Keys(db, ("sk-one",))
    key = before.turn(besides=set(), patience=0.0)
    assert key
    before.refused(key, KeyRefused("no"))
    db.write(lambda _: None)  # behind it
    monkeypatch.setattr(db, "clock", lambda: time.time() + step)
    later = 0.0
    monkeypatch.setattr(db, "steady", lambda: time.monotonic() + later)
    after = Keys(db, ("sk-two", "sk-one"))
    taken = [after.turn(besides=set(), patience=0.0) for _ in range(2)]
    assert [key.number for key in taken if key] == ([1, 1] if rests else [1, 2])
    later = 601.0
    taken = [after.turn(besides=set(), patience=0.0) for _ in range(2)]
    assert {key.number for key in taken if key} == {1, 2}


@pytest.mark.parametrize(
    "too_long", [TOO_LONG, stream(delta("", "context_length_exceeded"), DONE)], ids=["400", "200"]
)
def test_a_conversation_that_is_too_long_is_asked_once_more_without_its_older_half(
    service: Service, brain: Thinks, too_long: Sends
) -> None:
    asking = brain()
    service.answers = [WELL, WELL, too_long, WELL]
    for question in ("一", "二"):
        asking.ask(question)
    assert asking.ask("三").answer == "好了。"
    said = [[turn["content"] for turn in body["messages"][1:]] for body in service.bodies]
    assert said[2:] == [["一", "好了。", "二", "好了。", "三"], ["二", "好了。", "三"]]


def test_a_question_that_is_too_long_by_itself_is_asked_once(
    service: Service, brain: Thinks
) -> None:
    service.answers = [TOO_LONG]
    message = brain().ask()
    assert (message.failure or "").startswith("ConversationTooLong")
    assert len(service.bodies) == 1


def test_the_oldest_turns_leave_first_where_the_history_is_too_long(
    service: Service, brain: Thinks
) -> None:
    asking = brain(history_characters=100)
    service.answers = [WELL]
    for question in ("甲" * 60, "乙" * 60, "丙"):
        asking.ask(question)
    said = [[turn["content"][0] for turn in body["messages"][1:]] for body in service.bodies]
    assert said == [["甲"], ["乙"], ["乙", "好", "丙"]]


@pytest.mark.parametrize(
    ("sizes", "left"),
    [([5], [5]), ([9, 1, 5], [5]), ([1, 1, 1, 1, 5], [1, 1, 5]), ([9, 9, 1, 1, 5], [1, 1, 5])],
)
def test_half_of_a_history_is_half_of_its_characters(sizes: list[int], left: list[int]) -> None:
    turns: Turns = [
        {"role": ("user", "assistant")[place % 2], "content": "x" * size}
        for place, size in enumerate(sizes)
    ]
    system = {"role": "system", "content": "p"}
    assert [len(turn["content"]) for turn in newer_half([system, *turns])[1:]] == left


def test_what_the_operator_adds_to_a_request_is_in_each(service: Service) -> None:
    model = ChatModel(
        base_url=service.url,
        model="a-model",
        temperature=None,
        stream=True,
        connect_seconds=1.0,
        read_seconds=1.0,
        at_once=1,
        token_limit_name="max_completion_tokens",
        extra_body={"enable_thinking": False},
        extra_headers={"api-key": "sk-azure", "user-agent": "ours"},
        extra_query={"api-version": "2024-10-21"},
    )
    service.answers = [WELL]
    turns = [{"role": "user", "content": "你好"}]
    deadline = time.monotonic() + 5
    model.ask(turns, key="sk-one", max_tokens=9, deadline=deadline, on_text=lambda _: None)
    model.close()
    [head], [body] = service.heads, service.bodies
    assert head.startswith("POST /v1/chat/completions?api-version=2024-10-21 ")
    assert "api-key: sk-azure" in head
    assert [line for line in head.lower().splitlines() if "user-agent" in line] == [
        "user-agent: ours"
    ]
    assert (body["max_completion_tokens"], body["enable_thinking"]) == (9, False)
    assert not {"max_tokens", "temperature"} & body.keys()


def half_of(service: Service, asking: Brain, begins: str, ends: str) -> tuple[str, str | None]:
    """What is shown of an answer that has only begun, and the answer."""
    go_on = Event()
    service.answers = [stream(delta(begins), go_on, delta(ends, "stop"), DONE)]
    progress = Progress(asking.received("问"))
    work = gevent.spawn(asking.steps.next_move, progress)
    with gevent.Timeout(10):
        while begins not in progress.text:
            gevent.sleep(0.001)
    shown = to_plain(progress.text, finished=False)
    go_on.set()
    return shown, asking.db.write(work.get()).answer


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("deepseek-r1:7b", ""),
        ("Qwen/QwQ-32B", ""),
        ("Qwen3-30B-A3B-Thinking-2507", ""),
        ("deepseek-chat", "想"),
        ("grok-1", "想"),
    ],
)
def test_of_its_first_answer_the_models_name_says_whether_it_begins_in_thought(
    service: Service, brain: Thinks, name: str, shown: str
) -> None:
    asking = brain(model=name)
    assert half_of(service, asking, "想", "</think>答。") == (shown, "答。")


@pytest.mark.parametrize(
    ("begins", "shown"),
    [
        ("好的，用户问的是天气，我需要", ""),
        ("Okay, so the user is asking about", ""),
        ("We need to answer in Chinese.", ""),
        ("用户体验要从细节做起", "用户体验要从细节做起"),
        ("好的，我来介绍", "好的，我来介绍"),
    ],
)
@pytest.mark.parametrize("thinks", [True, False])
def test_what_reads_like_a_thought_is_not_shown_before_it_is_known_what_it_is(
    service: Service, brain: Thinks, begins: str, shown: str, thinks: bool
) -> None:
    """Of an answer that begins alike nothing is lost: it is read when it has ended."""
    asking, ends = brain(), "</think>答。" if thinks else "。"
    answer = "答。" if thinks else f"{begins}。"
    assert half_of(service, asking, begins, ends) == (shown, answer)


def test_a_model_that_begins_in_thought_without_a_mark_shows_none_of_it_once_that_is_known(
    service: Service, brain: Thinks
) -> None:
    asking = brain()
    service.answers = [stream(delta("想了想</think>"), delta("答。", "stop"), DONE)]
    asking.ask()
    assert half_of(service, asking, "又在想", "</think>答。") == ("", "答。")


@pytest.mark.parametrize(
    ("begins", "shown", "ends", "answer"),
    [
        ("甲。<think>想", "甲。", "</think>乙。", "甲。乙。"),
        ("甲。\n<think>想", "甲。", "</think>乙。", "甲。\n乙。"),
        ("写成 <think> 开头", "写成 <think> 开头", "。", "写成 <think> 开头。"),
        ("用<think>标签", "用", "。", "用<think>标签。"),
    ],
)
def test_of_a_thought_within_an_answer_nothing_is_shown_while_it_lasts(
    service: Service, brain: Thinks, begins: str, shown: str, ends: str, answer: str
) -> None:
    assert half_of(service, brain(), begins, ends) == (shown, answer)


def test_a_question_may_have_a_temperature_of_its_own_where_the_service_takes_one(
    service: Service, brain: Thinks
) -> None:
    service.answers = [WELL, refused("temperature is not supported"), WELL]
    asking = brain(temperature=0.8)
    for temperature in (0.2, 0.3):
        message = asking.received("问")
        ask = asking.db.read(asking.steps.asking.prepare, message)
        progress = Progress(message, ask=replace(ask, temperature=temperature))
        asking.db.write(asking.steps.next_move(progress))
    sent = [body.get("temperature") for body in service.bodies]
    assert sent == [0.2, 0.3, None]


def test_that_a_model_begins_in_thought_is_known_after_a_restart_until_it_does_not(
    service: Service, brain: Thinks
) -> None:
    answers: list[str | None] = []
    for words, ended in (
        ("想了想</think>答。", "stop"),
        ("又在想", "length"),
        ("答。", "stop"),
        ("又在说", "length"),
    ):
        service.answers = [stream(delta(words, ended), DONE)]
        asking = brain()
        asking.numbers = count(len(answers))
        answers.append(asking.ask().answer)
    assert answers == ["答。", None, "答。", f"又在说\n{Texts().cut_by_length}"]
