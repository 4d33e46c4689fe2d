"""What a follower has just seen of an answer: where nothing is unread, it tells what they mean."""

from store.database import Connection
from store.messages import SETTLED_WELL, Message
from store.outcomes import CARRIED_AWAY
from store.unread import EXPIRES


def last(db: Connection, reader: Message, *, since: float) -> str | None:
    """What the follower's last message before `reader` has brought of a model's answer.

    None where it has brought nothing of the kind, what was not settled since then and before
    `reader` came, or what is of an earlier session: a model that is to go on has not read that.
    """
    select = f"""
        SELECT said.reply FROM messages AS said JOIN messages AS shown ON shown.id = said.reply_of
          JOIN history ON history.message_id = shown.id AND history.role = 'user'
          JOIN followers ON followers.id = shown.follower_id
           AND followers.session = history.session
         WHERE said.id = (
               SELECT max(id) FROM messages WHERE follower_id = :follower_id AND id < :id)
           AND shown.{SETTLED_WELL} AND shown.answer IS NOT NULL AND shown.model_calls > 0
           AND shown.settled_at > :since AND shown.settled_at <= :came
           AND EXISTS (SELECT 1 FROM tries WHERE message_id = said.id AND {CARRIED_AWAY})
    """
    keys = {"follower_id": reader.follower_id, "id": reader.id, "came": reader.arrived_at}
    row = db.execute(select, keys | {"since": since}).fetchone()
    return None if row is None else row["reply"]


def not_suggested(db: Connection, reader: Message, *, at: float) -> str:
    """What stands below the end of the answer read last, where no reply has brought that; or ""."""
    select = f"""
        SELECT shown.suggestions FROM followers JOIN messages AS shown ON shown.id = reading
         WHERE followers.id = :follower_id AND shown.id < :id AND shown.suggestions <> ''
           AND shown.{SETTLED_WELL} AND shown.settled_at > :since AND shown.put_away = 0
           AND NOT EXISTS (
               SELECT 1 FROM messages AS carrier JOIN tries ON tries.message_id = carrier.id
                WHERE carrier.follower_id = :follower_id AND carrier.id >= shown.id
                  AND carrier.reply_of = shown.id AND carrier.reply_end >= length(shown.answer)
                  AND {CARRIED_AWAY})
    """
    keys = {"follower_id": reader.follower_id, "id": reader.id, "since": at - EXPIRES}
    row = db.execute(select, keys).fetchone()
    return "" if row is None else str(row["suggestions"])
