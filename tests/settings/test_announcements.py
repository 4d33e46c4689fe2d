"""What happens is announced once, by its name and with fields, and whoever listens hears of it."""

import ast
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from settings.announcements import Fields, Level, announce, listen, listen_no_more, where
from settings.log.lines import Libraries, LineFormat
from tests.conftest import ROOT
from tests.parsed import parsed_if

ROOMS = ("service", "fsm", "store", "integrations", "console", "settings")
SOURCES = [ROOT / "server.py", *(p for room in ROOMS for p in sorted((ROOT / room).rglob("*.py")))]
SET_LEVELS_ONLY = {
    "settings/log/lines.py",
    "integrations/wechat/exchange.py",
}  # of libraries' loggers

Told = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def told() -> Iterator[Told]:
    """What is announced."""
    heard: Told = []

    def hear(event: str, level: Level, fields: Fields) -> None:
        heard.append((event, dict(fields)))

    listen(hear)
    yield heard
    listen_no_more(hear)


def test_a_listener_that_breaks_is_a_fault_and_keeps_nobody_from_hearing(told: Told) -> None:
    def breaks(event: str, level: Level, fields: Fields) -> None:
        raise ValueError("a secret")

    listen(breaks)
    try:
        announce("moved", message=7)
    finally:
        listen_no_more(breaks)
    assert told[0] == ("moved", {"message": 7})
    [(event, fields)] = told[1:]
    assert event == "fault"
    assert fields["at"].startswith("ValueError in test_announcements.py:")


FAILING: list[Callable[[], Any]] = [
    lambda: json.loads("{"),
    lambda: gevent.spawn(json.loads, "{").get(),
    lambda: gevent.get_hub().threadpool.apply(json.loads, ("{",)),
]


@pytest.mark.parametrize("fails", FAILING)
def test_a_fault_is_where_the_program_called_what_failed_in_a_library(
    fails: Callable[[], Any],
) -> None:
    """Also where the library is compiled, or hands on what happened in another thread."""
    with pytest.raises(ValueError) as failed:
        fails()
    assert where(failed.value).startswith("JSONDecodeError in test_announcements.py:")


@pytest.mark.parametrize("said", ["(from %s)", "event=moved message=7 100%d", "event=moved\n"])
def test_what_a_library_says_is_a_text_within_one_line(told: Told, said: str) -> None:
    record = logging.LogRecord("gevent", logging.WARNING, "here.py", 1, said, None, None)
    Libraries().handle(record)
    [(event, fields)] = told
    assert (event, fields) == ("note", {"logger": "gevent", "text": said})
    line = LineFormat("key=value").line(event, "warning", fields, at=0)
    assert line.isprintable()
    assert "message=7" not in line


def test_what_a_library_says_in_passing_is_kept_from_the_log(told: Told) -> None:
    library = logging.getLogger("a library")
    library.propagate = False
    library.setLevel(logging.DEBUG)
    library.addHandler(Libraries())
    library.info("sent: %s", "a follower's words")
    library.warning("it is odd")
    assert [fields["text"] for _, fields in told] == ["it is odd"]


def announced_in(source: Path) -> Iterator[str]:
    """The names of the events that a file announces."""
    for node in (part for tree in parsed_if(source, "announce(") for part in ast.walk(tree)):
        match node:
            case ast.Call(func=ast.Name("announce"), args=[ast.IfExp(body=one, orelse=other), *_]):
                yield from (ast.literal_eval(one), ast.literal_eval(other))
            case ast.Call(func=ast.Name("announce"), args=[name, *_]):
                yield ast.literal_eval(name)


def test_each_event_is_announced_in_one_place() -> None:
    names = [name for source in SOURCES for name in announced_in(source)]
    assert sorted(names) == sorted(set(names))
    assert {"moved", "try_ended", "model_called", "listening", "note"} < set(names)
    assert all(re.fullmatch("[a-z_]+", name) for name in names)


def test_the_machines_events_stand_in_one_file_and_those_of_voices_in_another() -> None:
    machine = [source for source in SOURCES if source.is_relative_to(ROOT / "fsm")]
    places = {s.relative_to(ROOT).as_posix() for s in machine if list(announced_in(s))}
    assert places == {"fsm/events.py", "fsm/voice/events.py"}


def test_nobody_logs_beside_it() -> None:
    logs = {p.relative_to(ROOT).as_posix() for p in SOURCES if "getLogger" in p.read_text("utf-8")}
    assert logs <= SET_LEVELS_ONLY
