"""What a rule does not let pass: no question reaches the model, no answer a follower."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fsm.asking import call
from fsm.moderation.judge import Judge
from fsm.moderation.patterns import Patterns
from fsm.window import Window
from sandbox.model import ModelStandIn
from sandbox.wire import tap
from settings.schema import Texts
from tests.conftest import CLIPS
from tests.end_to_end.chains import chained
from tests.running import ROOMY, TRY, Running, running, tried_once
from tests.shown import MORE, STILL_THINKING
from tests.speaking import Speaking, running_with_speech, spoken
from tests.ticking import longest_turn

REFUSED = Texts().refused
ANSWER_REFUSED = Texts().answer_refused
WORDS = "# not spoken of\n红苹果派\nforbidden\n"


def listed(folder: Path, words: str = WORDS) -> dict[str, tuple[Path, ...]]:
    path = folder / "words.txt"
    path.write_text(words, encoding="utf-8")
    return {"lists": (path,)}


@pytest.fixture
def app(tmp_path: Path, window: Window) -> Iterator[Running]:
    with running(tmp_path, window=window, moderation=listed(tmp_path)) as app:
        yield app


@pytest.mark.parametrize("question", ["讲讲红苹果派", "紅 蘋·果-派？", "Ｆorbidden?"])
def test_a_refused_question_is_not_asked_and_leaves_no_trace(
    app: Running, question: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    assert app.follower().say(question).seen == REFUSED
    assert app.model.asked == []
    assert app.all("SELECT role FROM history") == []
    assert app.all("SELECT question FROM messages") == [""]
    assert app.one("SELECT counts FROM messages") == 0
    assert app.all("SELECT refused || ' by ' || refused_by FROM messages") == [
        f"question by words.txt:{3 if 'orbidden' in question else 2}"
    ]
    assert "refused=question rule=words.txt" in caplog.text
    assert question not in caplog.text


def test_what_is_said_next_knows_nothing_of_it(app: Running) -> None:
    follower = app.follower()
    follower.say("甲")
    follower.say("讲讲红苹果派")
    follower.say("乙")
    said = [turn["content"] for turn in app.model.bodies[-1]["messages"] if turn["role"] == "user"]
    assert said == ["甲", "乙"]


def test_a_command_is_obeyed_whatever_is_listed(tmp_path: Path) -> None:
    with running(tmp_path, moderation=listed(tmp_path, "新对话\n点餐\n")) as app:
        assert "重新开始" in app.follower().say("新对话").seen
        assert app.follower().say("英语对话 点餐").seen == REFUSED, "its topic goes to the model"


def test_a_refused_answer_is_replaced_and_leaves_no_trace(app: Running) -> None:
    app.model.will(text="当然！红苹果派是这样做的。")
    follower = app.follower()
    fate = follower.say("今天吃什么")
    assert fate.seen == ANSWER_REFUSED
    assert app.all("SELECT role FROM history") == []
    assert app.one("SELECT answer || partial || given FROM messages") in ("", None)
    assert (
        app.one("SELECT refused || ' by ' || refused_by FROM messages") == "answer by words.txt:2"
    )
    app.model.will(text="好的。")
    assert follower.say("那说点别的").seen == "好的。"
    assert len(app.model.bodies[-1]["messages"]) == 2
    assert follower.say("那说点别的", msg_id=fate.msg_id).seen == ANSWER_REFUSED


def test_a_call_is_ended_when_its_answer_is_refused(
    app: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest of it would take several times as long as there is."""
    monkeypatch.setattr(call, "CHECKPOINT_SECONDS", 0.2)
    app.model.will(text="先说红苹果派。" + "后面还有很多很多的话。" * 50, pace=0.1)
    fate = app.follower().say("今天吃什么")
    assert fate.seen == ANSWER_REFUSED
    assert app.one("SELECT settled_at - arrived_at FROM messages") < 3 * TRY


def test_nothing_of_a_word_is_shown_before_it_is_known_to_be_one(tmp_path: Path) -> None:
    once = replace(ROOMY, tries=1)
    with running(tmp_path, window=once, moderation=listed(tmp_path)) as app:
        between = (once.try_seconds - once.margin) / 1.5  # it is shown between the last two pieces
        app.model.will(text="好的，我来说说红苹果派。", pace=between)
        follower = app.follower()
        fate = follower.say("今天吃什么")
        assert MORE in fate.seen
        assert fate.seen.startswith("好的，我")
        assert "红" not in fate.seen
        app.until(lambda: app.one("SELECT state FROM messages") == "REPLIED")
        assert follower.say(tap(fate.seen)).seen == ANSWER_REFUSED


@tried_once
def test_a_refused_answer_that_is_late_waits_to_be_collected_and_to_be_read_once(
    app: Running,
) -> None:
    app.model.will(text="红苹果派")
    follower = app.follower()
    with app.while_the_model_thinks():
        fate = follower.say("今天吃什么")
    assert STILL_THINKING in fate.seen
    assert follower.say(tap(fate.seen)).seen == ANSWER_REFUSED
    assert follower.say("继续").seen == Texts().nothing_more
    assert app.model.questions == ["今天吃什么"]


def test_a_list_is_read_again_while_the_server_runs(app: Running, tmp_path: Path) -> None:
    assert app.follower().say("香蕉").seen != REFUSED
    listed(tmp_path, WORDS + "香蕉\n")
    assert app.huixin.rereading.read_all()
    assert app.follower().say("香蕉").seen == REFUSED
    assert app.one("SELECT max(refused_by) FROM messages") == "words.txt:4"


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[Speaking]:
    with running_with_speech(tmp_path, moderation=listed(tmp_path)) as app:
        yield app


def test_nothing_of_a_refused_answer_is_said(speaking: Speaking) -> None:
    text = "第一句话在这里。第二句话说的是红苹果派。第三句话在这里。"
    speaking.model.will(text=text, pace=0.1)
    fate = speaking.ask()
    assert fate.seen == ANSWER_REFUSED
    assert not fate.media_id
    assert "红" not in spoken(speaking)
    speaking.huixin.db.write(lambda db: None)
    assert speaking.one("SELECT count(*) FROM voice_parts") == 0
    assert speaking.wechat.uploads == []


def test_a_question_that_had_to_be_heard_is_refused_as_one_that_was_written(
    speaking: Speaking,
) -> None:
    speaking.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "media-1-16k")
    speaking.speech.will_recognize("请讲讲红苹果派")
    fate = speaking.follower().send_voice(recognition="", media_id="media-1")
    assert fate.seen == REFUSED
    assert speaking.model.asked == []
    assert speaking.one("SELECT counts FROM messages") == 0
    assert speaking.all("SELECT question FROM messages") == [""]


PATTERNS = {"phone": r"1[3-9]\d{9}", "nested": "(a*)*(b|c+)*$x"}


def test_a_pattern_refuses_as_a_list_does(tmp_path: Path) -> None:
    with running(tmp_path, moderation={"patterns": PATTERNS}) as app:
        follower = app.follower()
        assert follower.say("我的号码是１３８\u200b0013 8000").seen != REFUSED
        assert follower.say("我的号码是１３８\u200b00138000").seen == REFUSED
        app.model.will(text="打这个号码：13800138000。")
        assert follower.say("电话多少").seen == ANSWER_REFUSED
        assert app.all("SELECT refused_by FROM messages WHERE refused IS NOT NULL") == ["phone"] * 2


def test_what_a_pattern_may_find_yet_is_not_shown() -> None:
    judge = Judge(patterns=Patterns.of(PATTERNS))
    before, text = "好" * 80 + "电话", "好" * 80 + "电话13800138000"
    shown = [judge.showable(text[:length]) for length in range(len(text) + 1)]
    assert all(before.startswith(one) for one in shown)
    assert len(shown[-2]) > 20
    assert shown[-1] == ""


@pytest.mark.parametrize("text", ["a" * 30_000, "bc" * 15_000, "好" * 30_000])
def test_no_pattern_and_no_text_holds_the_others_up(text: str) -> None:
    judge = Judge(patterns=Patterns.of(PATTERNS))
    assert longest_turn(lambda: judge.answer(text)) < 0.05


def test_no_other_model_is_asked_for_an_answer_that_was_refused(tmp_path: Path) -> None:
    one, other = ModelStandIn(), ModelStandIn()
    one.always(text="红苹果派")
    other.always(text="苹果派")
    one.start()
    other.start()
    with chained(tmp_path, one, other, moderation=listed(tmp_path)) as app:
        assert app.follower().say("今天吃什么").seen == ANSWER_REFUSED
    one.stop()
    other.stop()
    assert (len(one.asked), len(other.asked)) == (1, 0)
