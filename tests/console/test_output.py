"""What is shown, and how: to nobody who did not ask, never obeyed, in columns that fit."""

import json
import re
import signal
import subprocess
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.output import Column, Page, Table, as_json, as_plain, shown
from store import changes
from tests.conftest import ROOT
from tests.console.story import Story
from tests.console.terminal import WICKED, Ran, command, obeyed, on_terminal, rows, run

EVERY_COMMAND = [
    [],
    ["list"],
    ["list", "--state", "FAILED"],
    ["show", "1"],
    ["show", "2"],
    ["show", "3"],
    ["follower", "1"],
    ["stats"],
]


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=" ".join)
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["plain", "json"])
def test_what_was_written_is_shown_to_nobody_who_did_not_ask(
    today: Story, inspect: Callable[..., Ran], words: list[str], form: list[str]
) -> None:
    today.tells("their words", "their words")
    today.fails(today.is_asked(today.says("their words")), "KeyRefused: 401")
    changes.checkpoint(today.db, today.is_asked(today.says("their words")), "their words")
    code, out, _ = inspect(*words, *form)
    assert code == 0
    assert "their words" not in out
    if (words and words[0] in ("show", "follower")) or words == ["list"]:
        assert "their words" in inspect(*words, *form, "--text")[1]


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["plain", "json"])
def test_wicked_text_is_shown_and_never_obeyed(
    today: Story, inspect: Callable[..., Ran], form: list[str]
) -> None:
    today.tells(WICKED, WICKED)
    for words in (["list"], ["show", "1"], ["follower", "1"]):
        _, out, _ = inspect(*words, "--text", *form)
        assert not obeyed(out)
        assert "[red]f" in out
        assert ":smile:" in out


def test_a_row_is_one_line_whatever_it_holds(today: Story, inspect: Callable[..., Ran]) -> None:
    today.tells("one\ntwo\r\nthree", "four\n\nfive")
    title, head, row = rows(inspect("list", "--text")[1])
    assert title == "Messages, the newest first"
    assert head.split()[0] == "message"
    assert "one\\ntwo\\r\\nthree" in row


def test_json_keeps_every_character(today: Story, inspect: Callable[..., Ran]) -> None:
    today.tells(WICKED, "答案")
    out = inspect("list", "--text", "--json")[1]
    [listed] = json.loads(out)
    assert listed["question"] == WICKED
    assert "答案" in out


@given(st.text())
def test_nothing_that_is_shown_can_be_obeyed(text: str) -> None:
    assert not obeyed(shown(text))
    assert "\n" not in shown(text)
    page = Page([Table("t", (Column("c"), Column("d", words=True)), [(text, text)])], {"k": text})
    assert not obeyed(as_plain(page))
    assert len(rows(as_plain(page))) == 3
    assert not obeyed(as_json(page))
    assert json.loads(as_json(page)) == {"k": text}


def test_wide_characters_keep_the_columns_straight() -> None:
    table = Table("t", (Column("a"), Column("b")), [("答案", "x"), ("hi", "x")])
    assert rows(as_plain(Page([table], None)))[2:] == ["答案  x", "hi    x"]


COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("columns", [60, 130])
def test_a_terminal_gets_colours_and_lines_that_fit(today: Story, columns: int) -> None:
    today.now -= 300
    today.tells(WICKED * 5, "答案" * 100)
    today.fails(today.is_asked(today.says()), "ModelUnavailable: " + "reason " * 10)
    today.is_asked(today.says("[red]stuck"))
    today.now += 299
    for words in ([], ["list", "--text"], ["show", "1", "--text"], ["follower", "1", "--text"]):
        code, out = on_terminal(today.path, *words, columns=columns)
        assert code == 0
        assert COLOURS.search(out)
        written = COLOURS.sub("", out)
        assert not obeyed(written)
        for line in rows(written):
            assert sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in line) <= columns
        assert "┃" not in as_plain(Page([], None)) + written


def test_a_pipe_gets_no_colours_and_no_boxes(today: Story) -> None:
    today.fails(today.is_asked(today.says()), "KeyRefused: 401")
    out = run(today.path).stdout
    assert not obeyed(out)
    assert not re.search(r"[─━│┃═║]", out)


# A view that refreshes


def test_watch_shows_a_pipe_one_page_after_another_until_it_is_interrupted(today: Story) -> None:
    with subprocess.Popen(
        command(today.path, "--watch", "0.1"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline().startswith("Nothing needs attention: 0 unfinished")
        today.says()
        for line in process.stdout:
            if "1 unfinished" in line:
                break
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
        assert process.stderr.read() == ""


def test_watch_gives_the_terminal_back(today: Story) -> None:
    code, out = on_terminal(
        today.path, "--watch", columns=80, stop_after=b"Nothing needs attention"
    )
    assert code == 0
    assert out.index("\x1b[?1049h") < out.index("\x1b[?1049l")
