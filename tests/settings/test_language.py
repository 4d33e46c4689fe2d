"""Whoever runs the server is spoken to in their language, everywhere."""

import argparse
import ast
import inspect
import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from fsm.transitions import MoveEvent
from settings.chinese import CHINESE, PARTS
from settings.chinese.command_line import OF_ARGPARSE
from settings.chinese.failures import KINDS
from settings.language import from_kept, language, prefer, said, speak, to_keep
from settings.loading import language_of
from store.messages import Refused
from store.outcomes import Outcome
from tests.conftest import ROOT
from tests.forking import ran
from tests.parsed import parsed_if

ROOMS = ("server.py", "settings", "console", "service", "fsm", "store", "integrations")
NAMED = {*Outcome, *MoveEvent, *Refused} - {Outcome.TOLD}  # words of the store that people have
SAYING = ("said", "Sentence", "Told")
TELLING = ("help", "description", "epilog", "advice")  # what a person reads, given by its name


def sources(*words: str) -> Iterator[tuple[Path, ast.Module]]:
    """The files in which one of these words stands."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")) or [ROOT / room]:
            yield from ((path, module) for module in parsed_if(path, *words))


def sentences() -> Iterator[tuple[str, str]]:
    """Each that the program says, and where."""
    for path, module in sources(*(f"{name}(" for name in SAYING)):
        for node in ast.walk(module):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") in SAYING):
                continue
            said_there, where = node.args[0], f"{path.relative_to(ROOT)}:{node.lineno}"
            if path.name == "language.py":
                continue
            if isinstance(said_there, ast.Name) and said_there.id == "__doc__":
                yield ast.get_docstring(module, clean=False) or "", where
            else:
                assert isinstance(said_there, ast.Constant), f"{where}: no sentence, but code"
                yield str(said_there.value), where


def test_each_sentence_has_its_chinese_with_the_same_places() -> None:
    said_here = dict(sentences())
    missing = {where: text for text, where in said_here.items() if text not in CHINESE}
    assert not missing
    assert NAMED <= CHINESE.keys()
    assert not CHINESE.keys() - said_here.keys() - OF_ARGPARSE.keys() - KINDS.keys() - NAMED
    for english, chinese in CHINESE.items():
        assert places(english) == places(chinese), english


def places(sentence: str) -> set[tuple[str | None, str | None]]:
    """What is filled in, and how; a brace that is none breaks it."""
    return {(name, how) for _, name, how, _ in Formatter().parse(sentence) if name is not None}


def test_a_sentence_has_one_chinese() -> None:
    counted = Counter(english for part in PARTS for english in part.CHINESE)
    assert not [english for english, times in counted.items() if times > 1]
    assert not KINDS.keys() & counted.keys()


def test_the_words_of_argparse_are_its_own() -> None:
    source = inspect.getsource(argparse)
    known = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    assert known >= OF_ARGPARSE.keys()


def test_nothing_is_printed_or_explained_past_the_table() -> None:
    for path, module in sources("print(", *(f"{name}=" for name in TELLING)):
        for node in ast.walk(module):
            if isinstance(node, ast.Call):
                for bare in told_by(node):
                    assert not says_something(bare), f"{path.relative_to(ROOT)}:{node.lineno}"


def told_by(call: ast.Call) -> Iterator[ast.expr]:
    """What a person reads of a call, when it is made."""
    if getattr(call.func, "id", "") == "print":
        yield from call.args
    for keyword in call.keywords:
        if keyword.arg in TELLING:
            yield keyword.value


def says_something(bare: ast.expr) -> bool:
    """Whether a text has words of its own, beside what it is given and the name of a program."""
    parts = bare.values if isinstance(bare, ast.JoinedStr) else [bare]
    texts = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    return bool(re.search("[A-Za-z]{2}", re.sub(r"^\w+: ", "", "".join(texts))))


@pytest.mark.parametrize(
    ("environ", "spoken"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "", "LC_ALL": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_environment_says_the_language(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], spoken: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert language() == spoken


def test_the_settings_go_before_the_environment_and_the_command_line_before_both() -> None:
    prefer("zh")
    assert said("All is well.") == "一切正常。"
    speak("en")
    assert said("All is well.") == "All is well."
    speak("")
    prefer("auto")
    assert language() == "en"


def test_what_is_kept_is_said_in_the_language_of_who_reads_it() -> None:
    speak("zh")
    found = said("{what}: {found}", what=said("port"), found="{8080}")
    kept = json.dumps([to_keep(found), to_keep(said("{much} s ahead", much=2.5)), to_keep("NTP")])
    assert [from_kept(part) for part in json.loads(kept)] == [
        "端口：{8080}",
        "快 2.5 秒",
        "NTP",
    ]
    speak("en")
    assert [from_kept(part) for part in json.loads(kept)] == [
        "port: {8080}",
        "2.5 s ahead",
        "NTP",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("server:\n  language: zh\n", "zh"),
        ('server:\n  language:   "en"  # x\n', "en"),
        ("server:\n  language: auto\nopenai: {", "auto"),
        ("server: {port: 80, language: zh}\n", "zh"),
        ("server:\n  # language: zh\n", ""),
        ("server:\n  language: chinese\n", ""),
    ],
)
def test_a_file_is_spoken_of_in_the_language_that_it_asks_for(text: str, found: str) -> None:
    assert language_of(text) == found


def test_a_wrong_file_is_told_in_chinese_and_so_are_the_options(tmp_path: Path) -> None:
    config = tmp_path / "my.yml"
    config.write_text("mode: live\nserver: {prot: 80}\nopenai:\n  max_tokens: many\n", "utf-8")
    server = str(ROOT / "server.py")
    wrong = run(server, "--config", str(config), LANG="zh_CN.UTF-8")
    assert wrong.returncode == 2
    assert wrong.stderr.splitlines() == [
        f"{config}:1: wechat.token: 缺少这一项，要求：文本（加引号），不含空格的 ASCII 字符",
        f"{config}:2: server.prot: 不认识的键，是不是 server.port？",
        f"{config}:3: openai.api_keys: 没有填，mode 为 live 时至少要一个密钥",
        f"{config}:4: openai.max_tokens: 写的是文本，要求：整数，1 到 1000000",
    ]
    wrong = run(server, "--config", str(config), "--lang=en", LANG="zh_CN")
    assert "found text, expected" in wrong.stderr
    helped = run(server, "--lang=zh", "--help")
    assert "代替 server.host" in helped.stdout
    assert re.findall("[a-z]{3,} [a-z]{3,}", helped.stdout) == []  # no English is left over


def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The server, started by somebody whose environment says nothing else of a language."""
    return ran(*words, kind="server", environ=environ)
