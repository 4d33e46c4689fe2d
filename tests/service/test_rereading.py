"""Files that are read again while the server runs: what is right takes effect, and nothing else."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from service.rereading import Rereading
from settings.announcements import Fields, Level, listen, listen_no_more
from settings.file.text import Problem, SettingsError
from settings.file.watched import MOST_BYTES, Unusable, WatchedFile

Told = list[tuple[str, Fields]]


def numbers(text: str) -> list[int]:
    """A list of numbers, one a line; all that are none are told of."""
    lines = list(enumerate(text.split(), start=1))
    if wrong := [Problem(line, "", "no number") for line, word in lines if not word.isdigit()]:
        raise Unusable(wrong)
    return [int(word) for _, word in lines]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.txt"
    path.write_text("1\n2\n", encoding="utf-8")
    return path


@pytest.fixture
def told() -> "Callable[[], Told]":
    heard: Told = []

    def listener(event: str, level: Level, fields: Fields) -> None:
        heard.append((event, dict(fields)))

    def so_far() -> Told:
        listen_no_more(listener)
        return heard

    listen(listener)
    return so_far


def looked(rereading: Rereading, times: int = 2) -> None:
    for _ in range(times):
        rereading.run_once()


def test_what_a_file_says_now_takes_effect_a_look_after_it_was_written(
    path: Path, told: Callable[[], Told]
) -> None:
    rereading = Rereading()
    kept = rereading.keep(path, numbers)
    rereading.begin()
    path.write_text("1\n2\n3", encoding="utf-8")
    looked(rereading, 1)
    assert kept.now == [1, 2]  # whoever writes it may not have come to the end
    path.write_text("1\n2\n3\n4\n", encoding="utf-8")
    looked(rereading, 1)
    assert kept.now == [1, 2]
    looked(rereading, 3)
    assert kept.now == [1, 2, 3, 4]
    assert told() == [("reread", {"path": str(path), "entries": 4, "before": None})]


def test_a_bad_version_is_told_of_once_with_its_line_and_the_old_one_stays(
    path: Path, told: Callable[[], Told], capfd: pytest.CaptureFixture[str]
) -> None:
    rereading = Rereading()
    kept = rereading.keep(path, numbers)
    rereading.begin()
    path.write_text("1\ntwo\nthree\n", encoding="utf-8")
    looked(rereading, 4)
    assert kept.now == [1, 2]
    path.unlink()
    looked(rereading, 4)
    assert kept.now == [1, 2]
    path.write_text("7\n", encoding="utf-8")
    looked(rereading)
    assert kept.now == [7]
    first, gone, good = told()
    assert first[0] == "not_reread"
    assert first[1] == {"reason": f"{path}:2: no number", "more": 1, "last_good": None}
    assert gone[0] == "not_reread" and str(path) in str(gone[1]["reason"])
    assert good[0] == "reread"
    assert capfd.readouterr().err == "", "an operator's slip is no fault in the program"


def test_another_file_in_its_place_is_noticed_though_it_is_as_old_and_as_long(path: Path) -> None:
    rereading = Rereading()
    kept = rereading.keep(path, numbers)
    rereading.begin()
    other = path.with_name("other.txt")
    other.write_text("8\n9\n", encoding="utf-8")
    was = path.stat()
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    other.replace(path)
    looked(rereading)
    assert kept.now == [8, 9]


def test_told_to_it_reads_at_once_whether_there_is_something_new_or_not(
    path: Path, told: Callable[[], Told]
) -> None:
    rereading = Rereading()
    assert not rereading.read_all()  # there is nothing to be read
    kept = rereading.keep(path, numbers)
    rereading.begin()
    assert rereading.read_all()
    path.write_text("5\n", encoding="utf-8")
    assert rereading.read_all()
    assert kept.now == [5]
    assert [event for event, _ in told()] == ["reread", "reread"]


def test_a_file_that_is_wrong_at_the_start_is_refused_with_every_line(path: Path) -> None:
    path.write_text("one\n2\nthree\n", encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        WatchedFile(path, numbers).look(at_once=True)
    assert str(refused.value) == f"{path}:1: no number\n{path}:3: no number"


@pytest.mark.parametrize("what", ["missing", "a folder", "a pipe", "not UTF-8", "too large"])
def test_what_is_no_file_of_text_is_refused(what: str, path: Path) -> None:
    path.unlink()
    if what == "a folder":
        path.mkdir()
    elif what == "a pipe":
        os.mkfifo(path)
    elif what == "not UTF-8":
        path.write_bytes("一\n二".encode() + "三".encode("gb18030"))
    elif what == "too large":
        with path.open("wb") as sparse:
            sparse.truncate(MOST_BYTES + 1)
    with pytest.raises(SettingsError) as refused:
        WatchedFile(path, numbers).look(at_once=True)
    assert str(refused.value).startswith(f"{path}:2: " if what == "not UTF-8" else f"{path}: ")


def test_the_mark_that_windows_writes_first_is_no_part_of_the_text(path: Path) -> None:
    path.write_text("\ufeff6\n", encoding="utf-8")
    kept = WatchedFile(path, numbers)
    kept.look(at_once=True)
    assert kept.now == [6]


def test_a_file_that_is_emptied_is_told_of_as_a_warning(path: Path) -> None:
    levels: list[tuple[Level, Fields]] = []

    def listener(event: str, level: Level, fields: Fields) -> None:
        levels.append((level, {name: fields[name] for name in ("entries", "before")}))

    rereading = Rereading()
    kept = rereading.keep(path, numbers)
    rereading.begin()
    listen(listener)
    for text in ("", "1\n", "1\n2\n"):
        path.write_text(text, encoding="utf-8")
        assert rereading.read_all()
    listen_no_more(listener)
    assert kept.now == [1, 2]
    assert levels == [
        ("warning", {"entries": 0, "before": 2}),
        ("info", {"entries": 1, "before": None}),
        ("info", {"entries": 2, "before": None}),
    ]


def test_all_files_that_are_wrong_at_the_start_are_told_of_at_once(path: Path) -> None:
    rereading = Rereading()
    missing, other = path.with_name("missing.txt"), path.with_name("other.txt")
    other.write_text("one\ntwo\n", encoding="utf-8")
    for one in (missing, path, other, missing):
        rereading.keep(one, numbers)
    with pytest.raises(SettingsError) as refused:
        rereading.begin()
    assert str(refused.value).splitlines() == [
        f"{missing}: cannot be read: No such file or directory",
        f"{other}:1: no number",
        f"{other}:2: no number",
    ]
