"""`server.py --check`: each thing outside, whether it does its part, and what to do if not."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.checks import run
from service.checks.finding import Finding, Mark
from service.checks.machine import clocks_by, settings_file
from service.checks.model import Answered, slowness
from service.checks.subject import Subject
from settings.replies_file import replies_in
from settings.schema import AccountSettings, Azure, ModelSettings, OpenAI, Secret, WeChat
from store import outside
from tests.checks.looking import Looking, answering, looking
from tests.conftest import ROOT
from tests.forking import Forked

Spoil = Callable[[Looking], None]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Looking]:
    with looking(tmp_path) as app:
        yield app


SILENT = {"trans_to_voice": False, "recognize": "off", "pronunciation": "off"}


def test_where_all_is_well_each_thing_is_told_with_what_is_known_of_it(
    app: Looking, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = app.checked(capsys)
    assert code == 0
    assert [line[:2] for line in lines[:-1]] == ["✓ "] * 11
    said = "\n".join(lines)
    for words in (
        f"port: 127.0.0.1:{app.server.server_port}, where this server runs",
        "✓ clock: ",
        "fits WeChat's 14 s",
        "WeChat's addresses: 2 listed",
        "permanent material: 0 of 1000 voices",
        "customer service messages: granted",
        "speech, en-US-AriaNeural: a word spoken in",
        "All is well.",
    ):
        assert words in said


def test_what_is_doubtful_in_fixed_answers_and_lists_is_told_besides(
    app: Looking, capsys: pytest.CaptureFixture[str]
) -> None:
    replies = replies_in("- {contains: 退, text: x}\n- {contains: 退款, text: y}\n", {})
    (listed := app.folder / "w.txt").write_text("赌博,毒品\n")
    _, lines = app.checked(capsys, replies=replies, moderation={"lists": (listed,)})
    two, one = sorted(lines[:2])
    assert one.startswith("! word list: w.txt:1: a line is one word")
    assert two.startswith("! fixed answers: reply 2: “退款” fits reply 1, which goes first")


def no_such_key(app: Looking) -> None:
    app.model.will(status=401)


def not_whitelisted(app: Looking) -> None:
    app.wechat.will_answer(40164, "stable_token", times=9)


def no_addresses(app: Looking) -> None:
    app.wechat.will_answer(45009, "getcallbackip", times=9)


def no_material(app: Looking) -> None:
    app.wechat.will_answer(48001, "material/get_materialcount")


def not_verified(app: Looking) -> None:
    app.wechat.will_answer(48001, "customservice/getkflist")


def readable_by_others(app: Looking) -> None:
    (app.folder / "my.yml").touch(0o644)


@pytest.mark.parametrize(
    ("spoil", "code", "line"),
    [
        (no_such_key, 1, ": KeyRefused: HTTP 401"),
        (not_whitelisted, 1, "→ add 203.0.113.7 to the IP whitelist"),
        (no_addresses, 0, "! WeChat's addresses: DailyQuotaUsedUp"),
        (no_material, 0, "! permanent material: this account may not use it → voices go as"),
        (not_verified, 0, "✓ customer service messages: not granted: this account is not verified"),
        (readable_by_others, 0, "! settings file: others on this machine can read"),
    ],
)
def test_what_is_amiss_is_told_with_what_to_do_and_the_rest_is_still_looked_at(
    app: Looking, capsys: pytest.CaptureFixture[str], spoil: Spoil, code: int, line: str
) -> None:
    spoil(app)
    found, lines = app.checked(capsys)
    assert found == code
    assert any(line in each for each in lines), lines
    assert any(each.startswith("✓ speech") for each in lines)


def test_what_matters_to_nothing_that_is_switched_on_is_no_error(
    app: Looking, capsys: pytest.CaptureFixture[str]
) -> None:
    app.wechat.will_answer(40125, "stable_token", times=9)
    code, lines = app.checked(capsys, azure=SILENT)
    assert code == 0
    assert [line for line in lines if line.startswith("! access token: CredentialsRejected")]
    code, lines = app.checked(
        capsys,
        azure=SILENT,
        wechat={"appid": "****"},
    )
    assert code == 0
    assert [line[:14] for line in lines if line[0] == "-"] == [
        "- access token",
        "- speech: neith"[:14],
    ]


def test_every_key_is_asked_unless_it_is_not_the_key_that_is_wrong(
    app: Looking, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = {"api_keys": ("sk-one", "sk-two")}
    app.model.will(status=401)
    _, lines = app.checked(capsys, openai=keys)
    assert [line[:12] for line in lines if "model key" in line] == ["✗ model key ", "✓ model key "]
    app.model.will(status=404)
    _, lines = app.checked(capsys, openai=keys)
    assert [line[:12] for line in lines if "model key" in line] == ["✗ model key "]


def test_each_of_several_models_is_asked(app: Looking, capsys: pytest.CaptureFixture[str]) -> None:
    app.model.will(status=404)
    two = tuple(
        ModelSettings(name=name, api_keys=(Secret("sk-one"),)) for name in ("first", "second")
    )
    code, lines = app.checked(capsys, models=two)
    assert code == 1
    told = [line for line in lines if ", key 1/" in line]
    assert [line[:15] for line in told] == ["✗ model first, ", "✓ model second,"]
    assert "correct models[0].base_url" in told[0]


def test_one_that_says_nothing_is_said_to_hang(
    app: Looking, capsys: pytest.CaptureFixture[str]
) -> None:
    app.model.always(after=60.0)
    first, second = (
        ModelSettings(name=name, api_keys=(Secret("sk-one"),), answer_seconds=0.3) for name in "AB"
    )
    for models, cure in (
        ((first, second), "takeover_seconds"),
        ((first,), "hangs: see its status"),
    ):
        _, lines = app.checked(capsys, models=models)
        told = [line for line in lines if ": ModelSilent: not one word within 0.3 s" in line]
        assert len(told) == len(models)
        assert cure in told[0]


def test_a_parameter_that_is_refused_is_left_out_and_told_of(
    app: Looking, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse_once(environ: object, start_response: Callable[..., object]) -> list[bytes]:
        asked.append(1)
        if len(asked) == 1:
            start_response("400 Bad Request", [("Content-Type", "application/json")])
            return [b'{"error": {"message": "temperature is not supported with this model"}}']
        start_response("200 OK", [("Content-Type", "application/json")])
        return ['{"choices": [{"message": {"content": "好。"}, "finish_reason": "stop"}]}'.encode()]

    asked: list[int] = []
    with answering(refuse_once) as url:
        code, lines = app.checked(capsys, openai={"base_url": url})
    assert code == 0
    assert any("it refuses temperature, and is asked without" in line for line in lines)


@pytest.mark.parametrize(
    ("first", "whole", "mark"), [(1, 9, Mark.FINE), (9, 19, Mark.DOUBT), (16, 17, Mark.DOUBT)]
)
def test_a_model_that_is_too_slow_for_wechat_is_doubted(
    first: float, whole: float, mark: Mark
) -> None:
    assert slowness("key", "it", Answered(first, whole, "好")).mark == mark


@pytest.mark.parametrize(
    ("seconds", "apart", "found"),
    [
        (1, None, ["✓ right to about a second"]),
        (-200, None, ["! 200 s behind"]),
        (400, None, ["✗ 400 s ahead: WeChat's pushes are stale by it, and get no answer"]),
        (1, 0.5, ["✓ right to about a second", "✓ right to about a second"]),
        (1, 3600, ["✓ right to about a second", "! 3601 s ahead"]),
        (-3600, 3600, ["! 3600 s behind", "✓ right to about a second"]),
        (
            *(400, -4000),
            [
                "✗ 400 s ahead: WeChat's pushes are stale by it, and get no answer",
                "✗ 3600 s behind: WeChat's pushes are stale by it, and get no answer",
            ],
        ),
    ],
)
def test_clocks_that_are_wrong_are_told_with_the_seconds_and_whose(
    seconds: float, apart: float | None, found: list[str]
) -> None:
    findings = list(clocks_by(seconds, apart))
    assert [f"{one.mark} {one.found}" for one in findings] == found
    assert [one.what for one in findings] == ["clock", "the database's clock"][: len(found)]


def test_a_port_that_a_stranger_has_is_told_with_the_cure(
    app: Looking, capsys: pytest.CaptureFixture[str]
) -> None:
    def stranger(environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [])
        return [b"hello"]

    with answering(stranger) as url:
        port = int(url.split(":")[2].partition("/")[0])
        code, lines = app.checked(capsys, server={"port": port})
    assert code == 1
    assert any("Address already in use" in line and "→ take another" in line for line in lines)


def test_a_folder_that_cannot_be_written_is_told(
    app: Looking, capsys: pytest.CaptureFixture[str]
) -> None:
    (app.folder / "no-folder").touch()
    path = app.folder / "no-folder" / "huixin.db"
    code, lines = app.checked(capsys, store={"path": path})
    assert code == 1
    assert any(line.startswith("✗ database:") and "see store.path" in line for line in lines)


def test_what_was_found_is_kept_for_the_server(
    app: Looking, capsys: pytest.CaptureFixture[str]
) -> None:
    app.model.will(status=401)
    app.checked(capsys)
    kept = app.huixin.db.read(outside.last)
    assert kept is not None
    assert (kept.by, kept.looked_at) == ("check", 11)
    assert [(amiss.wrong, amiss.found[:11]) for amiss in kept.amiss] == [(True, "model key 1")]
    assert time.time() - kept.at < 60


def test_the_command_says_how_it_went_by_its_exit_code(tmp_path: Path) -> None:
    config = tmp_path / "my.yml"
    config.write_text('mode: sandbox\nserver: {port: 0}\nwechat: {token: "a-token"}\n')
    assert _run(tmp_path, "--config", str(config), "--check") == 0
    assert "All is well." in (tmp_path / "out").read_text()
    closed = "http://127.0.0.1:1/wechat"
    assert _run(tmp_path, "--config", str(config), "--check", "--url", closed) == 1
    config.write_text("mode: live\n")
    assert _run(tmp_path, "--config", str(config), "--check") == 2


def test_one_who_reads_only_the_first_lines_gets_no_traceback(tmp_path: Path) -> None:
    config = tmp_path / "my.yml"
    config.write_text('mode: sandbox\nserver: {port: 0}\nwechat: {token: "a-token"}\n')
    command = [sys.executable, str(ROOT / "server.py"), "--config", str(config), "--check"]
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(command, cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, timeout=60)
    os.close(writing)
    assert (ran.returncode, ran.stderr) == (1, b"")


def test_each_account_is_looked_at_and_named(
    app: Looking, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = AccountSettings(
        name="shop",
        wechat=WeChat(token=Secret("shopToken1")),
        azure=Azure(trans_to_voice=False, recognize="off", pronunciation="off"),
        openai=OpenAI(api_keys=(Secret("sk-shop"),), base_url=app.model.url),
    )
    app.model.will()
    app.model.will(status=401)
    code, lines = app.checked(capsys, accounts=(shop,))
    assert code == 1
    assert [line for line in lines if line.startswith("✓ model key ")]
    [told] = [line for line in lines if line.startswith("✗ ")]
    assert told.startswith("✗ shop: model key 1/")
    assert "accounts[0].openai" in told
    assert [line for line in lines if line.startswith("- shop: access token: ")]
    assert len([line for line in lines if " database: " in line]) == 1


def test_a_fault_in_one_check_keeps_nobody_from_the_others(
    app: Looking, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(subject: Subject) -> Iterator[Finding]:
        raise KeyError("sk-one")

    monkeypatch.setattr(run, "OF_THE_SERVER", (odd, settings_file))
    monkeypatch.setattr(run, "OF_EACH_ACCOUNT", ())
    code, lines = app.checked(capsys)
    assert code == 1
    assert lines[0].startswith("✗ odd: KeyError in test_checks.py:")
    assert lines[1].startswith("✓ settings file")


def _run(folder: Path, *words: str) -> int:
    with (folder / "out").open("wb") as out:
        return Forked(str(ROOT / "server.py"), *words, log=out, cwd=folder).wait(60)
