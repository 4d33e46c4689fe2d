"""The whole life of one message: every move, try and delivery on one time line."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from console.views import stuck
from console.views.carried import SPOKEN, WORDS
from console.views.owners import COLUMNS, JOINS, Owner
from console.views.saved import Saved, what_is_saved
from console.words.names import known
from settings.language import Told
from store import messages
from store.database import Connection, Row
from store.messages import Message, ReplyKind
from store.outcomes import CARRIED_AWAY, Outcome


@dataclass(frozen=True)
class Moment:
    """Something that happened. `gap`: seconds since the moment before."""

    at: float
    what: str
    note: str = ""
    gap: float | None = None


@dataclass(frozen=True)
class Seen:
    """What the follower was shown of this message's answer, or as its reply.

    `spoken`: they heard it as a voice; the text is what it says.
    """

    at: float | None
    how: str
    spoken: bool
    length: int
    text: str | None


@dataclass(frozen=True)
class Life:
    """One message. `late`: seconds past its time while it is unfinished and past it, else 0."""

    at: float
    message_id: int
    msg_id: str | None
    follower_id: int
    open_id: str
    account: str
    of_account: str  # its name among several
    kind: str
    state: str
    since: float
    late: float
    failure: str | None
    refused: str | None  # a `Refused`
    refused_by: str | None  # the rule
    owner: Owner | None  # of the follower; while it is unfinished
    moments: list[Moment]
    seen: list[Seen]
    saved: Saved
    question_length: int
    question: str | None
    partial: str | None
    answer: str | None


def look(db: Connection, message_id: int, *, at: float, texts: bool) -> Life:
    """Everything that is known of a message. Raises `MessageMovedOn` where it has been erased."""
    message = messages.get(db, message_id)
    whose = _whose(db, message_id)
    moves, tries = _moves(db, message_id), _tries(db, message_id)
    collected = _collected(db, message)
    moments = [*_story(message, moves, tries, collected)]
    moved_at = moves[-1]["at"] if moves else None
    since, late = moved_at or message.arrived_at, 0.0
    if not message.settled:
        since, late = stuck.lateness(message.state, message.arrived_at, moved_at, at)
    return Life(
        at=at,
        message_id=message.id,
        msg_id=message.msg_id,
        follower_id=message.follower_id,
        open_id=whose["open_id"],
        account=whose["account"],
        of_account=message.of_account,
        kind=message.kind,
        state=message.state,
        since=since,
        late=max(0.0, late),
        failure=message.failure,
        refused=message.refused,
        refused_by=message.refused_by,
        owner=None if message.settled else Owner.of(whose, at),
        moments=_with_gaps(moments),
        seen=[*_seen(message, whose["words"], tries, collected, texts=texts)],
        saved=what_is_saved(db, message),
        question_length=len(message.question),
        question=message.question if texts else None,
        partial=message.partial if texts else None,
        answer=message.answer if texts else None,
    )


def _whose(db: Connection, message_id: int) -> Row:
    select = f"""
        SELECT open_id, account, {COLUMNS}, {WORDS} AS words
          FROM messages {JOINS} WHERE messages.id = :id
    """
    row: Row = db.execute(select, {"id": message_id}).fetchone()
    return row


def _moves(db: Connection, message_id: int) -> list[Row]:
    select = """
        SELECT at, from_state, event, to_state, made_by FROM moves
         WHERE message_id = :id ORDER BY id
    """
    return db.execute(select, {"id": message_id}).fetchall()


def _tries(db: Connection, message_id: int) -> list[Row]:
    select = """
        SELECT number, arrived_at, ended_at, outcome FROM tries
         WHERE message_id = :id ORDER BY number
    """
    return db.execute(select, {"id": message_id}).fetchall()


def _collected(db: Connection, message: Message) -> list[Row]:
    """Later tries of the follower that carried some of this message's answer away."""
    select = f"""
        SELECT messages.id, reply_end, ended_at, {SPOKEN}, {WORDS} AS words
          FROM messages JOIN tries ON tries.message_id = messages.id
         WHERE follower_id = :follower_id AND messages.id > :id AND reply_of = :id
           AND {CARRIED_AWAY} ORDER BY tries.id
    """
    keys = {"follower_id": message.follower_id, "id": message.id}
    return db.execute(select, keys).fetchall()


def _story(
    message: Message, moves: list[Row], tries: list[Row], collected: list[Row]
) -> Iterator[Moment]:
    what = known(message.kind)
    if message.event_key:
        what = Told("{kind}: {key}", kind=what, key=message.event_key)
    yield Moment(message.arrived_at, Told("arrived"), what)
    for row in tries:
        began = Told("try {number} began", number=row["number"])
        open_still = Told("open still, or the process died meanwhile")
        yield Moment(row["arrived_at"], began, open_still if row["ended_at"] is None else "")
    for row in moves:
        note = known(row["event"])
        if row["made_by"] != "server":
            note = Told("{event}, by the {whom}", event=note, whom=known(row["made_by"]))
        yield Moment(row["at"], f"{row['from_state']} → {row['to_state']}", note)
    if message.uploaded_at is not None:
        yield Moment(message.uploaded_at, Told("voice uploaded"))
    for row in tries:
        if row["ended_at"] is not None:
            ended = Told("try {number} ended", number=row["number"])
            yield Moment(row["ended_at"], ended, known(row["outcome"] or ""))
    for row in collected:
        by = Told(
            "by message {message}, up to character {end}", message=row["id"], end=row["reply_end"]
        )
        yield Moment(row["ended_at"], Told("collected"), by)


def _with_gaps(moments: list[Moment]) -> list[Moment]:
    ordered = sorted(moments, key=lambda moment: moment.at)
    later = [replace(now, gap=now.at - before.at) for before, now in pairwise(ordered)]
    return [ordered[0], *later]


def _seen(
    message: Message, reply: str | None, tries: list[Row], collected: list[Row], *, texts: bool
) -> Iterator[Seen]:
    """Of partial texts only what all of them showed together is saved, without its last line."""
    words = {Outcome.REPLIED: reply or "", Outcome.PARTIAL: message.given, Outcome.THINKING: ""}
    for row in tries:
        if (outcome := row["outcome"]) in words:
            shown = words[outcome]
            spoken = outcome == Outcome.REPLIED and message.reply_kind == ReplyKind.VOICE
            how = Told("try {number}: {outcome}", number=row["number"], outcome=known(outcome))
            yield Seen(row["ended_at"], how, spoken, len(shown), shown if texts else None)
    for row in collected:
        shown, spoken = row["words"], bool(row["spoken"])
        how = Told("message {message}", message=row["id"])
        yield Seen(row["ended_at"], how, spoken, len(shown), shown if texts else None)
