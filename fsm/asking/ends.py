"""How calls of a model end."""

from enum import StrEnum

from fsm.failures import SpokenEnough
from integrations.model.errors import ModelError


class CallEnd(StrEnum):
    """What came of a call, in the words of the log and of the metrics; one that failed has the
    name of its error there."""

    ANSWERED = "answered"
    CUT_BY_LENGTH = "cut_by_length"  # its answer is as long as one may be, and no longer
    OUTPACED = "outpaced"  # another was quicker
    DROPPED = "dropped"  # it was ended from here


def end_by(error: ModelError) -> str:
    """How a call ended that this has ended."""
    return CallEnd.CUT_BY_LENGTH if isinstance(error, SpokenEnough) else type(error).__name__
