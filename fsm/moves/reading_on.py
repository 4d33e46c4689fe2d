"""The moves by which a follower reads on, and the slice that each reply of an answer is."""

from dataclasses import replace

from fsm.text.slices import fit
from fsm.text.wording import Wording
from fsm.transitions import MoveEvent, apply
from integrations.wechat.protocol import REPLY_BYTES
from store import messages, unread
from store.database import Connection
from store.messages import Message, ReplyKind


def collect(db: Connection, message: Message, wording: Wording, *, at: float) -> Message | None:
    """RECEIVED → REPLIED with the next of what the follower has not read: a voice, or a slice.

    What waits besides is told of at its end. Returns None, and moves nothing, where all is read.
    """
    waiting = unread.collectable(db, message, at=at)
    if not waiting:
        return None
    first, *others = waiting
    answer = messages.get(db, first)
    if answer.voice_waits:
        learned: dict[str, object] = {"reply": answer.media_id, "reply_end": answer.voiced_to}
        learned["reply_kind"] = ReplyKind.VOICE
    elif answer.shows:  # a picture, or what else is no text
        learned = {"reply": answer.reply, "reply_end": answer.reply_end, "shows": answer.shows}
    else:
        if answer.answer is None:  # a text of the server's own: it is whole, as it would have been
            wording = replace(wording, reply_characters=REPLY_BYTES)
        told = unread.told_up_to(db, message)
        # Who goes back to what they were told of wants to know whether there is more of that kind.
        below = what_waits(others, wording, after=answer.id, told=0 if answer.id < told else told)
        learned = next_slice(answer, answer.readable, answer.read_to, wording, below=below)
    learned["reply_of"] = answer.id
    return apply(db, message, MoveEvent.ANSWERED_AT_ONCE, at=at, learned=learned)


def show_text(db: Connection, message: Message, wording: Wording, *, at: float) -> Message | None:
    """RECEIVED → REPLIED with the last answer from its beginning, as a text.

    Returns None, and moves nothing, where that was not spoken.
    """
    answer = unread.spoken(db, message, at=at)
    if not (answer and answer.settled):
        return None
    answer = unread.read_again(db, answer)
    learned = next_slice(answer, answer.readable, 0, wording) | {"reply_of": answer.id}
    return apply(db, message, MoveEvent.ANSWERED_AT_ONCE, at=at, learned=learned)


def what_waits(others: list[int], wording: Wording, *, after: int, told: int) -> str:
    """The line that tells what waits beside the answer `after`: earlier ones once, after `told`."""
    if any(other > after for other in others):
        return wording.later_waits
    return wording.earlier_waits if any(other > told for other in others) else ""


def next_slice(
    whose: Message, text: str, start: int, wording: Wording, *, below: str = ""
) -> dict[str, object]:
    """The next slice of its text as columns; `below` the last one stands what waits besides."""
    last_footer = wording.below(below, by_model=whose.by_model)
    cut = fit(
        text,
        start,
        characters=wording.reply_characters,
        footer=wording.below(wording.rest, by_model=whose.by_model),
        last_footer=last_footer,
    )
    last = cut.end == len(text)
    tells = below != "" and below == wording.earlier_waits and last
    reply = wording.suggesting(cut.text, last_footer, whose.suggestions) if last else cut.text
    return {"reply": reply, "reply_end": cut.end, "tells": int(tells)}
