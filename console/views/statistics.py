"""How it went: states, answers in time, how long each stage took, tries, and model calls."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from console.views.uncollected import WINDOW
from store.database import Connection, Row
from store.messages import FINAL, SETTLED_BADLY, State

END_TO_END = "arrival to end"


@dataclass(frozen=True)
class Stage:
    """How long messages stayed in a state, in seconds; `END_TO_END` is all of it."""

    state: str
    messages: int
    p50: float
    p95: float


@dataclass(frozen=True)
class Result:
    """What came of the messages for which the model was, or should have been, asked."""

    result: str  # "answered", "refused", "unfinished", or the class of a failure
    messages: int
    model_calls: int


@dataclass(frozen=True)
class OfModel:
    """How often a model was asked, and how many of its answers were taken."""

    model: str
    calls: int
    answers: int


@dataclass(frozen=True)
class Refused:
    """How many questions, or answers, one rule did not let pass."""

    rule: str
    what: str  # "question" or "answer"
    messages: int


@dataclass(frozen=True)
class Statistics:
    """Of the messages that arrived from `since` until `at`.

    `cut`: there are older ones that were asked for too, and are left out. `answered_in_window` of
    `windows_closed` messages were answered while WeChat still asked.
    """

    since: float
    cut: bool
    at: float
    messages: int
    by_state: dict[str, int]
    windows_closed: int
    answered_in_window: int
    stages: list[Stage]
    by_tries: dict[int, int]  # how many tries -> how many messages
    results: list[Result]
    models: list[OfModel]
    refused: list[Refused]


def look(db: Connection, *, since: float, at: float, limit: int) -> Statistics:
    """The figures of the messages since then, the newest `limit` of them."""
    later = _first_of(db, since, limit)
    since = later or since
    outcomes = _outcomes(db, since)
    by_state: defaultdict[str, int] = defaultdict(int)
    for row in outcomes:
        by_state[row["state"]] += row["messages"]
    closed, answered = _in_window(db, since, at)
    return Statistics(
        since=since,
        cut=later is not None,
        at=at,
        messages=sum(by_state.values()),
        by_state={state: by_state[state] for state in State if state in by_state},
        windows_closed=closed,
        answered_in_window=answered,
        stages=_stages(db, since),
        by_tries=_by_tries(db, since),
        results=_results(outcomes),
        models=_models(db, since),
        refused=_refused(db, since),
    )


def _first_of(db: Connection, since: float, limit: int) -> float | None:
    """When the first of the newest `limit` messages arrived; None where there are no more."""
    select = """
        SELECT arrived_at FROM messages WHERE arrived_at >= :since
         ORDER BY arrived_at DESC LIMIT 2 OFFSET :before
    """
    rows = db.execute(select, {"since": since, "before": limit - 1}).fetchall()
    return float(rows[0]["arrived_at"]) if len(rows) == 2 else None


def _outcomes(db: Connection, since: float) -> list[Row]:
    select = """
        SELECT state, failure, refused, count(*) AS messages, sum(model_calls) AS model_calls,
               sum(CASE WHEN model_calls > 0 THEN 1 ELSE 0 END) AS asked
          FROM messages WHERE arrived_at >= :since GROUP BY state, failure, refused
    """
    return db.execute(select, {"since": since}).fetchall()


def _results(outcomes: list[Row]) -> list[Result]:
    """By the class of the failure: what stands before the first colon of its reason."""
    totals: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in outcomes:
        if row["state"] == State.FAILED:
            result, counted = row["failure"].partition(":")[0], row["messages"]
        else:
            ended = "refused" if row["refused"] else "answered"
            result = ended if row["state"] == State.REPLIED else "unfinished"
            counted = row["asked"]
        totals[result][0] += counted
        totals[result][1] += row["model_calls"]
    found = [Result(name, *counts) for name, counts in totals.items() if counts[0]]
    return sorted(found, key=lambda result: -result.messages)


def _models(db: Connection, since: float) -> list[OfModel]:
    select = """
        SELECT called, answered_by, count(*) AS messages FROM messages
         WHERE arrived_at >= :since AND model_calls > 0 GROUP BY called, answered_by
    """
    calls, answers = Counter[str](), Counter[str]()
    for row in db.execute(select, {"since": since}):
        for model in row["called"].splitlines():
            calls[model] += row["messages"]
        answers[row["answered_by"] or ""] += row["messages"]
    return [OfModel(model, n, answers[model]) for model, n in calls.most_common()]


def _refused(db: Connection, since: float) -> list[Refused]:
    """By rule, what was refused most first."""
    select = """
        SELECT refused_by AS rule, refused AS what, count(*) AS messages
          FROM messages WHERE refused IS NOT NULL AND arrived_at >= :since
         GROUP BY refused_by, refused ORDER BY messages DESC, rule, what
    """
    return [Refused(**row) for row in db.execute(select, {"since": since})]


def _in_window(db: Connection, since: float, at: float) -> tuple[int, int]:
    """Messages whose window is over, and those that a try answered within it; not apologies."""
    select = f"""
        SELECT count(*) AS closed, sum(CASE WHEN NOT {SETTLED_BADLY} AND EXISTS (
                   SELECT 1 FROM tries WHERE message_id = messages.id AND outcome = 'replied'
                      AND ended_at <= messages.arrived_at + :window) THEN 1 ELSE 0 END) AS answered
          FROM messages WHERE arrived_at >= :since AND arrived_at <= :until
    """
    keys = {"since": since, "until": at - WINDOW, "window": WINDOW}
    row = db.execute(select, keys).fetchone()
    return row["closed"], row["answered"] or 0


def _by_tries(db: Connection, since: float) -> dict[int, int]:
    select = """
        SELECT tries, count(*) AS messages FROM (
            SELECT (SELECT count(*) FROM tries WHERE message_id = messages.id) AS tries
              FROM messages WHERE arrived_at >= :since) AS counted
         GROUP BY tries ORDER BY tries
    """
    return {row["tries"]: row["messages"] for row in db.execute(select, {"since": since})}


def _stages(db: Connection, since: float) -> list[Stage]:
    select = """
        SELECT message_id, from_state, at, arrived_at, to_state
          FROM messages JOIN moves ON message_id = messages.id
         WHERE arrived_at >= :since ORDER BY arrived_at, messages.id, moves.id
    """
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    last_id, began = 0, 0.0
    for row in db.execute(select, {"since": since}):
        at, arrived_at = row["at"], row["arrived_at"]
        if row["message_id"] != last_id:
            last_id, began = row["message_id"], arrived_at
        seconds[row["from_state"]].append(at - began)
        began = at
        if row["to_state"] in FINAL:
            seconds[END_TO_END].append(at - arrived_at)
    return [
        Stage(state, len(times), percentile(times, 0.5), percentile(times, 0.95))
        for state in (*State, END_TO_END)
        if (times := seconds.get(state))
    ]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
