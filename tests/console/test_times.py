"""Times, ages and spans are in words that people say."""

import re

import pytest

from console.words.times import NoTime, age, clock, moment, parse_since, span
from tests.console.story import NOW, Story


def test_times_are_local_with_seconds(story: Story) -> None:
    assert re.fullmatch(r"2023-11-1[45] \d\d:\d\d:20", moment(NOW))
    assert re.fullmatch(r"\d\d:\d\d:20\.250", clock(NOW + 0.25, NOW))
    assert clock(NOW + 86_400, NOW).startswith("2023-11-1")
    assert moment(None) == "-"
    assert moment(1e20) == "1e+20"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s ago"),
        (59.9, "59 s ago"),
        (200, "3 min ago"),
        (7500, "2 h 5 min ago"),
        (86_400, "1 d ago"),
        (100_000, "1 d 3 h ago"),
        (-5, "in 5 s"),
    ],
)
def test_ages_are_in_words(seconds: float, words: str) -> None:
    assert age(NOW - seconds, NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.00219, "0.002 s"),
        (0.25, "0.25 s"),
        (5.08, "5.1 s"),
        (12.4, "12 s"),
        (59.7, "1 min"),
        (185, "3 min 5 s"),
        (-3, "-3 s"),
    ],
)
def test_spans_are_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("word", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1.5h", 5400), ("3d", 259_200)]
)
def test_since_takes_an_age(word: str, seconds: float) -> None:
    assert parse_since(word, NOW) == NOW - seconds


def test_since_takes_an_iso_time_local_unless_it_says_otherwise() -> None:
    assert parse_since("2023-11-14T22:13:20Z", 0.0) == NOW
    assert parse_since(moment(NOW), 0.0) == NOW


@pytest.mark.parametrize("word", ["", "h", "2", "-2h", "2 hours", "yesterday", "nan", "0001-01-01"])
def test_since_refuses_nonsense(word: str) -> None:
    with pytest.raises(NoTime):
        parse_since(word, NOW)
