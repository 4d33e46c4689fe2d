"""Databases with many messages in them, as they would be after weeks of use.

The messages are spread over the last 30 days. Texts, moves and tries are as long and as many as in
real life; one message in a hundred failed.
"""

import contextlib
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.processes import ROOT
from settings.schema import Texts
from store.sqlite.migrations import migrate

DAY = 24 * 3600.0
DAYS = 30
PIECE = 20_000  # messages of one transaction

Row = tuple[object, ...]
Life = dict[str, object]


@dataclass(frozen=True)
class Stored:
    """What a database is to hold. Followers are 1 to `followers`, `o-follower-N` at WeChat."""

    messages: int
    followers: int
    unfinished: int = 0  # of the messages, the last ones
    unread: int = 0  # of the last ones: long answers, read as far as the first reply
    unread_share: float = 0.05  # of the others: not read to their end
    characters: int = 150  # of an answer, on average
    whose: Callable[[random.Random, int], int] | None = None  # chance and number; None: anybody


def fill(path: Path, what: Stored) -> None:
    """Make the database."""
    chance = random.Random(1)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = OFF")
        migrate(db, ROOT / "migrations")
        insert = "INSERT INTO followers (id, account, open_id) VALUES (?, 'gh_bench', ?)"
        db.executemany(insert, ((n, f"o-follower-{n}") for n in range(1, what.followers + 1)))
        for first in range(1, what.messages + 1, PIECE):
            last = min(first + PIECE - 1, what.messages)
            _save(db, [_life(chance, n, what) for n in range(first, last + 1)], what, chance)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _life(chance: random.Random, number: int, what: Stored) -> Life:
    """The columns of a message; texts come later."""
    from_last = what.messages - number
    if from_last < what.unfinished:
        return _one(chance, number, what, time.time() - 60) | {
            "state": "GENERATING",
            "settled_at": None,
            "failure": None,
        }
    if from_last < what.unread:
        well = {"state": "REPLIED", "failure": None, "long": True}
        return _one(chance, number, what, time.time() - 60) | well
    began = time.time() - DAYS * DAY
    return _one(chance, number, what, began + number / what.messages * DAYS * DAY)


def _one(chance: random.Random, number: int, what: Stored, arrived: float) -> Life:
    seconds = chance.lognormvariate(1.3, 0.7)
    failed, unread = chance.random() < 0.01, chance.random() < what.unread_share
    whose = what.whose or (lambda chance, number: chance.randint(1, what.followers))
    return {
        "id": number,
        "follower_id": whose(chance, number),
        "arrived_at": arrived,
        "settled_at": arrived + seconds,
        "state": "FAILED" if failed else "REPLIED",
        "failure": f"ModelUnavailable: status {chance.randint(500, 504)}" if failed else None,
        "unread": unread,
        "tries": min(3, int(seconds // 5) + 1),
        "long": False,
    }


def _save(db: sqlite3.Connection, lives: list[Life], what: Stored, chance: random.Random) -> None:
    """Store messages with their moves, tries and turns."""
    db.execute("BEGIN")
    db.executemany(
        """INSERT INTO messages (id, follower_id, dedup_key, msg_id, kind, question, arrived_at,
               state, partial, answer, reply, reply_of, reply_end, read_to, settled_at, failure,
               model_calls, counts)
           VALUES (:id, :follower_id, :dedup_key, :msg_id, 'text', :question, :arrived_at,
               :state, :partial, :answer, :reply, :reply_of, :reply_end, :read_to, :settled_at,
               :failure, 1, 1)""",
        (_worded(one, round(what.characters * chance.uniform(0.2, 1.8))) for one in lives),
    )
    db.executemany(
        "INSERT INTO moves (message_id, at, from_state, event, to_state) VALUES (?, ?, ?, ?, ?)",
        (move for one in lives for move in _moves(one)),
    )
    db.executemany(
        """INSERT INTO tries (message_id, number, arrived_at, ended_at, outcome)
           VALUES (?, ?, ?, ?, ?)""",
        (row for one in lives for row in _tries(one)),
    )
    db.executemany(
        """INSERT INTO history (follower_id, message_id, session, role, text)
           VALUES (?, ?, 1, 'user', ?)""",
        ((one["follower_id"], one["id"], _question(one)) for one in lives),
    )
    db.execute("COMMIT")


def _question(one: Life) -> str:
    return f"第{one['id']}个问题是这样的，为什么会这样呢？"


def _worded(one: Life, length: int) -> Life:
    """All columns of a message, with an answer of that length where it has one."""
    number, state = one["id"], one["state"]
    msg_id = f"{24_000_000_000_000_000 + int(str(number))}"
    if one["long"]:
        length = 1400  # three replies
    answer = "答" * length
    reply = answer[:500]
    texts = {
        "REPLIED": (answer, answer, reply, len(reply)),
        "FAILED": (answer[:10], None, Texts().apology, 10),
        "GENERATING": (answer[:10], None, None, None),
    }
    partial, saved, reply_to, end = texts[str(state)]
    return one | {
        "dedup_key": f'["gh_bench", "{msg_id}"]',
        "msg_id": msg_id,
        "question": _question(one),
        "partial": partial,
        "answer": saved,
        "reply": reply_to,
        "reply_of": number if reply_to else None,
        "reply_end": end,
        "read_to": (len(reply) - 5 if one["unread"] else len(reply)) if saved else 0,
    }


def _moves(one: Life) -> Iterator[Row]:
    """The rows of `moves` of a message."""
    yield one["id"], one["arrived_at"], "RECEIVED", "picked_up", "GENERATING"
    if one["settled_at"] is not None:
        event = "answered" if one["state"] == "REPLIED" else "gave_up"
        yield one["id"], one["settled_at"], "GENERATING", event, one["state"]


def _tries(one: Life) -> Iterator[Row]:
    """The rows of `tries` of a message: the last one is answered, if any is."""
    number, arrived = one["id"], float(str(one["arrived_at"]))
    for n in range(int(str(one["tries"])) - 1):
        yield number, n + 1, arrived + 5 * n, arrived + 5 * n + 5, "dropped"
    last = int(str(one["tries"]))
    ended = one["settled_at"] or arrived + 5 * last
    outcome = "replied" if one["settled_at"] is not None else "thinking"
    yield number, last, arrived + 5 * (last - 1), ended, outcome
