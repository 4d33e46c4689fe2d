"""How many tokens a text has, about, where the service does not say."""

from integrations.model.parameters import Turns


def estimated(turns: Turns, answer: str) -> int:
    """About how many tokens a question and its answer have, where the service does not say."""
    return round(sum(tokens(turn["content"]) for turn in turns) + tokens(answer))


def tokens(text: str) -> float:
    """About how many tokens a model has for it: one for a Chinese character or four letters."""
    wide = sum(character >= "\u2e80" for character in text)
    return wide + (len(text) - wide) / 4
