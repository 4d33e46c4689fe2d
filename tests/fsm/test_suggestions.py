"""What a model offers to be asked next is cut off, however it writes it; nothing of it is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.text.plain_text import to_plain
from fsm.text.suggestions import MARK, Parted, parted, said_so_far, telling

SAID = "北京今天晴。\n\n- 最高 5 度"
ASKED = ("明天呢？", "要带伞吗？", "上海怎么样")
LINE = " | ".join(ASKED)


@pytest.mark.parametrize(
    "behind",
    [
        f"\n{MARK} {LINE}",
        f"\n\n{MARK}{LINE}\n",
        f"\n{MARK}：{LINE}",
        f" {MARK} {LINE}",
        f"\n**{MARK}** {LINE}",
        f"\n[[追問]] {LINE}",
        f"\n[[追问 {LINE}",
        f"\n[[追问问题]] {LINE}",
        f"\n[[Follow-up]] {LINE}",
        f"\n【追问】{LINE}",
        f"\n［［追问］］{LINE}",
        f"\n> [追问] {LINE}",
        f"\n## 追问：{LINE}",
        f"\n{MARK}\n明天呢？\n要带伞吗？\n上海怎么样",
        f"\n{MARK}\n1. 明天呢？\n2. 要带伞吗？\n3. 上海怎么样",
        f"\n{MARK}\n\n- **明天呢？**\n- “要带伞吗？”\n- 上海怎么样\n",
        f"\n{MARK} 明天呢？要带伞吗？上海怎么样",
        f"\n{MARK} 明天呢？；要带伞吗？；上海怎么样",
        f"\n{MARK} {LINE} | 第四个问题",
        f"\n{MARK} {LINE}\n{MARK} {LINE}",
        f"\n{MARK} 明天呢？ | 要带伞吗？ | [点我](https://example.org) | 上海怎么样",
        f"\n{MARK} | {LINE} | ",
    ],
)
def test_the_questions_are_read_and_the_line_is_not_said(behind: str) -> None:
    assert parted(SAID + behind, 3) == Parted(SAID, ASKED)


@pytest.mark.parametrize(
    "behind",
    [
        f"\n{MARK}",
        f"\n{MARK} {'很长的一个问题' * 9}",
        f"\n{MARK} ？！ | {{}} | <b>",
        "\n[[",
        "\n[",
        "\n[[追",
    ],
)
def test_of_a_line_that_cannot_be_read_nothing_is_shown(behind: str) -> None:
    assert parted(SAID + behind, 3) == Parted(SAID)


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        "他一路追问：为什么？没有人回答。",
        "【追问】是采访的一种办法。" + "说来话长。" * 200,
        "数组写作 [[1, 2], [3, 4]]，追加用 append。",
        "见 [1]",
        "<think>最后要写 [[追问]] 吗？</think>好的。",
    ],
)
def test_what_only_looks_like_the_mark_is_said(text: str) -> None:
    kept = parted(text, 3)
    assert to_plain(kept.said) == to_plain(text)
    assert kept.suggestions == ()


def test_an_answer_that_comes_behind_the_line_is_said_all_the_same() -> None:
    assert parted(f"{MARK} {LINE}\n\n{SAID}", 3) == Parted(SAID, ASKED)
    assert parted(f"{SAID}\n{MARK} {LINE}\n祝你愉快！", 3).said == f"{SAID}\n\n祝你愉快！"


def test_what_a_model_thinks_of_the_mark_is_neither_said_nor_asked() -> None:
    thought = f"<think>我要在最后写 {MARK} 甲问题 | 乙问题</think>\n"
    assert parted(f"{thought}{SAID}\n{MARK} {LINE}", 3) == Parted(SAID, ASKED)
    assert said_so_far(f"<think>我要写 {MARK} 甲问题")[1] is False
    assert to_plain(said_so_far(f"{thought}{SAID}")[0], finished=False).startswith("北京今天晴。")


@given(
    st.sampled_from(
        [f"\n{MARK} {LINE}", f"\n【追问】{LINE}", f" {MARK}\n1. 明天呢？\n2. 要带伞吗？"]
    )
)
def test_while_it_is_written_nothing_of_the_mark_is_ever_shown(behind: str) -> None:
    whole = SAID + behind
    final = to_plain(parted(whole, 3).said)
    for end in range(len(whole) + 1):
        said, _ = said_so_far(whole[:end])
        assert final.startswith(to_plain(said, finished=False)), whole[:end]
    assert said_so_far(whole)[1]


@given(st.text("[]【】追问|\n -*1.a好？<think>/", max_size=80), st.integers(1, 3))
def test_any_answer_is_read(text: str, count: int) -> None:
    found = parted(text, count)
    assert MARK not in found.said
    assert len(found.suggestions) <= count
    assert all(0 < len(one) <= 30 for one in found.suggestions)
    said_so_far(text)


def test_a_model_is_shown_as_many_as_it_is_to_write() -> None:
    assert telling(2).count("|") - telling(2).count("用 |") == 1
    assert parted(f"好。\n{telling(2).splitlines()[1]}", 2) == Parted("好。", ("问题一", "问题二"))
