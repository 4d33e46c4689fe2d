"""What the model is asked for one message."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from integrations.model.parameters import Turns
from store.cool_downs import Rest


@dataclass(frozen=True)
class Ask:
    """`turns` is the conversation with its prompt in front, the question last.

    `model` is the name of the one that is asked first, "" for the chain's own order;
    `temperature` stands in the place of the model's own, where that has one.
    """

    turns: Turns = field(repr=False)
    model: str = ""
    temperature: float | None = None
    resting: Mapping[str, Rest] = field(default_factory=dict)  # as the store had it
