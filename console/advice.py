"""What to do about a failure: the sentence that the server has for it too."""


def advice(reason: str) -> str:
    """One sentence, "" where the reason alone does not tell."""
    from fsm.failures import advice as known  # not before there is a failure: it takes a while

    return known(reason)
