"""How it went: states, answers in time, how long each stage took, tries, and model calls."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from console.views.uncollected import WINDOW
from store.database import Connection, Row
from store.messages import FINAL, SETTLED_BADLY, State
from store.outcomes import CARRIED_AWAY

END_TO_END = "arrival to end"
WANTED = "arrived_at >= :since AND of_account = coalesce(:account, of_account)"
ANSWERED = f"""
    NOT {SETTLED_BADLY} AND EXISTS (
        SELECT 1 FROM tries WHERE message_id = messages.id AND {CARRIED_AWAY}
           AND ended_at <= messages.arrived_at + :window)
"""

Asked = dict[str, object]  # the parameters of `WANTED`


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
class RefusedByRule:
    """How many questions, or answers, one rule did not let pass."""

    rule: str
    what: str  # a `Refused`
    messages: int


@dataclass(frozen=True)
class OfAccount:
    """How it went with one account, by its name among several; "" is that of `wechat:`."""

    of_account: str
    messages: int
    windows_closed: int
    answered_in_window: int
    failed: int
    model_calls: int


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
    refused: list[RefusedByRule]
    accounts: list[OfAccount]


def look(
    db: Connection, *, since: float, at: float, limit: int, account: str | None = None
) -> Statistics:
    """The figures of the messages since then, the newest `limit` of them.

    Those of one account by its name among several, or of all; "" is that of `wechat:`.
    """
    asked: Asked = {"since": since, "account": account}
    later = _first_of(db, asked, limit)
    asked["since"] = since = later or since
    outcomes = _outcomes(db, asked)
    by_state: defaultdict[str, int] = defaultdict(int)
    for row in outcomes:
        by_state[row["state"]] += row["messages"]
    accounts = _accounts(db, asked, at)
    return Statistics(
        since=since,
        cut=later is not None,
        at=at,
        messages=sum(by_state.values()),
        by_state={state: by_state[state] for state in State if state in by_state},
        windows_closed=sum(one.windows_closed for one in accounts),
        answered_in_window=sum(one.answered_in_window for one in accounts),
        stages=_stages(db, asked),
        by_tries=_by_tries(db, asked),
        results=_results(outcomes),
        models=_models(db, asked),
        refused=_refused(db, asked),
        accounts=accounts,
    )


def _first_of(db: Connection, asked: Asked, limit: int) -> float | None:
    """When the first of the newest `limit` messages arrived; None where there are no more."""
    select = f"""
        SELECT arrived_at FROM messages WHERE {WANTED}
         ORDER BY arrived_at DESC LIMIT 2 OFFSET :before
    """
    rows = db.execute(select, asked | {"before": limit - 1}).fetchall()
    return float(rows[0]["arrived_at"]) if len(rows) == 2 else None


def _outcomes(db: Connection, asked: Asked) -> list[Row]:
    select = f"""
        SELECT state, failure, refused, count(*) AS messages, sum(model_calls) AS model_calls,
               sum(CASE WHEN model_calls > 0 THEN 1 ELSE 0 END) AS asked
          FROM messages WHERE {WANTED} GROUP BY state, failure, refused
    """
    return db.execute(select, asked).fetchall()


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


def _models(db: Connection, asked: Asked) -> list[OfModel]:
    select = f"""
        SELECT called, answered_by, count(*) AS messages FROM messages
         WHERE {WANTED} AND model_calls > 0 GROUP BY called, answered_by
    """
    calls, answers = Counter[str](), Counter[str]()
    for row in db.execute(select, asked):
        for model in row["called"].splitlines():
            calls[model] += row["messages"]
        answers[row["answered_by"] or ""] += row["messages"]
    return [OfModel(model, n, answers[model]) for model, n in calls.most_common()]


def _refused(db: Connection, asked: Asked) -> list[RefusedByRule]:
    """By rule, what was refused most first."""
    select = f"""
        SELECT refused_by AS rule, refused AS what, count(*) AS messages
          FROM messages WHERE refused IS NOT NULL AND {WANTED}
         GROUP BY refused_by, refused ORDER BY messages DESC, rule, what
    """
    return [RefusedByRule(**row) for row in db.execute(select, asked)]


def _accounts(db: Connection, asked: Asked, at: float) -> list[OfAccount]:
    """Each that had a message, by its name. An apology is no answer."""
    select = f"""
        SELECT of_account, count(*) AS messages,
               sum(CASE WHEN arrived_at <= :until THEN 1 ELSE 0 END) AS windows_closed,
               sum(CASE WHEN arrived_at <= :until AND {ANSWERED} THEN 1 ELSE 0 END)
                   AS answered_in_window,
               sum(CASE WHEN state = '{State.FAILED}' THEN 1 ELSE 0 END) AS failed,
               sum(model_calls) AS model_calls
          FROM messages WHERE {WANTED} GROUP BY of_account ORDER BY of_account
    """
    keys = asked | {"until": at - WINDOW, "window": WINDOW}
    return [OfAccount(**row) for row in db.execute(select, keys)]


def _by_tries(db: Connection, asked: Asked) -> dict[int, int]:
    select = f"""
        SELECT tries, count(*) AS messages FROM (
            SELECT (SELECT count(*) FROM tries WHERE message_id = messages.id) AS tries
              FROM messages WHERE {WANTED}) AS counted
         GROUP BY tries ORDER BY tries
    """
    return {row["tries"]: row["messages"] for row in db.execute(select, asked)}


def _stages(db: Connection, asked: Asked) -> list[Stage]:
    select = f"""
        SELECT message_id, from_state, at, arrived_at, to_state
          FROM messages JOIN moves ON message_id = messages.id
         WHERE {WANTED} ORDER BY arrived_at, messages.id, moves.id
    """
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    last_id, began = 0, 0.0
    for row in db.execute(select, asked):
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
