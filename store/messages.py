"""Messages and their states: how they come, move and are found. Rows come out frozen.

Each function is handed the connection by `Database.write` or `Database.read`; times are seconds
since 1970 and come as arguments.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from settings.language import said
from store import followers
from store.database import Connection, Row
from store.errors import MessageMovedOn


class State(StrEnum):
    """Where a message is; the words are those of the `CHECK` of its column."""

    RECEIVED = "RECEIVED"  # stored, not begun
    GENERATING = "GENERATING"  # the follower's turn is in the history, the model is being asked
    SYNTHESIZING = "SYNTHESIZING"  # the text is final and wanted as voice
    UPLOADED = "UPLOADED"  # WeChat has the voice, which has to settle
    REPLIED = "REPLIED"  # the reply is settled; whether it was carried away stands beside
    FAILED = "FAILED"  # it ended without an answer


class ReplyKind(StrEnum):
    """How a reply is given; the words are those of the `CHECK` of its column, as are the next."""

    TEXT = "text"
    VOICE = "voice"  # the reply is its media id


class Refused(StrEnum):
    """What a rule did not let pass."""

    QUESTION = "question"
    ANSWER = "answer"


TAPPED = "tap"  # the key of a text that one of our links has sent
FINAL = frozenset({State.REPLIED, State.FAILED})
# Seconds since its last move after which a message that is not settled is past its time.
PAST_ITS_TIME = {
    State.RECEIVED: 30.0,
    State.GENERATING: 120.0,
    State.SYNTHESIZING: 60.0,
    State.UPLOADED: 60.0,
}

# Conditions, in SQL; the first three are those of indexes, which serve whoever says the same.
UNFINISHED = f"state NOT IN ('{State.REPLIED}', '{State.FAILED}')"
SETTLED_WELL = f"state = '{State.REPLIED}'"
SETTLED_BADLY = f"state = '{State.FAILED}'"
SPEAKABLE = f"state IN ('{State.GENERATING}', '{State.SYNTHESIZING}')"  # its sound is being made
# The order of a follower's unfinished messages: the one that was begun, then as they came.
IN_TURN = f"CASE state WHEN '{State.RECEIVED}' THEN 1 ELSE 0 END, messages.id"
# The whole text that the follower may read of a settled message: `Message.readable`.
READABLE = f"CASE WHEN answer IS NULL OR {SETTLED_BADLY} THEN reply ELSE answer END"


@dataclass(frozen=True)
class Message:
    """One row of `messages`; the migration says what each column means."""

    id: int
    follower_id: int
    dedup_key: str = field(repr=False)
    msg_id: str | None
    kind: str
    question: str = field(repr=False)
    arrived_at: float
    state: str
    partial: str = field(repr=False)
    given: str = field(repr=False)
    answer: str | None = field(repr=False)
    media_id: str | None = field(repr=False)
    uploaded_at: float | None
    reply: str | None = field(repr=False)
    reply_of: int | None
    reply_end: int | None
    read_to: int
    settled_at: float | None
    failure: str | None
    model_calls: int
    called: str
    answered_by: str | None
    take_ups: int
    resume_at: float
    counts: int
    recording: str | None = field(repr=False)
    reply_kind: str  # a `ReplyKind`
    voiced_to: int | None
    voice_carried: int
    operator_moves: int
    tells: int
    put_away: int
    suggestions: str = field(repr=False)
    hands_over: int
    persona: str | None  # by whose quota it counts
    refused: str | None  # a `Refused`
    refused_by: str | None
    tokens: int | None
    event_key: str = field(repr=False)
    shows: str  # what its reply is, where that is neither a text nor a voice
    of_account: str  # of several, by its name; "": that of `wechat:`
    moved_by: str = field(default="", compare=False)  # the event, where it has just been moved

    @classmethod
    def of(cls, row: Row, *, moved_by: str = "") -> "Message":
        """Of a row with all columns; a newer version beside this one may have added others.

        Several are made of each message: like this one takes 3 µs, by its constructor 20.
        """
        message = object.__new__(cls)
        columns = row if isinstance(row, dict) else zip(row.keys(), row, strict=True)
        vars(message).update(columns, moved_by=moved_by)
        return message

    @property
    def settled(self) -> bool:
        """Nothing will change what its tries are given."""
        return self.settled_at is not None

    @property
    def tapped(self) -> bool:
        """Whether a link of ours has sent it: nobody wrote it for the model to read."""
        return self.kind == "text" and self.event_key == TAPPED

    @property
    def by_model(self) -> bool:
        """Whether a model wrote, or writes, what there is to read of it."""
        if self.state in (State.RECEIVED, State.FAILED):
            return False
        return self.state == State.GENERATING or (self.answer is not None and self.model_calls > 0)

    @property
    def voice_waits(self) -> bool:
        """Whether its reply is a voice that nobody was brought."""
        return self.reply_kind == ReplyKind.VOICE and not self.voice_carried

    @property
    def reply_is(self) -> str:
        """What its reply is, unless it hands over to people."""
        return self.shows or self.reply_kind

    @property
    def readable(self) -> str:
        """The whole text that the follower may read of a settled message."""
        if self.answer is None or self.state == State.FAILED:
            return self.reply or ""
        return self.answer


@dataclass(frozen=True)
class Arrival:
    """A message as a push brings it; `dedup_key` is the same on each of its tries."""

    account: str
    open_id: str = field(repr=False)
    dedup_key: str = field(repr=False)
    msg_id: str | None
    kind: str
    question: str = field(repr=False)
    stamp: str = field(default="", repr=False)  # what signs this try, and no other
    recording: str | None = field(default=None, repr=False)  # media ids of a voice, best first
    event_key: str = field(default="", repr=False)  # of a menu or a scan, or `TAPPED`
    of_account: str = ""  # the name of `account` in the settings
    age: int = 0  # seconds from its writing to this try, by WeChat's clock; 0 where it says none


def receive(db: Connection, arrival: Arrival, *, at: float) -> tuple[Message, bool]:
    """Save a message the first time WeChat posts it; another try is given the row already there.

    Returns the message and whether it is new.
    """
    found = "SELECT * FROM messages WHERE dedup_key = :dedup_key"
    insert = """
        INSERT INTO messages
               (follower_id, dedup_key, msg_id, kind, question, recording, event_key, of_account,
                arrived_at)
        VALUES (:follower_id, :dedup_key, :msg_id, :kind, :question, :recording, :event_key,
               :of_account, :at)
        ON CONFLICT (dedup_key) DO NOTHING
    """
    values = {
        "follower_id": followers.save(db, arrival.account, arrival.open_id),
        "dedup_key": arrival.dedup_key,
        "msg_id": arrival.msg_id,
        "kind": arrival.kind,
        "question": arrival.question,
        "recording": arrival.recording,
        "event_key": arrival.event_key,
        "of_account": arrival.of_account,
        "at": at,
    }
    key = {"dedup_key": arrival.dedup_key}
    # A row that is only found to conflict would have used up a number.
    if row := db.execute(found, key).fetchone():
        return Message.of(row), False
    inserted = db.execute(insert, values)
    return Message.of(db.execute(found, key).fetchone()), inserted.rowcount > 0


def known(db: Connection, dedup_keys: list[str]) -> set[str]:
    """Those of the keys whose message a try has brought already; at least one is asked for."""
    keys = {f"key_{number}": key for number, key in enumerate(dedup_keys)}
    places = ", ".join(f":{key}" for key in keys)
    rows = db.execute(f"SELECT dedup_key FROM messages WHERE dedup_key IN ({places})", keys)
    return {row["dedup_key"] for row in rows}


def arrived_since(db: Connection, since: float) -> list[str]:
    """The keys of the messages whose first try came later, the oldest first."""
    select = "SELECT dedup_key FROM messages WHERE arrived_at > :since ORDER BY arrived_at"
    return [row["dedup_key"] for row in db.execute(select, {"since": since})]


def get(db: Connection, message_id: int) -> Message:
    """Raises `MessageMovedOn` where it has been erased."""
    row = db.execute("SELECT * FROM messages WHERE id = :id", {"id": message_id}).fetchone()
    if row is None:
        raise MessageMovedOn(said("message {number} has been erased", number=message_id))
    return Message.of(row)


def last_event(db: Connection, message_id: int) -> str:
    """By what it has moved last; "" where it has not."""
    select = "SELECT event FROM moves WHERE message_id = :id ORDER BY id DESC LIMIT 1"
    row = db.execute(select, {"id": message_id}).fetchone()
    return row["event"] if row else ""


def given(db: Connection, message_id: int) -> str:
    """What the follower was shown of an answer before its end; "" where it has been erased."""
    row = db.execute("SELECT given FROM messages WHERE id = :id", {"id": message_id}).fetchone()
    return row["given"] if row else ""


def get_all(db: Connection, ids: list[int]) -> list[Message]:
    """Those of the messages that have not been erased."""
    if not ids:
        return []
    keys = {f"id_{number}": message_id for number, message_id in enumerate(ids)}
    places = ", ".join(f":{key}" for key in keys)
    rows = db.execute(f"SELECT * FROM messages WHERE id IN ({places})", keys)
    return [Message.of(row) for row in rows]
