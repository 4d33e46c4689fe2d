"""Long answers come in pieces that WeChat takes, cut where a reader would pause."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import hypothesis.strategies as st
import pytest
from hypothesis import example, given

from fsm.text.plain_text import to_plain
from fsm.text.slices import MIN_CHARACTERS, Slice, common_prefix, cut, fit
from integrations.wechat.protocol import REPLY_BYTES, tap_link

LINK = '<a href="https://example.com/a,b?c=1;d=2">点 这里。好</a>'
ADDRESS = "https://example.com/a,b.c?d=1;e=2!f"
FOOTER = f"（未完，点击{tap_link('继续')}或回复“继续”查看）"
LAST_FOOTER = "（上一条回答还没看完）"

# What is seen as one character.
FAMILY = "👨‍👩‍👧"
SEEN_AS_ONE = [FAMILY, "👍🏽", "🇨🇳", "🇩🇪", "❤️", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "e\u0301", "字", "x", "😀"]
PROSE = st.text("汉字，。！？、；ab .!?\n", min_size=1, max_size=30)
PIECES = st.one_of(PROSE, st.sampled_from([*SEEN_AS_ONE, f" {LINK} ", f" {ADDRESS} "]))
TEXTS = st.lists(PIECES, max_size=40).map("".join)


def slices(text: str, characters: int, room: int = REPLY_BYTES) -> list[str]:
    """All of a text, slice after slice."""
    found, start = [], 0
    while start < len(text):
        end = cut(text, start, characters=characters, room=room)
        assert end > start, "a slice without a character never ends"
        found.append(text[start:end])
        start = end
    return found


def replies(text: str, characters: int, footer: str = "", last_footer: str = "") -> list[Slice]:
    """All replies until the text is read."""
    found = [fit(text, 0, characters=characters, footer=footer, last_footer=last_footer)]
    while found[-1].end < len(text):
        start = found[-1].end
        ready = fit(text, start, characters=characters, footer=footer, last_footer=last_footer)
        assert ready.end > start, "a reply without progress never ends"
        found.append(ready)
    return found


def bare(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    ("text", "characters", "first"),
    [
        ("短的不切", 10, "短的不切"),
        ("一二三四五六。七八九十", 8, "一二三四五六。"),
        ("他说：“走吧。”我们走了", 8, "他说：“走吧。”"),
        ("一二三四五六七\n八九十", 9, "一二三四五六七"),
        ("一二三四五六七\n八九十", 7, "一二三四五六七"),
        ("It is so. And then more", 12, "It is so."),
        ("What now? And then more", 12, "What now?"),
        ('He said "no." And more', 15, 'He said "no."'),
        ("一二三。四五六七，八九十", 9, "一二三。四五六七，"),
        ("the quick brown fox", 13, "the quick"),
        ("the quick brown fox", 15, "the quick brown"),
        ("一。二三四五六七八九十", 9, "一。二三四五六七八"),
        ("没有标点的一句话", 5, "没有标点的"),
    ],
)
def test_a_slice_ends_where_a_reader_would_pause(text: str, characters: int, first: str) -> None:
    assert slices(text, characters)[0] == first


@pytest.mark.parametrize(
    ("text", "characters", "first"),
    [
        ("甲乙丙丁戊己版本3.11的事", 10, "甲乙丙丁戊己版本"),
        ("甲乙丙丁戊己庚 3. 第三步", 10, "甲乙丙丁戊己庚"),
        ("甲乙丙丁戊己庚\n• 第三步", 9, "甲乙丙丁戊己庚"),
        ("甲乙丙丁戊己调用f(x;y)一次", 12, "甲乙丙丁戊己调用"),
    ],
)
def test_a_point_within_a_word_or_after_a_number_ends_nothing(
    text: str, characters: int, first: str
) -> None:
    assert slices(text, characters)[0] == first


def test_a_sentence_wins_over_a_clause_that_ends_later() -> None:
    assert slices("一二三四五六。七，八九十", 9)[0] == "一二三四五六。"


def test_a_sentence_that_ends_too_early_does_not_make_the_slice_short() -> None:
    assert slices("一。" + "二" * 30, 20)[0] == "一。" + "二" * 18


def test_room_is_in_bytes_and_no_character_is_torn() -> None:
    assert slices("汉" * 10, 100, room=11) == ["汉汉汉", "汉汉汉", "汉汉汉", "汉"]
    assert slices("😀😀", 100, room=7) == ["😀", "😀"]


def test_a_character_wider_than_the_room_still_comes() -> None:
    assert slices("汉字", 100, room=2) == ["汉", "字"]


@pytest.mark.parametrize("whole", [LINK, ADDRESS])
def test_a_link_that_does_not_fit_moves_to_the_next_slice(whole: str) -> None:
    text = f"请看{whole} 这一页"
    for characters in range(len(whole), len(whole) + 2):
        assert slices(text, characters)[:2] == ["请看", whole]


def test_a_link_longer_than_a_whole_slice_is_a_slice_by_itself() -> None:
    assert slices(f"看{LINK}，好", 12) == ["看", LINK, "，好"]


def test_a_link_longer_than_a_reply_leaves_its_words() -> None:
    link = f'<a href="https://example.com/{"a" * 2000}">这一页</a>'
    text = to_plain(f"请看{link}的第二段。[那一页](https://example.com/{'b' * 3000})")
    assert text.startswith("请看这一页的第二段。")
    kept = f'<a href="https://example.com/{"a" * 900}">这一页</a>'
    for footer in (FOOTER, "尾" * 333):
        text = to_plain("一句话。" * 20 + kept + "一句话。" * 20)
        pieces = replies(text, 20, footer)
        assert sum(kept in piece.text for piece in pieces) == 1
        assert all(len(piece.text.encode()) <= REPLY_BYTES for piece in pieces)


@pytest.mark.parametrize("one", SEEN_AS_ONE)
def test_what_is_seen_as_one_character_stays_one(one: str) -> None:
    for characters in range(len(one), 3 * len(one)):
        for piece in slices(one * 6, characters):
            assert piece == one * (len(piece) // len(one))


def test_what_is_seen_as_one_character_is_torn_only_where_it_alone_is_too_long() -> None:
    assert "".join(slices(f"好{FAMILY}", 3)) == f"好{FAMILY}"


@given(TEXTS, st.integers(1, 80), st.integers(1, 300))
def test_slices_are_the_text_within_both_limits(text: str, characters: int, room: int) -> None:
    pieces = slices(text, characters, room)
    assert "".join(pieces) == text
    for piece in pieces:
        assert len(piece) <= characters or re.fullmatch("<a [^<>]*>[^<>]*</a>", piece)
        assert len(piece.encode()) <= room or len(piece) == 1


@given(TEXTS, st.integers(len(LINK), 120))
@example(f"{'x' * 60} {LINK}", 80)
@example(f"{'字' * 60}{ADDRESS}。", 80)
def test_no_slice_ends_in_a_link_or_an_address(text: str, characters: int) -> None:
    at = 0
    for piece in slices(text, characters)[:-1]:
        at += len(piece)
        for link in re.finditer(f"{re.escape(LINK)}|{re.escape(ADDRESS)}", text):
            assert not link.start() < at < link.end(), piece


@given(st.lists(st.sampled_from(SEEN_AS_ONE), max_size=60), st.integers(7, 40))
def test_no_slice_ends_in_what_is_seen_as_one_character(seen: list[str], characters: int) -> None:
    boundaries, at = {0}, 0
    for one in seen:
        at += len(one)
        boundaries.add(at)
    at = 0
    for piece in slices("".join(seen), characters):
        at += len(piece)
        assert at in boundaries


def test_a_short_answer_is_one_reply_without_a_footer() -> None:
    assert fit("你好", 0, characters=500, footer=FOOTER) == Slice("你好", 2)


def test_each_reply_but_the_last_has_the_footer_on_a_line_of_its_own() -> None:
    text = "一句话。" * 300
    *firsts, last = replies(text, 500, FOOTER, LAST_FOOTER)
    assert len(firsts) >= 2
    assert all(ready.text.endswith(f"。\n{FOOTER}") for ready in firsts)
    assert last.text.endswith(f"。\n{LAST_FOOTER}")
    assert bare("".join(ready.text.rpartition("\n")[0] for ready in [*firsts, last])) == text


def test_a_rest_that_does_not_fit_above_the_last_footer_is_cut() -> None:
    first, second = replies("一二三四五六七八九十。十一十二。", 20, "（未完）", "（还有上一条）")
    assert first.text == "一二三四五六七八九十。\n（未完）"
    assert second.text == "十一十二。\n（还有上一条）"


def test_a_last_footer_longer_than_the_footer_leaves_something_to_put_above_it() -> None:
    text = "字" * 28
    first, second = replies(text, 30, "完", "（还有上一条没有看）")
    assert first.end < len(text)
    assert second.text.startswith("字")


def test_a_reply_begins_and_ends_without_empty_lines() -> None:
    text = f"{'甲' * 17}。\n\n \n{'乙' * 17}。\n\n"
    first, second = replies(text, 20)
    assert first.text == "甲" * 17 + "。"
    assert text[first.end] == "乙", "the empty lines count as read"
    assert second == Slice("乙" * 17 + "。", len(text))


def test_a_slice_keeps_how_far_its_first_line_is_indented() -> None:
    text = "def f(x):\n    if x:\n        return 1\n"
    first = fit(text, 0, characters=24, footer="")
    second = fit(text, first.end, characters=24, footer="")
    assert first.text + "\n" + second.text == text.rstrip()


def test_where_all_is_read_only_the_last_footer_is_left() -> None:
    assert fit("你好", 2, characters=20, footer=FOOTER) == Slice("", 2)
    assert fit("你好", 2, characters=20, footer=FOOTER, last_footer="完") == Slice("完", 2)


def test_a_footer_longer_than_the_reply_may_be_leaves_half_of_it_to_the_text() -> None:
    text = "字" * 200
    assert fit(text, 0, characters=60, footer=FOOTER) == Slice("字" * 30 + "\n" + FOOTER, 30)
    assert fit(text, 0, characters=20, footer=FOOTER).end == 10
    barely = len(FOOTER) + 1 + MIN_CHARACTERS
    assert len(fit(text, 0, characters=barely, footer=FOOTER).text) == barely
    assert fit(text, 0, characters=barely - 1, footer=FOOTER).end == (barely - 1) // 2


def test_a_footer_that_would_leave_no_bytes_is_left_out() -> None:
    ready = fit("字" * 3000, 0, characters=2000, footer="尾" * 600)
    assert ready == Slice("字" * (REPLY_BYTES // 3), REPLY_BYTES // 3)


def test_an_indent_before_a_link_is_no_reply_of_its_own() -> None:
    text = '\n <a href="https://example.com/a,b?c=1;d=2">点 这里。好</a>' * 3
    first = fit(text, 0, characters=20, footer="（未完）")
    assert first.text.startswith("<a ") and first.text.endswith("</a>\n（未完）")


@given(
    TEXTS.map(lambda text: text * 9),
    st.integers(20, 2000),
    st.sampled_from(["", "（未完）", FOOTER]),
    st.sampled_from(["", LAST_FOOTER, FOOTER]),
)
def test_all_is_read_once_in_replies_that_wechat_takes(
    text: str, characters: int, footer: str, last_footer: str
) -> None:
    shown, start = "", 0
    for ready in replies(text, characters, footer, last_footer):
        below = footer if ready.end < len(text) else last_footer
        body = ready.text.removesuffix(below)
        assert len(ready.text.encode()) <= REPLY_BYTES
        longest = max(len(footer), len(last_footer)) + 1
        if body.strip() != LINK:  # which is not cut
            assert len(ready.text) <= characters or characters < longest + MIN_CHARACTERS
            assert len(body) - 1 <= max(characters, MIN_CHARACTERS)
        assert not body.startswith("\n"), "no reply begins with an empty line"
        assert bare(body) == bare(text[start : ready.end])
        shown, start = shown + body, ready.end
    assert bare(shown) == bare(text)


@given(st.text("ab汉"), st.text("ab汉"), st.text("ab汉"))
def test_a_common_prefix_is_common_and_cannot_be_longer(head: str, a: str, b: str) -> None:
    length = common_prefix(head + a, head + b)
    assert length >= len(head)
    assert (head + a)[:length] == (head + b)[:length]
    assert (head + a)[length : length + 1] != (head + b)[
        length : length + 1
    ] or head + a == head + b


def test_a_tap_sends_the_word_itself() -> None:
    link = tap_link("继续")
    assert link == (
        '<a href="weixin://bizmsgmenu?msgmenucontent=%E7%BB%A7%E7%BB%AD&msgmenuid=1">继续</a>'
    )


@given(st.text(min_size=1))
@example('</a>"&%#?=+ \n继续')
def test_no_word_breaks_out_of_its_link(word: str) -> None:
    match = re.fullmatch(r'<a href="([!-~]*)">([^<>\n]*)</a>', tap_link(word))
    assert match
    address = urlsplit(match[1])
    assert (address.scheme, address.netloc) == ("weixin", "bizmsgmenu")
    sent = parse_qs(address.query, keep_blank_values=True)
    assert sent == {"msgmenucontent": [word], "msgmenuid": ["1"]}
    assert unquote(address.query.split("&")[0]) == f"msgmenucontent={word}"


def test_a_reply_keeps_the_answer_out_of_its_repr() -> None:
    assert "秘密" not in repr(fit("秘密", 0, characters=20, footer=""))
