"""Quotes, brackets and letters that only look like those that a settings file has."""

import pytest

from settings.requirements import doubtful
from tests.settings.conftest import LIVE, Problems, Read
from tests.settings.test_slips import BRACKETS, TYPED, sandbox


@pytest.mark.parametrize("key", ["sk\u2013one", "s\u043a-one", "sk-one\u00ad", "sk-one\u200b"])
def test_letters_that_only_look_right_are_told_of(problems: Problems, key: str) -> None:
    [told] = problems(LIVE.replace("sk-one", key))
    assert told.endswith(TYPED)


@pytest.mark.parametrize(
    "line",
    [
        'model: x"',
        'base_url: http://127.0.0.1/v1"',
        'system_prompt: “你好"',
        'model: "x',
        'api_keys: [sk-a"]',
    ],
)
def test_a_quote_that_is_no_pair_is_refused(problems: Problems, line: str) -> None:
    text = LIVE.replace('  api_keys: ["sk-one"]\n', "") if "api_keys" in line else LIVE
    assert "quote that is" in problems(f"{text}  {line}\n")[0]


def test_full_width_brackets_where_one_value_would_do_are_refused(problems: Problems) -> None:
    [told] = problems(f'{LIVE}replies:\n  - words: 【"几点", "营业时间"】\n    text: x\n')
    assert told == f"7: {BRACKETS}"


@pytest.mark.parametrize("line", ["welcome: “欢迎”", "welcome: ‘欢迎’", "suggested: ”想问”"])
def test_a_text_in_curly_quotes_as_a_whole_is_doubted(read: Read, line: str) -> None:
    [(key, what)] = doubtful(read(f"{LIVE}texts:\n  {line}\n"))
    assert key == f"texts.{line.partition(':')[0]}"
    assert "line 7 has curly quotes around its text" in what


@pytest.mark.parametrize(
    "line", ["welcome: “你好”，回复“继续”", 'welcome: "“欢迎”"', 'apology: 屏幕 5" 大']
)
def test_curly_quotes_within_a_text_are_its_own(read: Read, line: str) -> None:
    assert list(doubtful(read(f"{LIVE}texts:\n  {line}\n"))) == []


def test_corner_brackets_are_no_quotes_and_that_is_said(problems: Problems) -> None:
    assert problems(sandbox("  token: 「abc」")) == [
        f"3: wechat.token: not accepted, expected ASCII characters without spaces {TYPED}"
    ]
    assert problems(f"{LIVE}  model: 「abc」\n") == [
        f"6: openai.model: not accepted, expected straight quotes around it {TYPED}"
    ]


@pytest.mark.parametrize(
    "written",
    ['["sk-a,sk-b"]', '["sk-a;sk-b"]', '["sk-a，sk-b"]', "[“sk-a”，“sk-b”]", '["${KEYS}"]'],
)
def test_several_keys_in_one_text_are_told_how_they_are_meant(
    problems: Problems, written: str
) -> None:
    [told] = problems(LIVE.replace('["sk-one"]', written), KEYS="sk-a,sk-b")
    assert told.startswith(
        "5: openai.api_keys[0]: a comma or semicolon in a key, expected each key in quotes of its"
    )


@pytest.mark.parametrize(
    "written",
    [
        "\"'sk-a'\"",
        "'\"sk-a\"'",
        '"`sk-a`"',
        '"OPENAI_API_KEY=sk-a"',
        '"sk-a\'"',
        '"https://a.cn/v1"',
    ],
)
def test_a_key_with_its_name_or_quotes_in_it_is_refused(problems: Problems, written: str) -> None:
    [told] = problems(LIVE.replace('"sk-one"', written))
    assert told == (
        "5: openai.api_keys[0]: quotes, a name or an address in a key, expected the key alone"
    )
