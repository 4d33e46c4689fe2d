"""What is announced of the voices of followers: see `fsm.events`."""

from fsm.events import whose
from fsm.reasons import advice, reason_of
from integrations import IntegrationError
from settings.announcements import announce
from store.messages import Message


def heard(message: Message, *, characters: int, took: float) -> None:
    """The words of a voice were recognized."""
    announce("heard", **whose(message), characters=characters, took=took)


def not_heard(message: Message, reason: str) -> None:
    """There was nothing to recognize in a voice."""
    announce("not_heard", **whose(message), reason=reason)


def not_to_be_heard(message: Message, error: IntegrationError, *, advice: str) -> None:
    """What was recorded of a voice cannot be had from WeChat: its follower is asked to type."""
    announce("not_to_be_heard", "warning", **whose(message), reason=error, advice=advice)


def cannot_hear(account: str, *, reason: str, advice: str) -> None:
    """Voices that WeChat has not recognized cannot be heard here: told once."""
    announce("cannot_hear", "warning", account=account or None, reason=reason, advice=advice)


def pronounced(message: Message, *, words: int, took: float) -> None:
    """How so many words of a voice were pronounced has been found out."""
    announce("pronounced", **whose(message), words=words, took=took)


def not_pronounced(message: Message, error: IntegrationError) -> None:
    """It could not be; the follower is not told."""
    name = type(error).__name__
    reason, what_to_do = reason_of(error) if str(error) else name, advice(name) or None
    announce("not_pronounced", "warning", **whose(message), reason=reason, advice=what_to_do)
