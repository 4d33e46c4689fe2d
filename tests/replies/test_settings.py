"""Rules as the operator writes them: in the settings, and in a file of their own."""

from pathlib import Path

import pytest

from settings.file.text import SettingsError
from settings.file.watched import Unusable
from settings.loading import load
from settings.patterns import compiled
from settings.replies_file import replies_in

RULES = """\
# what a shop is asked
- words: [1, "价格"]
  text: "点{tap:课程}看看"
- {contains: 退款, text: ["在办了", "请稍等"]}
- pattern: '^订单\\d+$'
  ask: "查一下：{text}"
- click: MENU_1
  scan: 1001
  subscribe: [1001, "vip"]
  news: {title: "课程", url: "https://a.example/"}
"""


def test_one_value_or_a_list_of_them_is_taken_and_a_number_as_it_is_said() -> None:
    first, second, third, fourth = replies_in(RULES, {})
    assert first.words == ("1", "价格")
    assert second.contains == ("退款",) and second.text == ("在办了", "请稍等")
    assert third.ask == "查一下：{text}"
    assert (fourth.click, fourth.scan, fourth.subscribe) == (
        ("MENU_1",),
        ("1001",),
        ("1001", "vip"),
    )
    assert fourth.news[0].title == "课程"


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "[]", "replies: []"])
def test_a_file_may_have_none(text: str) -> None:
    assert replies_in(text, {}) == ()


def test_a_list_that_was_copied_with_its_name_is_taken_too() -> None:
    indented = RULES.replace("\n", "\n  ")
    assert replies_in(f"replies:\n  {indented}", {}) == replies_in(RULES, {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- {text: x}", "1: replies[0]: it never fits, expected one of words, contains, pattern"),
        ("- {words: x}", "1: replies[0]: it says nothing, expected one of text, image, news, ask"),
        ("- {words: x, text: y, ask: z}", "1: replies[0]: expected either ask or text, not both"),
        ("- words: x\n  txet: y", "2: replies[0].txet: unknown key, did you mean text?"),
        ('- words: ""\n  text: y', "1: replies[0].words: not accepted, expected not blank"),
        (
            '- text: y\n  contains: "\\u200b"',
            "2: replies[0].contains: not accepted, expected not blank",
        ),
        (
            '- text: y\n  words: ["x", "\\u200b \\ufeff"]',
            "2: replies[0].words[1]: not accepted, expected not blank",
        ),
        (
            '- text: y\n  pattern: "退款|"',
            "2: replies[0].pattern: not accepted, expected a regular",
        ),
        ('- text: y\n  pattern: "("', "2: replies[0].pattern: not accepted, expected a regular"),
        ('- text: y\n  pattern: ["a", "(?=a)"]', "2: replies[0].pattern[1]: not accepted"),
        ('- words: x\n  text: "{x}"', "2: replies[0].text: not accepted, expected no braces but"),
        (
            f'- words: x\n  text: "{"唉" * 667}"',
            "2: replies[0].text: not accepted, expected at most",
        ),
        ('- words: x\n  image: "图片"', "2: replies[0].image: not accepted, expected a media id"),
        (
            "- words: x\n  image: https://x/y.jpg",
            "2: replies[0].image: not accepted, expected a media id",
        ),
        ("- words: x\n  image: y.jpg", "2: replies[0].image: not accepted, expected a media id"),
        ("- words: x\n  news: {title: a}", "2: replies[0].news.url: missing"),
        (
            "- words: x\n  news: {title: a, url: b}",
            "2: replies[0].news.url: not accepted, expected an http:// or https:// address",
        ),
        ("- words: x\n  text: ${NONE}", "2: replies[0].text: the environment has no NONE"),
        ("words: x", "1: found keys of its own, expected a list of replies"),
        ("- words： x\n  text: y", "1: a full-width colon ：, expected : and a space"),
        ("- [", "1: not YAML"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(Unusable) as refused:
        replies_in(text, {})
    lines = [
        f"{one.line}: {one.key}: {one.what}".replace(": : ", ": ") for one in refused.value.problems
    ]
    assert any(line.startswith(told) for line in lines), lines


def test_the_settings_tell_the_same_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "my.yml"
    path.write_text('wechat: {token: t}\nmode: sandbox\nreplies:\n  - words: x\n    text: "{"\n')
    with pytest.raises(SettingsError, match=r":5: replies\[0\]\.text: not accepted"):
        load(path, {})


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (
            "https://例子.cn/图 1.jpg?a=1&b=“2”#x",
            "https://xn--fsqu00a.cn/%E5%9B%BE%201.jpg?a=1&b=%E2%80%9C2%E2%80%9D#x",
        ),
        ("https://a.example/%E5%9B%BE?x=%26", "https://a.example/%E5%9B%BE?x=%26"),
        ("http://a.example:8080/<a>|b", "http://a.example:8080/%3Ca%3E%7Cb"),
        ("", ""),
    ],
)
def test_an_address_with_odd_characters_is_made_one(address: str, kept: str) -> None:
    text = f"- words: x\n  news: {{title: a, url: 'https://a.example', picture: '{address}'}}"
    assert replies_in(text, {})[0].news[0].picture == kept


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*b", "(a?){30}a{30}", r"(.*)*x", r"(\w+\s?)+!$", "([a-z]+)*1"]
)
def test_no_pattern_takes_for_ever(pattern: str) -> None:
    made = compiled(pattern)
    assert made
    assert not made.search("a" * 2000 + "?") or pattern == "(a?){30}a{30}"


@pytest.mark.parametrize(
    "pattern", ["退款|", "[0-9]*", "^", r"\b", r"\b(?:赌博)?", ".*?", "^$", "(?i)"]
)
def test_a_pattern_that_finds_what_is_empty_would_find_it_in_every_text(pattern: str) -> None:
    assert compiled(pattern) is None


@pytest.mark.parametrize("pattern", ["(", "(?=a)b", r"(a)\1", "(a{1000}){1000}", "x" * 100_000])
def test_what_is_no_pattern_or_too_large_is_none(pattern: str) -> None:
    assert compiled(pattern) is None
