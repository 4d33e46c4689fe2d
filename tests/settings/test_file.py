"""What a settings file gives, with the environment."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from settings.loading import load
from settings.schema import OpenAI, Secret, Settings, Store, WeChat
from tests.conftest import ROOT
from tests.settings.conftest import LIVE, Problems, Read, looked_up, nested, shipped

COMPAT = sorted((ROOT / "tests" / "compat").glob("*.yml"))


def test_the_shipped_file_starts_the_sandbox_with_no_environment(read: Read) -> None:
    assert read(shipped()).mode == "sandbox"


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
    assert read(LIVE + 'store: {path: "x.db"}') == Settings(
        wechat=WeChat(token=Secret("aToken1")),
        openai=OpenAI(api_keys=(Secret("sk-one"),)),
        store=Store(path=Path("x.db")),
    )


@pytest.mark.parametrize("given", ["", 'store: {path: ""}', "store: {path: '${NONE}'}"])
def test_each_mode_has_a_file_of_its_own(read: Read, given: str) -> None:
    assert read(LIVE + given, NONE="").store.path == Path("var/huixin.db")
    sandbox = LIVE.replace("live", "sandbox")
    assert read(sandbox + given, NONE=" ").store.path == Path("var/sandbox.db")


def test_a_section_with_nothing_in_it_is_all_defaults(read: Read) -> None:
    assert read(LIVE + "azure:\n  # region: x\nlimits:\n") == read(LIVE)


def test_settings_cannot_be_changed(read: Read) -> None:
    settings: Any = read(LIVE)
    with pytest.raises(ValidationError):
        settings.mode = "sandbox"
    with pytest.raises(ValidationError):
        settings.server.port = 80


@pytest.mark.parametrize("written", ["wechat", "/wechat", "/wechat/", "wechat/"])
def test_the_path_has_a_slash_in_front_and_none_behind(read: Read, written: str) -> None:
    assert read(LIVE + f"server: {{path: {written}}}").server.path == "/wechat"


@pytest.mark.parametrize(
    "written",
    [
        *("http://host:9000/v1", "http://host:9000/v1/", "http://host:9000/v1/chat/completions"),
        *("http://host:9000/v1/chat/completions/", "http://host:9000/v1/models"),
        *("http://host:9000/v1/chat", "http://host:9000/v1/completions/", "HTTP://host:9000/v1"),
        *(
            "http://host:9000/v1/v1",
            "http://host:9000/v1/v1/chat/completions",
            " http://host:9000/v1 ",
        ),
        *(
            "http://host:9000//v1",
            "http://host:9000/v1//chat//completions",
            "http://host:9000/v1/v1/v1/",
        ),
    ],
)
def test_the_models_address_is_taken_as_services_show_it(read: Read, written: str) -> None:
    assert read(f'{LIVE}  base_url: "{written}"\n').openai.base_url == "http://host:9000/v1"


@pytest.mark.parametrize(
    "base", ["https://x.services.ai.azure.com/models", "https://host/v1/v2", "https://host/chat"]
)
def test_what_may_be_a_service_s_own_base_stays(read: Read, base: str) -> None:
    assert read(f"{LIVE}  base_url: {base}\n").openai.base_url == base


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


def test_a_line_break_is_one_however_it_is_written(read: Read) -> None:
    assert read(LIVE + "texts: {welcome: 'a\\nb'}").texts.welcome == "a\nb"
    assert read(LIVE + 'texts: {welcome: "a\\nb"}').texts.welcome == "a\nb"
    assert read(LIVE + "texts: {more: '${MORE}'}", MORE="a\\n{link}").texts.more == "a\n{link}"


def test_what_goes_with_each_request_is_read_as_it_is_written(read: Read) -> None:
    text = """\
  extra_headers: {api-key: "${KEY}", x-number: 1}
  extra_query: {api-version: 2024-10-21, on: yes}
  extra_body: {enable_thinking: false, stop: ["${KEY}"]}
"""
    openai = read(LIVE + text, KEY="5").openai
    assert openai.extra_headers == {"api-key": "5", "x-number": "1"}
    assert openai.extra_query == {"api-version": "2024-10-21", "on": "yes"}
    assert openai.extra_body == {"enable_thinking": False, "stop": ["5"]}


@pytest.mark.parametrize("written", ["INFO", "Info", '" info "'])
def test_a_choice_may_be_written_in_capitals(read: Read, written: str) -> None:
    assert read(f"{LIVE}log: {{level: {written}}}\n").log.level == "info"


# The environment


def test_a_line_end_of_windows_behind_a_variable_is_none_of_it(read: Read) -> None:
    text = LIVE.replace("sk-one", "${KEY}").replace("aToken1", "${TOKEN}")
    settings = read(text, KEY="sk-two\r", TOKEN="aToken2\r\n")
    assert (settings.openai.api_keys, settings.wechat.token) == (("sk-two",), "aToken2")


def test_a_variable_is_a_whole_value_or_a_part_of_one(read: Read) -> None:
    text = LIVE.replace("aToken1", "${TOKEN}").replace("sk-one", "sk-${A}-${B}")
    settings = read(text, TOKEN="fromOutside", A="one", B="two")
    assert settings.wechat.token == "fromOutside"
    assert settings.openai.api_keys == ("sk-one-two",)


@pytest.mark.parametrize("written", ["${VALUE}", '"${VALUE}"'])
def test_a_variable_is_read_by_the_type_of_its_key(read: Read, written: str) -> None:
    port = read(LIVE + f"server:\n  port: {written}\n", VALUE="8123").server.port
    voice = read(LIVE + f"  stream_response: {written}\n", VALUE="false").openai.stream_response
    token = read(LIVE.replace('"aToken1"', written), VALUE="12345").wechat.token
    assert (port, voice, token) == (8123, False, "12345")


def test_what_a_variable_holds_is_not_looked_into_again(read: Read) -> None:
    text = LIVE.replace("aToken1", "${A}").replace("live", "sandbox")
    assert read(text, A="${B}").wechat.token == "${B}"


def test_every_variable_that_is_not_set_is_named_with_its_place(problems: Problems) -> None:
    text = LIVE.replace("aToken1", "${TOKEN}").replace("sk-one", "${ONE}${TWO}")
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
    [problem] = problems(LIVE.replace("aToken1", "${MY-TOKEN}"))
    assert problem == "3: wechat.token: found ${ without a name and }, expected ${NAME}"


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
        ("openai.temperature", None),
        ("openai.system_prompt", ""),
        ("openai.extra_body", {"a": {"b": [1, 0.5, None, True, "x", {}]}}),
        ("server.time_zone", "UTC"),
        ("texts.rest", "{{ {link} {word} }}"),
        ("texts.welcome", ""),
        ("texts.welcome", "唉" * 666 + "ab"),
        ("texts.welcome", '<a href="weixin://bizmsgmenu?msgmenucontent=a&msgmenuid=1">a</a>' * 3),
    ],
)
def test_a_value_at_the_edge_is_taken(read: Read, key: str, value: object) -> None:
    assert looked_up(read(yaml.safe_dump(nested(key, value))), key) == value


def test_a_path_may_begin_at_home(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert read(f'{LIVE}store: {{path: "~/h.db"}}').store.path == Path("/home/somebody/h.db")
