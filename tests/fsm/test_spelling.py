"""Which of a follower's words are a command, and which are a question that holds one."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fsm.text.characters import one_form
from fsm.text.spelling import EMOJI, Spelling
from settings.schema import Texts

CONTINUE = Spelling.of(("继续", "接着说", "下一页", "more"))
RESET = Spelling.of(("新对话", "/new"))
LESSON = Spelling.of(("英语对话",))
ONE = Spelling.of(("1", "+", "ok"))

AS_IT_IS = ["继续", "接着说", "下一页", "more"]
QUOTED = [
    "“继续”",
    '"继续"',
    "「继续」",
    "『继续』",
    "'more'",
    "【继续】",
    "[继续]",
    "（继续）",
    "《继续》",
]
POLITE = [
    "继续吧",
    "继续呀",
    "继续啊",
    "继续哦",
    "继续嘛",
    "继续呗",
    "继续啦",
    "继续一下",
    "继续下去",
]
ASKED = [
    "请继续",
    "请你继续",
    "请您继续吧",
    "麻烦继续",
    "好的，继续",
    "嗯，继续",
    "那继续吧",
    "more please",
    "继续说",
    "请继续说",
    "继续回答",
    "再继续",
    "我要继续",
    "回复“继续”",
    "点击继续",
]
ENDED = [
    "继续。",
    "继续！",
    "继续～",
    "继续~",
    "继续…",
    "继续……",
    "继续!!",
    "继续？",
    "继续，",
    "继续.",
    "。继续",
]
TRADITIONAL = ["繼續", "繼續吧", "請繼續", "接著說", "下一頁", "點擊繼續", "“繼續”。"]
WIDE = [
    "ｍｏｒｅ",
    "ＭＯＲＥ",
    "More",
    "MORE！",
    "继续　",
    "　继续",
    "继\u200b续",
    "继 续",
    "继续\n",
]
WITH_EMOJI = [
    "继续👍",
    "继续😊😊",
    "继续👍🏽",
    "👉继续",
    "继续❤️",
    "继续[微笑]",
    "继续/::)",
    "继续/:heart",
]
TWICE = ["继续继续", "继续，继续！", "继续 继续 继续"]


@pytest.mark.parametrize(
    "text",
    [
        *AS_IT_IS, *QUOTED, *POLITE, *ASKED, *ENDED, *TRADITIONAL, *WIDE, *WITH_EMOJI, *TWICE
    ],
)  # fmt: skip
def test_a_word_is_known_as_people_type_it(text: str) -> None:
    assert CONTINUE.fits(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "继续教育是什么",
            "继续写一首诗",
            "请继续讲李白",
            "怎么继续",
            "继续吗",
            "不继续",
            "不要继续",
        ),
        *("继", "续", "more than words", "no more", "moreover", "下一页怎么翻", "接着说什么"),
        *(
            "继续1",
            "继续：写诗",
            "继续[微笑]写诗",
            "“继续”是什么意思",
            "",
            " ",
            "。",
            "👍",
            "[微笑]",
        ),
        *("吧", "请", "好的", "继续" * 40, "繼續教育", "我们继续，好吗"),
    ],
)
def test_a_sentence_that_holds_the_word_is_a_question(text: str) -> None:
    assert not CONTINUE.fits(text)


@pytest.mark.parametrize(
    "text", ["新对话", "新對話", "“新对话”", "/new", "/NEW", "／ｎｅｗ", "新对话吧", "/new。"]
)
def test_signs_belong_to_a_word_that_has_them(text: str) -> None:
    assert RESET.fits(text)


@pytest.mark.parametrize("text", ["new", "new!", "New", "新对话是什么", "/newer", "news", "/renew"])
def test_a_word_without_its_sign_is_another(text: str) -> None:
    assert not RESET.fits(text)


@pytest.mark.parametrize("text", ["1", "１", "1。", "“1”", "+", "＋", "OK", "ok!", "好的1"])
def test_an_operators_word_may_be_a_number_or_a_sign(text: str) -> None:
    assert ONE.fits(text)


@pytest.mark.parametrize("text", ["11", "1.1", "1+1", "12", "1个"])
def test_two_of_them_are_something_else(text: str) -> None:
    assert not ONE.fits(text)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("英语对话 点餐", "点餐"),
        ("英語對話 點餐", "點餐"),
        ("英语对话：At Lunch", "At Lunch"),
        ("“英语对话”点餐", None),
        ("“英语对话”：点餐", "点餐"),
        ("“英语对话” 点餐", "点餐"),
        ("“英语对话”，怎么练？", None),
        ("“英语对话 点餐”", "点餐"),
        ("请英语对话，点餐。", "点餐"),
        ("英语对话吧 点餐", "点餐"),
        ("英语对话。点餐。", "点餐"),
        ("英语对话\n\n点餐", "点餐"),
        ("英语对话 “点餐”", "点餐"),
        ("英语对话“点餐”", "点餐"),
        ("英语对话（At the airport）", "At the airport"),
        ("英语对话《老友记》第一集", "《老友记》第一集"),
        ("英语对话-旅游", "旅游"),
        ("英语对话——旅游", "旅游"),
        ("英语对话+旅游", "旅游"),
        ("英语对话/旅游", "旅游"),
        ("开始英语对话：旅游", "旅游"),
        ("英语对话：在餐厅怎么点菜", "在餐厅怎么点菜"),
        ("英语对话 What's your name?", "What's your name?"),
        ("英语对话，我想练点餐", "我想练点餐"),
        ("英语对话 难忘的旅行", "难忘的旅行"),
        ("英语对话：怎么练？", None),
        ("英语对话 怎么练", None),
        ("英语对话，怎么练？", None),
        ("英语对话……怎么练", None),
        ("英语对话、听力怎么提高", None),
        ("英语对话：有什么技巧吗？", None),
        ("英语对话，你能陪我练吗", None),
        ("英语对话，是什么意思", None),
        ("英语对话 是什么？", None),
        ("英语对话/听力哪个重要？", None),
        ("英语对话“点餐”怎么说？", None),
        ("英语对话，太难了", None),
        ("英语对话，不练了", None),
        ("英语对话怎么练？", None),
        ("英語對話 該怎麼學", None),
        ("英語對話 難嗎？", None),
        ("英语对话点餐", None),
        ("学英语对话 点餐", None),
        ("点餐", None),
        ("", None),
    ],
)
def test_what_stands_apart_behind_a_word_is_taken_as_it_was_written(
    text: str, rest: str | None
) -> None:
    assert LESSON.rest(text) == rest


# Which of the words as shipped a text is; "" is none of them.
AS_SHIPPED = {
    "continue_words": (
        "继续, 接着, 接着说, 接着讲, 接著講, 往下说, 往下讲, 下页, 下一页, 下一頁, 继续看, "
        "请继续看, 接着念, 继续讲吧, 那接着说吧, continue, Continue., please continue, "
        "Continue please, go on, Go on!, Please go on, next, NEXT, next page, more, keep going, "
        "OK next"
    ),
    "reset_words": (
        "新对话, 新的对话, 新会话, 新會話, 新建对话, 重新开始, 重新開始吧, 开始新对话, "
        "我要新对话, 我想重新开始, 新话题, 清除记忆, #清除记忆, /new, /reset, restart, Restart?, "
        "new chat"
    ),
    "": (
        "接着说什么, 接着昨天的, 往下走怎么走, 下页码是什么意思, next week's weather, "
        "go on a trip, continue vs resume, what's next, 重新开始人生, 新的对话框怎么写, "
        "新会话密钥, restart nginx, restart my phone, /newer, 然后呢, more?s, 继续写一首诗, "
        "上一页, 继续讲李白的故事, 我想继续聊点餐"
    ),
}


@pytest.mark.parametrize(
    ("words", "text"),
    [(words, text) for words, texts in AS_SHIPPED.items() for text in texts.split(", ")],
)
def test_what_people_say_for_a_command_as_shipped(words: str, text: str) -> None:
    texts = Texts()
    spelled = {name: getattr(texts, name) for name in ("continue_words", "reset_words")}
    assert [name for name in spelled if Spelling.of(spelled[name]).fits(text)] == (
        [words] if words else []
    )


@pytest.mark.parametrize("text", ["", " ", "。", "请", "继续", "好的，谢谢"])
def test_a_command_without_words_is_none(text: str) -> None:
    none = Spelling.of(())
    assert not none.fits(text)
    assert none.rest(f"{text} 点餐") is None


@given(st.text(max_size=100) | st.text("/:[]“”继续好的请吧1+ok ", max_size=60))
def test_any_text_is_read(text: str) -> None:
    for spelling in (CONTINUE, RESET, LESSON, ONE):
        spelling.fits(text)
        spelling.rest(text)


@given(st.text("继續请吧1+一o k。[微笑]/:/new英语", max_size=20))
def test_what_is_soon_found_out_to_be_no_command_is_none(text: str) -> None:
    said = one_form(text)
    for spelling in (CONTINUE, RESET, LESSON, ONE):
        forms = (said, EMOJI.sub(" ", said))
        assert spelling.fits(text) == any(map(spelling.pattern.fullmatch, forms))
