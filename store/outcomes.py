"""How tries end."""

from enum import StrEnum


class Outcome(StrEnum):
    """What came of a try; the words are those of the `CHECK` in the first migration."""

    REPLIED = "replied"  # it carried the settled reply away
    PARTIAL = "partial"  # it showed what there was of the text
    THINKING = "thinking"  # it told that the answer is being made
    DROPPED = "dropped"  # WeChat hung up
    UNANSWERED = "unanswered"  # it was left so
    TOLD = "told"  # why its message is not let in: nothing of it is stored


CARRIED_AWAY = f"outcome = '{Outcome.REPLIED}'"
