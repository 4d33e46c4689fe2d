"""How long each view of `python -m store.inspect` takes over many stored messages.

The messages are spread over the last 30 days. Texts, moves and tries are as long and as many as in
real life; one message in a hundred failed, one in twenty was not read to its end, and 300 are
stuck now. "cold": the file is not in the system's memory (Linux).
"""

import argparse
import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from store.sqlite.migrations import migrate

ROOT = Path(__file__).resolve().parent.parent
DAY = 24 * 3600.0
DAYS = 30
PIECE = 20_000  # messages of one transaction
STUCK = 300
ROUNDS = 5
VIEWS = {
    "attention": [],
    "list": ["list"],
    "list FAILED": ["list", "--state", "FAILED"],
    "list GENERATING": ["list", "--state", "GENERATING"],
    "list, one follower": ["list", "--follower", "17"],
    "show": ["show", "400017"],
    "show, by MsgId": ["show", "24000000000400017"],
    "follower": ["follower", "17"],
    "follower, by open id": ["follower", "o-follower-17"],
    "stats, 24 h": ["stats"],
    "stats, 30 days": ["stats", "--since", "30d"],
}

Row = tuple[object, ...]


def fill(path: Path, *, messages: int, followers: int, characters: int) -> None:
    """Make a database with so many messages, the answers that many characters long on average."""
    chance = random.Random(1)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = OFF")
        migrate(db, ROOT / "migrations")
        insert = "INSERT INTO followers (id, account, open_id) VALUES (?, 'gh_bench', ?)"
        db.executemany(insert, ((n, f"o-follower-{n}") for n in range(1, followers + 1)))
        began = time.time() - DAYS * DAY
        for first in range(1, messages + 1, PIECE):
            numbers = range(first, min(first + PIECE, messages + 1))
            lives = [
                life(chance, n, chance.randint(1, followers), began + n / messages * DAYS * DAY)
                for n in numbers
            ]
            if numbers[-1] == messages:
                lives[-STUCK:] = [stuck(life_of) for life_of in lives[-STUCK:]]
            save(db, lives, characters, chance)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def life(chance: random.Random, number: int, follower: int, arrived: float) -> dict[str, object]:
    """The columns of a settled message; texts come later."""
    seconds = chance.lognormvariate(1.3, 0.7)
    failed, unread = chance.random() < 0.01, chance.random() < 0.05
    return {
        "id": number,
        "follower_id": follower,
        "arrived_at": arrived,
        "settled_at": arrived + seconds,
        "state": "FAILED" if failed else "REPLIED",
        "failure": f"ModelUnavailable: status {chance.randint(500, 504)}" if failed else None,
        "unread": unread,
        "tries": min(3, int(seconds // 5) + 1),
    }


def stuck(settled: dict[str, object]) -> dict[str, object]:
    """The same message, had nothing come of it."""
    return settled | {"state": "GENERATING", "settled_at": None, "failure": None}


def save(
    db: sqlite3.Connection, lives: list[dict[str, object]], characters: int, chance: random.Random
) -> None:
    """Store messages with their moves, tries and turns."""
    db.execute("BEGIN")
    db.executemany(
        """INSERT INTO messages (id, follower_id, dedup_key, msg_id, kind, question, arrived_at,
               state, partial, answer, reply, reply_of, reply_end, read_to, settled_at, failure,
               model_calls, counts)
           VALUES (:id, :follower_id, :dedup_key, :msg_id, 'text', :question, :arrived_at,
               :state, :partial, :answer, :reply, :reply_of, :reply_end, :read_to, :settled_at,
               :failure, 1, 1)""",
        (worded(one, round(characters * chance.uniform(0.2, 1.8))) for one in lives),
    )
    db.executemany(
        "INSERT INTO moves (message_id, at, from_state, event, to_state) VALUES (?, ?, ?, ?, ?)",
        (move for one in lives for move in moves(one)),
    )
    db.executemany(
        """INSERT INTO tries (message_id, number, arrived_at, ended_at, outcome)
           VALUES (?, ?, ?, ?, ?)""",
        (row for one in lives for row in tries(one)),
    )
    db.executemany(
        """INSERT INTO history (follower_id, message_id, session, role, text)
           VALUES (:follower_id, :id, 1, 'user', 'as long as a question')""",
        ({"follower_id": one["follower_id"], "id": one["id"]} for one in lives),
    )
    db.execute("COMMIT")


def worded(one: dict[str, object], length: int) -> dict[str, object]:
    """All columns of a message, with an answer of that length where it has one."""
    number, state = one["id"], one["state"]
    msg_id = f"{24_000_000_000_000_000 + int(str(number))}"
    answer = "答" * length
    texts = {
        "REPLIED": (answer, answer, answer, length),
        "FAILED": (answer[:10], None, "抱歉，这次没能答上来", 10),
        "GENERATING": (answer[:10], None, None, None),
    }
    partial, saved, reply, end = texts[str(state)]
    read_to = length - 5 if one["unread"] else length
    return one | {
        "dedup_key": f'["gh_bench", "{msg_id}"]',
        "msg_id": msg_id,
        "question": "问题是这样的，为什么会这样呢？",
        "partial": partial,
        "answer": saved,
        "reply": reply,
        "reply_of": number if reply else None,
        "reply_end": end,
        "read_to": read_to if saved else 0,
    }


def moves(one: dict[str, object]) -> Iterator[Row]:
    """The rows of `moves` of a message."""
    yield one["id"], one["arrived_at"], "RECEIVED", "picked_up", "GENERATING"
    if one["settled_at"] is not None:
        event = "answered" if one["state"] == "REPLIED" else "gave_up"
        yield one["id"], one["settled_at"], "GENERATING", event, one["state"]


def tries(one: dict[str, object]) -> Iterator[Row]:
    """The rows of `tries` of a message: the last one is answered, if any is."""
    number, arrived = one["id"], float(str(one["arrived_at"]))
    for n in range(int(str(one["tries"])) - 1):
        yield number, n + 1, arrived + 5 * n, arrived + 5 * n + 5, "dropped"
    last = int(str(one["tries"]))
    ended = one["settled_at"] or arrived + 5 * last
    outcome = "replied" if one["settled_at"] is not None else "thinking"
    yield number, last, arrived + 5 * (last - 1), ended, outcome


def seconds(path: Path, words: Sequence[str]) -> float:
    """How long the whole command takes, from its start to its end."""
    command = [sys.executable, "-m", "store.inspect", "--db", str(path), *words]
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def forget(path: Path) -> None:
    """Have the system forget what it holds of the file, where it can be told to."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0, or 1 where a view took more than a second when it was warm."""
    parser = argparse.ArgumentParser(prog="python -m bench.inspect", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--followers", type=int, default=20_000)
    parser.add_argument("--characters", type=int, default=150, help="of an answer, on average")
    parser.add_argument("--db", type=Path, help="use this one, or make it and keep it")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="huixin-bench-") as place:
        path = options.db or Path(place) / "huixin.db"
        if not path.exists():
            began = time.perf_counter()
            fill(
                path,
                messages=options.messages,
                followers=options.followers,
                characters=options.characters,
            )
            print(f"filled in {time.perf_counter() - began:.0f} s, ", end="")
        print(f"{path.stat().st_size / 2**20:,.0f} MiB\n{'':24}{'warm':>8}{'cold':>8}  seconds")
        return int(not all([timed(path, view, words) for view, words in VIEWS.items()]))


def timed(path: Path, view: str, words: list[str]) -> bool:
    """Print one line. Whether it was fast enough."""
    forget(path)
    cold = seconds(path, words)
    warm = sorted(seconds(path, words) for _ in range(ROUNDS))[ROUNDS // 2]
    print(f"{view:24}{warm:8.3f}{cold:8.3f}", flush=True)
    return warm < 1.0


if __name__ == "__main__":
    sys.exit(main())
