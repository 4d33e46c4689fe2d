"""Whoever wants every answer spoken, or none, says so once."""

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from settings.schema import Texts
from tests.running import running
from tests.speaking import Speaking, running_with_speech, wait_for


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Speaking]:
    with running_with_speech(tmp_path) as app:
        yield app


def test_who_wants_voices_gets_them_for_texts_too_until_they_want_none(app: Speaking) -> None:
    assert "文字提问用文字回答" in app.follower().say("我的").seen
    assert "语音回答" in app.follower().say("语音 开").seen
    assert "回答都用语音" in app.follower().say("我的").seen
    app.model.will(text="说给你听。", times=3)
    assert app.follower().say("你好").media_id
    app.restart()
    assert app.follower().say("还在吗").media_id, "it is kept over a restart"
    assert app.follower("o-two").say("我没有要").seen == "说给你听。", "and it is one follower's"
    assert "文字回答" in app.follower().send_voice("语音关。").seen
    app.model.will(text="写给你看。")
    assert app.ask("现在呢").seen == "写给你看。"
    assert app.model.questions == ["你好", "还在吗", "我没有要", "现在呢"]


@pytest.mark.parametrize(
    ("words", "chosen"),
    [
        ("打开语音吧", 1),
        ("语音打开一下", 1),
        ("“語音開”", 1),
        ("开启语音。", 1),
        ("请用语音回答", 1),
        ("语音－关", 0),
        ("關閉語音", 0),
        ("不要语音了", 0),
        ("语音怎么打开", None),
        ("打开语音识别的方法", None),
        ("语音", None),
    ],
)
def test_the_words_are_known_as_people_type_them(
    app: Speaking, words: str, chosen: int | None
) -> None:
    app.follower().say(words)
    assert app.one("SELECT by_voice FROM followers") == chosen
    assert len(app.model.asked) == (chosen is None)


def test_the_text_of_what_is_spoken_to_a_text_can_be_read(app: Speaking) -> None:
    app.follower().say("语音开")
    app.model.will(text="慢慢写，慢慢说。")
    with app.while_the_model_thinks():
        asked = gevent.spawn(app.follower().say, "你好")
        wait_for(lambda: app.model.asked)
        shown = gevent.spawn(app.follower().say, "文字")
        wait_for(lambda: app.one("SELECT count(*) FROM messages") == 3)
    assert asked.get().media_id and shown.get().seen == "慢慢写，慢慢说。"
    assert app.model.questions == ["你好"]


def test_where_nothing_is_spoken_it_says_so_and_keeps_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        for words in ("语音 开", "语音 关"):
            assert Texts().no_voice in app.follower().say(words).seen
        assert app.all("SELECT by_voice FROM followers") == [None]
        assert app.model.asked == []
