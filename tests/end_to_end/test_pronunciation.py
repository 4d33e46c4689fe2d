"""What a follower says in a lesson is judged, beside the answer and never in its way."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import gevent
import pytest

from fsm.voice.pronouncing import Lines
from integrations.speech.pronunciation import JudgedWord, Pronunciation
from sandbox.follower import Fate
from sandbox.speech_turns import SpeechBehaviour
from sandbox.wire import NothingToTap, tap
from service import account
from settings.schema import Secret, Settings, Texts, WeChat
from store import processes, pronunciations
from store.processes import Process
from tests.conftest import CLIPS
from tests.running import TOKEN, Running
from tests.shown import STILL_THINKING
from tests.speaking import BRIEF, TRY, WINDOW, Speaking, running_with_speech, spoken, wait_for

ELSEWHERE = Process("elsewhere/2/2", "elsewhere", 2)
SAID = "I would like some vegetable soup please"
SLOWER = replace(WINDOW, try_seconds=2 * TRY)  # so that a busy machine judges within the first try


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Speaking]:
    """In a lesson; answers are texts, and whatever is said has a recording."""
    with running_with_speech(tmp_path, window=SLOWER, azure={"trans_to_voice": False}) as app:
        app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "said-16k")
        app.model.always(text="Sure, anything else?")
        app.speech.will_recognize(SAID, badly=("vegetable", "soup"))
        app.follower().say("英语对话 点餐")
        yield app


@pytest.fixture
def not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """No answer waits for what is judged, as if that took long."""
    monkeypatch.setattr(account, "PRONOUNCED_WITHIN", 0.0)


judged_late = pytest.mark.usefixtures("not_waited_for")


def with_azure(app: Speaking, **changes: object) -> None:
    """Start the server again with other settings for speech."""
    app.sections["azure"] |= changes
    app.huixin.stop(app.server)
    Running.start(app)


def speak(app: Speaking, recognition: str = SAID, **how: Any) -> Fate:
    return app.follower().send_voice(recognition=recognition, media_id="said", **how)


def speak_unjudged(app: Speaking) -> Fate:
    """Speak and be answered, while that is being judged, and goes on to be."""
    fate = speak(app)
    wait_for(lambda: app.speech.judged)
    return fate


def read(text: str) -> str:
    return re.sub("<[^>]*>", "", text)


def known(app: Speaking) -> bool:
    return bool(app.one("SELECT count(*) FROM pronunciations WHERE line IS NOT NULL"))


LINE = r"（发音 \d\d 分，再读一读：vegetable soup）"


def test_the_score_and_the_words_to_say_again_stand_below_the_answer(app: Speaking) -> None:
    seen = speak(app).seen
    assert re.fullmatch(rf"Sure, anything else\?\n{LINE}", read(seen))
    assert app.speech.judged == [pytest.approx(3.0, abs=3.0)]
    assert app.model.questions[-1] == SAID
    app.follower().say("And tea.")
    assert "发音" not in str(app.model.bodies[-1]), "it is no part of the conversation"


def test_what_wechat_has_not_recognized_is_fetched_once_for_both(
    app: Speaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, fetched = app.huixin.accounts[0].api, list[str]()
    assert api
    fetch = api.download_media

    def fetch_and_count(media_id: str, *, deadline: float) -> bytes:
        fetched.append(media_id)
        return fetch(media_id, deadline=deadline)

    monkeypatch.setattr(api, "download_media", fetch_and_count)
    seen = speak(app, recognition="").seen
    assert re.search(LINE, read(seen))
    assert fetched == ["said-16k"]
    assert (len(app.speech.heard), len(app.speech.judged)) == (1, 1)


def test_what_was_said_well_is_told_so(app: Speaking) -> None:
    app.speech.will_recognize("Hello there.")
    assert re.search(r"（发音 9\d 分，很清楚！）", speak(app, "Hello there.").seen)


@pytest.mark.parametrize("words", [(JudgedWord("soup", 85.0), JudgedWord("please", 92.0)), ()])
@pytest.mark.parametrize(("score", "told"), [(79.4, "再连起来读一遍"), (80.0, "很清楚")])
def test_a_low_score_is_not_praised_though_no_word_is_to_be_said_again(
    words: tuple[JudgedWord, ...], score: float, told: str
) -> None:
    settings = Settings(wechat=WeChat(token=Secret(TOKEN)))
    line = Lines(settings).of(Pronunciation(score, words))
    assert f"发音 {score:.0f} 分，" in line and told in line


def test_a_slow_judgement_does_not_hold_up_the_answer_and_comes_with_the_word(
    app: Speaking,
) -> None:
    app.tries_last(TRY)
    app.speech.will_recognize(SAID, badly=("soup",))
    with app.while_speech_hangs():
        fate = speak_unjudged(app)
    assert fate.seen == "Sure, anything else?"
    assert len(fate.tries) == 1, "within the first try"
    wait_for(lambda: known(app))
    asked = len(app.model.asked)
    assert re.fullmatch(r"（发音 \d\d 分，再读一读：soup）", read(app.follower().say("继续").seen))
    assert len(app.model.asked) == asked
    assert app.follower().say("继续").seen == Texts().nothing_more
    assert len(app.model.asked) == asked


@judged_late
def test_who_asks_for_it_while_it_is_being_made_gets_it(app: Speaking) -> None:
    app.speech.will_recognize(SAID, badly=("soup",))
    with app.while_speech_hangs():
        speak_unjudged(app)
        asked = len(app.model.asked)
        waiting = gevent.spawn(app.follower().say, "继续")
        wait_for(lambda: app.one("SELECT count(*) FROM messages") == 3)
    assert re.search("再读一读：soup", read(waiting.get().seen))
    assert len(app.model.asked) == asked


@judged_late
def test_one_that_another_process_is_at_is_waited_for_and_asks_no_model(app: Speaking) -> None:
    app.speech.behave(SpeechBehaviour(delay=60, phrases=(SAID,)))
    speak_unjudged(app)
    app.huixin.db.write(_taken_elsewhere)
    with_azure(app)
    asked = len(app.model.asked)
    waiting = gevent.spawn(app.follower().say, "继续")
    wait_for(lambda: app.one("SELECT count(*) FROM messages") == 3)
    app.huixin.db.write(lambda db: pronunciations.save(db, 2, "（发音 90 分）"))
    assert waiting.get().seen == "（发音 90 分）"
    assert len(app.model.asked) == asked


@judged_late
def test_one_that_takes_too_long_is_promised_again(app: Speaking) -> None:
    app.speech.behave(SpeechBehaviour(delay=60, phrases=(SAID,)))
    app.tries_last(BRIEF, tries=1)
    speak_unjudged(app)
    asked = len(app.model.asked)
    for _ in range(2):
        assert STILL_THINKING in app.follower().say("继续").seen
    assert len(app.model.asked) == asked


def _taken_elsewhere(db: Any) -> None:
    """By a process that lives on."""
    processes.beat(db, ELSEWHERE, at=time.time(), lease=600)
    db.execute("UPDATE pronunciations SET taken_by = :id", {"id": ELSEWHERE.id})


@judged_late
def test_one_that_is_late_stands_below_the_next_answer_once(app: Speaking) -> None:
    app.speech.will_recognize(SAID, badly=("soup",))
    with app.while_speech_hangs():
        speak_unjudged(app)
    wait_for(lambda: known(app))
    assert "再读一读：soup" in read(app.follower().say("And tea.").seen)
    assert app.follower().say("Thanks!").seen == "Sure, anything else?"


@judged_late
@pytest.mark.parametrize("by_then", [True, False])
def test_of_what_was_said_before_a_new_conversation_nothing_is_told(
    app: Speaking, by_then: bool
) -> None:
    with app.while_speech_hangs():
        speak_unjudged(app)
        if by_then:
            app.speech_may_come.set()
            wait_for(lambda: known(app))
        app.follower().say("新对话")
        assert app.follower().say("继续").seen == Texts().nothing_more
    wait_for(lambda: known(app))
    assert "发音" not in app.follower().say("你好").seen


@judged_late
def test_a_line_whose_reply_nobody_got_is_told_again(app: Speaking) -> None:
    with app.while_speech_hangs():
        speak_unjudged(app)
    wait_for(lambda: known(app))
    cut = app.follower(tries=1, try_seconds=0.001, gap_seconds=0.0)
    cut.say("继续", msg_id="9")
    wait_for(lambda: app.one("SELECT count(*) FROM pronunciations WHERE told_by IS NOT NULL"))
    carried = app.one("SELECT count(*) FROM tries WHERE outcome = 'replied' AND message_id = 3")
    told = "发音" in app.follower().say("And tea.").seen
    assert told == (carried == 0)


@judged_late
@pytest.mark.parametrize("killed", [True, False])
def test_a_judgement_outlives_a_restart_in_its_midst(app: Speaking, killed: bool) -> None:
    app.speech.behave(SpeechBehaviour(delay=60, phrases=(SAID,)))
    assert speak_unjudged(app).seen == "Sure, anything else?"
    app.speech.behave(SpeechBehaviour(phrases=(SAID,)))
    if killed:  # another process finds what it was at, and nobody alive
        app.huixin.db.write(_of_a_process_that_died)
    with_azure(app)
    wait_for(lambda: known(app))
    assert "发音" in app.follower().say("继续").seen


def _of_a_process_that_died(db: Any) -> None:
    db.execute("UPDATE pronunciations SET taken_by = 'gone'")


def test_a_restart_while_the_model_is_asked_judges_it_once(app: Speaking) -> None:
    app.model.will(text="Too late", after=60)
    asked = gevent.spawn(speak, app, msg_id="7")
    wait_for(lambda: known(app))
    with_azure(app)
    asked.get()
    assert "再读一读：vegetable soup" in read(speak(app, msg_id="7").seen)
    assert len(app.speech.judged) == 1


@pytest.mark.parametrize("what", ["refused", "mute", "no recording", "silence"])
def test_where_it_cannot_be_judged_only_the_operator_is_told(
    app: Speaking, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    if what == "refused":
        app.speech.will_refuse(401)
    elif what == "mute":
        app.speech.will_cut_after(0)
    elif what == "silence":
        app.speech.will_recognize()
    else:
        app.wechat.will_answer(40007, "media/get")
    assert speak(app).seen == "Sure, anything else?"
    wait_for(lambda: "event=not_pronounced" in caplog.text)
    assert re.search(r'event=not_pronounced .*reason="?[A-Z]\w+.* advice=', caplog.text)
    assert SAID not in caplog.text
    assert "发音" not in app.follower().say("And tea.").seen


def test_it_is_judged_in_lessons_and_in_english_only(app: Speaking) -> None:
    assert "发音" not in speak(app, "这个用英语怎么说呢").seen
    app.follower().say("新对话")
    assert "发音" not in speak(app).seen
    app.huixin.db.write(lambda db: None)
    assert app.speech.judged == []
    assert app.one("SELECT count(*) FROM pronunciations") == 0


@pytest.mark.parametrize("changes", [{"pronunciation": "off"}, {"subscription": "****"}])
def test_it_can_be_switched_off_and_takes_a_speech_service(
    app: Speaking, changes: dict[str, object]
) -> None:
    with_azure(app, **changes)
    assert speak(app).seen == "Sure, anything else?"
    assert app.speech.judged == []


def test_a_spoken_answer_is_followed_by_the_line_and_its_words_can_be_heard(
    app: Speaking,
) -> None:
    with_azure(app, trans_to_voice=True)
    begun = app.follower().say("英语对话 点餐").seen
    assert "评发音" in begun
    assert speak(app).media_id
    line = app.follower().say(tap(begun)).seen
    assert re.fullmatch(LINE, read(line))
    assert tap(line, "soup") == "听 soup"
    turns = app.one("SELECT count(*) FROM history")
    asked = len(app.model.asked)
    assert app.follower().say(tap(line)).media_id
    assert app.speech.spoken[-1] == (app.settings().azure.en_model, "vegetable")
    assert (len(app.model.asked), app.one("SELECT count(*) FROM history")) == (asked, turns)
    app.follower().say("新对话")
    assert app.follower().say("听 soup").media_id, "the links go on working"


def test_a_lesson_that_begins_with_a_voice_is_told_there_how_to_get_the_lines(
    app: Speaking,
) -> None:
    with_azure(app, trans_to_voice=True)
    assert app.ask("英语对话点餐。").media_id
    assert "我会评发音" in spoken(app)
    app.speech.spoken.clear()
    assert speak(app).media_id
    assert "评发音" not in spoken(app), "once a lesson"


def test_a_word_said_on_request_is_no_answer_of_the_model(app: Speaking) -> None:
    app.sections["texts"] = {"ai_label": "（AI 生成）"}
    with_azure(app, trans_to_voice=True, say_label=True)
    assert speak(app).media_id
    said = len(app.speech.spoken)
    assert app.follower().say("听 soup").media_id
    assert [words for _, words in app.speech.spoken[said:]] == ["soup"], "and nobody calls it one"
    for _ in range(2):
        assert app.follower().say("文字").seen.startswith("Sure, anything else?")


def test_a_word_that_a_rule_refuses_is_not_said_on_request(app: Speaking) -> None:
    app.sections["moderation"] = {"patterns": {"words": "turnip"}}
    with_azure(app, trans_to_voice=True)
    assert Texts().refused in app.follower().say("听 turnip").seen
    app.speech.will_recognize("听 turnip.")
    assert Texts().refused in app.follower().send_voice(media_id="said").seen
    assert "turnip" not in str(app.speech.spoken)
    assert app.all("SELECT refused FROM messages WHERE refused IS NOT NULL") == ["question"] * 2


def test_without_speech_the_words_are_read_only(app: Speaking) -> None:
    line = speak(app).seen
    with pytest.raises(NothingToTap):
        tap(line)
    app.follower().say("听 vegetable")
    assert app.model.questions[-1] == "听 vegetable"


def test_who_was_in_no_lesson_may_speak_of_listening(app: Speaking) -> None:
    with_azure(app, trans_to_voice=True)
    for words in ("听 Taylor Swift", "听 这首歌"):
        app.follower("o-two").say(words)
        assert app.model.questions[-1] == words


def test_a_word_that_cannot_be_said_is_written(app: Speaking) -> None:
    with_azure(app, trans_to_voice=True)
    app.speech.will_refuse(401)
    assert app.follower().say("听 vegetable").seen == "vegetable"
