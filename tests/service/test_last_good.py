"""What a file last said that was right outlives every process that has read it."""

import json
import os
import signal
from pathlib import Path

import pytest
import requests

from service.rereading import Rereading, unpacked
from settings.file.text import SettingsError
from settings.schema import Texts
from store import last_good
from store.database import Database
from tests.conftest import Clock
from tests.running import running
from tests.service.processes import PATIENCE, Service, until
from tests.service.test_rereading import numbers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.txt"
    path.write_text("1\n2\n", encoding="utf-8")
    return path


def begun(db: Database, *paths: Path) -> tuple[Rereading, list[list[int]]]:
    """As a process begins: what each file says to it."""
    rereading = Rereading()
    kept = [rereading.keep(path, numbers) for path in paths]
    rereading.begin(db)
    return rereading, [one.now for one in kept]


def test_a_process_that_begins_with_a_spoilt_file_says_what_it_last_said(
    either: Database, path: Path
) -> None:
    begun(either, path)
    path.write_text("3\nfour\n", encoding="utf-8")
    rereading, said = begun(either, path)
    assert said == [[1, 2]]
    assert rereading.troubles() == [f"{path}:2: no number"]
    path.unlink()
    assert begun(either, path)[1] == [[1, 2]]
    path.write_text("5\n", encoding="utf-8")
    rereading.read_all()
    assert rereading.troubles() == []
    path.write_text("six\n", encoding="utf-8")
    assert begun(either, path)[1] == [[5]], "what was read again is kept, too"


def test_what_a_file_said_is_of_its_account(either: Database, path: Path) -> None:
    """On another host a file of another account may be called the same."""
    begun(either, path)
    path.write_text("one\n", encoding="utf-8")
    rereading = Rereading()
    rereading.keep(path, numbers, account="shop")
    with pytest.raises(SettingsError):
        rereading.begin(either)


def test_one_that_never_was_right_is_refused_whatever_others_were(
    either: Database, path: Path
) -> None:
    begun(either, path)
    path.write_text("one\n", encoding="utf-8")
    other = path.with_name("other.txt")
    with pytest.raises(SettingsError) as refused:
        begun(either, path, other)
    assert str(refused.value) == f"{other}: cannot be read: No such file or directory"


def test_who_looks_is_told_as_long_as_a_process_has_it(
    either: Database, clock: Clock, path: Path
) -> None:
    def unusable() -> list[tuple[str, str, int]]:
        found = either.read(last_good.unusable, at=either.clock())
        return [(one.path, one.reason, one.reasons) for one in found]

    rereading, _ = begun(either, path)
    rereading.run_once()
    assert unusable() == []
    path.write_text("one\ntwo\n", encoding="utf-8")
    rereading.read_all()
    rereading.run_once()
    assert unusable() == [(str(path), f"{path}:1: no number", 2)]
    path.unlink()
    rereading.read_all()
    rereading.run_once()
    assert unusable() == [(str(path), f"{path}: cannot be read: No such file or directory", 1)]
    path.write_text("1\n", encoding="utf-8")
    rereading.read_all()
    rereading.run_once()
    assert unusable() == []


def test_invite_codes_are_kept_by_their_fingerprints(tmp_path: Path) -> None:
    codes = tmp_path / "codes.txt"
    codes.write_text("SPRING-2026 2\n", encoding="utf-8")
    with running(tmp_path, access={"codes_file": codes}) as app:
        codes.write_text("no\n", encoding="utf-8")
        app.restart()
        assert Texts().access_granted in (app.follower("o-one").say("spring 2026").seen or "")
        value = json.loads(app.one("SELECT value FROM facts WHERE name LIKE 'last good%'"))
        kept = unpacked(value[1])
        assert "fingerprint:" in kept and "spring" not in kept.lower()


def test_readyz_tells_of_it_and_does_not_fail(tmp_path: Path, path: Path) -> None:
    path.write_text("- {words: 价格, text: 十元}\n", encoding="utf-8")
    with running(tmp_path, replies_file=path) as app:
        path.write_text("- {words: 价格}\n", encoding="utf-8")
        app.restart()
        assert app.follower().say("价格").seen == "十元"
        answer = requests.get(app.url.replace("/wechat", "/readyz"), timeout=PATIENCE)
        assert answer.status_code == 200
        assert answer.json()["files"].startswith(f"ok, but {path}:1: replies[0]: it says nothing")


@pytest.mark.parametrize("workers", [1, 2])
def test_no_death_of_a_process_takes_what_was_right_away(tmp_path: Path, workers: int) -> None:
    replies, words = tmp_path / "replies.yml", tmp_path / "words.txt"
    replies.write_text("- {words: 价格, text: 十元}\n", encoding="utf-8")
    words.write_text("赌博\n", encoding="utf-8")
    own = {"replies_file": str(replies), "moderation": {"lists": [str(words)]}}
    service = Service(tmp_path, workers=workers, **own)
    service.start()
    until(lambda: len(service.said("event=listening")) == workers)
    replies.write_text("- {words: 价格, te", encoding="utf-8")
    words.unlink()
    if workers > 1:
        for line in service.said("event=listening"):
            os.kill(int(line.partition(" process=")[2].split()[0]), signal.SIGKILL)
        until(lambda: len(service.said("event=listening")) == 2 * workers)
    else:
        service.end(signal.SIGKILL)
        service.start()
    assert service.say("价格").seen == "十元"
    assert Texts().refused in (service.say("去赌博").seen or "")
    assert service.end() == 0
    service.start()
    assert service.say("价格", "o-two").seen == "十元"
    told = service.said("event=not_reread")
    assert any(f"{words}: cannot be read: No such file or directory" in line for line in told)
    assert "last_good=" in told[-1]
    assert service.end() == 0
    service.stop()
