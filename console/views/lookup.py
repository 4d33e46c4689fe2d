"""What an operator calls a message, a follower or an account -> what the store knows it by."""

from collections.abc import Collection
from dataclasses import dataclass

from settings.language import said
from store.database import Connection
from store.errors import StoreError

LARGEST = 2**63 - 1  # SQLite counts no further
WECHAT = "wechat"  # the section whose account has no name of its own


class NotStored(StoreError):
    """There is no such message, follower or account: never was, or erased."""


@dataclass(frozen=True)
class Follower:
    """Who it is, and how many messages are stored of them."""

    account: str  # its id at WeChat
    open_id: str
    messages: int


def account(db: Connection, word: str, served: Collection[str]) -> str:
    """An account by its name; that of `wechat:`, which is "", is shown as "-".

    `served` are those of the settings. Raises `NotStored`, with the names that there are.
    """
    if word in served:
        return word
    stored = {row["of_account"] for row in db.execute("SELECT DISTINCT of_account FROM messages")}
    there = {*served, *stored} or {""}
    name = "" if word in ("-", WECHAT) and word not in there else word
    if name not in there:
        names = ", ".join(one or WECHAT for one in sorted(there))
        raise NotStored(said("no account {word}: there is {names}", word=word, names=names))
    return name


def message_id(db: Connection, word: str) -> int:
    """The number of a message by its number or its MsgId. Raises `NotStored`.

    Where two accounts had the same MsgId it is the later one's.
    """
    by_msg_id = "SELECT id FROM messages WHERE msg_id = :word ORDER BY id DESC LIMIT 1"
    found = _number(db, "SELECT id FROM messages WHERE id = :number", by_msg_id, word)
    if found is None:
        raise NotStored(said("no message {word}: never stored, or erased", word=word))
    return found


def follower_id(db: Connection, word: str) -> int:
    """The number of a follower by their number or open id. Raises `NotStored`.

    Who follows two accounts is two: then only a number says which is meant.
    """
    by_open_id = "SELECT id FROM followers WHERE open_id = :word LIMIT 1"
    if not word.isdigit() and (several := _of_several_accounts(db, word)):
        raise NotStored(
            said(
                "{word} follows several accounts: name the number, of {several}",
                word=word,
                several=", ".join(several),
            )
        )
    found = _number(db, "SELECT id FROM followers WHERE id = :number", by_open_id, word)
    if found is None:
        raise NotStored(said("no follower {word}: never stored, or erased", word=word))
    return found


def follower(db: Connection, number: int) -> Follower:
    """The follower of a number that there is."""
    select = """
        SELECT account, open_id,
               (SELECT count(*) FROM messages WHERE follower_id = followers.id) AS messages
          FROM followers WHERE id = :id
    """
    return Follower(**db.execute(select, {"id": number}).fetchone())


def _of_several_accounts(db: Connection, open_id: str) -> list[str]:
    select = "SELECT id, account FROM followers WHERE open_id = :open_id ORDER BY id"
    rows = db.execute(select, {"open_id": open_id}).fetchall()
    return [f"{row['id']} ({row['account']})" for row in rows] if len(rows) > 1 else []


def _number(db: Connection, by_number: str, by_word: str, word: str) -> int | None:
    """A word of digits may be either; the short number comes first."""
    row = None
    if word.isascii() and word.isdigit() and int(word[:30]) <= LARGEST:
        row = db.execute(by_number, {"number": int(word)}).fetchone()
    row = row or db.execute(by_word, {"word": word}).fetchone()
    return int(row["id"]) if row else None
