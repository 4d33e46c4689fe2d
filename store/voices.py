"""The sound of answers, and the voices that WeChat was lent and has to give back."""

from dataclasses import dataclass, field, fields

from store.database import Connection, Row
from store.messages import SPEAKABLE, Message


@dataclass(frozen=True)
class VoicePart:
    """A piece of an answer's voice: MP3, and up to which character of the answer it says it.

    Without MP3 it is known where it ends, and it has not been said.
    """

    voice: str
    said_to: int
    mp3: bytes = field(repr=False)


def save_part(db: Connection, message: Message, number: int, part: VoicePart) -> None:
    """Save a part, counted from 0, unless the message has gone, is settled or the operator's."""
    insert = f"""
        INSERT INTO voice_parts (message_id, number, voice, said_to, mp3)
        SELECT id, :number, :voice, :said_to, :mp3 FROM messages
         WHERE id = :id AND {SPEAKABLE} AND operator_moves = :operator_moves /*! FOR SHARE */
        ON CONFLICT (message_id, number) DO UPDATE
           SET voice = excluded.voice, said_to = excluded.said_to, mp3 = excluded.mp3
    """
    values = {"voice": part.voice, "said_to": part.said_to, "mp3": part.mp3}
    whose = {"id": message.id, "operator_moves": message.operator_moves, "number": number}
    db.execute(insert, values | whose)


def parts(db: Connection, message: Message) -> list[VoicePart]:
    """The parts that were begun, in order; those that were said have their sound."""
    select = "SELECT * FROM voice_parts WHERE message_id = :id ORDER BY number"
    rows = db.execute(select, {"id": message.id}).fetchall()
    whole = [row for number, row in enumerate(rows) if row["number"] == number]
    return [VoicePart(row["voice"], row["said_to"], row["mp3"]) for row in whole]


def drop_parts(db: Connection, message: Message) -> None:
    """Forget the sound of a message."""
    db.execute("DELETE FROM voice_parts WHERE message_id = :id", {"id": message.id})


@dataclass(frozen=True)
class Upload:
    """A voice at WeChat, or on its way there: then it has no `media_id`."""

    name: str
    message_id: int
    permanent: bool
    media_id: str | None
    delete_at: float
    failures: int
    of_account: str


@dataclass(frozen=True)
class Lent:
    """A voice that WeChat has: our name for it, WeChat's id, and until when it is needed."""

    name: str
    media_id: str = field(repr=False)
    keep_until: float


def begin_upload(
    db: Connection, message: Message, *, name: str, permanent: bool, delete_at: float
) -> None:
    """Write down that a voice is about to be uploaded under this name, before it is."""
    insert = """
        INSERT INTO uploads (name, message_id, permanent, delete_at, of_account)
        VALUES (:name, :message_id, :permanent, :delete_at, :of_account)
    """
    values = {"name": name, "message_id": message.id, "permanent": int(permanent)}
    db.execute(insert, values | {"delete_at": delete_at, "of_account": message.of_account})


def end_upload(db: Connection, name: str, media_id: str, *, delete_at: float) -> None:
    """Enter the id that WeChat gave, before it is used."""
    update = "UPDATE uploads SET media_id = :media_id, delete_at = :at WHERE name = :name"
    db.execute(update, {"name": name, "media_id": media_id, "at": delete_at})


def needed_until(db: Connection, message_id: int, *, at: float) -> None:
    """Have the voices of a message deleted then, or earlier if that was settled before.

    One that is on its way is deleted when it must have arrived.
    """
    update = """
        UPDATE uploads SET delete_at = :at
         WHERE message_id = :message_id AND delete_at > :at AND media_id IS NOT NULL
    """
    db.execute(update, {"message_id": message_id, "at": at})


def due(db: Connection, account: str, *, at: float, most: int) -> list[Upload]:
    """What has to be deleted by now at the account of that name, the oldest first."""
    select = """
        SELECT * FROM uploads WHERE delete_at <= :at AND of_account = :account
         ORDER BY delete_at LIMIT :most
    """
    return [
        _upload(row) for row in db.execute(select, {"account": account, "at": at, "most": most})
    ]


def unsure(db: Connection, message: Message) -> list[Upload]:
    """The permanent voices of a message that WeChat may have, under ids that nobody knows."""
    select = """
        SELECT * FROM uploads
         WHERE message_id = :id AND permanent = 1 AND media_id IS NULL ORDER BY delete_at
    """
    return [_upload(row) for row in db.execute(select, {"id": message.id})]


def _upload(row: Row) -> Upload:
    known = {column.name: row[column.name] for column in fields(Upload)}
    return Upload(**known | {"permanent": bool(row["permanent"])})


def waiting(db: Connection, account: str | None = None) -> int:
    """How many voices wait to be deleted: at the account of that name, or at all."""
    select = "SELECT count(*) AS n FROM uploads WHERE permanent = 1"
    if account is not None:
        select += " AND of_account = :account"
    row = db.execute(select, {"account": account}).fetchone()
    return int(row["n"])


def deleted(db: Connection, name: str) -> None:
    """It is gone at WeChat, or never got there."""
    db.execute("DELETE FROM uploads WHERE name = :name", {"name": name})


def not_deleted(db: Connection, name: str, *, again_at: float) -> None:
    """WeChat did not delete it; it is tried again then."""
    update = "UPDATE uploads SET failures = failures + 1, delete_at = :at WHERE name = :name"
    db.execute(update, {"name": name, "at": again_at})
