"""The settings file: what it gives, and how it says what is wrong with it."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, fields, is_dataclass
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from settings.loading import SettingsError, load
from settings.schema import OpenAI, Secret, Settings, WeChat
from tests.conftest import ROOT

SHIPPED = ROOT / "config.yml"
COMPAT = sorted((ROOT / "tests" / "compat").glob("*.yml"))
SECRETS = [
    "wechat.token",
    "wechat.secret",
    "wechat.encoding_aes_key",
    "wechat.previous_aes_key",
    "openai.api_keys",
    "azure.subscription",
]
LIVE = """\
mode: live
wechat:
  token: "a-token"
openai:
  api_keys: ["sk-one"]
"""

Write = Callable[[str | bytes], Path]
Read = Callable[..., Settings]
Problems = Callable[..., list[str]]


def keys() -> dict[str, Any]:
    """The dotted path of every key, with its type."""
    hints = get_type_hints(Settings)
    in_sections = {
        f"{section}.{field.name}": get_type_hints(kind)[field.name]
        for section, kind in hints.items()
        if is_dataclass(kind)
        for field in fields(kind)
    }
    alone = {name: kind for name, kind in hints.items() if not is_dataclass(kind)}
    return alone | in_sections


def nested(key: str, value: object) -> dict[str, Any]:
    """A file that gives one key beside what every file must have."""
    section, _, name = key.rpartition(".")
    file: dict[str, Any] = {"mode": "sandbox", "wechat": {"token": "a-token"}}
    place = file.setdefault(section, {}) if section else file
    place[name] = value
    return file


def looked_up(settings: Settings, key: str) -> Any:
    value: Any = settings
    for name in key.split("."):
        value = getattr(value, name)
    return value


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    folder = tmp_path_factory.mktemp("settings")

    def _write(content: str | bytes) -> Path:
        path = folder / "config.yml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


@pytest.fixture(scope="module")
def read(write: Write) -> Read:
    def _read(content: str | bytes, **environ: str) -> Settings:
        return load(write(content), environ)

    return _read


@pytest.fixture(scope="module")
def problems(write: Write) -> Problems:
    """Every line of the error, without the file's name in front."""

    def _problems(content: str | bytes, **environ: str) -> list[str]:
        path = write(content)
        with pytest.raises(SettingsError) as refused:
            load(path, environ)
        lines = str(refused.value).splitlines()
        assert all(line.startswith(f"{path}:") for line in lines)
        return [line.removeprefix(f"{path}:") for line in lines]

    return _problems


# What a file gives


def test_the_shipped_file_starts_the_sandbox_with_no_environment() -> None:
    assert load(SHIPPED, {}).mode == "sandbox"


@pytest.mark.parametrize("path", COMPAT, ids=lambda path: path.name)
def test_the_predecessors_file_works_unchanged_and_is_live(path: Path) -> None:
    settings = load(path, {})
    assert settings.mode == "live"
    assert settings.wechat.token == "a-token"
    assert settings.wechat.ip_detection is False
    assert settings.wechat.appid == "wx0123456789abcdef"
    assert settings.wechat.secret == "a-secret"
    assert settings.openai.api_keys == ("sk-one", "sk-two")
    assert settings.openai.max_tokens == 120
    assert settings.openai.model == "gpt-3.5-turbo-0301"
    assert settings.openai.stream_response is True
    assert settings.azure.subscription == "a-subscription"
    assert settings.azure.region == "koreacentral"


def test_both_shapes_of_the_predecessors_file_are_tried() -> None:
    assert len(COMPAT) == 2


def test_what_the_file_does_not_name_has_its_default(read: Read) -> None:
    assert read(LIVE) == Settings(
        wechat=WeChat(token=Secret("a-token")),
        openai=OpenAI(api_keys=(Secret("sk-one"),)),
    )


def test_a_section_with_nothing_in_it_is_all_defaults(read: Read) -> None:
    assert read(LIVE + "azure:\n  # region: x\nlimits:\n") == read(LIVE)


def test_settings_cannot_be_changed(read: Read) -> None:
    settings: Any = read(LIVE)
    with pytest.raises(FrozenInstanceError):
        settings.mode = "sandbox"
    with pytest.raises(FrozenInstanceError):
        settings.server.port = 80


@pytest.mark.parametrize("written", ["wechat", "/wechat", "/wechat/", "wechat/"])
def test_the_path_has_a_slash_in_front_and_none_behind(read: Read, written: str) -> None:
    assert read(LIVE + f"server: {{path: {written}}}").server.path == "/wechat"


def test_the_models_address_loses_its_last_slash(read: Read) -> None:
    text = LIVE + "  base_url: http://127.0.0.1:9000/v1/\n"
    assert read(text).openai.base_url == "http://127.0.0.1:9000/v1"


@pytest.mark.parametrize("written", ["sk-one", "Bearer sk-one", "bearer  sk-one ", "Bearer ${K}"])
def test_bearer_before_a_key_is_dropped(read: Read, written: str) -> None:
    text = LIVE.replace("sk-one", written)
    assert read(text, K="sk-one").openai.api_keys == ("sk-one",)


def test_stream_response_may_stand_under_azure(read: Read) -> None:
    assert read(LIVE + "azure: {stream_response: false}").openai.stream_response is False


def test_stream_response_in_both_places_may_agree(read: Read) -> None:
    text = LIVE + "  stream_response: false\nazure: {stream_response: false}"
    assert read(text).openai.stream_response is False


def test_stream_response_in_both_places_must_not_disagree(problems: Problems) -> None:
    text = LIVE + "  stream_response: true\nazure:\n  stream_response: false\n"
    [problem] = problems(text)
    assert problem == (
        "8: azure.stream_response: differs from openai.stream_response on line 6, "
        "expected only one of them"
    )


def test_a_byte_order_mark_and_windows_line_ends_are_fine(read: Read) -> None:
    content = b"\xef\xbb\xbf" + LIVE.replace("\n", "\r\n").encode()
    assert read(content) == read(LIVE)


# The environment


def test_a_variable_is_a_whole_value_or_a_part_of_one(read: Read) -> None:
    text = LIVE.replace("a-token", "${TOKEN}").replace("sk-one", "sk-${A}-${B}")
    settings = read(text, TOKEN="from-outside", A="one", B="two")
    assert settings.wechat.token == "from-outside"
    assert settings.openai.api_keys == ("sk-one-two",)


@pytest.mark.parametrize("written", ["${VALUE}", '"${VALUE}"'])
def test_a_variable_is_read_by_the_type_of_its_key(read: Read, written: str) -> None:
    port = read(LIVE + f"server:\n  port: {written}\n", VALUE="8123").server.port
    voice = read(LIVE + f"  stream_response: {written}\n", VALUE="false").openai.stream_response
    token = read(LIVE.replace('"a-token"', written), VALUE="12345").wechat.token
    assert (port, voice, token) == (8123, False, "12345")


def test_what_a_variable_holds_is_not_looked_into_again(read: Read) -> None:
    assert read(LIVE.replace("a-token", "${A}"), A="${B}").wechat.token == "${B}"


def test_every_variable_that_is_not_set_is_named_with_its_place(problems: Problems) -> None:
    text = LIVE.replace("a-token", "${TOKEN}").replace("sk-one", "${ONE}${TWO}")
    assert problems(text) == [
        "3: wechat.token: the environment has no TOKEN, which ${TOKEN} asks for",
        "5: openai.api_keys[0]: the environment has no ONE, which ${ONE} asks for",
        "5: openai.api_keys[0]: the environment has no TWO, which ${TWO} asks for",
    ]


def test_a_variable_of_the_wrong_type_is_refused(problems: Problems) -> None:
    [problem] = problems(LIVE + 'server: {port: "${PORT}"}', PORT="eighty")
    assert problem.startswith("6: server.port: ")
    assert "eighty" not in problem


def test_an_unfinished_variable_is_refused(problems: Problems) -> None:
    [problem] = problems(LIVE.replace("a-token", "${MY-TOKEN}"))
    assert problem == "3: wechat.token: found ${ without a name and }, expected ${NAME}"


# What is wrong with a file


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
        "1: mode: found text, expected one of sandbox, live",
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
        "15: max_tokens: unknown key, did you mean openai.max_tokens?",
    ]


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
    assert problems("mode: live\n# 回信".encode("gb18030")) == ["2: cannot be read: not UTF-8"]


def test_a_mistake_in_the_yaml_is_told_with_its_line(problems: Problems) -> None:
    [problem] = problems("mode: live\nwechat:\n\ttoken: x\n")
    assert problem.startswith("3: not YAML: found character")


@pytest.mark.parametrize(
    "content",
    [
        "mode: \0",
        "[" * 5000,
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
        ("token", "wechat.token"),
        ("openia", "openai"),
    ],
)
def test_an_unknown_key_is_told_with_the_one_that_was_meant(
    problems: Problems, key: str, meant: str
) -> None:
    [problem] = problems(yaml.safe_dump(nested(key, "x")))
    assert problem.endswith(f": {key}: unknown key, did you mean {meant}?")


def test_an_unknown_key_like_no_other_gets_no_advice(problems: Problems) -> None:
    [problem] = problems(LIVE + "plugins: {sun: 1}")
    assert problem == "6: plugins: unknown key"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("mode", "Live"),
        ("server.host", ""),
        ("server.port", -1),
        ("server.port", 80.0),
        ("server.path", "/we chat"),
        ("server.path", "/<name>"),
        ("server.stop_seconds", -1),
        ("store.path", " "),
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
        ("openai.base_url", "https://"),
        ("openai.base_url", "https://user:word@host/v1"),
        ("openai.base_url", "https://host/v1?key=word"),
        ("openai.base_url", "https://host:99999"),
        ("openai.base_url", "https://[::1"),
        ("openai.model", ""),
        ("openai.max_tokens", 0),
        ("openai.max_tokens", True),
        ("openai.max_tokens", 10**30),
        ("openai.max_tokens", 1.5),
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
        ("texts.continue_words", ["继续", " "]),
        ("texts.continue_words", ["继续", False]),
        ("texts.apology", ""),
        ("texts.apology", "唉" * 201),
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


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("server.port", 0),
        ("server.port", 65535),
        ("server.stop_seconds", 0),
        ("openai.temperature", 0),
        ("openai.temperature", 2),
        ("openai.rsize", 20),
        ("openai.rsize", 2000),
        ("openai.max_tokens", 1),
        ("openai.session_seconds", 0.5),
        ("wechat.token", ""),
        ("wechat.token", "****"),
        ("texts.rest", "{{ {link} {word} }}"),
    ],
)
def test_a_value_at_the_edge_is_taken(read: Read, key: str, value: object) -> None:
    assert looked_up(read(yaml.safe_dump(nested(key, value))), key) == value


# Going live


def test_placeholders_are_fine_in_the_sandbox(read: Read) -> None:
    assert read("mode: sandbox\nwechat: {token: '****'}\n").openai.api_keys == ()


@pytest.mark.parametrize("token", ["", "****"])
def test_live_refuses_a_token_that_is_none(problems: Problems, token: str) -> None:
    assert problems(LIVE.replace("a-token", token)) == [
        "3: wechat.token: empty or a placeholder, expected the real one, because mode is live"
    ]


def test_a_file_that_names_no_mode_is_live(problems: Problems) -> None:
    text = LIVE.replace("mode: live\n", "").replace("a-token", "")
    assert [problem[:16] for problem in problems(text)] == ["2: wechat.token:"]


@pytest.mark.parametrize("key", ["****", "sk-****", "Bearer sk-****", "Bearer "])
def test_live_refuses_placeholders_for_keys(problems: Problems, key: str) -> None:
    text = LIVE.replace('["sk-one"]', f'\n   - "sk-one"\n   - "{key}"')
    assert problems(text) == [
        "7: openai.api_keys[1]: empty or a placeholder, expected the real one, because mode is live"
    ]


@pytest.mark.parametrize("given", ["openai:\n  api_keys: []\n", "openai:\n", ""])
def test_live_needs_at_least_one_key(problems: Problems, given: str) -> None:
    [problem] = problems('wechat:\n  token: "a-token"\n' + given)
    assert problem.endswith(
        "openai.api_keys: empty, expected at least one key, because mode is live"
    )


def test_checking_addresses_needs_the_accounts_own_keys(problems: Problems) -> None:
    text = LIVE.replace("wechat:", 'wechat:\n  ip_detection: true\n  secret: "****"')
    why = "empty or a placeholder, expected the real one, because wechat.ip_detection is on"
    assert problems(text) == [f"2: wechat.appid: {why}", f"4: wechat.secret: {why}"]


def test_voice_needs_the_accounts_and_the_speech_services_keys(problems: Problems) -> None:
    why = "empty or a placeholder, expected the real one, because azure.trans_to_voice is on"
    assert problems(LIVE + "azure: {trans_to_voice: true}") == [
        f"2: wechat.appid: {why}",
        f"2: wechat.secret: {why}",
        f"6: azure.region: {why}",
        f"6: azure.subscription: {why}",
    ]


def test_without_voice_and_checking_those_keys_may_be_placeholders(read: Read) -> None:
    text = LIVE.replace("wechat:", 'wechat:\n  appid: "****"\n  secret: "****"')
    assert read(text + 'azure: {subscription: "****"}').mode == "live"


# Secrets


def test_the_secret_keys_and_no_others_are_held_as_secrets() -> None:
    held = [key for key, kind in keys().items() if kind in (Secret, tuple[Secret, ...])]
    assert held == SECRETS


def test_a_secret_is_not_shown_by_a_repr_and_is_itself_in_use() -> None:
    settings = Settings(wechat=WeChat(token=Secret("s3cret-word")))
    assert "s3cret-word" not in repr(settings)
    assert "***" in repr(settings)
    assert f"Bearer {settings.wechat.token}" == "Bearer s3cret-word"


@pytest.mark.parametrize("key", SECRETS)
def test_a_secret_is_not_shown_by_the_settings(read: Read, key: str) -> None:
    secret = "S3CRETxyz" * 4 + "S3CRETx"  # as long as an EncodingAESKey
    value = [secret] if key == "openai.api_keys" else secret
    settings = read(yaml.safe_dump(nested(key, value)))
    assert "S3CRETxyz" not in repr(settings) + str(settings)


SLIPPED = [
    "wechat: {token: S3CRETxyz, token: S3CRETxyz}",
    "wechat: {S3CRETxyz}",
    "wechat: {S3CRETxyz, S3CRETxyz}",
    "wechat:\n  token: *S3CRETxyz\n",
    "wechat:\n  token: !S3CRETxyz\n",
    "wechat:\n  token: !S3CRETxyz!S3CRETxyz x\n",
    "wechat:\n  token: &S3CRETxyz &S3CRETxyz\n  secret: &S3CRETxyz",
    "wechat:\n  token: @S3CRETxyz\n",
    "wechat:\n  token: %S3CRETxyz\n",
    "wechat:\n  token: 'S3CRETxyz\n",
    "wechat:\n  token: S3CRETxyz: S3CRETxyz\n",
    "%TAG !S3CRETxyz! a\n%TAG !S3CRETxyz! b\n---\nmode: live",
    "wechat:\n  token: '\0S3CRETxyz'\n",
    "wechat: S3CRETxyz",
    "S3CRETxyz",
    "openai: {api_keys: S3CRETxyz}",
    "openai: {api_keys: {S3CRETxyz: S3CRETxyz}}",
    "openai: {base_url: 'https://S3CRETxyz:S3CRETxyz@host'}",
]


@pytest.mark.parametrize("content", SLIPPED)
def test_a_secret_in_a_broken_place_is_not_repeated(write: Write, content: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(write(content), {})
    assert_nowhere_in("S3CRETxyz", refused.value)


def assert_nowhere_in(secret: str, error: BaseException) -> None:
    """Neither in its text nor in an error that a traceback would show before it."""
    shown: BaseException | None = error
    while shown is not None:
        assert secret not in str(shown) + repr(shown)
        shown = shown.__cause__ or shown.__context__


# The documentation


def documented() -> dict[str, str]:
    """Every key of the shipped file with the comment above it or beside it."""
    comments: dict[str, str] = {}
    section, above = "", ""
    for line in SHIPPED.read_text(encoding="utf-8").splitlines():
        key = re.match(r"( *)([a-z_]+):(.*)", line)
        if key:
            section = section if key[1] else key[2]
            path = f"{section}.{key[2]}" if key[1] else key[2]
            comments[path] = above + "".join(re.findall(r" # (.+)", key[3]))
        above = line.strip(" #") if line.strip().startswith("#") else ""
    return comments


def test_every_key_stands_in_the_shipped_file_with_a_comment_in_chinese() -> None:
    comments = documented()
    assert [key for key in keys() if not re.search("[一-鿿]", comments.get(key, ""))] == []


def test_every_key_of_the_shipped_file_is_a_key() -> None:
    sections = {key.partition(".")[0] for key in keys() if "." in key}
    assert documented().keys() - keys().keys() == sections


def test_the_shipped_file_shows_the_defaults() -> None:
    shipped = load(SHIPPED, {})
    default = Settings(mode="sandbox", wechat=WeChat(token=Secret("****")))
    differing = [key for key in keys() if looked_up(shipped, key) != looked_up(default, key)]
    placeholders = {"****", ("****",)}
    assert [key for key in differing if looked_up(shipped, key) not in placeholders] == []


def test_no_secret_is_written_in_the_shipped_file() -> None:
    shipped = load(SHIPPED, {})
    assert {looked_up(shipped, key) for key in SECRETS} <= {"****", ("****",), ""}


# Whatever is in the file

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.dates()
    | st.binary(max_size=5)
    | st.sampled_from(["${HOME}", "${", "${NONE}", "{link}", "****", "live", "Bearer "])
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | scalars, inner)
    ),
    max_leaves=8,
)
quick = hypothesis_settings(max_examples=100, deadline=None)


def load_or_refuse(path: Path, environ: Mapping[str, str] = os.environ) -> str:
    """What is shown of the settings or the error; anything but these two fails the test."""
    try:
        return repr(load(path, environ))
    except SettingsError as error:
        assert str(error)
        return str(error)


@quick
@given(values=st.dictionaries(st.sampled_from(sorted(keys())), anything, max_size=6))
def test_any_value_in_any_place_is_taken_or_refused(
    write: Write, values: dict[str, object]
) -> None:
    file: dict[str, Any] = {}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        place = file.setdefault(section, {}) if section else file
        place[name] = value
    load_or_refuse(write(yaml.safe_dump(file)))


@quick
@given(document=anything)
def test_any_document_is_taken_or_refused(write: Write, document: object) -> None:
    load_or_refuse(write(yaml.safe_dump(document)))


@quick
@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_taken_or_refused(write: Write, content: bytes) -> None:
    load_or_refuse(write(content))


@quick
@given(
    content=st.text(alphabet="mode: live\n[]{}\"'&*!%@`|>-?#,${}\\xU0\t~<", max_size=60),
)
def test_any_text_that_looks_like_yaml_is_taken_or_refused(write: Write, content: str) -> None:
    load_or_refuse(write(content))


@quick
@given(
    key=st.sampled_from([*SECRETS, "openai", "wechat", "azure"]),
    wrap=st.sampled_from(["{}", "[{}]", "[[{}]]", "{{{}: 1}}", "{{a: {}}}", "'{} {}'", "!!int {}"]),
    mark=st.sampled_from(["", "*", "&", "!", "%", "@", "|", ">", "'", '"', "- ", "${", "{", "? "]),
)
def test_a_secret_is_never_shown_wherever_and_however_it_is_written(
    write: Write, key: str, wrap: str, mark: str
) -> None:
    written = wrap.format(f"{mark}S3CRETxyz", "S3CRETxyz")
    section, _, name = key.rpartition(".")
    text = f"{section}:\n  {name}: {written}\n" if section else f"{name}: {written}\n"
    shown = load_or_refuse(write(text), {})
    # ${NAME} is the name of a variable by what the file says, and is told for that.
    assert "S3CRETxyz" not in shown.replace("${S3CRETxyz}", "").replace("no S3CRETxyz", "")
