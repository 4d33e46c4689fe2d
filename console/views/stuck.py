"""What is unfinished: the messages that are past their time, and the followers who wait in line."""

from collections import defaultdict
from dataclasses import dataclass

from console.views.owners import COLUMNS, JOINS, Owner
from store.database import Connection
from store.messages import IN_TURN, PAST_ITS_TIME, UNFINISHED, State


@dataclass(frozen=True)
class Unfinished:
    """A message that is not settled. `late`: seconds past its time, below 0 while it has some."""

    message_id: int
    follower_id: int
    state: str
    since: float  # the last move, or the arrival
    arrived_at: float
    late: float
    behind: int | None  # the follower's earlier message that comes first
    model_calls: int
    written: int  # characters that the model has written so far
    spoken: int  # parts of the answer's voice that are there
    take_ups: int
    resume_at: float  # not taken up again before
    owner: Owner | None
    of_account: str  # by its name among several


@dataclass(frozen=True)
class Queue:
    """A follower with more than one unfinished message."""

    follower_id: int
    messages: int
    head: int  # the message that the others wait for
    head_state: str
    head_since: float
    head_late: float
    of_account: str


def lateness(
    state: str, arrived_at: float, moved_at: float | None, at: float
) -> tuple[float, float]:
    """Since when a message is in its state, and how many seconds it is past its time (or < 0)."""
    began = arrived_at if moved_at is None else moved_at
    return began, at - began - PAST_ITS_TIME[State(state)]


def unfinished(db: Connection, *, at: float) -> list[Unfinished]:
    """All of them, by follower and in the order in which they are worked on."""
    select = f"""
        SELECT messages.id, follower_id, state, arrived_at, model_calls, take_ups, resume_at,
               length(partial) AS written, of_account, {COLUMNS},
               (SELECT count(*) FROM voice_parts WHERE message_id = messages.id) AS spoken,
               (SELECT moves.at FROM moves WHERE moves.message_id = messages.id
                 ORDER BY moves.id DESC LIMIT 1) AS moved_at
          FROM messages {JOINS}
         WHERE {UNFINISHED} ORDER BY follower_id, {IN_TURN}
    """
    heads: dict[int, int] = {}
    found = []
    for row in db.execute(select, {}):
        began, late = lateness(row["state"], row["arrived_at"], row["moved_at"], at)
        head = heads.setdefault(row["follower_id"], row["id"])
        found.append(
            Unfinished(
                message_id=row["id"],
                follower_id=row["follower_id"],
                state=row["state"],
                since=began,
                arrived_at=row["arrived_at"],
                late=late,
                behind=head if head != row["id"] else None,
                model_calls=row["model_calls"],
                written=row["written"],
                spoken=row["spoken"],
                take_ups=row["take_ups"],
                resume_at=row["resume_at"],
                owner=Owner.of(row, at),
                of_account=row["of_account"],
            )
        )
    return found


def overdue(unfinished: list[Unfinished]) -> list[Unfinished]:
    """Those past their time: the latest first, and behind all what waits for one of them."""
    late = [message for message in unfinished if message.late > 0]
    return sorted(late, key=lambda message: (message.behind is not None, -message.late))


def queues(messages: list[Unfinished]) -> list[Queue]:
    """The followers who have more than one of these, the longest queue first."""
    of_follower: defaultdict[int, list[Unfinished]] = defaultdict(list)
    for message in messages:
        of_follower[message.follower_id].append(message)
    found = [
        Queue(
            follower_id=head.follower_id,
            messages=len(rest) + 1,
            head=head.message_id,
            head_state=head.state,
            head_since=head.since,
            head_late=head.late,
            of_account=head.of_account,
        )
        for head, *rest in of_follower.values()
        if rest
    ]
    return sorted(found, key=lambda queue: (-queue.messages, queue.head_since))
