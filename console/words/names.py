"""What the store calls states of affairs, kinds and roles, by names that people have for them."""

from settings.language import Told, in_words, said

KNOWN: dict[str, str] = {
    name: name
    for name in (
        # how a try ended
        Told("replied"),
        Told("partial"),
        Told("thinking"),
        Told("dropped"),
        Told("unanswered"),
        # moves, and who made them
        Told("picked_up"),
        Told("answered_at_once"),
        Told("erased"),
        Told("told_to_wait"),
        Told("refused"),
        Told("to_be_said"),
        Told("answered"),
        Told("answered_to_speak"),
        Told("voice_failed"),
        Told("voice_uploaded"),
        Told("voice_settled"),
        Told("gave_up"),
        Told("retried"),
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
        # what is refused
        Told("question"),
        Told("answer"),
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
