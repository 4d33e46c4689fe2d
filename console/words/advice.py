"""What to do about a failure: what the server itself says of it, by the failure's reason."""

import re

from settings.language import said, translated


def advice(reason: str) -> str:
    """One sentence, "" where the reason alone does not tell."""
    from fsm import reasons  # not before there is a failure: it takes a while

    return reasons.advice(reason)


def failure_in_words(reason: str) -> str:
    """The reason as it is saved, after what the operator's language calls such a failure."""
    name = re.sub(r"\d+", "…", reason.partition(":")[0])
    kind = translated(name)
    return reason if kind == name else said("{kind} ({reason})", kind=kind, reason=reason)
