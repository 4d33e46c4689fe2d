"""What the last look at the services outside has found is shown until the next one."""

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from console.views.attention import KINDS
from store import outside, place
from store.outside import Amiss, Looked
from store.place import Url
from tests.console.story import Story
from tests.console.terminal import Ran

WRONG = Amiss(
    True, "access token: AddressNotWhitelisted: errcode 40164", "add 203.0.113.7 to the whitelist"
)
DOUBT = Amiss(False, "clock: 40 s ahead", "set it by NTP")


def test_what_is_wrong_outside_needs_attention_with_its_cure(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    outside.keep(today.db, Looked(today.now - 200, "check", 9, [WRONG, DOUBT]))
    code, out, _ = inspect("--check", "--only", "outside")
    assert code == 1
    said = " ".join(out.split())
    assert "Wrong outside, at the last look (1)" in said
    assert "access token: AddressNotWhitelisted: errcode 40164" in said
    assert "found 3 min ago by server.py --check" in said
    assert "add 203.0.113.7 to the whitelist; then server.py --check" in said
    assert "clock" not in said


def test_a_look_that_finds_nothing_is_the_end_of_it(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    outside.keep(today.db, Looked(today.now - 200, "check", 9, [WRONG]))
    outside.keep(today.db, Looked(today.now - 5, "start", 4, []))
    code, out, _ = inspect("--check", "--only", "outside")
    assert (code, out) == (0, "")
    assert "looked outside 5 s ago" in inspect()[1]


def test_a_clock_that_pushes_show_to_be_wrong_is_on_the_first_screen_until_they_show_it_right(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    wrong = Amiss(True, "this machine's clock is 3600 s ahead of WeChat's", "set it by NTP")
    at, until = today.now - 120, today.now + 60
    outside.notice(today.db, outside.CLOCK, "web1", wrong, at=at, until=until)
    said = " ".join(inspect()[1].split())
    assert "this machine's clock is 3600 s ahead of WeChat's" in said
    assert "as pushes showed 2 min ago" in said and "set it by NTP" in said
    outside.is_right(today.db, outside.CLOCK, "web1")
    assert "clock" not in inspect()[1]


def test_a_full_disk_is_on_the_first_screen(
    today: Story, inspect: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "free where the database is" not in inspect()[1]
    monkeypatch.setattr(place, "left_on_full_disk", lambda where: 3_400_000.0)
    code, out, _ = inspect("--check", "--only", "outside")
    said = " ".join(out.split())
    assert code == 1
    assert "3 MB are free where the database is" in said
    assert "free some space: on a full disk nothing is stored" in said


def test_what_has_to_be_mended_stands_in_front_of_answers_that_wait_to_be_read() -> None:
    assert KINDS.index("outside") < KINDS.index("unread")


@pytest.mark.parametrize(
    ("size", "free", "left"),
    [
        (1_000_000, 0, 0),
        (1_000_000, 19, 19_000),
        (1_000_000, 21_000, None),
        (16_000, 2_000, None),  # a small volume is not full for being small
        (16_000, 1_000, 1_000_000),
    ],
)
def test_a_disk_is_full_where_little_of_it_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, free: int, left: int | None
) -> None:
    disk = SimpleNamespace(f_blocks=size, f_bavail=free, f_frsize=1000)
    monkeypatch.setattr(os, "statvfs", lambda folder: disk)
    assert place.left_on_full_disk(tmp_path / "huixin.db") == left


def test_of_a_server_and_of_no_folder_nothing_is_known(tmp_path: Path) -> None:
    assert place.left_on_full_disk(Url("postgresql://host/huixin")) is None
    assert place.left_on_full_disk(tmp_path / "none" / "huixin.db") is None
