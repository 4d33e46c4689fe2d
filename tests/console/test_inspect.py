"""What can be wrong with a command or with its database is one line and an exit code."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from console.inspect import main
from tests.conftest import ROOT
from tests.console.story import Story
from tests.console.terminal import Ran, command, obeyed


def refusal(done: Ran, code: int) -> str:
    """The one line on stderr of a command that could not be done."""
    assert done[0] == code
    assert done[1] == ""
    [line] = done[2].splitlines()
    assert line.startswith("inspect: ")
    assert "Traceback" not in line
    return line


def test_a_database_that_is_missing(inspect: Callable[..., Ran], tmp_path: Path) -> None:
    assert str(tmp_path / "huixin.db") in refusal(inspect(), 3)
    assert list(tmp_path.iterdir()) == [], "nor was one made"


def test_a_folder_in_the_place_of_the_database(inspect: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "huixin.db").mkdir()
    assert "no database" in refusal(inspect(), 3)


def test_a_file_in_the_place_of_a_folder(inspect: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "huixin.db").touch()
    assert "no database" in refusal(inspect("--db", str(tmp_path / "huixin.db" / "x.db")), 3)


def test_an_empty_file(inspect: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "huixin.db").touch()
    assert "is empty: restore a backup" in refusal(inspect(), 3)


def test_a_file_that_is_no_database(inspect: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "huixin.db").write_bytes(b"these are not the bytes of a database" * 100)
    assert "backup" in refusal(inspect(), 3)


def test_a_damaged_database(story: Story, inspect: Callable[..., Ran]) -> None:
    story.tells("hello", "hi")
    select = "SELECT rootpage FROM sqlite_master WHERE name = 'messages'"
    root = story.db.execute(select).fetchone()[0]
    story.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    story.db.close()
    with story.path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    assert "backup" in refusal(inspect("show", "1"), 3)


def test_a_database_that_lacks_a_table(story: Story, inspect: Callable[..., Ran]) -> None:
    story.db.execute("DROP TABLE tries")
    assert "not as this version made it" in refusal(inspect("list"), 3)


def test_a_database_that_an_older_version_made(story: Story, inspect: Callable[..., Ran]) -> None:
    story.db.execute("DELETE FROM migrations WHERE name = '0004_inspect_indexes.sql'")
    line = refusal(inspect(), 3)
    assert "has not seen 0004_inspect_indexes.sql" in line
    assert "start the server" in line


def test_a_database_that_a_newer_version_made(story: Story, inspect: Callable[..., Ran]) -> None:
    story.db.execute("INSERT INTO migrations (name, at) VALUES ('9999_future.sql', 'later')")
    assert "9999_future.sql" in refusal(inspect(), 3)


def test_a_database_that_another_process_has_locked(
    story: Story, inspect: Callable[..., Ran]
) -> None:
    story.db.execute("PRAGMA locking_mode = EXCLUSIVE")
    story.db.execute("BEGIN EXCLUSIVE")
    story.says()
    assert "locked" in refusal(inspect(), 3)


@pytest.mark.parametrize("word", ["99", "-1", "oops", "9" * 40, "9" * 5000, "\u0663", "x\x1b[2J"])
@pytest.mark.parametrize("words", [["show"], ["follower"], ["list", "--follower"]], ids=" ".join)
def test_an_unknown_message_or_follower(
    story: Story, inspect: Callable[..., Ran], words: list[str], word: str
) -> None:
    story.tells("hello", "hi")
    done = inspect(*words[:-1], f"{words[-1]}={word}") if words[-1:] == ["--follower"] else None
    done = done or inspect(*words, "--", word)
    assert not obeyed(refusal(done, 4))


@pytest.mark.parametrize(
    "words",
    [
        ["--since", "2h"],
        ["list", "--since", "yesterday"],
        ["list", "--since", "0001-01-01"],
        ["list", "--limit", "0"],
        ["list", "--limit", "many"],
        ["list", "--limit", "9" * 30],
        ["list", "--state", "LOST"],
        ["--watch", "0"],
        ["--watch", "nan"],
        ["--only", "everything"],
        ["--check", "list"],
        ["--check", "--watch"],
        ["show"],
        ["tell"],
        ["list", "more\x1b[2J"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line(inspect: Callable[..., Ran], words: list[str]) -> None:
    assert not obeyed(refusal(inspect(*words), 2))


@pytest.mark.parametrize("words", [[], ["list"], ["show"], ["follower"], ["stats"]], ids=" ".join)
def test_help_is_there(inspect: Callable[..., Ran], words: list[str]) -> None:
    code, out, _ = inspect(*words, "--help")
    assert code == 0
    assert "usage: python -m store.inspect" in out
    if not words:
        assert "exit codes:" in out
        assert "show 4711" in out


def test_a_reader_who_has_read_enough_is_no_error(today: Story) -> None:
    today.tells("hello", "hi")
    ours, its = os.pipe()
    os.close(ours)
    done = subprocess.run(
        command(today.path, "list"), cwd=ROOT, stdout=its, stderr=subprocess.PIPE, check=False
    )
    os.close(its)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_who_reads_the_beginning_is_no_error(today: Story) -> None:
    for _ in range(20):
        today.tells("x" * 10_000, "hi")
    with subprocess.Popen(
        command(today.path, "list", "--text"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == b"Messages, the newest first\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_check_counts_even_where_nobody_reads_it(today: Story) -> None:
    today.fails(today.is_asked(today.says()), "KeyRefused: 401")
    ours, its = os.pipe()
    os.close(ours)
    done = subprocess.run(command(today.path, "--check"), cwd=ROOT, stdout=its, check=False)
    os.close(its)
    assert done.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_output_that_cannot_be_written(today: Story) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            command(today.path), cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 5
    [line] = done.stderr.splitlines()
    assert line.startswith("inspect: the output cannot be written")


def test_an_output_that_is_closed_is_no_error(today: Story) -> None:
    words = " ".join(command(today.path))
    done = subprocess.run(f"{words} >&-", shell=True, cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_that_knows_only_ascii_is_told_by_escapes(today: Story) -> None:
    today.tells("你好", "hi")
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        command(today.path, "list", "--text"),
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u4f60\\u597d" in done.stdout


# Where the database is


def test_the_settings_say_where_the_database_is(
    today: Story, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    today.says()
    config = tmp_path / "mine.yml"
    config.write_text(f'store:\n  path: "{today.path}"\nwechat:\n  token: "t"\nmode: sandbox\n')
    assert main(["--config", str(config), "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_options_may_stand_before_and_after_the_command(
    today: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    today.says()
    path = str(today.path)
    for words in (["--json", "--db", path, "list"], ["list", "--db", path, "--json"]):
        assert main(words) == 0
        assert len(json.loads(capsys.readouterr().out)) == 1


def test_settings_that_cannot_be_used_are_one_line_without_their_secrets(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "mine.yml"
    config.write_text("wechat:\n  token: [secret]\n  unknown: secret\n")
    assert main(["--config", str(config)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert re.search(r"and \d more", line)
    assert "--db PATH" in line
    assert "secret" not in line
