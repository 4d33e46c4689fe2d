"""How the settings file is told what is wrong with it."""

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from settings.file.text import SettingsError
from settings.loading import load
from tests.settings.conftest import LIVE, Problems, nested


def test_all_problems_are_told_at_once_in_the_order_of_their_lines(problems: Problems) -> None:
    text = """\
mode: lively
server:
  port: 70000
  hosst: "0.0.0.0"
wechat:
  appid: 5
openai:
  max_tokens: "120"
  save_history: true
  temperature: 2.5
  api_keys: [1, "two words"]
azure: 3
texts:
  more: "{lnk}"
max_tokens: 5
"""
    assert problems(text) == [
        "1: mode: not accepted, expected one of sandbox, live",
        "3: server.port: not accepted, expected 0 to 65535",
        "4: server.hosst: unknown key, did you mean server.host?",
        "5: wechat.token: missing, expected text (in quotes), ASCII characters without spaces",
        "6: wechat.appid: found a number, expected text (in quotes), "
        "ASCII characters without spaces",
        "8: openai.max_tokens: found text in quotes, expected a whole number, 1 to 1000000",
        "9: openai.save_history: found true or false, expected a whole number, 1 to 1000000",
        "10: openai.temperature: not accepted, expected 0 to 2",
        "11: openai.api_keys[0]: found a number, expected text (in quotes), "
        'ASCII characters without spaces, after "Bearer " or alone',
        "11: openai.api_keys[1]: not accepted, expected "
        'ASCII characters without spaces, after "Bearer " or alone',
        "12: azure: found a number, expected keys of its own, indented under it",
        "14: texts.more: not accepted, expected no placeholders but {link} and {word}, "
        "other braces doubled as {{ and }}",
        "15: max_tokens: unknown key, did you mean openai.max_tokens? Indent it under openai",
    ]


def test_what_goes_with_each_request_is_told_with_the_line_it_stands_on(problems: Problems) -> None:
    text = """\
  extra_headers:
    api-key: "${KEY}"
    in words: "x"
    x-list: [1]
  extra_query: {a: 1, a: 2}
  extra_body:
    deep: {messages: []}
    stream: true
  temperature: never
"""
    assert problems(LIVE + text) == [
        "7: openai.extra_headers: the environment has no KEY, which ${KEY} asks for",
        "8: openai.extra_headers: not accepted, expected the name of a header",
        "9: openai.extra_headers: found a list, expected text (in quotes), ASCII characters",
        "10: openai.extra_query: found something twice or without a name, expected each name once",
        "11: openai.extra_body: not accepted, expected other keys than messages and stream",
        "14: openai.temperature: found text, expected a number or null, 0 to 2",
    ]


def test_values_that_stand_in_themselves_have_an_end(problems: Problems) -> None:
    [problem] = problems(LIVE + "  extra_body: &a {b: [*a]}\n")
    assert problem.startswith("6: openai.extra_body: found what JSON does not have")


@pytest.mark.parametrize("content", ["", "# nothing\n", "---\n"])
def test_an_empty_file_is_refused(problems: Problems, content: str) -> None:
    assert problems(content) == ["1: found nothing, expected keys and their values"]


@pytest.mark.parametrize(
    ("content", "what"), [("- mode", "a list"), ("live", "text"), ("5", "a number")]
)
def test_a_file_that_is_no_mapping_is_refused(problems: Problems, content: str, what: str) -> None:
    assert problems(content) == [f"1: found {what}, expected keys and their values"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path / "none.yml", {})
    assert str(refused.value) == (
        f"{tmp_path / 'none.yml'}: cannot be read: No such file or directory"
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: Is a directory"):
        load(tmp_path, {})


def test_a_file_that_is_not_utf_8_is_refused_with_the_line(problems: Problems) -> None:
    assert problems("mode: live\n# 回信".encode("gb18030")) == [
        "2: cannot be read: not UTF-8, save it as that"
    ]


@pytest.mark.parametrize(
    "content",
    [
        "mode: \0",
        "[" * 600,
        'mode: "\\UFFFFFFFF"',
        "mode: live\n---\nmode: live\n",
        "%YAML 99.1\n---\nmode: live",
        "mode: !!int x",
        "a: &a [*a]\nmode: *a\nopenai: &b {api_keys: *b}",
        "? [1]\n: 2",
        "<<: {mode: live}",
        "openai.model: x",
    ],
)
def test_unusual_yaml_is_refused_by_name(problems: Problems, content: str) -> None:
    assert problems(content)


def test_a_key_given_twice_is_told_with_both_lines(problems: Problems) -> None:
    text = LIVE + "wechat:\n  token: 'other'\n"
    assert problems(text) == [
        "6: wechat: given twice, first on line 2",
    ]
    assert problems(LIVE.replace("mode: live", "mode: live\nmode: live")) == [
        "2: mode: given twice, first on line 1"
    ]


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("openai.max_token", "openai.max_tokens"),
        ("openai.api_key", "openai.api_keys"),
        ("azure.api_keys", "openai.api_keys"),
        ("azure.max_tokens", "azure.max_token"),
        ("azure.model", "openai.model"),
        ("openia", "openai"),
        ("OpenAI", "openai"),
        ("wechat.Token", "wechat.token"),
        # As other programs call them
        ("openai.api_base", "openai.base_url"),
        ("openai.url", "openai.base_url"),
        ("openai.endpoint", "openai.base_url"),
        ("openai.key", "openai.api_keys"),
        ("openai.openai_api_key", "openai.api_keys"),
        ("openai.model_name", "openai.model"),
        ("openai.prompt", "openai.system_prompt"),
        ("openai.stream", "openai.stream_response"),
        ("openai.thinking", "openai.extra_body"),
        ("azure.key", "azure.subscription"),
        ("wechat.aes_key", "wechat.encoding_aes_key"),
        ("moderation.words", "moderation.lists"),
        ("texts.subscribe", "texts.welcome"),
        ("database", "store"),
    ],
)
def test_an_unknown_key_is_told_with_the_one_that_was_meant(
    problems: Problems, key: str, meant: str
) -> None:
    [problem] = problems(yaml.safe_dump(nested(key, "x")))
    assert problem.endswith(f": {key}: unknown key, did you mean {meant}?")


def test_a_key_in_curly_quotes_is_told_as_that(problems: Problems) -> None:
    [problem] = problems(LIVE.replace("api_keys", "“api_keys”"))[1:]
    assert problem.startswith("5: openai.?: unknown key")
    assert "curly quotes" in problem


def test_a_key_that_is_not_indented_is_told_where_it_belongs(problems: Problems) -> None:
    assert problems("mode: sandbox\nwechat:\ntoken: x\n") == [
        "3: token: unknown key, did you mean wechat.token? Indent it under wechat"
    ]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("keyword", "words"), ("reply", "text")],
)
def test_so_is_one_of_a_list(problems: Problems, name: str, meant: str) -> None:
    text = f"{LIVE}replies:\n  - {{words: [a], text: b}}\n  - {{{name}: [c]}}\n"
    assert any(
        f"8: replies[1].{name}: unknown key, did you mean {meant}?" in problem
        for problem in problems(text)
    )


@pytest.mark.parametrize("key", ["wechat.url", "openai.words"])
def test_a_name_that_many_things_have_is_no_hint_at_one_elsewhere(
    problems: Problems, key: str
) -> None:
    [problem] = problems(yaml.safe_dump(nested(key, "x")))
    assert problem.endswith(f": {key}: unknown key")


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ("server.language: zh\n", 6),
        ("server: {port: 80}\nserver.language: zh\n", 7),
        ("log:\n  log.level: info\n", 7),
    ],
)
def test_a_key_written_as_the_docs_name_it_is_told_how_it_stands_in_a_file(
    problems: Problems, lines: str, line: int
) -> None:
    [told] = problems(LIVE + lines)
    section, _, name = ("server.language" if "lang" in lines else "log.level").partition(".")
    assert told == (
        f"{line}: {section}.{name}: a section and a key in one, expected {name}: on a line of its"
        f" own, indented under {section}:"
    )


def test_a_key_that_stands_so_is_not_missed_besides(problems: Problems) -> None:
    [told] = problems("mode: live\nwechat.token: aToken1\nopenai: {api_keys: [sk-one]}\n")
    assert told.startswith("2: wechat.token: a section and a key in one")


def test_what_is_misnamed_is_not_missed_besides(problems: Problems) -> None:
    assert problems("WeChat: {token: x}\nOPENAI: {api_keys: [x]}\n") == [
        "1: WeChat: unknown key, did you mean wechat?",
        "2: OPENAI: unknown key, did you mean openai?",
    ]
    assert problems(LIVE.replace("api_keys", "api_key")) == [
        "5: openai.api_key: unknown key, did you mean openai.api_keys?"
    ]


def test_an_unknown_key_like_no_other_gets_no_advice(problems: Problems) -> None:
    [problem] = problems(LIVE + "plugins: {sun: 1}")
    assert problem == "6: plugins: unknown key"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mode", "production"),
        ("server.host", ""),
        ("server.port", -1),
        ("server.port", 80.0),
        ("server.path", "/we chat"),
        ("server.path", "/<name>"),
        ("server.stop_seconds", -1),
        ("server.time_zone", "Asia"),
        ("server.time_zone", "Beijing"),
        ("server.time_zone", "../etc/passwd"),
        ("server.time_zone", ""),
        ("store.path", "a\tb\x7f"),
        ("store.path", "a\0b"),
        ("store.path", None),
        ("wechat.token", "two words"),
        ("wechat.token", 12345),
        ("wechat.ip_detection", "true"),
        ("wechat.ip_detection", 1),
        ("wechat.secret", None),
        ("openai.api_keys", "sk-one"),
        ("openai.api_keys", [["sk-one"]]),
        ("openai.api_keys", ["钥匙"]),
        ("openai.base_url", "ftp://127.0.0.1"),
        ("openai.base_url", "api.openai.com/v1"),
        ("openai.base_url", "127.0.0.1:11434"),
        ("openai.base_url", "localhost:11434/v1"),
        ("openai.base_url", "https:/host/v1"),
        ("openai.base_url", "https://"),
        ("openai.base_url", "https://user:word@host/v1"),
        ("openai.base_url", "https://host/v1?key=word"),
        ("openai.base_url", "https://host:99999"),
        ("openai.base_url", "https://[::1"),
        ("openai.model", ""),
        ("openai.model", "“gpt-4o”"),
        ("store.path", "“var/huixin.db”"),
        ("store.path", "mysql://u:p@h/db"),
        ("openai.max_tokens", 0),
        ("openai.max_tokens", True),
        ("openai.max_tokens", 10**30),
        ("openai.max_tokens", 1.5),
        ("openai.token_limit_name", "max tokens"),
        ("openai.history_characters", 0),
        ("openai.max_tokens", None),
        ("openai.extra_body", None),
        ("openai.extra_body", [1]),
        ("openai.extra_body", {"messages": []}),
        ("openai.extra_body", {"stream": True}),
        ("openai.extra_body", {"from": date(2024, 10, 21)}),
        ("openai.extra_body", {"a": [{"b": float("inf")}]}),
        ("openai.extra_headers", {"two words": "x"}),
        ("openai.extra_headers", {"api-key": "two\nlines"}),
        ("openai.extra_headers", {"api-key": ""}),
        ("openai.extra_headers", {"api-key": ["x"]}),
        ("openai.extra_query", "api-version=1"),
        ("openai.extra_query", {"api-version": {"is": 1}}),
        ("openai.temperature", 2.01),
        ("openai.temperature", float("nan")),
        ("openai.temperature", "0.8"),
        ("openai.temperature", False),
        ("openai.rsize", 19),
        ("openai.rsize", 2001),
        ("openai.save_history", 0),
        ("openai.stream_response", 0),
        ("openai.session_seconds", 0),
        ("openai.answer_seconds", float("inf")),
        ("azure.region", False),
        ("limits.follower_queue", 0),
        ("texts.continue_words", []),
        ("texts.continue_words", ["“继续”，“更多”"]),
        ("texts.continue_words", ["继续", " "]),
        ("texts.continue_words", ["继续", False]),
        ("texts.apology", "唉" * 667),
        ("texts.welcome", "唉" * 667),
        ("texts.cut_by_length", "唉" * 201),
        ("texts.rest", "{name}"),
        ("texts.rest", "{}"),
        ("texts.rest", "{link!r}"),
        ("texts.rest", "{link:>9}"),
        ("texts.rest", "{link.x}"),
        ("texts.apology", "{link}"),
        ("texts.unsupported", "a } brace"),
        ("texts.rest", "a } brace"),
        ("texts.rest", "a { brace"),
        ("log.level", "loud"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_at_its_place(
    problems: Problems, key: str, value: object
) -> None:
    [problem] = problems(yaml.safe_dump(nested(key, value)))
    assert re.match(rf"\d+: {re.escape(key)}(\[\d\])?: ", problem)
