"""The command line: what it changes in the settings, and what a worker may take on."""

import json
from pathlib import Path

import pytest

from settings.arguments import CommandLine, read_arguments
from settings.language import Sentence
from settings.models import chain

LIVE = """
mode: live
server: {workers: 3}
wechat: {token: atoken}
openai: {api_keys: ["sk-one"]}
limits: {model_calls: 100, speech_calls: 1, open_tries: 300, unfinished: 301, follower_queue: 5}
"""
CHAIN = """
mode: live
wechat: {token: atoken}
models:
  - {name: main, model: big, base_url: "https://one.example/v1", api_keys: ["sk-main"]}
  - {name: spare, model: small, base_url: "https://two.example/v1", api_keys: ["sk-spare"]}
"""
OUTSIDE = json.dumps({"openai": {"base_url": "http://127.0.0.1:9/v1"}})


def read(folder: Path, *words: str, text: str = LIVE) -> CommandLine:
    config = folder / "config.yml"
    config.write_text(text, encoding="utf-8")
    return read_arguments(words, {}, about=Sentence(""), config=config)


def test_host_and_port_stand_instead_of_the_settings(tmp_path: Path) -> None:
    server = read(tmp_path, "--host", "::1", "--port", "0").settings.server
    assert (server.host, server.port) == ("::1", 0)


@pytest.mark.parametrize("part", [(), ("--check",), ("--prepare",), ("--inherited", "3", "4")])
def test_each_model_is_asked_with_its_own_keys_where_openai_has_none(
    tmp_path: Path, part: tuple[str, ...]
) -> None:
    settings = read(tmp_path, *part, text=CHAIN).settings
    assert [link.service.api_keys for link in chain(settings)] == [("sk-main",), ("sk-spare",)]


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        ("", [("sk-main",), ("sandbox-key",)]),
        ('openai: {api_keys: ["sk-both"]}\n', [("sk-main",), ("sk-both",)]),
    ],
)
def test_in_the_sandbox_a_key_stands_where_none_is_given(
    tmp_path: Path, given: str, keys: list[tuple[str, ...]]
) -> None:
    text = CHAIN.replace("mode: live", "mode: sandbox").replace(', api_keys: ["sk-spare"]', "")
    settings = read(tmp_path, "--outside", OUTSIDE, text=text + given).settings
    assert [link.service.api_keys for link in chain(settings)] == keys
    assert {link.service.base_url for link in chain(settings)} == {"http://127.0.0.1:9/v1"}


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_there_is_not_is_refused_before_anything_is_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], port: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        read(tmp_path, f"--port={port}")
    assert ended.value.code == 2
    assert "--port: a number from 0 to 65535" in capsys.readouterr().err


def test_voice_is_switched_on_without_the_file_in_the_sandbox(tmp_path: Path) -> None:
    sandbox = LIVE.replace("mode: live", "mode: sandbox")
    assert read(tmp_path, "--voice", text=sandbox).settings.azure.trans_to_voice
    assert not read(tmp_path, text=sandbox).settings.azure.trans_to_voice


def test_voice_on_the_command_line_is_for_the_sandbox(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read(tmp_path, "--voice")
    assert ended.value.code == 2
    assert "azure.trans_to_voice" in capsys.readouterr().err


def test_wrong_settings_are_said_and_end_the_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        read(tmp_path, text="mode: lively")
    assert ended.value.code == 2
    assert "mode" in capsys.readouterr().err


def test_the_first_process_supervises_and_those_it_starts_do_not(tmp_path: Path) -> None:
    assert read(tmp_path).supervise
    assert not read(tmp_path, "--prepare").supervise
    assert not read(tmp_path, "--inherited", "3", "4").supervise
    assert not read(tmp_path, text=LIVE.replace("workers: 3", "workers: 1")).supervise
    assert not read(tmp_path, text=LIVE.replace("mode: live", "mode: sandbox")).supervise


def test_what_may_run_at_once_is_shared_out_among_the_workers(tmp_path: Path) -> None:
    worker = read(tmp_path, "--inherited", "3", "4")
    limits = worker.settings.limits
    assert worker.inherited == (3, 4)
    assert (limits.model_calls, limits.speech_calls) == (34, 1)
    assert (limits.open_tries, limits.unfinished) == (100, 101)
    assert limits.follower_queue == 5, "which is each follower's own"


SANDBOX = LIVE.replace("mode: live", "mode: sandbox")


def test_the_first_process_of_the_sandbox_plays_and_has_another_one_serve(tmp_path: Path) -> None:
    assert read(tmp_path, text=SANDBOX).play
    assert not read(tmp_path, "--inherited", "3", "4", text=SANDBOX).play
    assert not read(tmp_path).play


def test_the_serving_process_is_told_where_the_stand_ins_are_and_has_no_share(
    tmp_path: Path,
) -> None:
    outside = json.dumps({"openai": {"base_url": "http://127.0.0.1:9/v1"}})
    told = read(tmp_path, "--inherited", "3", "4", "--outside", outside, text=SANDBOX)
    assert told.settings.openai.base_url == "http://127.0.0.1:9/v1"
    assert told.settings.limits.model_calls == 100


def test_the_sandbox_asks_for_no_key_to_the_model(tmp_path: Path) -> None:
    bare = 'mode: sandbox\nwechat: {token: "a-token"}\n'
    outside = json.dumps({"openai": {"base_url": "http://127.0.0.1:9/v1"}})
    told = read(tmp_path, "--inherited", "3", "4", "--outside", outside, text=bare)
    assert len(told.settings.openai.api_keys) == 1
