"""A spoken question gets a spoken answer, through the real speech SDK and WeChat's media API."""

from collections.abc import Callable, Iterator
from pathlib import Path

import gevent
import pytest

from tests.shown import VOICE_LATER
from tests.speaking import BRIEF, TRY, Speaking, running_with_speech, spoken, wait_for
from tests.ticking import longest_stall


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Speaking]:
    with running_with_speech(tmp_path) as app:
        yield app


def test_a_voice_is_answered_by_a_voice_and_deleted_after_it(app: Speaking) -> None:
    app.model.will(text="我很好，谢谢。")
    fate = app.ask()
    assert fate.media_id in [upload.media_id for upload in app.wechat.uploads]
    assert app.all("SELECT event FROM moves ORDER BY id") == [
        "picked_up",
        "answered_to_speak",
        "voice_uploaded",
        "voice_settled",
    ]
    assert app.all("SELECT role FROM history ORDER BY id") == ["user", "assistant"]
    assert spoken(app) == "我很好，谢谢。"
    assert app.model.bodies[0]["max_tokens"] == 80
    assert app.forgotten()
    assert app.wechat.deleted == [fate.media_id]


@pytest.mark.parametrize(
    ("answer", "voice"),
    [("今天天气真好 okay", "zh-CN-XiaoyanNeural"), ("It is a nice day.", "en-US-AriaNeural")],
)
def test_the_voice_speaks_the_language_of_the_answer(
    app: Speaking, answer: str, voice: str
) -> None:
    app.model.will(text=answer)
    assert app.ask().media_id
    assert [name for name, _ in app.speech.spoken] == [voice]


def test_finished_sentences_are_spoken_while_the_model_still_writes(app: Speaking) -> None:
    answer = "第一句话在这里。第二句话在这里。第三句话在这里。"
    app.model.will(text=answer, pace=0.1)
    fate = app.ask()
    assert fate.media_id
    parts = [text for _, text in app.speech.spoken]  # side by side: any of them may come first
    assert len(parts) > 1
    assert "".join(sorted(parts, key=answer.index)) == answer
    ended = app.model.asked[0].ended_at
    settled = app.one("SELECT settled_at FROM messages")
    assert ended and settled - ended < 1.0


def test_a_written_question_is_answered_in_writing(app: Speaking) -> None:
    app.model.will(text="写给你。")
    assert app.follower().say("你好").seen == "写给你。"
    assert app.speech.spoken == []


def test_whatever_fails_in_speaking_the_follower_gets_the_text(app: Speaking) -> None:
    faults: list[Callable[[], object]] = [
        lambda: app.speech.will_refuse(401),
        lambda: app.speech.will_refuse(429),
        lambda: app.speech.will_cut_after(500),
        lambda: app.speech.will_answer_empty(),
        lambda: app.wechat.will_answer(45009, path="material/add_material"),
        lambda: app.wechat.will_answer(40007, path="material/add_material"),
        lambda: app.wechat.will_send(b"no json", path="material/add_material"),
    ]
    for number, fault in enumerate(faults):
        fault()
        app.wechat.will_answer(48001, path="media/upload")
        app.model.will(text=f"第{number}句。")
        assert app.ask(open_id=f"o-{number}").seen == f"第{number}句。"
        app.speech.will_behave()
        app.wechat.behave()
        app.huixin.db.write(lambda db: db.execute("DELETE FROM cool_downs").rowcount)
    assert app.one("SELECT count(*) FROM messages WHERE state = 'REPLIED'") == len(faults)


@pytest.mark.parametrize("answer", ["😀😀😀", "```\ncode\n```"])
def test_an_answer_that_cannot_be_said_is_read(app: Speaking, answer: str) -> None:
    app.model.will(text=answer)
    fate = app.ask()
    assert fate.kind == "text"


def test_a_voice_that_is_not_ready_is_read_first_and_heard_later(app: Speaking) -> None:
    app.tries_last(TRY, tries=1)
    app.model.will(text="我慢慢说给你听。")
    follower = app.follower()
    with app.while_speech_hangs():
        fate = follower.send_voice(recognition="你好")
        assert fate.seen.startswith("我慢慢说给你听。")
        assert VOICE_LATER in fate.seen
        waiting = gevent.spawn(follower.say, "继续")
        wait_for(lambda: app.one("SELECT count(*) FROM messages") == 2)
    assert waiting.get().media_id in [upload.media_id for upload in app.wechat.uploads]
    assert app.forgotten()


def test_a_restart_while_speaking_asks_the_model_no_more_and_says_nothing_twice(
    app: Speaking,
) -> None:
    app.model.will(text="第一句已经说完了。第二句要说很久很久。", pace=0.1)
    follower = app.follower(tries=1)
    asked = gevent.spawn(follower.send_voice, recognition="你好", msg_id="7")
    wait_for(lambda: app.all("SELECT number FROM voice_parts WHERE length(mp3) > 0"))
    app.speech.will_delay(5.0)
    wait_for(lambda: app.one("SELECT state FROM messages") == "SYNTHESIZING")
    app.speech.will_behave()
    said = len(app.speech.spoken)
    app.restart()
    asked.get()
    fate = app.follower(tries=1).send_voice(recognition="你好", msg_id="7")
    assert fate.media_id
    assert len(app.model.asked) == 1
    assert not any("第一句" in text for _, text in app.speech.spoken[said:])


@pytest.mark.parametrize("at_connect", [False, True])
def test_a_mute_speech_service_costs_the_voice_and_not_the_answer(
    app: Speaking, at_connect: bool
) -> None:
    app.tries_last(BRIEF, tries=1)
    app.speech.will_be_mute(at_connect=at_connect)
    app.model.will(text="写给你看。")
    assert app.ask().seen.startswith("写给你看。")


def test_who_was_promised_a_voice_that_fails_can_read_the_answer_again(app: Speaking) -> None:
    app.tries_last(TRY, tries=1)
    app.speech.will_answer_empty()
    app.model.will(text="只有文字了。")
    follower = app.follower()
    with app.while_speech_hangs():
        assert VOICE_LATER in follower.send_voice(recognition="你好").seen
        waiting = gevent.spawn(follower.say, "继续")
        wait_for(lambda: app.one("SELECT count(*) FROM messages") == 2)
    assert waiting.get().seen == "只有文字了。"
    assert len(app.model.asked) == 1


def test_two_spoken_questions_of_one_follower_both_get_a_voice(app: Speaking) -> None:
    app.model.will(text="第一个回答。")
    app.model.will(text="第二个回答。")
    asked = [gevent.spawn(app.ask, "问一"), gevent.spawn(app.ask, "问二")]
    ids = {one.get().media_id for one in asked}
    assert len(ids) == 2 and None not in ids
    assert [text for _, text in app.speech.spoken] == ["第一个回答。", "第二个回答。"]
    assert app.forgotten()


@pytest.mark.parametrize(
    ("characters", "kind"),
    [(268, "voice"), (278, "text"), (3600, "text")],
    ids=["59 seconds", "61 seconds", "3 MB"],
)
def test_a_sentence_longer_than_a_voice_may_be_is_read(
    app: Speaking, characters: int, kind: str
) -> None:
    app.model.will(text="啊" * characters)
    assert app.ask().kind == kind
    assert all(upload.size <= 240_000 for upload in app.wechat.uploads)


def test_a_long_voice_ends_at_a_sentence_and_the_rest_is_read(app: Speaking) -> None:
    said = [f"这是第{number}句，它和别的句子一样，不长也不短。" for number in range(1, 81)]
    app.model.will(text="".join(said))
    follower = app.follower()
    assert follower.send_voice(recognition="说长一点").media_id
    [upload] = app.wechat.uploads
    assert 40 * 4000 < upload.size <= 60 * 4000
    to = app.one("SELECT voiced_to FROM messages")
    heard, rest = "".join(said)[:to], "".join(said)[to:]
    assert heard.endswith("。")
    assert all(sentence in spoken(app) for sentence in said if sentence in heard)
    assert follower.say("继续").seen.startswith(rest[:100])
    assert len(app.model.asked) == 1
    assert len(spoken(app)) < 0.75 * len("".join(said)), "what nobody will hear is not paid for"


def test_the_loop_goes_on_while_voices_are_made(app: Speaking) -> None:
    app.speech.will_delay(0.6)

    def work() -> None:
        asked = [gevent.spawn(app.ask, "你好", open_id=f"o-{n}") for n in range(10)]
        assert all(one.get().media_id for one in asked)

    assert longest_stall(work) < 0.5, "SDK calls in the loop would stop it for 600 ms"


def test_thoughts_do_not_use_up_what_a_voice_may_say(app: Speaking) -> None:
    app.model.will(text="", finish_reason="length")
    app.model.will(text="说给你听。")
    assert app.ask().kind == "voice"
    assert [body["max_tokens"] for body in app.model.bodies] == [80, 1080]
    app.model.will(text="说给你听。" * 60)
    app.ask("再说一遍")
    said = app.one("SELECT length(answer) FROM messages ORDER BY id DESC LIMIT 1")
    assert 80 <= said < 90, "the limit is on what is spoken"
