"""A chain of models whose services do as they like: what holds whatever they do."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import gevent

from sandbox.follower import Fate
from sandbox.model import ModelStandIn
from settings.schema import Texts
from tests.end_to_end.chains import chained, named
from tests.running import Running
from tests.shown import STILL_THINKING
from tests.speaking import running_with_speech, spoken

APOLOGY = Texts().apology
QUESTIONS = 24
PLACES = 6  # one that is not given back would soon be missed
PATIENCE = 20.0  # seconds
BROKEN_OFF = Texts().broken_off


@contextmanager
def three_models() -> Iterator[list[ModelStandIn]]:
    models = [ModelStandIn() for _ in range(3)]
    for model in models:
        model.start()
    yield models
    for model in models:
        model.stop()


def somehow(random: Random, name: str) -> dict[str, Any]:
    """How a service answers; what it says tells whose answer it is."""
    text = f"我是{name}，我来回答。"
    late = random.choice([0.0, 0.0, 0.05, 0.15, 0.35, 30.0])
    return random.choice(
        [
            {"text": text, "after": late},
            {"text": text, "after": late, "pace": 0.02},
            {"text": f"<think>想</think>{text}", "pace": 0.03},
            {"text": text, "cut": random.choice([0, 6])},
            {"status": random.choice([401, 404, 429, 500, 503]), "after": min(late, 0.35)},
            {"text": ""},
        ]
    )


def test_one_model_answers_each_question_and_every_call_is_counted(tmp_path: Path) -> None:
    """Of several chains, at the same time: they mostly wait."""
    running = [gevent.spawn(_run, tmp_path / str(seed), seed) for seed in range(3)]
    gevent.joinall(running, raise_error=True)  # whose greenlet is told of with its seed


def _run(folder: Path, seed: int) -> None:
    with three_models() as three:
        _answers(folder, three, Random(seed))


def _answers(folder: Path, three: list[ModelStandIn], random: Random) -> None:
    for name, model in zip("ABC", three, strict=True):
        for _ in range(3 * QUESTIONS):
            model.will(**somehow(random, name))
    models = [named(name, model.url) for name, model in zip("ABC", three, strict=True)]
    quick = {
        "hedge_seconds": random.choice([0.0, 0.1]),
        "takeover_seconds": 0.25,
        "read_seconds": 1.0,
    }
    limits = {"gap_seconds": 0, "turn_seconds": 0, "model_calls": PLACES}
    with chained(folder, *models, openai=quick, limits=limits) as app:
        asking = []
        for number in range(QUESTIONS):
            asking.append(gevent.spawn(app.follower(f"o-{number % 8}").say, f"问{number}"))
            gevent.sleep(random.choice([0.0, 0.03, 0.1]))
        fates = [asked.get() for asked in asking]
        wait_until_settled(app)
        _holds(app, three, fates)


def wait_until_settled(app: Running) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while app.one("SELECT count(*) FROM messages WHERE settled_at IS NULL"):
        assert time.monotonic() < give_up_at, "something is unfinished for ever"
        gevent.sleep(0.1)


def _holds(app: Running, three: list[ModelStandIn], fates: list[Fate]) -> None:
    rows = app.huixin.db.read(lambda db: db.execute("SELECT * FROM messages").fetchall())
    assert len(rows) == QUESTIONS
    for row in rows:
        called = row["called"].split()
        assert len(called) == row["model_calls"] >= 1
        if row["state"] == "REPLIED":
            assert row["answered_by"] in called
            assert (
                row["answer"]
                .removesuffix(f"\n{BROKEN_OFF}")
                .startswith(f"我是{row['answered_by']}"[: len(row["answer"])])
            )
        else:
            assert (row["state"], row["answered_by"]) == ("FAILED", None)
            assert row["failure"].startswith("NoModelLeft: A: ")
    calls = "".join(row["called"] for row in rows).split()
    for name, model in zip("ABC", three, strict=True):
        assert calls.count(name) >= len(model.asked), "one that is cut off may not have got there"
    assert all(fate.seen.startswith(("我是", STILL_THINKING, APOLOGY)) for fate in fates)


def test_of_two_that_are_asked_side_by_side_one_is_spoken(
    tmp_path: Path, one: ModelStandIn, other: ModelStandIn
) -> None:
    slow, quick = one, other
    slow.always(text="我慢慢说。", after=20.0)
    quick.always(text="我先说，说得清清楚楚。", pace=0.05)
    both = {"hedge_seconds": 0.2, "takeover_seconds": 10.0}
    models = tuple(
        named(name, model.url, **both) for name, model in (("slow", slow), ("quick", quick))
    )
    with running_with_speech(tmp_path, models=models) as app:
        assert app.ask().media_id
        assert spoken(app) == "我先说，说得清清楚楚。"
        assert app.one("SELECT answered_by FROM messages") == "quick"
