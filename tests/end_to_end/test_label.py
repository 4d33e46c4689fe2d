"""Whatever a model has written says so in its last line, and nothing else does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fsm.text.label import without_label
from fsm.window import Window
from sandbox.follower import Fate
from sandbox.wire import tap
from settings.schema import Texts
from tests.running import TRY, Running, running, tried_once
from tests.shown import MORE, REST
from tests.speaking import Speaking, running_with_speech, spoken

LABEL = Texts().ai_label
LONG = "".join(f"第{n}句话说的是一件不大也不小的事情。" for n in range(60))


@pytest.fixture
def app(tmp_path: Path, window: Window) -> Iterator[Running]:
    with running(tmp_path, window=window, texts={"ai_label": LABEL}) as app:
        yield app


def labelled(fate: Fate) -> bool:
    return fate.seen.endswith(f"\n{LABEL}") and fate.seen.count(LABEL) == 1


def test_each_reply_that_a_model_has_written_ends_in_the_label(app: Running) -> None:
    app.model.will(text=LONG)
    follower = app.follower()
    first = follower.say("讲个长故事")
    read, fate = [first], first
    while REST in fate.seen:
        fate = follower.say(tap(fate.seen))
        read.append(fate)
    assert len(read) > 2
    assert all(map(labelled, read))
    assert max(len(fate.seen.encode()) for fate in read) <= 2000
    own = [fate.seen.removesuffix(f"\n{LABEL}").split(f"\n{REST}")[0] for fate in read]
    assert "".join(own) == LONG
    assert follower.say("讲个长故事", msg_id=first.msg_id).seen == first.seen
    assert LABEL not in app.one("SELECT text FROM history WHERE role = 'assistant'")


@tried_once
def test_so_does_what_is_shown_before_the_end(app: Running) -> None:
    app.model.will(text=LONG, pace=TRY / (len(LONG) / 4) * 1.5)
    fate = app.follower().say("讲个长故事")
    assert MORE in fate.seen
    assert labelled(fate)


@pytest.mark.parametrize("own", [LABEL, "（内容由AI生成）", f"{LABEL}。", f"{LABEL}\n\n*{LABEL}*"])
def test_it_stands_there_once_also_where_the_model_writes_it_by_itself(
    app: Running, own: str
) -> None:
    app.model.will(text=f"今天晴。\n\n{own}")
    assert app.follower().say("天气").seen == f"今天晴。\n{LABEL}"
    assert app.one("SELECT text FROM history WHERE role = 'assistant'") == "今天晴。"


@tried_once
def test_also_before_the_end(app: Running) -> None:
    app.model.will(text=f"今天很晴{LABEL}", pace=0.26 * TRY)
    fate = app.follower().say("天气")
    assert MORE in fate.seen and labelled(fate)
    assert fate.seen.count("（内容") == 1, "no beginning of it either"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("晴。\nＡＩ生成", "晴。"),
        ("晴。\nAI 生成。", "晴。"),
        ("晴。\nAI", "晴。"),
        ("晴。\n\nA", "晴。"),
        ("这是 AI", "这是 AI"),
        ("晴。\nAI。", "晴。\nAI。"),
        ("这是AI 生成。", "这是AI 生成。"),
        ("这是AI 生成", "这是AI 生成"),
        ("AI 生成", "AI 生成"),
        ("AI 生成\n晴。", "AI 生成\n晴。"),
    ],
)
def test_what_only_ends_as_the_label_does_stays(text: str, said: str) -> None:
    assert without_label(text, "AI 生成", finished=False) == said
    assert without_label(text, "") == text
    whole = text if text.endswith("A") or text.endswith("AI") else said
    assert without_label(text, "AI 生成") == whole


OTHERS = (
    "（內容由 AI 生成）|（本内容由AI生成）|——（内容由 AI 生成）|——\n（内容由 AI 生成）"
    "|—— 内容由 AI 生成|（以上内容由AI生成）|【内容由 AI 生成】|（内容由人工智能生成）"
    "|（以上内容由 AI 生成，仅供参考）|（内容由 AI 生成，请仔细甄别）|（内容由 AI 生成）~"
    "|\u200b（内容由 AI 生成）\u200b|本回答由AI大模型生成"
    "|注：以上回答由 AI 自动生成。|（本回答由 AI 生成）\n（内容由 AI 生成）"
)
OWN = (
    "这张图的内容由 AI 生成|他问：（内容由 AI 生成）是什么意思？|标签写成“（内容由 AI 生成）”"
    "|他说——|可以这样写：（本回答由 AI 生成）|翻译：\n本回答由AI生成|（内容由他生成）|（内容"
)


@pytest.mark.parametrize("other", OTHERS.split("|"))
def test_said_in_other_words_it_is_taken_out_too(other: str) -> None:
    assert without_label(f"今天晴。\n{other}", LABEL) == "今天晴。"
    for length in range(len(other)):
        shown = without_label(f"今天晴。\n{other[:length]}", LABEL, finished=False)
        assert not set("（【—") & set(shown)


@pytest.mark.parametrize("own", OWN.split("|"))
def test_what_only_speaks_of_it_stays(own: str) -> None:
    assert without_label(f"晴。{own}", LABEL) == f"晴。{own}"
    assert without_label("晴。\n（本回答由 AI 生成）", "由 AI") == "晴。\n（本回答由 AI 生成）"


@tried_once
def test_the_servers_own_words_have_no_label(app: Running, brisk: None) -> None:
    follower = app.follower()
    app.model.will(text=LONG)
    follower.say("讲个长故事")
    app.huixin.db.write(lambda db: None)
    exported = follower.say("导出")
    assert "讲个长故事" in exported.seen
    assert LABEL not in exported.seen + follower.say(tap(exported.seen)).seen
    app.model.always(status=500)
    said = [follower.say(text).seen for text in ("新对话", "英语对话", "问一句")]
    said.append(follower.send_event("subscribe").seen)
    app.model.always(status=400)
    with app.while_the_model_thinks():
        said.append(follower.say("再问一句").seen)
    said.append(follower.say("继续").seen)
    assert Texts().apology in said[-1]
    assert all(said)
    assert not [text for text in said if LABEL in text]


def test_the_smallest_reply_has_room_for_the_label(tmp_path: Path) -> None:
    with running(tmp_path, texts={"ai_label": "是" * 40}, openai={"rsize": 20}) as app:
        app.model.will(text="甲" * 60)
        follower = app.follower()
        fate = follower.say("问")
        assert fate.seen.endswith("是" * 40)
        assert fate.seen.startswith("甲" * 10)


def test_the_text_beside_a_voice_has_the_label(tmp_path: Path) -> None:
    with running_with_speech(tmp_path, texts={"ai_label": LABEL}) as app:
        app.model.will(text="我很好，谢谢。")
        assert app.ask().media_id
        assert app.follower().say("文字").seen == f"我很好，谢谢。\n{LABEL}"
        failing(app)
        assert labelled(app.ask())


def test_the_label_is_said_where_it_is_wanted(tmp_path: Path) -> None:
    azure, texts = {"say_label": True}, {"ai_label": LABEL}
    with running_with_speech(tmp_path, azure=azure, texts=texts) as app:
        app.model.will(text="我很好，谢谢。再见。")
        fate = app.ask()
        assert fate.media_id
        assert sorted(spoken(app)) == sorted("我很好，谢谢。再见。" + LABEL)
        assert app.one("SELECT voiced_to FROM messages") == len("我很好，谢谢。再见。")
        app.speech.spoken.clear()
        app.model.will(text=f"我很好，谢谢。\n{LABEL}")
        assert app.ask().media_id
        assert sorted(spoken(app)) == sorted("我很好，谢谢。" + LABEL), "once, whoever wrote it"


def failing(app: Speaking) -> None:
    """From now on no voice can be uploaded: the text is the fallback."""
    for path in ("material/add_material", "media/upload"):
        app.wechat.will_answer(48001, path=path)
    app.model.will(text="只有字了。")
