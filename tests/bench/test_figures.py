"""The arithmetic of the bench: what is counted, compared, aimed at and shown."""

import math
from pathlib import Path

import pytest

from bench import report
from bench.figures import Row, Target, least, load_of, most, ratio_of_least, ratio_of_most

ANSWERED: dict[str, float | str] = {
    "fate": "answered",
    "tries": 1,
    "due_at": 10.0,
    "sent_at": 10.001,
}


def seen(**differently: float | str) -> dict[str, float | str]:
    return {**ANSWERED, "model_ended_at": 10.301, "seen_at": 10.304, **differently}


def test_each_message_counts_once_and_only_the_answered_have_an_overhead() -> None:
    load = load_of(
        [
            seen(),
            seen(tries=3, model_ended_at=22.0, seen_at=22.050),
            seen(fate="told", model_ended_at=0.0, seen_at=10.021),
            seen(fate="put_off", model_ended_at=0.0),
            seen(fate="nothing", model_ended_at=0.0, seen_at=0.0),
        ],
        cpu_seconds=0.02,
    )
    assert (load.sent, load.first, load.answered) == (5, 1, 2)
    assert (load.told, load.put_off, load.nothing) == (1, 1, 1)
    assert load.overhead == pytest.approx([3, 50])
    assert load.told_after == pytest.approx([20])
    assert load.late == pytest.approx([1] * 5)
    assert load.cpu == pytest.approx(4)
    assert (load.at(0.5), load.at(0.99)) == pytest.approx((3, 50))


def test_where_nobody_was_answered_there_is_no_overhead() -> None:
    assert math.isnan(load_of([seen(fate="nothing")]).at(0.5))
    assert load_of([]).cpu == 0


@pytest.mark.parametrize(
    "value, beside, target, met",
    [
        (1.4, 1.0, ratio_of_most(1.4), True),
        (1.5, 1.0, ratio_of_most(1.4), False),
        (0.8, 1.0, ratio_of_least(0.8), True),
        (0.7, 1.0, ratio_of_least(0.8), False),
        (3.0, 9.0, most(3), True),
        (3.1, 9.0, most(3), False),
        (250.0, None, least(250), True),
        (200.0, None, least(250), False),
        (1.0, None, ratio_of_most(1.4), False),  # there is nothing to compare with
        (1.0, 0.0, ratio_of_most(1.4), False),
        (math.nan, 1.0, most(3), False),
        (math.inf, None, most(3), False),
        (1.0, 1.0, None, None),
    ],
)
def test_a_target_is_met_or_not(
    value: float, beside: float | None, target: Target | None, met: bool | None
) -> None:
    assert Row("100/s", "overhead p50", "ms", value, beside, target=target).met is met


ROWS = [
    Row("100/s", "CPU per message", "ms", 5.0, 4.0, target=ratio_of_most(1.2)),
    Row("100/s", "overhead p99", "ms", math.nan, 6.51, target=most(15)),
    Row("100/s", "overhead p50", "ms", 3.0, math.inf),
    Row("200/s", "answered", "/s", 1234.0, 1000.0, "1x", ratio_of_least(0.8)),
    Row("200/s", "memory", "MB", 95.62),
]


def test_the_table_says_value_ratio_and_target_and_a_case_once() -> None:
    measured = report.Measured(ROWS, "a machine", 0.123)
    lines = report.as_markdown({"overhead": measured}).splitlines()
    assert lines[0] == "a machine"
    assert lines[-1].endswith("0.12 cores")
    assert lines[-7:-2] == [
        "| 100/s | CPU per message | 5 ms | 4 ms (floor) | 1.25 x | ≤ 1.2 x | ✗ |",
        "|  | overhead p99 | - | 6.51 ms (floor) |  | ≤ 15 ms | ✗ |",
        "|  | overhead p50 | 3 ms | - (floor) |  |  |  |",
        "| 200/s | answered | 1,234 /s | 1,000 /s (1x) | 1.23 x | ≥ 0.8 x | ✓ |",
        "|  | memory | 95.6 MB |  |  |  |  |",
    ]


def test_results_are_read_back_and_a_page_keeps_what_is_written_around_the_tables(
    tmp_path: Path,
) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"# Figures\n\n{report.BEGIN}\nold\n{report.END}\n\nWhy so.\n")
    idle, overhead = report.Measured(ROWS[:1], "one", 0.1), report.Measured(ROWS, "two", 1.5)
    report.write({"idle": idle}, tmp_path)
    report.write({**report.read(tmp_path / "benchmarks.json"), "overhead": overhead}, tmp_path)
    results = report.read(tmp_path / "benchmarks.json")
    assert results["idle"] == idle
    assert results["overhead"].others == 1.5
    assert [row.met for row in results["overhead"].rows] == [row.met for row in ROWS]
    text = page.read_text()
    assert text.startswith("# Figures\n") and text.endswith("\n\nWhy so.\n") and "old" not in text
    assert text.index("### 空闲") < text.index("two\n") < text.index("### 每条消息的开销")
