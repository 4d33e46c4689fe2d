"""Listed words are found however they are spelled, and only where somebody has written them."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsm.moderation.judge import Judge
from fsm.moderation.words import FEW, WordList
from fsm.text.characters import SIMPLIFIED
from fsm.text.folding import folded
from settings.file.watched import Unusable
from tests.ticking import longest_turn

WORDS = ("法轮功", "代开发票", "翻墙", "VPN", "falun gong", "加微信 qq123", "64")
LIST = WordList.of("words.txt", "# what is not spoken of\n\n" + "\n".join(WORDS))
LINE = {word: number for number, word in enumerate(WORDS, start=3)}

TRADITIONAL = {own: chr(other) for other, own in SIMPLIFIED.items()}
FULL_WIDTH = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
BETWEEN = [
    "",
    " ",
    "　",
    "\u200b",
    "\ufeff",
    "\u00ad",
    ".",
    "·",
    "-",
    "_",
    "*",
    "，",
    "。",
    "\n",
    "😀",
    "\u0336",
]
AROUND = st.sampled_from(["", "请问", "。", " ", "（", "？", "\n", "怎么办"])


def in_another_form(letter: str) -> st.SearchStrategy[str]:
    forms = {letter, letter.upper(), letter.lower(), FULL_WIDTH.get(letter, letter)}
    return st.sampled_from(sorted(forms | {TRADITIONAL.get(letter, letter)}))


@st.composite
def spelled(draw: st.DrawFn) -> tuple[str, str]:
    """A listed word, and how somebody writes it who does not want it to be found."""
    word = draw(st.sampled_from(WORDS))
    between = st.sampled_from(BETWEEN)
    letters = [draw(in_another_form(letter)) + draw(between) for letter in word]
    return word, draw(AROUND) + "".join(letters) + draw(AROUND)


@settings(max_examples=2 * settings().max_examples)
@given(spelled())
def test_a_word_is_found_however_it_is_spelled(written: tuple[str, str]) -> None:
    word, text = written
    assert LIST.rule(folded(text)) == f"words.txt:{LINE[word]}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "今天天气怎么样？",
        "他翻过了一堵墙",  # every letter of a word, and others between
        "法国的轮船有什么功能",
        "the vpns of svpn",  # within other words
        "1964年和640元",  # within another number
        "# what is not spoken of",  # a comment
        "👩‍🚀🇨🇳" * 20,
    ],
)
def test_what_only_looks_like_a_word_is_none(text: str) -> None:
    assert LIST.rule(folded(text)) == ""


SHAPES = WordList.of("s", "vpn\nハードコア\nпорно\nus\npot\n法轮功\n赌博\n911")
IN_ANY_SHAPE = "ﾊｰﾄﾞｺｱ|ハート\u3099コア|ᴠᴘɴ|用ᴠ.ᴘ.ɴ吗|🅥🅟🅝|🆅🅿🅽|🇻🇵🇳|🇻 🇵 🇳|vрn|ｖрn|VРN|νpn"
IN_ANY_SHAPE += "|法ˉ轮ˇ功|٩١١|९११|９-1-𝟭"
OTHERS_BESIDE = "порно|ПОРНО|vpn🇺🇸|vpn🅿️|VPNом"
OTHERS = "ハートコア|рот|use рот|🇺🇸|🇨🇳🇺🇸|from 🇺🇸!|停车🅿️|μm|🇻🇵|USB-порт"
TAGS = "赌<b>博|赌</b>博|赌<!-- x -->博|v&#112;n|赌&nbsp;博|赌<span class='a'>博</span>"
NUMBERS = (
    "1. 法\n2. 轮\n3. 功|1、法\n2、轮\n3、功|① 法\n② 轮\n③ 功|(1)法\n(2)轮\n(3)功"
    "|一、法\n二、轮\n三、功|第一：法\n第二：轮\n第三：功|（一）法\n（二）轮\n（三）功"
)
WECHATS_EMOJI = "法[微笑]轮[Smile]功|赌/::)博|赌/:rose博|[赌博]|v[捂脸]p[捂脸]n|赌[666][强]博"
AMONG_SHAPES = Judge(lambda: (SHAPES,))


@pytest.mark.parametrize("text", f"{IN_ANY_SHAPE}|{OTHERS_BESIDE}".split("|"))
def test_a_word_is_found_in_letters_of_any_shape(text: str) -> None:
    assert AMONG_SHAPES.question(text).startswith("s:")
    assert AMONG_SHAPES.answer(text).startswith("s:")


@pytest.mark.parametrize("text", OTHERS.split("|"))
def test_letters_of_other_scripts_are_their_own_where_they_stand_alone(text: str) -> None:
    assert (AMONG_SHAPES.question(text), AMONG_SHAPES.answer(text)) == ("", "")


def test_a_listed_word_may_be_of_any_shape() -> None:
    assert WordList.of("s", "ﾊｰﾄﾞｺｱ\nvрn\n🅥🅟").lines == {"ハードコア": 1, "vpn": 2, "vp": 3}


@pytest.mark.parametrize("text", TAGS.split("|"))
def test_tags_in_a_question_hide_nothing(text: str) -> None:
    assert AMONG_SHAPES.question(text).startswith("s:")


@pytest.mark.parametrize("text", NUMBERS.split("|"))
def test_numbers_of_a_list_hide_nothing_in_an_answer(text: str) -> None:
    assert AMONG_SHAPES.answer(text) == AMONG_SHAPES.so_far(f"{text}\n") == "s:6"


@pytest.mark.parametrize("text", NUMBERS.split("|"))
def test_nothing_of_a_list_is_shown_that_may_become_a_word(text: str) -> None:
    for length in range(len(text)):
        assert "法" not in AMONG_SHAPES.showable(text[:length])


@pytest.mark.parametrize("text", WECHATS_EMOJI.split("|"))
def test_emoji_that_wechat_writes_by_their_names_hide_nothing(text: str) -> None:
    assert AMONG_SHAPES.question(text).startswith("s:")
    assert AMONG_SHAPES.answer(text).startswith("s:")
    assert text[-1] not in AMONG_SHAPES.showable(text[:-1])


@pytest.mark.parametrize("text", ["1. 我爱赌\n2. 博学多才", "法国 1. 轮船", "1 < 2 & 3 > 2"])
def test_the_items_of_a_list_are_sentences_of_their_own(text: str) -> None:
    assert AMONG_SHAPES.answer(text) == ""


def test_in_prose_the_end_of_a_sentence_parts_words() -> None:
    """Nobody hides a word so in an answer, unless it stands between all of its letters."""
    assert LIST.rule(folded("我想把书翻。墙外有花"), prose=True) == ""
    assert LIST.rule(folded("我想把书翻。墙外有花")) == "words.txt:5"
    assert LIST.rule(folded("法。轮。功"), prose=True) == "words.txt:3"
    assert LIST.rule(folded("法 轮，功"), prose=True) == "words.txt:3"


LONG_WORDS = WordList.of("long.txt", "甲乙丙丁戊\nforbidden words\n丙\u200b己\n庚\n")
PIECES = st.lists(
    st.sampled_from(
        ["甲乙", "丙丁", "戊", "forbid", "den", " wor", "ds", "己", "庚", "。", " ", "x"]
    )
)


@given(PIECES)
def test_nothing_of_a_word_is_shown_before_it_is_known_whether_it_is_one(
    pieces: list[str],
) -> None:
    """What may be shown of each beginning never reaches into a word that is listed."""
    whole = "".join(pieces)
    seen = folded(whole)
    begins = len(whole)
    for start in range(len(seen.letters)):
        for end in range(start + 1, len(seen.letters) + 1):
            word = seen.letters[start:end] in LONG_WORDS.lines
            if word and seen.begins_a_run(start) and seen.begins_a_run(end):
                begins = min(begins, seen.places[start])
    for length in range(len(whole) + 1):
        so_far = folded(whole[:length])
        if not LONG_WORDS.rule(so_far, finished=False):
            at = LONG_WORDS.may_begin_at(so_far)
            shown = so_far.places[at] if at < len(so_far.places) else length
            assert shown <= begins


PARTS = st.lists(st.sampled_from(["甲", "乙", "ab", "a", "1", " ", "。"]), max_size=20).map("".join)


@given(st.lists(PARTS.filter(lambda word: any(map(str.isalnum, word))), max_size=60), PARTS)
def test_where_many_words_begin_alike_the_same_are_found(words: list[str], text: str) -> None:
    alike = ["甲乙" + "甲" * length for length in range(FEW + 2)] + words
    listed = WordList.of("w", "\n".join(alike))
    seen = folded(text)
    places = range(len(seen.letters) + 1)
    standing = (
        (start, end)
        for start in places
        for end in places[start + 1 :]
        if seen.letters[start:end] in listed.lines
        and seen.begins_a_run(start)
        and seen.begins_a_run(end)
    )
    first = next(standing, None)
    expected = f"w:{listed.lines[seen.letters[slice(*first)]]}" if first else ""
    assert listed.rule(seen) == expected


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["a" * length for length in range(2, 100)], "a" * 2000),
        (["啊" * length + "吧" for length in range(1, 99)], "啊" * 2000),
        (["ab" * length + "a" for length in range(1, 49)], "ab " * 2000),
    ],
    ids=["within a run", "one after the other", "each within the next"],
)
def test_no_list_holds_the_loop_up(words: list[str], text: str) -> None:
    listed, seen = WordList.of("w", "\n".join(words)), folded(text)
    assert longest_turn(lambda: listed.rule(seen)) < 0.05


def test_a_word_at_the_open_end_may_still_become_another() -> None:
    assert LIST.rule(folded("用 VPN"), finished=False) == ""
    assert LIST.rule(folded("用 VPN。"), finished=False) == "words.txt:6"
    assert LIST.rule(folded("用翻墙"), finished=False) == "words.txt:5"


def test_what_can_be_no_word_is_told_with_its_line() -> None:
    with pytest.raises(Unusable) as told:
        WordList.of("words.txt", f"好\n\n！！！\n{string.ascii_letters * 2}\n")
    assert [problem.line for problem in told.value.problems] == [3, 4]
    with pytest.raises(Unusable) as told:
        WordList.of("words.txt", "C#\n法轮功 # 注释\n赌博\t＃ 同上\n")
    assert [(problem.line, problem.what) for problem in told.value.problems] == [
        (2, "a comment has a line of its own, which begins with #"),
        (3, "a comment has a line of its own, which begins with #"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "赌博,毒品，枪支",
        "赌博、毒品",
        "# c\n\n赌博\t1\n毒品\t2",
        "1. 赌博\n2、毒品",
        '["赌博", "毒品"]',
        "a|b",
    ],
)
def test_a_line_that_looks_like_several_words_is_doubted(text: str) -> None:
    first = text.split("\n").index(text.strip("# c\n").split("\n")[0]) + 1
    doubt = WordList.of("w.txt", text).doubt
    assert doubt.startswith(f"w.txt:{first}: a line is one word")


def test_a_list_of_words_is_not_doubted_nor_is_one_with_some_sentences() -> None:
    words = "- 赌博\n3P\n1984\nC++,\n6.4\na.com/b\n你好 世界\n天灭中共，退党保平安\n＃ 一、二"
    listed = WordList.of("w.txt", words)
    assert (listed.doubt, len(listed)) == ("", 8)


def test_a_list_of_one_word_or_none_is_a_list() -> None:
    assert len(WordList.of("words.txt", "# nothing yet\r\n")) == 0
    assert WordList.of("words.txt", "").rule(folded("好")) == ""
    assert WordList.of("words.txt", "好\r\n").rule(folded("你好")) == "words.txt:1"


def test_without_rules_nothing_is_looked_at() -> None:
    """An answer that is being written would be made plain for it every second."""
    assert not Judge().judges
    assert not Judge(lambda: (WordList.of("words.txt", "# none"),)).judges
    assert Judge(lambda: (LIST,)).judges
    assert Judge().showable("法轮功") == "法轮功"
