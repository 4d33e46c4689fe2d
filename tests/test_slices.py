"""Replies are cut where a reader would cut them, and never longer than WeChat shows."""

import re

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from fsm.slices import MAX_BYTES, common_prefix, cut, fit, tap_link
from sandbox.wechat import tap

LINK = '<a href="https://example.org/a/b?c=d">一个链接</a>'
PIECES = st.lists(
    st.one_of(
        st.text("甲乙丙丁。，！\n abc.", min_size=1, max_size=30),
        st.sampled_from(
            [LINK, "https://example.org/x?y=1 ", "👨‍👩‍👧‍👦", "🇨🇳", "👍🏽", "e\u0301", "✌️"]
        ),
    ),
    max_size=40,
)
TEXTS = PIECES.map(lambda pieces: "".join(pieces).strip())
FOOTER = f"（未完，点击{tap_link('继续')}查看）"


def slices(text: str, characters: int, footer: str = FOOTER) -> list[str]:
    found, start = [], 0
    while start < len(text):
        piece = fit(text, start, characters=characters, footer=footer)
        assert piece.end > start
        found.append(piece.text)
        start = piece.end
    return found


@given(TEXTS, st.integers(20, 700))
def test_the_slices_together_are_the_text_and_each_of_them_fits(text: str, characters: int) -> None:
    found = slices(text, characters)
    own = [piece.removesuffix("\n" + FOOTER) for piece in found]
    blank = re.compile(r"\s+")
    assert blank.sub("", "".join(own)) == blank.sub("", text)
    for piece, words in zip(found, own, strict=True):
        assert len(piece.encode()) <= MAX_BYTES
        assert len(piece) <= characters or len(words) <= max(10, characters // 2) + 1


@given(TEXTS, st.integers(60, 300))
def test_no_cut_goes_through_a_link_or_through_what_is_seen_as_one(text: str, most: int) -> None:
    units = {unit.end() for unit in regex.finditer(r"\X", text)}
    links = [match.span() for match in re.finditer(r"<a .*?</a>|https?://[!-~]+", text, re.S)]
    start = 0
    while start < len(text):
        end = cut(text, start, characters=most, room=MAX_BYTES)
        assert end in units
        assert not any(a < end < b and b - start <= most for a, b in links)
        start = end


@given(st.text(min_size=1), st.integers(1, 50), st.integers(4, 200))
def test_whatever_the_text_a_cut_gets_on(text: str, characters: int, room: int) -> None:
    assert 0 < cut(text, 0, characters=characters, room=room) <= len(text)


def test_a_slice_ends_with_a_sentence_where_one_ends_nearby() -> None:
    text = "第一句话到这里。" * 3 + "第二句话比较长一些，" * 3
    end = cut(text, 0, characters=30, room=MAX_BYTES)
    assert text[:end] == "第一句话到这里。" * 3


def test_a_point_within_a_number_ends_no_sentence() -> None:
    text = "The value of pi is roughly 3.14159, as everybody knows. And so on."
    assert text[: cut(text, 0, characters=38, room=MAX_BYTES)].rstrip().endswith(",")


def test_a_text_that_fits_has_no_footer() -> None:
    assert fit("短。", 0, characters=100, footer=FOOTER).text == "短。"


def test_the_last_footer_stands_below_the_last_slice_only() -> None:
    text = "一句话说完。" * 60
    first = fit(text, 0, characters=150, footer=FOOTER, last_footer="（最后）")
    last = fit(text, first.end, characters=150, footer=FOOTER, last_footer="（最后）")
    assert first.text.endswith(FOOTER)
    while last.end < len(text):
        last = fit(text, last.end, characters=150, footer=FOOTER, last_footer="（最后）")
    assert last.text.endswith("\n（最后）")


@pytest.mark.parametrize("word", ["继续", "a b&c", '"<>', "100%", "查看答案"])
def test_a_tap_on_the_link_sends_the_word(word: str) -> None:
    assert tap(tap_link(word)) == word


@given(st.text(), st.text(), st.text())
def test_the_common_prefix_is_what_both_begin_with(both: str, one: str, other: str) -> None:
    length = common_prefix(both + one, both + other)
    assert length >= len(both)
    assert (both + one)[:length] == (both + other)[:length]
    assert (both + one)[length : length + 1] != (both + other)[length : length + 1] or (
        length == min(len(both + one), len(both + other))
    )
