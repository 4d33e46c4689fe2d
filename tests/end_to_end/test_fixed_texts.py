"""Fixed texts of the configuration: with links to tap, or switched off."""

from pathlib import Path

import pytest

from sandbox.wire import tap
from settings.sections.texts import Texts
from settings.taps import TAP, with_links
from tests.running import running

ODD = ["问&答", "“引号”\"'", "100% 甜", "a=b?c#d/e", "🎉👩‍🚀", "<b>粗</b>", "英语对话 点餐"]


@pytest.mark.parametrize("words", ["菜单", "幫助", "“菜单”", "Help", "请帮助。"])
def test_the_menu_is_shown_and_each_of_its_links_sends_its_words(
    tmp_path: Path, words: str
) -> None:
    with running(tmp_path, azure={"trans_to_voice": True}) as app:
        menu = app.follower().say(words).seen
        for link in TAP.findall(Texts().menu):
            assert tap(menu, link) == link
        assert "{" not in menu and app.model.asked == []


@pytest.mark.parametrize("words", ODD)
def test_a_link_sends_its_words_whatever_is_in_them(tmp_path: Path, words: str) -> None:
    shown = with_links(f"请点{{tap:{words}}}这里")
    label = words.translate(str.maketrans("<>&", "＜＞＆"))
    assert tap(shown, label) == words
    with running(tmp_path, texts={"welcome": f"请点{{tap:{words}}}这里"}) as app:
        assert app.follower().send_event("subscribe").seen == shown


def test_each_text_may_be_switched_off(tmp_path: Path) -> None:
    off = {name: "" for name, text in Texts() if isinstance(text, str) and name != "lesson_word"}
    with running(tmp_path, texts=off, openai={"rsize": 20}) as app:
        follower = app.follower()
        for words in ("菜单", "新对话"):
            assert follower.say(words).seen == ""
        app.model.will(status=400)
        assert follower.say("甲").seen == ""
        app.model.will(text="一二三四五六七八九十。" * 3)
        seen = [follower.say(words).seen for words in ("乙", "继续")]
        assert "".join(seen) == "一二三四五六七八九十。" * 3
        app.model.will(text="晚了。")
        with app.while_the_model_thinks():
            assert follower.say("丙").seen == ""
        assert follower.say("继续").seen == "晚了。"
