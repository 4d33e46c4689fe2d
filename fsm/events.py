"""What the machine announces of messages: each event in one place, with its fields.

Whoever listens (the log does) hears of all of them alike, see `settings.announcements`. Nothing a
follower wrote or was told is in a field; `took` is in seconds.
"""

from integrations import IntegrationError
from integrations.model.errors import ModelError
from settings.announcements import announce
from settings.language import said
from store.errors import StoreError
from store.messages import Message, State
from store.outcomes import Outcome


def whose(message: Message) -> dict[str, str | int | None]:
    """The fields of an event of a message: whose it is, too."""
    return {
        "message": message.id,
        "follower": message.follower_id,
        "account": message.of_account or None,
    }


def try_began(message: Message, number: int, *, new: bool) -> None:
    """A push was stored, or found: the message's try of that number."""
    announce(
        "received" if new else "tried_again",
        **whose(message),
        **{"try": number},
        msg_id=message.msg_id or None,
        kind=message.kind,
        state=State.RECEIVED if new else message.state,
    )


def try_ended(message: Message, number: int, *, outcome: Outcome, took: float) -> None:
    """A try was answered, or dropped."""
    announce("try_ended", **whose(message), **{"try": number}, outcome=outcome, took=took)


def collected(message: Message) -> None:
    """What waited for its follower was carried away by the try of another message, `message`."""
    announce(
        "collected",
        message=message.reply_of,
        follower=message.follower_id,
        account=message.of_account or None,
        by=message.id,
        to_character=message.reply_end or 0,
    )


def moved(before: str, message: Message, *, took: float | None = None) -> None:
    """A move is safely saved: from the state `before`, with the work behind it, where known."""
    announce(
        "moved",
        "warning" if message.failure else "info",
        **whose(message),
        **{"from": before},
        to=message.state,
        by=message.moved_by,
        took=took,
        of=None if message.reply_of == message.id else message.reply_of,
        reason=message.failure or None,
        refused=message.refused,
        rule=message.refused_by,
    )


def moved_by_operator(before: str, message: Message) -> None:
    """What is under way for a message is void: the operator has moved it from `before`."""
    announce("moved_by_operator", "warning", **whose(message), **{"from": before}, to=message.state)


def taken_up(message: Message) -> None:
    """A message that was left unfinished is worked on again."""
    announce("taken_up", **whose(message), state=message.state, times=message.take_ups)


def let_go(message: Message) -> None:
    """A message is not worked on here any more: another process does so, or has settled it."""
    reason = said("another process works on it now: whoever waits here gets what comes of it")
    if message.settled:
        reason = said("another process has settled it: whoever waits here gets that reply")
    announce("let_go", "warning", **whose(message), reason=reason)


def dropped(message: Message) -> None:
    """A message is not worked on any more: it has been erased."""
    announce("dropped", **whose(message), reason="erased")


def erased(followers: int, account: str) -> None:
    """All that was stored of so many followers is gone."""
    announce("erased", account=account or None, followers=followers)


def model_called(
    message: Message,
    *,
    model: str,
    key: str,
    result: str,
    characters: int,
    took: float,
    problem: ModelError | None = None,
    advice: str | None = None,
) -> None:
    """A model was asked with a key, and so much came of it; of a `problem` also the `advice`.

    `result`: a `CallEnd`, or the name of the failure.
    """
    announce(
        "model_called",
        **whose(message),
        model=model,
        key=key,
        result=result,
        characters=characters,
        took=took,
        status=problem.status if problem else None,
        code=(problem.code or None) if problem else None,
        asked=problem.asked if problem else None,
        advice=advice,
    )


def model_rests(model: str, account: str, *, reason: str, seconds: float) -> None:
    """A model of several is left alone for a while."""
    announce(
        "model_rests",
        "warning",
        account=account or None,
        model=model,
        reason=reason,
        seconds=round(seconds, 0),
    )


def model_is_well(model: str, account: str) -> None:
    """A model that was left alone answers again."""
    announce("model_is_well", account=account or None, model=model)


def key_rests(key: str, account: str, *, reason: str, seconds: float) -> None:
    """A key is left alone for a while."""
    announce(
        "key_rests",
        "warning",
        account=account or None,
        key=key,
        reason=reason,
        seconds=round(seconds, 0),
    )


def spoken(message: Message, *, size: int, to_character: int, took: float) -> None:
    """An answer was spoken: so many bytes, up to a character of its text."""
    announce("spoken", **whose(message), bytes=size, to_character=to_character, took=took)


def not_looked_up(message: Message, error: IntegrationError) -> None:
    """Whether WeChat already has the message's voice could not be found out."""
    announce("not_looked_up", "warning", **whose(message), reason=error)


def upload_refused(way: str, account: str, *, advice: str) -> None:
    """WeChat does not take an account's voices as this kind of media."""
    announce("upload_refused", "warning", account=account or None, way=way, advice=advice)


def voice_deleted(message_id: int, account: str) -> None:
    """What was uploaded for a message is deleted at WeChat."""
    announce("voice_deleted", message=message_id, account=account or None)


def not_deleted(
    message_id: int, account: str, error: IntegrationError, *, waiting: int, advice: str
) -> None:
    """What was uploaded is still at WeChat; so many wait to be deleted."""
    announce(
        "not_deleted",
        "warning",
        message=message_id,
        account=account or None,
        waiting=waiting,
        reason=error,
        advice=advice,
    )


def not_read(error: StoreError) -> None:
    """Something could not be read from the store."""
    announce("not_read", "error", reason=error)


def not_saved(error: StoreError) -> None:
    """Something could not be saved, or not yet."""
    announce("not_saved", "error", reason=error)


def no_heartbeat(error: StoreError) -> None:
    """This process could not say that it lives."""
    announce("no_heartbeat", "error", reason=error)


def database_gone(error: StoreError) -> None:
    """The database file was deleted, replaced or damaged: the process has to end."""
    announce("database_gone", "critical", reason=error)


def database_works_again(beats_missed: int) -> None:
    """This process can say again that it lives."""
    announce("database_works_again", "warning", beats_missed=beats_missed)


def process_died(process_id: str) -> None:
    """Another process ended without a word; its messages are anybody's."""
    announce("process_died", "warning", id=process_id)


def not_judged(error: IntegrationError, account: str, *, advice: str, refused: bool) -> None:
    """The service of moderation did not judge a question, which was refused for that or asked."""
    of = account or None
    announce("not_judged", "warning", account=of, reason=error, advice=advice, refused=refused)


def not_taken_in(why: str, account: str) -> None:
    """A message was not stored, and its follower told so; they may not hear of the next ones."""
    announce("not_taken_in", account=account or None, reason=why)


def too_busy(refused: int, account: str) -> None:
    """So many messages of an account were told to come again, since the last time or at all."""
    announce("too_busy", "warning", account=account or None, refused=refused)
