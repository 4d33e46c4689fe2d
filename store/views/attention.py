"""What needs attention: what is stuck, what failed, who waits, and what nobody has read."""

from collections import defaultdict
from dataclasses import dataclass
from sqlite3 import Connection

from store.messages import UNFINISHED
from store.reading import EXPIRES
from store.views.owners import COLUMNS, JOINS, Owner

# Seconds since the last move after which a message is past its time, by its state.
PAST_ITS_TIME = {"RECEIVED": 30.0, "GENERATING": 120.0, "SYNTHESIZING": 60.0, "UPLOADED": 60.0}
FAILED_LATELY = 3600.0  # seconds
WINDOW = 15.0  # seconds in which WeChat may still fetch an answer (protocol sheet 1.8)
DAY = 24 * 3600.0
KINDS = ("overdue", "failures", "unread", "queues")


@dataclass(frozen=True)
class Overdue:
    """An unfinished message that has not moved for too long."""

    message_id: int
    follower_id: int
    state: str
    since: float  # the last move, or the arrival
    arrived_at: float
    late: float  # seconds past its time
    behind: int | None  # the follower's earlier message that comes first
    model_calls: int
    take_ups: int
    owner: Owner | None


@dataclass(frozen=True)
class Failures:
    """Messages that failed lately for the same reason."""

    reason: str
    messages: int
    last_at: float
    last_message_id: int


@dataclass(frozen=True)
class Unread:
    """A settled answer that was not carried away to its end."""

    message_id: int
    follower_id: int
    settled_at: float
    length: int
    unread: int

    @property
    def expires_at(self) -> float:
        """When it can be collected no longer."""
        return self.settled_at + EXPIRES


@dataclass(frozen=True)
class Queue:
    """A follower with more than one unfinished message."""

    follower_id: int
    messages: int
    head: int  # the message that the others wait for
    head_state: str
    head_since: float


@dataclass(frozen=True)
class Totals:
    """How many there are in all, listed or not."""

    unfinished: int
    overdue: int
    failures: int  # messages, not reasons
    unread: int
    queues: int
    messages_in_a_day: int
    processes_alive: int


@dataclass(frozen=True)
class Attention:
    """Each list is cut to the limit that was asked for, the worst first; the totals are not."""

    at: float
    overdue: list[Overdue]
    failures: list[Failures]
    unread: list[Unread]
    queues: list[Queue]
    totals: Totals

    def needed(self, kinds: tuple[str, ...] = KINDS) -> bool:
        """Whether there is anything of these kinds."""
        return any(getattr(self.totals, kind) for kind in kinds)


def look(db: Connection, *, at: float, limit: int) -> Attention:
    """Everything that needs attention, at most `limit` of each kind."""
    unfinished = _unfinished(db, at)
    overdue = sorted((m for m in unfinished if m.late > 0), key=lambda m: -m.late)
    queues = _queues(unfinished)
    failures = _failures(db, at)
    unread = _unread(db, at)
    totals = Totals(
        unfinished=len(unfinished),
        overdue=len(overdue),
        failures=sum(failure.messages for failure in failures),
        unread=len(unread),
        queues=len(queues),
        messages_in_a_day=_count(db, "messages WHERE arrived_at > :since", since=at - DAY),
        processes_alive=_count(db, "processes WHERE alive_until > :at", at=at),
    )
    lists = overdue[:limit], failures[:limit], unread[:limit], queues[:limit]
    return Attention(at, *lists, totals)


def lateness(
    state: str, arrived_at: float, moved_at: float | None, at: float
) -> tuple[float, float]:
    """Since when a message is in its state, and how many seconds it is past its time (or < 0)."""
    began = arrived_at if moved_at is None else moved_at
    return began, at - began - PAST_ITS_TIME[state]


def _unfinished(db: Connection, at: float) -> list[Overdue]:
    select = f"""
        SELECT messages.id, follower_id, state, arrived_at, model_calls, take_ups, {COLUMNS},
               (SELECT moves.at FROM moves WHERE moves.message_id = messages.id
                 ORDER BY moves.id DESC LIMIT 1) AS moved_at
          FROM messages {JOINS}
         WHERE {UNFINISHED} ORDER BY follower_id, messages.id
    """
    heads: dict[int, int] = {}
    found = []
    for row in db.execute(select):
        began, late = lateness(row["state"], row["arrived_at"], row["moved_at"], at)
        head = heads.setdefault(row["follower_id"], row["id"])
        found.append(
            Overdue(
                message_id=row["id"],
                follower_id=row["follower_id"],
                state=row["state"],
                since=began,
                arrived_at=row["arrived_at"],
                late=late,
                behind=head if head != row["id"] else None,
                model_calls=row["model_calls"],
                take_ups=row["take_ups"],
                owner=Owner.of(row, at),
            )
        )
    return found


def _queues(unfinished: list[Overdue]) -> list[Queue]:
    of_follower: defaultdict[int, list[Overdue]] = defaultdict(list)
    for message in unfinished:
        of_follower[message.follower_id].append(message)
    queues = [
        Queue(head.follower_id, len(behind) + 1, head.message_id, head.state, head.since)
        for head, *behind in of_follower.values()
        if behind
    ]
    return sorted(queues, key=lambda queue: (-queue.messages, queue.head_since))


def _failures(db: Connection, at: float) -> list[Failures]:
    select = """
        SELECT failure AS reason, count(*) AS messages,
               max(settled_at) AS last_at, max(id) AS last_message_id
          FROM messages WHERE state = 'FAILED' AND settled_at > :since
         GROUP BY failure ORDER BY messages DESC, last_at DESC
    """
    return [Failures(**row) for row in db.execute(select, {"since": at - FAILED_LATELY})]


def _unread(db: Connection, at: float) -> list[Unread]:
    """The next to expire first. While WeChat may still fetch an answer nobody knows yet."""
    select = """
        SELECT id AS message_id, follower_id, settled_at,
               length(answer) AS length, length(answer) - read_to AS unread
          FROM messages
         WHERE state = 'REPLIED' AND reply_of = id AND read_to < length(answer)
           AND settled_at > :since AND arrived_at <= :window_closed
         ORDER BY settled_at
    """
    keys = {"since": at - EXPIRES, "window_closed": at - WINDOW}
    return [Unread(**row) for row in db.execute(select, keys)]


def _count(db: Connection, what: str, **keys: float) -> int:
    return int(db.execute(f"SELECT count(*) AS n FROM {what}", keys).fetchone()["n"])
