"""What of an answer is said aloud, in which pieces and with which voice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsm.voice.spoken_text import sentences, spoken_text, voice_for

# What answers are made of, and what is hard about them.
PIECES = [
    "你好",
    "。",
    "！",
    "？",
    "…",
    "”",
    "」",
    "\n",
    " ",
    "Hi",
    ".",
    "!",
    "?",
    "3.14",
    "e.g.",
    '"',
    ")",
]
answers = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("**重点**是*这个*，见[文档](https://example.com/a?b=1)。", "重点是这个，见文档。"),
        ("# 标题\n\n- 一\n- 二\n> 引用", "标题\n一\n二\n引用"),
        ("| 名字 | 岁数 |\n|---|---|\n| 小明 | 8 |", "名字 岁数\n小明 8"),
        ("详情 https://example.com/x.html，请看。", "详情 ，请看。"),
        ('回复<a href="weixin://bizmsgmenu?msgmenucontent=继续">继续</a>', "回复继续"),
        ("用 `print` 就行：\n```python\nprint(1)\n```\n好了", "用 print 就行：\n好了"),
        ("好的👍🏽！👨‍👩‍👧 1️⃣ → 走", "好的！ 1 走"),
        ("25℃，3*4*5=60，a<b", "25℃，3*4*5=60，a<b"),
        ("a\x00b\x1b\ud83dc\ufffe", "abc"),
    ],
)
def test_only_what_can_be_said_is_left(written: str, said: str) -> None:
    assert spoken_text(written) == said


@pytest.mark.parametrize(
    "written", ["", "😀👍", "……！", "```\ncode\n```", "https://example.com/", "---"]
)
def test_where_there_is_no_word_nothing_is_said(written: str) -> None:
    assert spoken_text(written) == ""


@given(st.text())
def test_what_is_said_can_stand_in_xml(written: str) -> None:
    said = spoken_text(written)
    said.encode()
    assert not any(ord(c) < 32 and c != "\n" for c in said)
    assert said == said.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好。我是小明！你呢？", ["你好。", "我是小明！", "你呢？"]),
        ("他说：“走吧。”然后走了。", ["他说：“走吧。”", "然后走了。"]),
        ("真的吗？！是的……好", ["真的吗？！", "是的……", "好"]),
        ("Pi is 3.14. It is irrational.", ["Pi is 3.14.", "It is irrational."]),
        ("Try e.g. this, Mr. Smith. Bye!", ["Try e.g. this, Mr. Smith.", "Bye!"]),
        ('He said "Hi!" Then he left.', ['He said "Hi!"', "Then he left."]),
        ("Hello! 你好!很好", ["Hello!", "你好!", "很好"]),
        ("See example.com?a=b now. Bye", ["See example.com?a=b now.", "Bye"]),
        ("1. 苹果\n2. 香蕉", ["1. 苹果", "2. 香蕉"]),
    ],
)
def test_a_text_is_cut_where_its_sentences_end(text: str, expected: list[str]) -> None:
    assert sentences(text, 0, finished=True) == (expected, len(text))


def test_a_sentence_is_complete_only_when_something_follows_it() -> None:
    assert sentences("他说：“走吧。", 0, finished=False) == ([], 0)
    assert sentences("他说：“走吧。”然", 0, finished=False) == (["他说：“走吧。”"], 8)


@given(answers)
def test_no_word_is_lost_between_sentences(text: str) -> None:
    found, end = sentences(text, 0, finished=True)
    assert end == len(text)
    assert "".join("".join(found).split()) == "".join(text.split())


@given(answers, st.lists(st.integers(0, 60), max_size=10))
def test_a_text_that_comes_in_pieces_has_the_sentences_of_the_whole(
    text: str, cuts: list[int]
) -> None:
    found: list[str] = []
    start = 0
    for cut in sorted(cuts):
        more, start = sentences(text[:cut], start, finished=False)
        found += more
    last, _ = sentences(text, start, finished=True)
    assert found + last == sentences(text, 0, finished=True)[0]


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("你好，很高兴认识你。", "zh"),
        ("Hello, nice to meet you.", "en"),
        ("Python 的 asyncio 库很好用。", "zh"),
        ("“苹果” is apple in English, as in “an apple a day”.", "en"),
        ("Hi 你好", "zh"),
        ("3.14", "zh"),
        ("OK", "en"),
        ("邮箱：first.last@mail.example.org", "zh"),
        ("见 https://docs.example.org/en/latest/how-to-install-it.html?lang=en", "zh"),
        ("网址是 www.example.org/a/b 和 example.com", "zh"),
        ("公式：f(x) = a*sin(x) + b*cos(x) + c*tan(x)", "zh"),
        ("质能方程是 E = mc^2, F = ma, p = mv, a = dv/dt", "zh"),
        ("地址：One Microsoft Way, Redmond, Washington, USA", "zh"),
        ("用 Visual Studio Code Insiders Edition", "zh"),
        ("路径 C:\\Users\\me\\My Documents 或 /usr/local/share/doc/readme", "zh"),
        ("应该说 went。You said you went to the park. What did you see there?", "en"),
        ("Mail me at first.last@example.org, and I will help you.", "en"),
        ("Bonjour, ça va très bien, merci, et vous?", "en"),
    ],
)
def test_the_voice_is_that_of_most_of_the_text(text: str, voice: str) -> None:
    assert voice_for(text, "zh", "en") == voice
