"""The models of the chain, as questions ask them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from gevent.lock import BoundedSemaphore

from fsm.asking.keys import Keys
from fsm.asking.thinking import Thinking
from integrations.model.answer.incoming import Answer
from integrations.model.parameters import Turns
from settings.models import Link
from store import cool_downs


@dataclass(frozen=True)
class LastCall:
    """How a call of a model ended, a `CallEnd` or a failure's name and what is known of it, and
    when: seconds of `time.monotonic()`.

    `advice` is what the operator can do, "" where the service is well; `lasting`: a failure that
    does not pass by itself.
    """

    result: str
    advice: str
    lasting: bool
    at: float


@dataclass(frozen=True)
class Written:
    """What a model wrote, `by` its name, and a line for the follower where that is not all."""

    text: str = field(repr=False)
    plain: str = field(repr=False)  # as the follower may read it
    by: str = ""
    note: str = ""
    suggestions: tuple[str, ...] = field(default=(), repr=False)  # of what to ask next


class ChatService(Protocol):
    """A service that answers; a new kind of them is a file in `integrations/model/`.

    One that does not stream gives no sign before all is written.
    """

    @property
    def streams(self) -> bool: ...

    def ask(
        self,
        turns: Turns,
        *,
        key: str,
        max_tokens: int,
        temperature: float | None = None,
        deadline: float,
        on_text: Callable[[str], None],
    ) -> Answer:
        """Ask with the conversation so far; `on_text` is told each piece as it arrives.

        It is told "" of a thought that is not to be read. `deadline` is of `time.monotonic()`; it
        holds for the whole answer. `temperature` stands in the place of the settings' own. Raises
        `ModelError`s.
        """

    def close(self) -> None:
        """Let go of what it holds."""


class Model:
    """One model of the chain: its service and its keys, and what is known of it by now."""

    def __init__(self, link: Link, service: ChatService, keys: Keys, thinking: Thinking) -> None:
        self.link = link
        self.name = link.name
        self.settings = link.service
        self.service = service
        self.keys = keys
        self.places = BoundedSemaphore(link.calls) if link.calls else None
        self.thinks = False  # and needs room for it beside what a voice may say
        self.thinking = thinking
        self.last_call: LastCall | None = None

    @cached_property
    def stored_as(self) -> str:
        """What the store knows it by."""
        return cool_downs.model_name(self.link.identity)

    @property
    def patience(self) -> float:
        """How many seconds it may give no sign, where another can be asked instead; 0: any."""
        once = self.settings.takeover_seconds
        return once if self.service.streams else 2 * once

    @property
    def full(self) -> bool:
        """Whether as many questions are under way as it may be asked at once."""
        return self.places is not None and self.places.locked()
