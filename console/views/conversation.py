"""One follower: the conversation as they saw it, what the model would be told, what is unread."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from console.views.carried import SPOKEN, WORDS
from console.views.lookup import LARGEST, NotStored
from console.views.owners import COLUMNS, PROCESS, Owner
from console.views.uncollected import Uncollected
from settings.language import said
from store import history, messages, unread
from store.database import Connection, Row
from store.messages import UNFINISHED
from store.outcomes import Outcome


@dataclass(frozen=True)
class ModelContext:
    """What the model's next call depends on, from the settings (`openai.*`)."""

    save_history: int = 21  # entries, the next question counted
    session_seconds: float = 600.0
    characters: int = 6000  # of the entries together


@dataclass(frozen=True)
class Exchange:
    """A message and what the follower read in return.

    `outcome` is the best of its tries: replied, partial, thinking, or another. `read` is empty
    where they were shown nothing of an answer; `read_at` is when that try ended. `spoken`: they
    heard it as a voice.
    """

    message_id: int
    arrived_at: float
    kind: str
    state: str
    outcome: str | None
    read_at: float | None
    spoken: bool
    question_length: int
    read_length: int
    failure: str | None
    refused: str | None  # a `Refused`
    refused_by: str | None
    question: str | None
    read: str | None


@dataclass(frozen=True)
class HistoryEntry:
    """One entry of the history."""

    role: str
    message_id: int
    length: int
    text: str | None


@dataclass(frozen=True)
class Conversation:
    """A follower. `history` is what the next question would be asked with, but for the prompt."""

    at: float
    follower_id: int
    open_id: str
    account: str
    of_account: str  # by its name among several
    spoke_at: float | None
    session: int
    session_over: bool  # the next question begins a new session
    lesson: bool  # an English lesson
    by_voice: bool | None  # how they chose to be answered; None: as they ask
    persona: str | None  # the character that they chose
    let_in_by: str | None  # "words", or "code" and its fingerprint
    let_in_at: float | None
    unfinished: int
    owner: Owner | None  # while something is unfinished
    exchanges: list[Exchange]  # the latest, in order
    history: list[HistoryEntry]
    unread: list[Uncollected]


def look(
    db: Connection,
    follower_id: int,
    context_of: Callable[[str], ModelContext],
    *,
    at: float,
    limit: int,
    texts: bool,
) -> Conversation:
    """The last `limit` messages of a follower and what follows from them. Raises `NotStored`.

    `context_of` gives what the model of an account is asked with, by its name among several.
    """
    follower = _follower(db, follower_id)
    context = context_of(follower["of_account"] or "")
    spoke_at = follower["spoke_at"]
    over = spoke_at is not None and at - spoke_at > context.session_seconds
    return Conversation(
        at=at,
        follower_id=follower_id,
        open_id=follower["open_id"],
        account=follower["account"],
        of_account=follower["of_account"] or "",
        spoke_at=spoke_at,
        session=follower["session"],
        session_over=over,
        lesson=follower["lesson"] is not None,
        by_voice=None if follower["by_voice"] is None else bool(follower["by_voice"]),
        persona=follower["persona"],
        let_in_by=follower["let_in_by"],
        let_in_at=follower["let_in_at"],
        unfinished=follower["unfinished"],
        owner=Owner.of(follower, at) if follower["unfinished"] else None,
        exchanges=_exchanges(db, follower_id, limit=limit, texts=texts),
        history=[]
        if over
        else _history(db, follower, context.save_history - 1, context.characters, texts=texts),
        unread=_unread(db, follower_id, at=at),
    )


def _follower(db: Connection, follower_id: int) -> Row:
    select = f"""
        SELECT followers.id, open_id, account, session, spoke_at, lesson, by_voice, persona,
               let_in_by, let_in_at,
               {COLUMNS},
               (SELECT of_account FROM messages WHERE follower_id = followers.id
                 ORDER BY id DESC LIMIT 1) AS of_account,
               (SELECT count(*) FROM messages
                 WHERE follower_id = followers.id AND {UNFINISHED}) AS unfinished
          FROM followers {PROCESS}
         WHERE followers.id = :id
    """
    row: Row | None = db.execute(select, {"id": follower_id}).fetchone()
    if row is None:
        raise NotStored(said("no follower {number}", number=follower_id))
    return row


def _exchanges(db: Connection, follower_id: int, *, limit: int, texts: bool) -> list[Exchange]:
    select = f"""
        SELECT id, arrived_at, kind, state, failure, refused, refused_by, question, given,
               {SPOKEN}, {WORDS} AS words
          FROM messages WHERE follower_id = :follower_id ORDER BY id DESC LIMIT :limit
    """
    rows = db.execute(select, {"follower_id": follower_id, "limit": limit}).fetchall()
    return [_exchange(db, row, texts=texts) for row in reversed(rows)]


def _exchange(db: Connection, row: Row, *, texts: bool) -> Exchange:
    best = f"""
        SELECT outcome, ended_at FROM tries WHERE message_id = :id
         ORDER BY CASE outcome WHEN '{Outcome.REPLIED}' THEN 0 WHEN '{Outcome.PARTIAL}' THEN 1
                               WHEN '{Outcome.THINKING}' THEN 2 ELSE 3 END, number LIMIT 1
    """
    try_ = db.execute(best, {"id": row["id"]}).fetchone()
    outcome = try_["outcome"] if try_ else None
    words: dict[str | None, str | None] = {
        Outcome.REPLIED: row["words"],
        Outcome.PARTIAL: row["given"],
    }
    read = words.get(outcome) or ""
    return Exchange(
        message_id=row["id"],
        arrived_at=row["arrived_at"],
        kind=row["kind"],
        state=row["state"],
        outcome=outcome,
        read_at=try_["ended_at"] if try_ else None,
        spoken=outcome == Outcome.REPLIED and bool(row["spoken"]),
        question_length=len(row["question"]),
        read_length=len(read),
        failure=row["failure"],
        refused=row["refused"],
        refused_by=row["refused_by"],
        question=row["question"] if texts else None,
        read=read if texts else None,
    )


def _history(
    db: Connection, follower: Row, last: int, characters: int, *, texts: bool
) -> list[HistoryEntry]:
    """As `store.history.turns` gives it: a follower's turn comes first."""
    select = """
        SELECT role, message_id, text FROM history
         WHERE follower_id = :id AND session = :session ORDER BY id DESC LIMIT :last
    """
    keys = {"id": follower["id"], "session": follower["session"], "last": last}
    said = history.newest(db.execute(select, keys).fetchall()[::-1], room=characters)
    return [
        HistoryEntry(
            row["role"], row["message_id"], len(row["text"]), row["text"] if texts else None
        )
        for row in said
    ]


def _unread(db: Connection, follower_id: int, *, at: float) -> list[Uncollected]:
    """What a 继续 would bring, were it sent now, and the ones after it."""
    last = "SELECT max(id) AS id FROM messages WHERE follower_id = :follower_id"
    row = db.execute(last, {"follower_id": follower_id}).fetchone()
    if row["id"] is None:
        return []
    reader = replace(messages.get(db, row["id"]), id=LARGEST)
    return [
        Uncollected(
            message_id=message.id,
            follower_id=follower_id,
            settled_at=message.settled_at or at,
            length=len(message.readable),
            unread=len(message.readable) - message.read_to,
        )
        for message in (messages.get(db, one) for one in unread.collectable(db, reader, at=at))
        if message.settled_at is not None
    ]
