"""What a language model writes in Markdown is read in WeChat, which shows Markdown as it stands."""

import re

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from fsm.text.plain_text import to_plain


def lines(*shown: str) -> str:
    return "\n".join(shown)


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("# 标题", "标题"),
        ("### **重点** ###", "重点"),
        ("## C#", "C#"),
        (
            "这是**粗体**、*斜体*、***粗斜***、~~删除~~和`代码`。",
            "这是粗体、斜体、粗斜、删除和代码。",
        ),
        ("__bold__ and _italic_", "bold and italic"),
        ("> 引用\n> > 再引", "引用\n再引"),
        (">**注意**", "注意"),
        ("上\n\n---\n\n下", "上\n\n下"),
        ("标题\n===", "标题"),
        ("第一行<br>第二行<br/>第三行", "第一行\n第二行\n第三行"),
        ("<b>粗</b>和<span style='color:red'>红</span><!-- 注 -->", "粗和红"),
        ("&lt;b&gt; &amp;amp; A&nbsp;B", "<b> &amp; A B"),
        (r"1\. 不是列表 \*星\* \# \_", "1. 不是列表 *星* # _"),
        ("`a **b** \\* &lt;`", r"a **b** \* &lt;"),
        ("```` ` ````", "`"),
    ],
)
def test_the_text_is_shown_and_its_marks_are_not(markdown: str, plain: str) -> None:
    assert to_plain(markdown) == plain


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("**重点：**如下", "重点：如下"),
        ("他说**“你好”**就走了", "他说“你好”就走了"),
        ("使用Python**3.11**版本", "使用Python3.11版本"),
        ("**A。**B**C。**D", "A。BC。D"),
        ("~~原价：~~现价", "原价：现价"),
    ],
)
def test_bold_may_touch_chinese_and_its_punctuation(markdown: str, plain: str) -> None:
    assert to_plain(markdown) == plain


@pytest.mark.parametrize(
    "prose",
    [
        "2 * 3 * 4 = 24",
        "2*3*4 = 24，(a+b)*(c+d)*(e+f)",
        "x**2 + y**2 = z**2",
        "snake_case_name 和 文件_最终_版.docx",
        "a < b and c > d，若x<y则停",
        "vector<int> 与 <your_name> 与 Map<K, V>",
        "C# 和 F#",
        "#话题# 很热",
        "~/path/to 和 ~50 元",
        "$5 and $6",
        "*.py 和 *.txt",
        "*注：价格仅供参考",
        "AT&T 和 R&D",
        "1.5 倍，2024.1.1",
        ">= 5 和 >>> print(1)",
        "P(A|B) 和 a || b",
        "数组[1] 和 [注]（见下）",
        "** 不是粗体 **",
        r"C:\path\name",
        "-5 度，+86 的号码",
        "😀 1️⃣ 👨‍👩‍👧",
        "　　全角缩进的诗\n　　第二行".strip(),
        "看 https://example.com/__init__.py?a=1&copy=2#x_y_z 这里",
        "普通的一行\n\n    缩进的一行",
    ],
)
def test_prose_that_only_looks_like_markup_stays_as_it_is(prose: str) -> None:
    assert to_plain(prose) == prose


def test_lists_keep_their_nesting_and_their_numbers() -> None:
    markdown = lines(
        "步骤：",
        "1. 先**切**",
        "  - 细一点",
        "     * 再细",
        "   说明",
        "2) 再炒",
        "",
        "另外：",
        "  + 盐",
        "  + 糖",
    )
    assert to_plain(markdown) == lines(
        "步骤：",
        "1. 先切",
        "　• 细一点",
        "　　• 再细",
        "说明",
        "2) 再炒",
        "",
        "另外：",
        "• 盐",
        "• 糖",
    )


def test_code_is_shown_as_it_is_without_its_fence() -> None:
    markdown = lines(
        "看：",
        "```python",
        "def f(**kw):",
        "    # *注*",
        "    return kw['<b>'] * 2 * 3",
        "```",
        "**好**",
    )
    assert to_plain(markdown) == lines(
        "看：", "def f(**kw):", "    # *注*", "    return kw['<b>'] * 2 * 3", "好"
    )


@pytest.mark.parametrize(
    "markdown",
    [
        "1. 看\n   ```\n   a\n     b\n   ```\n2. 好",
        "1. 看\n~~~\na\n  b\n~~~\n2. 好",
        "> 1. 看\n> ```sh\n> a\n>   b\n> ```\n> 2. 好",
        "1. 看\n````\na\n  b\n`````\n2. 好",
    ],
)
def test_a_code_block_may_stand_in_a_list_or_a_quote(markdown: str) -> None:
    assert to_plain(markdown) == "1. 看\na\n  b\n2. 好"


def test_a_shorter_fence_does_not_end_a_code_block_and_the_end_of_the_answer_does() -> None:
    assert to_plain("````md\n```\n**a**\n```\n````\n**b**") == "```\n**a**\n```\nb"
    assert to_plain("```\n**a**\n") == "**a**"


def test_a_table_has_a_line_for_each_row() -> None:
    markdown = lines(
        "价格：",
        "| 名称 | **价格** | 备注 |",
        "|:-----|-------:|---|",
        r"| 苹果 | `5` 元 | 甲\|乙 |",
        "| 梨 | 6 元<br>起 | |",
        "",
        "完",
    )
    assert to_plain(markdown) == lines(
        "价格：", "名称 | 价格 | 备注", r"苹果 | 5 元 | 甲|乙", "梨 | 6 元 起 |", "", "完"
    )


def test_a_table_may_do_without_outer_lines_and_ends_where_no_row_follows() -> None:
    assert to_plain("a | b\n--- | ---\n1 | 2\n**完**\n| x |") == "a | b\n1 | 2\n完\n| x |"


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("见[文档](https://example.com/a)。", "见文档 https://example.com/a。"),
        ("见[**文档**](https://example.com/a 'x')的说明", "见文档 https://example.com/a 的说明"),
        ("[https://example.com/](https://example.com)", "https://example.com"),
        ("[example.com](https://example.com)", "https://example.com"),
        ("<https://example.com/a>", "https://example.com/a"),
        ("![图](https://example.com/a.png)", "图 https://example.com/a.png"),
        ("![](https://example.com/a.png)", "https://example.com/a.png"),
        ("[百科](https://zh.example.org/北京)", "百科 https://zh.example.org/%E5%8C%97%E4%BA%AC"),
        ("[上面](#top)和[信](mailto:a@example.com)", "上面和信"),
        ("**https://example.com/a_b_c**。", "https://example.com/a_b_c。"),
    ],
)
def test_a_link_is_its_label_and_its_address(markdown: str, plain: str) -> None:
    assert to_plain(markdown) == plain


def test_a_link_that_wechat_understands_stays() -> None:
    link = '<a href="https://example.com/a_b?c=1&d=*2*">看 *这里*</a>'
    assert to_plain(f"请{link}。") == f"请{link}。"
    other = "<a class=x href='https://example.com' target=\"_blank\">这里</a>"
    assert to_plain(other) == '<a href="https://example.com">这里</a>'


@pytest.mark.parametrize(
    "markdown",
    [
        '<a href="weixin://bizmsgmenu?msgmenucontent=x&msgmenuid=1">点</a>',
        '<A HREF="weixin://x">点</A>',
        "[点](weixin://x)",
        '`<a href="weixin://x">点</a>`',
        '```\n<a href="weixin://x">点</a>\n```',
        '&lt;a href="weixin://x"&gt;点&lt;/a&gt;',
        r'\<a href="weixin://x">点</a>',
        '<a\nhref="weixin://x">点</a>',
        '$$<a href="weixin://x">点</a>$$',
        '\\[\n<a href="weixin://x">点</a>\n\\]',
        '<a href="weixin&#58;//x">点</a>',
    ],
)
@pytest.mark.parametrize("finished", [True, False])
def test_no_answer_can_make_a_link_that_sends_a_message(markdown: str, finished: bool) -> None:
    plain = to_plain(f"甲\n{markdown}\n乙", finished=finished)
    assert not re.search(r"<a\b", plain, re.I)


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("<think>想一想</think>答案", "答案"),
        ("<think>\n```\n想\n</think>\n\n答案", "答案"),
        ("<thinking>想</thinking>\n答案", "答案"),
        ("<think>想，没有想完", ""),
        ("答案\n<think>又想", "答案"),
        ("想过了\n</think>\n\n答案", "答案"),
        ("甲<think>想</think>乙<think>再想</think>丙", "甲乙丙"),
        ("想过了</think>甲<think>想</think>乙", "甲乙"),
        ("模型用 `<think>` 开始，用 `</think>` 结束。", "模型用 <think> 开始，用 </think> 结束。"),
        ("例：\n```\n<think>\n想\n</think>\n```\n完", "例：\n<think>\n想\n</think>\n完"),
        ("这里的 <think> 没有下文", "这里的 <think> 没有下文"),
    ],
)
def test_what_the_model_thought_is_not_part_of_the_answer(markdown: str, plain: str) -> None:
    assert to_plain(markdown) == plain


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        (r"面积是 \(a_1 * b_1\)。", "面积是 a_1 * b_1。"),
        (r"\[ E = mc^2 \]", "E = mc^2"),
        ("即 $$x^2$$ 元", "即 x^2 元"),
        ("$$\na_1 * b\n+ c_1 \\\\\n- d\n$$\n**完**", "a_1 * b\n+ c_1 \\\\\n- d\n完"),
        ("\\[ a\n= b \\]\n- 完", "a\n= b\n• 完"),
        ("$$ 没有写完\n\n- 完", "没有写完\n\n• 完"),
    ],
)
def test_a_formula_is_shown_without_what_encloses_it(markdown: str, plain: str) -> None:
    assert to_plain(markdown) == plain


def test_lines_are_kept_and_never_more_than_one_is_empty() -> None:
    assert to_plain("\r\n一\r\n二  \r三\n\n \n\t\n四\n\n") == "一\n二\n三\n\n四"


@given(st.text(st.characters(codec=None)), st.booleans())
def test_nothing_that_xml_forbids_is_left(text: str, finished: bool) -> None:
    plain = to_plain(text, finished=finished)
    assert re.fullmatch("[\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*", plain)
    assert "\n\n\n" not in plain
    assert plain == plain.strip()


@settings(max_examples=3 * settings().max_examples)
@given(st.text("*_~`[]()!<>/a1 \n|-:#.\\$&;中，h:tps=\"'"), st.booleans())
def test_any_tangle_of_marks_is_read_somehow(text: str, finished: bool) -> None:
    plain = to_plain(text, finished=finished)
    assert len(plain) <= 2 * len(text) + 20


@given(st.text("汉字，。！？ab \n", max_size=300))
def test_text_without_marks_loses_nothing_but_space(text: str) -> None:
    assert "".join(to_plain(text).split()) == "".join(text.split())


WORDS = st.text("汉字，。：“”（）ab 1", min_size=1, max_size=12).filter(str.strip)
BOLD = st.text("汉字：。“”ab", min_size=1, max_size=8)
NAMES = st.text("汉字ab", min_size=1, max_size=6)
INLINE = st.one_of(
    WORDS,
    WORDS,
    BOLD.map("**{}**".format),
    NAMES.map(" *{}* ".format),
    NAMES.map("~~{}~~".format),
    st.sampled_from(["a_b", "x * y", "f(**kw)", "a[0] * b", "<b>"]).map("`{}`".format),
    NAMES.map("[{}](https://example.com/a_b?c=1&d=2)".format),
    NAMES.map("![{}](https://example.com/a.png)".format),
    NAMES.map('<a href="https://example.com/">{}</a>'.format),
    st.sampled_from(
        [
            " https://example.com/a_b/ ",
            "3.5 倍",
            "2 * 3 * 4",
            "snake_case_name",
            "a < b",
            "数组[1] 里",
            "$5 元",
            "甲&lt;乙",
            "AT&T",
            "Hello! OK? ",
            "C# 语言",
            "<br>",
            r"\(a_1 * b\)",
            "$$x$$",
            r"\*",
        ]
    ),
)
LINES = st.lists(INLINE, min_size=1, max_size=4).map("".join).map(str.strip).filter(bool)
CELLS = st.one_of(NAMES, BOLD.map("**{}**".format), st.just("`a`"), st.just("5.0"))
CODE = st.lists(
    st.sampled_from(["def f(**kw):", "    return a[0] * b", "", "# 注", "x = `ls` | wc", "----"]),
    max_size=5,
).map("\n".join)


def a_table(rows: list[list[str]]) -> str:
    shown = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([shown[0], "|---|:-:|", *shown[1:]])


BLOCKS = st.one_of(
    LINES,
    st.lists(LINES, min_size=1, max_size=3).map("\n".join),
    st.builds("{} {}".format, st.sampled_from(["#", "##", "###"]), LINES),
    st.builds("- {}\n  - {}\n- {}".format, LINES, LINES, LINES),
    st.builds("1. {}\n   * {}\n2. {}\n\n   {}".format, LINES, LINES, LINES, LINES),
    LINES.map("> {}".format),
    CODE.map("```python\n{}\n```".format),
    st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=4).map(a_table),
    st.sampled_from(["---", "***", "$$\na_1 * b\n$$", "\\[ x^2\n+ y \\]"]),
)
ANSWERS = st.lists(BLOCKS, min_size=1, max_size=5).flatmap(
    lambda blocks: st.sampled_from(["\n\n", "\n"]).map(lambda between: between.join(blocks))
)


@settings(max_examples=3 * settings().max_examples)
@given(ANSWERS, st.sampled_from(["", "<think>想**一\n想</think>\n\n"]), st.data())
def test_what_is_shown_of_an_unfinished_answer_stays_as_it_was(
    answer: str, thought: str, data: st.DataObject
) -> None:
    markdown = thought + answer
    whole = to_plain(markdown)
    for end in data.draw(st.sets(st.integers(0, len(markdown)), min_size=1, max_size=20)):
        shown = to_plain(markdown[:end], finished=False)
        assert whole.startswith(shown), markdown[:end]


@pytest.mark.parametrize(
    ("begun", "shown"),
    [
        ("好的。**重", "好的。"),
        ("好的。**重点*", "好的。"),
        ("好的。[文档](https://exa", "好的。"),
        ("好的。![图", "好的。"),
        ("好的，见 https://exam", "好的，见"),
        ('好的。<a href="https://example.com">这', "好的。"),
        ("好的。<br", "好的。"),
        ("好的。`a b", "好的。"),
        (r"好的。\(a +", "好的。"),
        ("好的。&am", "好的。"),
        ("好的。\n```pyth", "好的。"),
        ("好的。\n```\na\n``", "好的。\na"),
        ("好的。\n| a | b |\n|--", "好的。"),
        ("好的。\n| a | b |\n|---|---|\n| 1", "好的。\na | b"),
        ("好的。\n-", "好的。"),
        ("好的。\n2.", "好的。"),
        ("<thi", ""),
        ("<think>想到一半", ""),
        ("好的。**重点**是*这里* 2 * 3 和 a_b", "好的。重点是这里 2 * 3 和 a_b"),
    ],
)
def test_what_is_half_written_waits_for_its_other_half(begun: str, shown: str) -> None:
    assert to_plain(begun, finished=False) == shown


@given(ANSWERS)
def test_an_answer_is_shown_about_as_far_as_it_is_written(answer: str) -> None:
    """What waits is at most the line that is being written, and a table's row above it."""
    shown = to_plain(answer + "\n完。\n", finished=False)
    assert shown == to_plain(answer + "\n完。")
