"""Messages, the newest first, by state, follower and age."""

from collections.abc import Iterator
from dataclasses import dataclass

from store.database import Connection
from store.messages import FINAL, UNFINISHED, State


@dataclass(frozen=True)
class Filter:
    """Which messages; what is left out is not asked for."""

    state: State | None = None
    follower_id: int | None = None
    since: float = 0.0  # arrived then or later
    account: str | None = None  # by its name among several; "": that of `wechat:`
    limit: int = 50


@dataclass(frozen=True)
class ListedMessage:
    """One message. `outcome` is that of its last try."""

    message_id: int
    follower_id: int
    arrived_at: float
    kind: str
    state: str
    settled_at: float | None
    tries: int
    outcome: str | None
    question_length: int
    answer_length: int | None
    read_to: int
    failure: str | None
    question: str | None
    answer: str | None
    of_account: str  # by its name among several


def look(db: Connection, wanted: Filter, *, texts: bool) -> list[ListedMessage]:
    """The messages that are wanted, the newest first; failed ones by when they failed."""
    where, order = _plan(wanted)
    select = f"""
        SELECT id AS message_id, follower_id, arrived_at, kind, state, settled_at,
               (SELECT count(*) FROM tries WHERE message_id = messages.id) AS tries,
               (SELECT outcome FROM tries WHERE message_id = messages.id
                 ORDER BY number DESC LIMIT 1) AS outcome,
               length(question) AS question_length, length(answer) AS answer_length, read_to,
               failure, of_account,
               {"question, answer" if texts else "NULL AS question, NULL AS answer"}
          FROM messages WHERE {where} ORDER BY {order} DESC LIMIT :limit
    """
    keys = {"follower_id": wanted.follower_id, "since": wanted.since, "limit": wanted.limit}
    return [ListedMessage(**row) for row in db.execute(select, keys | {"account": wanted.account})]


def _plan(wanted: Filter) -> tuple[str, str]:
    """The condition and the order, written so that an index has both."""
    conditions = " AND ".join(_conditions(wanted))
    if wanted.follower_id is not None or (wanted.state and wanted.state not in FINAL):
        return conditions, "id"
    return conditions, "settled_at" if wanted.state is State.FAILED else "arrived_at"


def _conditions(wanted: Filter) -> Iterator[str]:
    yield "arrived_at >= :since"
    if wanted.follower_id is not None:
        yield "follower_id = :follower_id"
    if wanted.account is not None:
        yield "of_account = :account"
    if not wanted.state:
        return
    yield f"state = '{wanted.state}'"
    if wanted.state is State.FAILED:
        yield "settled_at >= :since"  # follows from the arrival, but an index begins with it
    if wanted.state not in FINAL:
        yield f"id IN (SELECT id FROM messages WHERE {UNFINISHED})"  # its index is small
