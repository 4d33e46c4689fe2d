"""Slips that YAML takes for something else are told as what they are, on their line."""

import pytest

from tests.settings.conftest import LIVE, Problems, Read

MARK = "a mark behind the closing quote, expected nothing there"
BEHIND = "text behind the closing quote: a comment begins with #, anything else stands inside"
SIGN = "a sign between key and value, expected : and a space"
NEEDS_QUOTES = "text that begins with a sign of YAML, expected it in quotes"
TYPED = "(full-width, curly, foreign or invisible characters are in it)"
UNKNOWN = "unknown key, expected one of letters and underscores"
BRACES = "full-width brackets around values, expected [ ] or { }"


@pytest.mark.parametrize(
    ("written", "what"),
    [
        ('"x"，', MARK),
        ('"x"。', MARK),
        ("'x'！", MARK),
        ('"x"；', MARK),
        ('"x" （必填）', BEHIND),
        ('"x"（必填） # 改', BEHIND),
        ('"x" <- 必填', BEHIND),
        ('"x" 这里填 Token', BEHIND),
        ('"x" // 这里填 Token', "a comment begins with #"),
        ('"说"你好"吧"', 'not YAML: more text after a closing quote; inside of quotes write \\"'),
        ('"说"你好"。', 'not YAML: more text after a closing quote; inside of quotes write \\"'),
    ],
)
def test_what_stands_behind_a_quoted_value(problems: Problems, written: str, what: str) -> None:
    assert problems(f"{LIVE}  model: {written}\n  rsize: 100\n") == [f"6: {what}"]
    assert problems(f"{LIVE}  model: {written}\n  rsize: 1\n")[0] == f"6: {what}"


def test_so_it_is_with_a_list(problems: Problems) -> None:
    listed = LIVE.replace(' ["sk-one"]', '\n    - "sk-one"，\n    - "sk-two" 备用')
    assert problems(listed) == [f"6: {MARK}", f"7: {BEHIND}"]


@pytest.mark.parametrize("sign", [" ", " -> ", " := ", ":=", " => ", "→", " ＝ "])
@pytest.mark.parametrize("media", ["", "  media: auto\n"])
def test_another_sign_than_a_colon(problems: Problems, sign: str, media: str) -> None:
    text = f'mode: sandbox\nlog: {{}}\nwechat:\n{media}  token{sign}"x"\n'
    line = 5 if media else 4
    assert problems(text) == [f"{line}: {SIGN if sign.strip() else 'a key without a colon'}"]


@pytest.mark.parametrize(
    "written",
    ["- 你好", "? 你好", "!你好", "> 你好", ">你好", "| 你好", "[微笑] 你好", "[微笑]你好"],
)
def test_a_text_that_begins_with_a_sign(problems: Problems, written: str) -> None:
    told = problems(f"{LIVE}texts:\n  welcome: {written}\n")
    assert told == [f"7: not YAML: {NEEDS_QUOTES}"]


@pytest.mark.parametrize(
    "written", ["{tap:菜单}", "{tap:菜单}看看", "{tap：菜单} 看", "{tap:菜单}、{tap:新对话}"]
)
def test_a_text_that_begins_with_a_link(problems: Problems, written: str) -> None:
    assert problems(f"{LIVE}texts:\n  welcome: {written}\n") == [f"7: {NEEDS_QUOTES}"]


def test_a_text_that_begins_as_a_comment_does(problems: Problems) -> None:
    [told] = problems(f"{LIVE}texts:\n  welcome: #你好\n")
    assert told.startswith("7: texts.welcome: found nothing but a comment, expected text")
    [told] = problems(f"{LIVE}texts:\n  welcome:\n# 你好\n")
    assert told.startswith("7: texts.welcome: found nothing, expected text")


@pytest.mark.parametrize("key", ["ｍｏｄｅｌ", "mod\u200bel", "mоdel", "mοdel", "мodel"])
def test_a_key_of_letters_that_only_look_right(problems: Problems, key: str) -> None:
    assert problems(f"{LIVE}  {key}: x\n") == [
        f"6: openai.?: {UNKNOWN} (full-width, invisible or foreign letters or curly quotes are in"
        " it)"
    ]


@pytest.mark.parametrize("key", ["模型", "a-b", "m2", "ключ"])
def test_a_key_of_others_is_unknown(problems: Problems, key: str) -> None:
    assert problems(f"{LIVE}  {key}: x\n") == [f"6: openai.?: {UNKNOWN}"]


@pytest.mark.parametrize("sign", ["+", "+ "])
def test_a_line_as_a_difference_shows_it(problems: Problems, sign: str) -> None:
    text = f'mode: sandbox\nwechat:\n{sign} token: "x"\n{sign} media: auto\n'
    what = "a + in front, as differences are shown, expected ordinary spaces"
    assert problems(text) == [f"3: {what}", f"4: {what}"]


def test_full_width_brackets(problems: Problems) -> None:
    body = "  extra_body: ｛enable_thinking: false｝\n"
    assert problems(LIVE + body) == [f"6: {BRACES}"]
    keys = LIVE.replace('["sk-one"]', '【"sk-one", "sk-two"】')
    assert problems(keys) == [f"5: {BRACES}"]


def test_what_is_nested_too_deep_is_told_on_its_line(problems: Problems) -> None:
    assert problems(LIVE + "log: " + "[" * 600) == ["6: not YAML that can be read"]


@pytest.mark.parametrize("address", ["wss://host.example,", "wss://host.example/。"])
def test_a_mark_behind_the_address_of_speech_is_none_of_it(read: Read, address: str) -> None:
    settings = read(f'{LIVE}azure: {{endpoint: "{address}"}}\n')
    assert settings.azure.endpoint == "wss://host.example"


def test_a_text_does_not_lose_the_mark_that_it_begins_with(problems: Problems, read: Read) -> None:
    told = problems(f"{LIVE}texts:\n  welcome: ! 你好\n")
    assert told == [f"7: texts.welcome: {NEEDS_QUOTES}"]
    assert read(f"{LIVE}  model: !!str 4\n").openai.model == "4"
    assert read(f'{LIVE}  model: "! x"\n').openai.model == "! x"
