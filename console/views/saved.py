"""What is saved of one message, by its lengths and numbers."""

from dataclasses import dataclass

from store.database import Connection
from store.messages import Message


@dataclass(frozen=True)
class LentVoice:
    """A voice at WeChat, which is deleted then; `failures`: attempts at that."""

    permanent: bool
    delete_at: float
    failures: int


@dataclass(frozen=True)
class Saved:
    """What is saved now; texts by their lengths. `turns` are its roles in the history.

    `reply` says "text", "voice", "image", "news" or "handed over", None while there is none.
    `voice_parts` are pieces of sound that were made and not uploaded yet, `lent` the voices of it
    that WeChat has. `called` names the models that were asked, in order.
    """

    partial: int
    given: int
    answer: int | None
    reply: str | None
    reply_of: int | None
    reply_end: int | None
    read_to: int
    voice_parts: int
    lent: list[LentVoice]
    model_calls: int
    called: list[str]
    answered_by: str | None
    take_ups: int
    resume_at: float
    turns: list[str]


def _reply(message: Message) -> str | None:
    if message.hands_over:
        return "handed over"
    return None if message.reply is None else message.reply_is


def what_is_saved(db: Connection, message: Message) -> Saved:
    """As it is now."""
    select = "SELECT role FROM history WHERE message_id = :id ORDER BY id"
    turns = [row["role"] for row in db.execute(select, {"id": message.id})]
    parts = "SELECT count(*) AS n FROM voice_parts WHERE message_id = :id"
    uploads = """
        SELECT permanent, delete_at, failures FROM uploads WHERE message_id = :id
         ORDER BY delete_at
    """
    return Saved(
        partial=len(message.partial),
        given=len(message.given),
        answer=None if message.answer is None else len(message.answer),
        reply=_reply(message),
        reply_of=message.reply_of,
        reply_end=message.reply_end,
        read_to=message.read_to,
        voice_parts=db.execute(parts, {"id": message.id}).fetchone()["n"],
        lent=[
            LentVoice(bool(row["permanent"]), row["delete_at"], row["failures"])
            for row in db.execute(uploads, {"id": message.id})
        ],
        model_calls=message.model_calls,
        called=message.called.split("\n")[:-1],
        answered_by=message.answered_by,
        take_ups=message.take_ups,
        resume_at=message.resume_at,
        turns=turns,
    )
