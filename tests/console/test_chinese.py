"""An operator who reads Chinese gets Chinese; a program gets the same in any language."""

import json
import re
import time
from collections.abc import Callable

import pytest
from rich.console import Console

from console.glance import glance
from console.wrapping import WrappedText
from settings.language import prefer
from store.outcomes import Outcome
from tests.console.story import Story
from tests.console.terminal import Ran

Inspect = Callable[..., Ran]


def test_the_first_page_is_in_chinese(story: Story, inspect: Inspect) -> None:
    story.now = time.time() - 500
    story.fails(story.is_asked(story.says(who="o-one")), "ModelSilent: nothing for 60 s")
    stuck = story.is_asked(story.says(who="o-two"))
    code, page, _ = inspect("--lang=zh")
    assert code == 0
    head, overdue, failures, totals, typed = page.rstrip("\n").split("\n\n")
    assert head == "没有服务在用这个数据库：启动它，没做完的会接着做。"
    assert overdue.startswith("卡住了：过了时间还没完（1）\n")
    assert f"消息 {stuck.id}，GENERATING 已有 8 分钟" in overdue
    assert "没有进程在做它；问过模型 1 次，到现在一个字也没有" in overdue
    assert overdue.endswith(f"启动服务；show {stuck.id}")
    assert "模型服务没有反应：看它的状态页" in failures
    assert totals.startswith("1 条没做完（1 条过了时间），一小时内失败 1 条，0 条没人取，")
    assert typed.startswith("“下一步”里的命令接在这后面：python -m store.inspect")


@pytest.mark.parametrize(
    "words", ["", "list", "show 1", "show 2", "show 3", "show 4", "follower o-two", "stats"]
)
def test_a_page_has_no_english_but_names_and_commands(
    story: Story, inspect: Inspect, words: str
) -> None:
    story.now = time.time() - 500
    story.tells("念给我听", "好的")
    late = story.is_asked(story.says("很长的问题", who="o-two"))
    story.tries(late, Outcome.THINKING)
    story.answers(late, "很长的回答")
    story.fails(story.is_asked(story.says("坏掉的", who="o-three", kind="voice")), "KeyRefused")
    story.is_asked(story.says("卡住的", who="o-two"))
    code, page, _ = inspect("--lang=zh", *words.split())
    assert code == 0
    left = set(re.findall(r"(?<![-\w./])[a-z_]{3,}(?![-\w./])", page))
    assert left <= {"retry", "show", "python", "fail", "limit", "db"}


def test_a_long_chinese_line_is_full_and_no_mark_begins_the_next() -> None:
    prefer("zh")
    text = "看 message 17，它在等同一个人的消息（retry 4711）。再看"
    lines = [line.plain for line in WrappedText(text).wrap(Console(), 20)]
    assert lines == ["看 message 17，它在", "等同一个人的消息", "（retry 4711）。再看"]


def test_the_usage_stands_below_itself(inspect: Inspect) -> None:
    first, second, *_ = inspect("--lang=zh", "--help")[1].splitlines()
    assert len(first[: first.index("[")].encode("gbk")) == second.index("[")


def test_columns_stand_below_each_other_though_the_words_are_wide(
    story: Story, inspect: Inspect
) -> None:
    story.now = time.time()
    story.says("天气怎么样")
    _, page, _ = inspect("--lang=zh", "list")
    _, names, row = page.splitlines()
    columns = names.encode("gbk"), row.encode("gbk")  # where a wide character has two bytes
    assert columns[0].index("状态".encode("gbk")) == columns[1].index(b"RECEIVED")


def test_what_programs_read_is_the_same_in_any_language(story: Story, inspect: Inspect) -> None:
    story.now = time.time()
    message = story.says()
    story.tries(message, Outcome.THINKING)
    told = [
        inspect(f"--lang={name}", "show", str(message.id), "--json")[1] for name in ("zh", "en")
    ]
    moments = [[moment["what"] for moment in json.loads(text)["moments"]] for text in told]
    assert moments[0] == moments[1] == ["arrived", "try 1 began", "try 1 ended"]


def test_the_sandbox_is_told_what_programs_read(story: Story) -> None:
    prefer("zh")
    story.tells("你好", "你好")
    life = json.loads(json.dumps(glance(story.path, "o-anna", None)))
    assert life["moments"][0]["what"] == "arrived"


def test_what_is_refused_is_said_in_chinese_too(story: Story, inspect: Inspect) -> None:
    story.now = time.time()
    settled = story.answers(story.is_asked(story.says()))
    assert inspect("--lang=zh", "retry", str(settled.id)) == (
        6,
        "",
        f"inspect: 消息 {settled.id} 是 REPLIED：没有什么可以重做\n",
    )
    assert inspect("--lang=zh", "list", "--limit=none")[2].startswith(
        "inspect: --limit：'none' 不行"
    )
