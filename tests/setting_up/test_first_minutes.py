"""From the first question to the first message: on a terminal, with a server in the end."""

import os
import pty
import termios
import time
from pathlib import Path
from typing import Literal

import gevent
import pytest
from gevent.select import select

from integrations.wechat.url_check import ask_as_wechat
from sandbox.follower import Follower
from sandbox.model import ModelStandIn
from sandbox.processes import free_port
from service.setup.first_minutes import FirstMinutes, read
from settings.log.lines import LineFormat
from tests.conftest import ROOT
from tests.forking import Forked, ran

TOKEN = "theToken"
PATIENCE = 40.0  # seconds
CTRL_C = "\x03"
# What a shell does for a program in the foreground of a terminal: one that it starts, or what was
# forked becomes it.
IN_FRONT = """
import fcntl, os, runpy, signal, sys, termios
signal.signal(signal.SIGHUP, signal.SIG_DFL)
os.dup2(int(sys.argv.pop(1)), 0)
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
if sys.argv.pop(1) == "started":
    os.execv(sys.executable, [sys.executable, "-m", "service.setup", *sys.argv[1:]])
sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")
runpy.run_module("service.setup", run_name="__main__", alter_sys=True)
"""
NOBODY_SITS = """
import os, runpy, sys
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
sys.stdin = open(0)
runpy.run_module("service.setup", run_name="__main__", alter_sys=True)
"""


class Terminal:
    """`python -m service.setup` on a terminal, in Chinese."""

    def __init__(self, folder: Path, *words: str, how: str = "forked") -> None:
        self._ours, theirs = pty.openpty()
        environ = {k: v for k, v in os.environ.items() if not k.startswith("LC_")}
        environ |= {"PYTHONPATH": str(ROOT), "LANG": "zh_CN.UTF-8", "COLUMNS": "200"}
        run = ["-c", IN_FRONT, str(theirs), how, *words]
        with os.fdopen(theirs, "wb", 0) as its:
            self.process = Forked(*run, log=its, cwd=folder, environ=environ, handed=[theirs])
        self.shown = ""
        self._seen = 0

    def until(self, words: str) -> None:
        """Wait for words that were not waited for before."""
        give_up_at = time.monotonic() + PATIENCE
        while words not in self.shown[self._seen :]:
            assert time.monotonic() < give_up_at, f"no {words} in:\n{self.shown}"
            if select([self._ours], [], [], 0.2)[0]:
                self.shown += os.read(self._ours, 65536).decode("utf-8", "replace")
        self._seen = self.shown.index(words, self._seen) + len(words)

    def answer(self, question: str, typed: str = "") -> None:
        self.until(question)
        os.write(self._ours, f"{typed}\n".encode())

    def answer_unseen(self, question: str, typed: str) -> None:
        """Once the terminal shows nothing of it: what comes before that is thrown away."""
        self.until(question)
        while termios.tcgetattr(self._ours)[3] & termios.ECHO:
            assert self.process.poll() is None
            gevent.sleep(0.01)
        os.write(self._ours, f"{typed}\n".encode())

    def press(self, key: str) -> None:
        os.write(self._ours, key.encode())

    def end(self) -> int:
        code = self.process.wait(PATIENCE)
        os.close(self._ours)
        return code


def test_from_the_first_question_to_the_first_answer(tmp_path: Path, model: ModelStandIn) -> None:
    port = free_port()
    terminal = Terminal(tmp_path, how="started")
    terminal.answer("用哪家的模型？", "12")
    terminal.answer("接口地址", f" “{model.url}” ")
    terminal.answer_unseen("API Key", "Bearer sk-secret-one")
    model.will(status=401)
    terminal.answer("模型的名字", "m")
    terminal.until("✗ KeyRefused")
    terminal.answer("怎么办？", "1")
    terminal.until("✓ 模型：")
    terminal.answer("Token", "ab")
    terminal.answer("✗", TOKEN)
    terminal.answer_unseen("EncodingAESKey", "")
    for question in ("微信服务器 IP", "用语音回答吗"):
        terminal.answer(question)
    terminal.answer("公网 IPv4 地址", "https://wechat.example.com/wechat")
    terminal.answer("前面放什么")
    terminal.answer("监听的端口", str(port))
    terminal.until("✓ 已写好 my.yml，只有你能读")
    terminal.until("等待微信验证")
    url = f"http://127.0.0.1:{port}/wechat"
    assert not ask_as_wechat(url, "another-token").right
    terminal.until("✗ 收到请求，但签名不对：两边的 Token 不同")
    assert ask_as_wechat(url, TOKEN).right
    terminal.until("✓ 微信验证通过")
    assert Follower(url, TOKEN, open_id="o-one").say("你好").seen
    terminal.until("✓ 第一条消息 ")
    terminal.until(" 秒答完")
    terminal.press(CTRL_C)
    assert terminal.end() == 0
    assert "sk-secret-one" not in terminal.shown
    assert "Traceback" not in terminal.shown


def test_ctrl_c_at_a_question_leaves_nothing_behind(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "--no-call")
    terminal.answer("用哪家的模型？", "deepseek")
    terminal.until("API Key")
    terminal.press(CTRL_C)
    terminal.until("已停下，什么也没有写。")
    assert terminal.end() == 130
    assert list(tmp_path.iterdir()) == []
    assert "Traceback" not in terminal.shown


def test_of_several_ways_one_is_taken_by_its_number_or_its_word_as_it_was_meant(
    tmp_path: Path,
) -> None:
    (tmp_path / "my.yml").write_text("wechat: {token: abc}\nopenai: {api_keys: [k], model: m}\n")
    terminal = Terminal(tmp_path, "--no-call")
    terminal.until("  2  逐项修改")
    terminal.answer("已经有了。", "２")
    for question in ("用哪家的模型？", "模型的名字", "Token", "微信服务器", "语音提问"):
        terminal.answer_unseen("API Key", "") if question == "模型的名字" else None
        terminal.answer_unseen("EncodingAESKey", "") if question == "微信服务器" else None
        terminal.answer(question, "")
    terminal.answer("这台机器的域名", "wechat.example.com")
    terminal.answer("前面放什么？", " Ｎｇｉｎｘ")
    terminal.answer("本服务监听的端口", "none")
    terminal.until("✗ 1 到 65535 之间的数字")
    terminal.press(CTRL_C)
    assert terminal.end() == 130
    assert [path.name for path in tmp_path.iterdir()] == ["my.yml"]


def test_where_nobody_sits_and_an_answer_is_missing_it_ends(tmp_path: Path) -> None:
    ended = ran("-c", NOBODY_SITS, "--no-call", kind="server", cwd=tmp_path)
    assert ended.returncode == 130
    assert ended.stderr.splitlines()[-1] == "Stopped: nothing was written."
    assert list(tmp_path.iterdir()) == []


FORMS: tuple[Literal["key=value", "json"], ...] = ("key=value", "json")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("text", ["plain", 'a "b" c', "a=b \\ c", "", "两边 的", "1/9f3a"])
def test_a_line_of_the_log_is_read_as_it_was_meant(
    form: Literal["key=value", "json"], text: str
) -> None:
    line = LineFormat(form).line("moved", "info", {"message": 7, "reason": text}, at=0)
    fields = read(line)
    assert (fields["event"], fields["message"], fields["reason"]) == ("moved", "7", text)


def test_what_is_no_line_of_the_log_has_no_fields() -> None:
    assert read("Traceback (most recent call last):") == read("{not json") == {}


class Heard:
    """What the operator is told of some events; two seconds pass between any two."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self._now = 0.0
        self.first = FirstMinutes(lambda text, style="": self.told.append(text), self._clock)

    def _clock(self) -> float:
        self._now += 2.0
        return self._now

    def event(self, name: str, level: str = "info", **fields: str | int) -> None:
        self.first.hear(LineFormat("key=value").line(name, level, fields, at=0))


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_an_answer_that_comes_too_late_is_no_failure(heard: Heard) -> None:
    heard.event("received", message=1)
    heard.event("try_ended", message=1, outcome="dropped")
    assert not heard.first.done
    heard.event("try_ended", message=1, outcome="thinking")
    assert heard.first.done
    assert heard.told[0] == "! The first answer is not there in time: 继续 collects it"


def test_of_several_workers_one_is_told_of(heard: Heard) -> None:
    for process in (1, 2):
        heard.event("listening", host="127.0.0.1", port=8080, process=process)
    assert heard.told == [
        "✓ The server listens on 127.0.0.1:8080",
        "Waiting for WeChat's check (save in the console now) …",
    ]


def test_why_a_message_failed_is_told(heard: Heard) -> None:
    heard.event("moved", "warning", message=1, to="FAILED", reason="KeyRefused: HTTP 401")
    assert heard.told == ["✗ A message could not be answered: KeyRefused: HTTP 401"]


def test_the_same_refusal_is_told_once_and_what_is_grave_as_it_is(heard: Heard) -> None:
    for _ in range(3):
        heard.event("turned_away", "warning", status=404, reason="GET / came")
    heard.event("no_addresses", "warning", reason="down")
    heard.event("resumed", messages=0)
    assert heard.told[0] == "✗ GET / came"
    assert len(heard.told) == 2
    assert heard.told[1].endswith("event=no_addresses reason=down")
