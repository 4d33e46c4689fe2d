"""What is often mistyped in the settings file is told in plain words, on the line to be mended."""

import pytest

from tests.settings.conftest import Problems, Read

FULL_WIDTH_COLON = "a full-width colon ：, expected : and a space"
TAB = "a tab in front, expected ordinary spaces"
NO_SPACE = "no space after the colon, expected one"
NO_SPACE_DASH = "no space after the dash, expected one"
CURLY_END = "a curly quote ” at the end, expected a straight one"
QUOTES_NEEDED = "not YAML: text that begins with a sign of YAML, expected it in quotes"
NOT_CLOSED = "not YAML: a quote that is opened and not closed"
INDENTATION = "not YAML: other indentation than the lines above, expected the same"
NO_COLON = "not YAML: a key without a colon"
TYPED = "(it is typed with full-width or curly characters)"


def sandbox(*lines: str) -> str:
    return "\n".join(["mode: sandbox", "wechat:", *lines, ""])


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        # Typed as Chinese is
        (['  token："x"'], [f"3: {FULL_WIDTH_COLON}"]),
        (["  token： x", "  media: auto"], [f"3: {FULL_WIDTH_COLON}"]),
        (["  token: x", "openai：", "  model: x"], [f"4: {FULL_WIDTH_COLON}"]),
        (["  token: x", "server：{port: 80}"], [f"4: {FULL_WIDTH_COLON}"]),
        (["　　token: x"], ["3: a full-width space in front, expected ordinary spaces"]),
        (['  token: "x”', "  media: auto"], [f"3: {CURLY_END}"]),
        (
            ["  token: x", 'openai: ', '  api_keys: ["a"，"b"、"c"]'],
            ["5: a full-width comma in a list, expected ,"],
        ),
        (
            ["  token: “hello”"],
            [f"3: wechat.token: not accepted, expected ASCII characters without spaces {TYPED}"],
        ),
        (
            ["  token: x", "server:", "  port: ８０８０"],
            [f"5: server.port: found text, expected a whole number, 0 to 65535 {TYPED}"],
        ),
        # Spaces
        (["\ttoken: x"], [f"3: {TAB}"]),
        (["  token: x", "\tmedia: auto"], [f"4: {TAB}"]),
        (["    token: x", "openai:", "\tapi_keys:", "\t\t- x"], [f"5: {TAB}", f"6: {TAB}"]),
        (['  token:"x"', "  media: auto"], [f"3: {NO_SPACE}"]),
        (["  token: x", "openai:", "  api_keys:", '    -"x"'], [f"6: {NO_SPACE_DASH}"]),
        (["  token: x", "openai:", "  api_keys:", "    -sk-x"], [f"6: {NO_SPACE_DASH}"]),
        (["   token: x", "  media: auto"], [f"4: {INDENTATION}"]),
        (["  token: x", "    media: auto"], [f"4: {INDENTATION}"]),
        (["  token: x", " openai:", "  model: x"], [f"4: {INDENTATION}"]),
        (["  token: x", "openai:", "  api_keys:", "    - x", "   - y"], [f"7: {INDENTATION}"]),
        # Quotes, colons, brackets
        (['  token: "x', "  media: auto", "openai:", '  model: "x"'], [f"3: {NOT_CLOSED}"]),
        (['  token: "x'], [f"3: {NOT_CLOSED}"]),
        (["  token: 'x", "  media: auto"], [f"3: {NOT_CLOSED}"]),
        (["  token: ****"], [f"3: {QUOTES_NEEDED}"]),
        (["  token: @x"], [f"3: {QUOTES_NEEDED}"]),
        (["  token: *x"], [f"3: {QUOTES_NEEDED}"]),
        (["  token x", "  media: auto"], [f"3: {NO_COLON}"]),
        (["  media: auto", "  token x"], [f"4: {NO_COLON}"]),
        (["  token: a: b"], ["3: not YAML: a colon inside of a text, expected the text in quotes"]),
        (
            ["  token: x", "store:", '  path: "C:\\data"'],
            ["5: not YAML: \\ in double quotes has a meaning, expected single quotes"],
        ),
        (
            ["  token: x", "texts:", '  welcome: "说"你好"吧"'],
            ['5: not YAML: more text after a closing quote; inside of quotes write \\"'],
        ),
        (
            ["  token: x", "openai:", "  api_keys: [x, y", "  model: x"],
            ["5: not YAML: a list that is not closed, or lacks a comma"],
        ),
        (
            ["  token: x", "server: {port: 80", "log:", "  level: info"],
            ["4: not YAML: braces that are not closed, or lack a comma"],
        ),
    ],
)  # fmt: skip
def test_a_slip_is_told_on_its_line(problems: Problems, lines: list[str], told: list[str]) -> None:
    assert problems(sandbox(*lines)) == told


def test_what_is_wrong_beside_a_slip_is_told_too(problems: Problems) -> None:
    text = "wechat：\n\ttoken：“x”\n\tip_detection: yess\nopenai:\n  api_keys: [x]\n"
    assert problems(text) == [
        f"1: {FULL_WIDTH_COLON}",
        f"2: {FULL_WIDTH_COLON}",
        f"2: {TAB}",
        f"2: wechat.token: not accepted, expected ASCII characters without spaces {TYPED}",
        f"3: {TAB}",
        "3: wechat.ip_detection: found text, expected true or false",
    ]


def test_a_text_of_several_lines_may_have_anything_in_it(problems: Problems, read: Read) -> None:
    prompt = ["  token: x", "openai:", "  system_prompt: |", "    mode：x", "", "    token:x"]
    assert read(sandbox(*prompt)).openai.system_prompt == "mode：x\n\ntoken:x"
    assert problems(sandbox(*prompt, "  rsize: 1")) == [
        "9: openai.rsize: not accepted, expected 20 to 2000"
    ]


def test_what_looks_like_a_slip_and_is_read_right_is_none(read: Read) -> None:
    texts = read(sandbox("  token: x", "texts:", "  welcome: “你好”，回复：继续")).texts
    assert texts.welcome == "“你好”，回复：继续"
