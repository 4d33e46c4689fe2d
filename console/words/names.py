"""What the store calls states of affairs, kinds and roles, by names that people have for them."""

from fsm.transitions import MoveEvent
from settings.language import Told, in_words, said
from store.messages import Refused
from store.outcomes import Outcome

KNOWN: dict[str, str] = {
    name: name
    for name in (
        *map(Told, (*Outcome, *MoveEvent, *Refused)),
        Told("operator"),
        # kinds of messages and replies
        Told("text"),
        Told("image"),
        Told("news"),
        Told("voice"),
        Told("video"),
        Told("shortvideo"),
        Told("location"),
        Told("link"),
        Told("miniprogrampage"),
        Told("event"),
        Told("other"),
        Told("handed over"),
        Told("subscribe"),
        Told("click"),
        Told("scan"),
        # who says something in the history
        Told("user"),
        Told("assistant"),
        # figures
        Told("arrival to end"),
        Told("unfinished"),
        # what rests
        Told("permanent media"),
        Told("temporary media"),
    )
}


def known(name: str) -> str:
    """The name of a thing, `Told` where people have a name of their own for it."""
    return KNOWN.get(name, name)


def named(name: str) -> str:
    """In the operator's language; a state, and what is not known here, as it is."""
    return in_words(known(name))


def refused_in_words(what: str, rule: str | None) -> str:
    """That a rule has refused a question or an answer."""
    return said("the {what}, by {rule}", what=named(what), rule=rule or "-")
