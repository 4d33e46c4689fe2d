"""What is often mistyped in the settings file is told in plain words, on the line to be mended."""

import pytest

from settings.requirements import doubtful
from tests.settings.conftest import LIVE, Problems, Read

FULL_WIDTH_COLON = "a full-width colon ：, expected : and a space"
TAB = "a tab in front, expected ordinary spaces"
NO_SPACE = "no space after the colon, expected one"
NO_SPACE_DASH = "no space after the dash, expected one"
CURLY_END = "a curly quote ” at the end, expected a straight one"
QUOTES_NEEDED = "not YAML: text that begins with a sign of YAML, expected it in quotes"
NOT_CLOSED = "not YAML: a quote that is opened and not closed"
INDENTATION = "not YAML: other indentation than the lines above, expected the same"
NO_COLON = "not YAML: a key without a colon"
TYPED = "(full-width, curly, foreign or invisible characters are in it)"
FULL_WIDTH_COMMA = "a full-width comma between values, expected ,"
TAB_BEHIND = "a tab after the colon, expected a space"
EQUALS = "= after a key, expected : and a space"
COMMENT = "a comment begins with #"
TWO = "not YAML: a second document, expected --- above everything or nowhere"
INI = "a name in brackets as .ini files have it, expected it with a colon after it"
LEVEL = "7: level: unknown key, did you mean log.level? Indent it under log"
UNSEEN = "a character in front that cannot be seen, expected ordinary spaces"
WIDE = "a full-width space in front, expected ordinary spaces"
BULLET = "a bullet or dash of a text, expected - and a space"
BRACKETS = "full-width brackets around values, expected [ ] or { }"
MORE = "more than the digits of a number"
SIGN = "a sign between key and value, expected : and a space"
COMMA_END = "a comma at the end, expected nothing there"


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
            ["5: a full-width comma between values, expected ,"],
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


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        # In braces, whatever the key is
        (["  extra_body: {enable_thinking:false}"], [f"6: {NO_SPACE}"]),
        (["  extra_body: {enable_thinking：false}"], [f"6: {FULL_WIDTH_COLON}"]),
        (["  extra_body: {thinking:{type:disabled}}"], [f"6: {NO_SPACE}"]),
        (
            ["  extra_body: {thinking: {type：disabled}, a:1}"],
            [f"6: {NO_SPACE}", f"6: {FULL_WIDTH_COLON}"],
        ),
        (['  extra_headers: {api-key:"a"}'], [f"6: {NO_SPACE}"]),
        (["  extra_query:", "    a: 1", "    b：2"], [f"8: {FULL_WIDTH_COLON}"]),
        (["server:", '  text_files: {MP_verify_abc123.txt:"a"}'], [f"7: {NO_SPACE}"]),
        (["server:", '  text_files: {"MP_verify_abc123.txt"："a"}'], [f"7: {FULL_WIDTH_COLON}"]),
        (
            ["models:", '  - {model:"a"，api_keys:["k"]}'],
            [f"7: {NO_SPACE}", f"7: {FULL_WIDTH_COMMA}"],
        ),
        (["models:", '  -{model: "a"}'], [f"7: {NO_SPACE_DASH}"]),
        (["moderation:", r"  patterns: {手机号:'1[3-9]\d{9}'}"], [f"7: {NO_SPACE}"]),
        (["lessons:", '  levels: {初级:"简单"}'], [f"7: {NO_SPACE}"]),
        (["  extra_body: {a: false，b: 2}"], [f"6: {FULL_WIDTH_COMMA}"]),
        # Under names of the operator's own
        (["personas:", '  小美:{prompt: "你是小美"}'], [f"7: {NO_SPACE}"]),
        (["personas:", '  小美： {prompt: "你是小美"}'], [f"7: {FULL_WIDTH_COLON}"]),
        (
            ["personas:", "  小美：", '    prompt："你是小美"'],
            [f"7: {FULL_WIDTH_COLON}", f"8: {FULL_WIDTH_COLON}"],
        ),
        (
            ["lessons:", "  levels:", '    初级："简单"', '    中级:"一般"'],
            [f"8: {FULL_WIDTH_COLON}", f"9: {NO_SPACE}"],
        ),
        (["lessons:", "  levels:", '    初级: "简单"', '    中级:"一般"'], [f"9: {NO_SPACE}"]),
        (["  extra_body:", "    enable_thinking=false"], [f"7: {EQUALS}"]),
        (["personas:", '  小美 -> {prompt: "你是小美"}'], [f"7: {SIGN}"]),
        (["personas:", "  小美 =>", '    prompt := "你是小美"'], [f"7: {SIGN}", f"8: {SIGN}"]),
        (["lessons:", "  levels:", '    初级 := "简单"'], [f"8: {SIGN}"]),
        (["moderation:", "  patterns:", "    手机号 -> '1[3-9]'"], [f"8: {SIGN}"]),
        (["replies:", '  -words: ["几点"]', '    text: "九点"'], [f"7: {NO_SPACE_DASH}"]),
        (["  extra_headers:", '\t  a: "1"'], [f"7: {TAB}"]),
        (["  extra_headers:", '\u3000  a: "1"'], [f"7: {WIDE}"]),
        (["  extra_headers:", '\xa0\xa0  a: "1"', '    b: "2"'], [f"7: {WIDE}"]),
        # Pasted from where lists have bullets
        (["replies:", '  • words: ["几点"]', '    text: "九点"'], [f"7: {BULLET}"]),
        (["models:", '  — {model: "a"}', '  －{model: "b"}'], [f"7: {BULLET}", f"8: {BULLET}"]),
        (["access:", "  words:", '    、"芝麻开门"'], [f"8: {BULLET}"]),
        (["models:", '  - ｛model: "a"｝'], [f"7: {BRACKETS}"]),
        # A comment as other languages have it behind what has more below
        (["log: // 日志", "  level: info"], [f"6: {COMMENT}"]),
        (["log: ＃ 日志", "  level: info"], [f"6: {COMMENT}"]),
        (["lessons:", "  levels: // 难度", '    初级: "简单"'], [f"7: {COMMENT}"]),
        # At the end, and behind the colon
        (['  model:\t"x"'], [f"6: {TAB_BEHIND}"]),
        (['  model: \t"x"'], [f"6: {TAB_BEHIND}"]),
        (['  model: "x"\t'], ["6: a tab at the end, expected nothing there"]),
        (['  model: "x",'], [f"6: {COMMA_END}"]),
        (
            ["  api_keys: [a],"],
            [f"6: {COMMA_END}", "6: openai.api_keys: given twice, first on line 5"],
        ),
        # Another language's
        (["  model = x"], [f"6: {EQUALS}"]),
        (['  model="x"'], [f"6: {EQUALS}"]),
        (['  model: "x" // 好用'], [f"6: {COMMENT}"]),
        (["// 好用", '  model: "x"'], [f"6: {COMMENT}"]),
        (["＃ 好用", '  model: "x"'], [f"6: {COMMENT}"]),
        (['  model: "x"', "---"], [f"7: {TWO}"]),
        (['  model: "x"', "---", "log: {}"], [f"7: {TWO}"]),
        (
            ["[log]", "level=info"],
            [f"6: {INI}", f"7: {EQUALS}", LEVEL],
        ),
        (["  \u200bmodel: x"], [f"6: {UNSEEN}"]),
    ],
)  # fmt: skip
def test_a_slip_is_told_on_its_line_whatever_the_key_is_called(
    problems: Problems, lines: list[str], told: list[str]
) -> None:
    assert sorted(problems("\n".join([LIVE.rstrip(), *lines, ""]))) == sorted(told)


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


@pytest.mark.parametrize(
    "line",
    [
        "  model: abc #def",
        "  model: abc  #1",
        "  system_prompt: 第 #1 名",
        "  system_prompt: 参加 #活动",
        "  extra_body: {seed: abc #1\n    }",
        "  api_keys:\n    - abc #123",
    ],
)
def test_a_text_that_a_comment_cuts_off_is_doubted(read: Read, line: str) -> None:
    text = LIVE.replace('  api_keys: ["sk-one"]\n', "") if "api_keys" in line else LIVE
    key = f"openai.{line.partition(':')[0].strip()}"
    [(doubted, what)] = doubtful(read(f"{text}{line}\n"))
    assert doubted == key
    assert "ends at its #" in what


@pytest.mark.parametrize(
    "line",
    [
        "  model: abc # def",
        '  model: "abc #def"',
        '  model: "abc" #def',
        "  model: abc#def",
        "  model: abc #默认的",
        "  max_tokens: 100 #def",
        "  stream_response: true #def",
        "  system_prompt: 你好 # 备注",
        "  system_prompt: |\n    一 #def",
        "  model: abc ##########",
    ],
)
def test_a_comment_is_none(read: Read, line: str) -> None:
    assert list(doubtful(read(f"{LIVE}{line}\n"))) == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [("1_000", 1000), ("1_000_000", 1_000_000), ("+5", 5)],
)
def test_a_whole_number_is_read_as_it_is_meant(read: Read, written: str, meant: int) -> None:
    assert read(f"{LIVE}limits: {{gaps: {written}}}\n").limits.gaps == meant


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("0x1F", "a number that is not in plain decimal digits"),
        ("010", "a number that is not in plain decimal digits"),
        ("3.0", "a number with a decimal point"),
        ("2.5", "a number with a decimal point"),
        ("1_", "a number"),
        *((each, MORE) for each in ["1,000", "3秒", "1e4", "10 分钟", "50%", "<10>", "10;"]),
    ],
)
def test_a_number_is_refused_for_what_it_is(problems: Problems, written: str, found: str) -> None:
    [told] = problems(f"{LIVE}limits:\n  gaps: {written}\n")
    assert told == f"7: limits.gaps: found {found}, expected a whole number, 1 to 1000000"


@pytest.mark.parametrize(
    "text", ["[微笑]", "[微笑, 你好]", "{你好}", "&hello all", "&欢迎 你好", "! 欢迎", "*欢迎*"]
)
def test_a_text_that_yaml_takes_for_something_else_is_refused(
    problems: Problems, text: str
) -> None:
    [told] = problems(f"{LIVE}texts:\n  welcome: {text}\n")
    assert told.removeprefix("7: texts.welcome: ") in (QUOTES_NEEDED[10:], f"7: {QUOTES_NEEDED}")


def test_an_anchor_that_is_used_is_none_of_them(read: Read) -> None:
    assert read(f"{LIVE}texts:\n  welcome: &hi hello\n  apology: *hi\n").texts.apology == "hello"


@pytest.mark.parametrize(
    "written", ["｛tap:菜单｝", "{tap：菜单}", "｛ tap ：菜单｝", "{tap:菜单｝"]
)
def test_a_link_in_full_width_braces_is_a_link(read: Read, written: str) -> None:
    texts = read(f'{LIVE}texts: {{welcome: "看看{written}"}}\n').texts
    assert texts.welcome == "看看{tap:菜单}"


@pytest.mark.parametrize("written", ["｛link｝", "{ link }", "｛link}"])
def test_so_is_what_is_filled_in(read: Read, written: str) -> None:
    assert read(f'{LIVE}texts: {{more: "看{written}"}}\n').texts.more == "看{link}"


@pytest.mark.parametrize(
    "written",
    [
        "https://https://api.example.com/v1",
        "http://https://api.example.com/v1",
        "https://api。example。com/v1",
        "https://api.example.com/v1/models",
        "https://api.example.com/v1,",
        "https://api.example.com/v1。",
        "https://api.example.com/v1/；",
    ],
)
def test_an_address_that_was_pasted_in_haste_is_read_as_it_is_meant(
    read: Read, written: str
) -> None:
    openai = read(f'{LIVE}  base_url: "{written}"\n').openai
    assert openai.base_url == "https://api.example.com/v1"


def test_a_key_that_its_console_shows_in_part_is_none(problems: Problems) -> None:
    [told] = problems(LIVE.replace("sk-one", "sk-abc...def"))
    assert told.startswith("5: openai.api_keys[0]: empty or a placeholder")


@pytest.mark.parametrize(
    "body", ['{a: "false"}', "{a: {b: 'True'}}", '{a: [{b: "${FLAG}"}]}', '{"a": "false "}']
)
def test_true_and_false_in_quotes_are_doubted(read: Read, body: str) -> None:
    [(key, what)] = doubtful(read(f"{LIVE}  extra_body: {body}\n", FLAG="false"))
    assert key == "openai.extra_body"
    assert what == "true or false in quotes is a text, often read as true: expected no quotes"


@pytest.mark.parametrize("body", ["{a: false}", '{a: "disabled"}', "{a: [true]}", "{a: off}"])
def test_what_is_no_text_is_not(read: Read, body: str) -> None:
    assert list(doubtful(read(f"{LIVE}  extra_body: {body}\n"))) == []
