"""What a model writes in markdown reads in WeChat as if a person had typed it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.plain_text import to_plain

CASES = {
    "# 标题\n正文": "标题\n\n正文",
    "这是**粗体**、*斜体*、~~删去~~和`code`": "这是粗体、斜体、删去和code",
    "- 一\n- 二\n  - 里面": "• 一\n• 二\n　• 里面",
    "3. 三\n4. 四": "3. 三\n4. 四",
    "| 名 | 值 |\n|---|---|\n| a | 1 |": "名 | 值\na | 1",
    "```python\nx = '**y**'\n```": "x = '**y**'",
    "[标签](https://a.b/c)": "标签 https://a.b/c",
    "[https://a.b](https://a.b)": "https://a.b",
    "![图](https://a.b/c.png)": "图 https://a.b/c.png",
    '<a href="https://a.b">去</a>': '<a href="https://a.b">去</a>',
    '<a href="weixin://bizmsgmenu?x">点</a>': "点",
    "[点](weixin://bizmsgmenu?x)": "点",
    "一<br>二": "一\n二",
    "<think>想想</think>答": "答",
    "想想</think>答": "答",
    "<think>还在想": "",
    "> 引用": "引用",
    "一\n\n---\n\n二": "一\n\n二",
    r"\(x^2\) 与 $$y$$": "x^2 与 y",
    "a &amp; b": "a & b",
    "一\r\n二": "一\n二",
    "一\n\n\n\n\n二": "一\n\n二",
    "a\x00b\x0bc\ud800d\ufffee": "abcde",
}

ONLY_LOOKS_LIKE_MARKUP = [
    "2 * 3 * 4 = 24",
    "snake_case_name",
    "a < b and c > d",
    "C# 与 F#",
    "#话题#",
    "List<String> 是类型",
    "$5 and $6",
    "~/path/to",
    "1.5 倍",
    "[旺柴]",
]

ORDINARY = st.lists(
    st.sampled_from(
        [
            "一段普通的话。\n\n",
            "带**粗体**的话，",
            "带`代码`的话。",
            "- 要点\n",
            "\n\n# 小标题\n\n",
            "[标签](https://a.b/c) ",
            "```\ncode = 1\n```\n",
            "\n\n| 名 | 值 |\n|---|---|\n| a | 1 |\n\n",
            "2 * 3\n",
        ]
    ),
    max_size=8,
).map("".join)


@pytest.mark.parametrize(("markdown", "plain"), CASES.items())
def test_markup_becomes_what_a_person_would_type(markdown: str, plain: str) -> None:
    assert to_plain(markdown) == plain


@pytest.mark.parametrize("text", ONLY_LOOKS_LIKE_MARKUP)
def test_what_only_looks_like_markup_stays(text: str) -> None:
    assert to_plain(text) == text


@given(st.text())
def test_no_text_breaks_it_and_nothing_illegal_is_left(text: str) -> None:
    plain = to_plain(text)
    assert plain == plain.strip()
    assert all(c in "\t\n" or c >= " " for c in plain)
    plain.encode()


@given(ORDINARY)
def test_an_answer_being_written_shows_what_will_still_be_true(text: str) -> None:
    whole = to_plain(text)
    for end in range(len(text)):
        part = to_plain(text[:end], finished=False)
        assert whole.startswith(part)


def test_what_is_half_there_is_left_off() -> None:
    assert to_plain("说到**一半", finished=False) == "说到"
    assert to_plain("说到[链", finished=False) == "说到"
    assert to_plain("说到<a href='https://a.b", finished=False) == "说到"
    assert to_plain("<think>想", finished=False) == ""
