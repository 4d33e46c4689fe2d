"""The bench's load, as a server sees it."""

import pytest
from wechatpy import parse_message

from bench.load import Say, Target, drive
from settings.schema import Texts
from tests.sandbox.scripted import TOKEN, Request, Server, http, reply_xml, text_xml

WORDS = {
    "继续": "still more",
    "busy": Texts().too_busy,
    "sorry": Texts().apology,
}


def answer(request: Request) -> None:
    message = parse_message(request.body)
    words = WORDS.get(message.content, f"答 {message.content} 好的 @1234.5")
    request.answer(http(reply_xml(text_xml(words), to=message.source)))


def test_new_questions_come_from_new_followers_and_answers_tell_when_the_model_ended(
    server: Server,
) -> None:
    server.will(answer)
    found = drive(Target(server.port, TOKEN), Say("o-new-"), rate=200, seconds=0.05)
    assert [one.fate for one in found] == ["answered"] * 10
    assert {one.model_ended_at for one in found} == {1234.5}
    assert len({request.query["openid"] for request in server.requests}) == 10
    assert found[9].due_at - found[0].due_at == pytest.approx(0.045, abs=1e-5)


@pytest.mark.parametrize(
    "text, fate", [("继续", "answered"), ("busy", "told"), ("sorry", "put_off")]
)
def test_a_text_of_ones_own_is_sent_by_followers_in_turn(
    server: Server, text: str, fate: str
) -> None:
    server.will(answer)
    say = Say("o-follower-", first=7, followers=2, text=text, expected="still more")
    found = drive(Target(server.port, TOKEN), say, rate=100, seconds=0.03)
    assert [one.fate for one in found] == [fate] * 3
    who = sorted(request.query["openid"] for request in server.requests)
    assert who == ["o-follower-7", "o-follower-7", "o-follower-8"]


def test_an_empty_answer_is_nothing_and_asked_for_no_more(server: Server) -> None:
    server.will(lambda request: request.answer(http(b"success")))
    [one] = drive(Target(server.port, TOKEN), Say("o-"), rate=10, seconds=0.1)
    assert (one.fate, one.tries) == ("nothing", 1)
