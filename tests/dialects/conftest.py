"""Huixin's own way from a question to a reply, with a service of any dialect behind it."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import count
from typing import Any

import pytest

from fsm import moves
from fsm.asking import attempts
from fsm.asking.models import Model
from fsm.commands.table import Commands
from fsm.offer import Offer
from fsm.progress import Progress
from fsm.served import Audio, Served
from fsm.steps import Steps
from integrations import IntegrationError
from service import clients
from settings import schema as settings_of
from settings.schema import OpenAI, Secret, Settings, Texts, WeChat
from store import messages
from store.database import Database
from store.messages import Arrival, Message
from tests.dialects.service import Row, Service
from tests.in_memory import InMemory

PLAIN = Settings(
    wechat=WeChat(token=Secret("a-token")),
    texts=Texts(ai_label=""),
    openai=OpenAI(
        api_keys=(Secret("sk-one"),),
        model="a-model",
        connect_seconds=1.0,
        read_seconds=0.4,
        answer_seconds=4.0,
    ),
)
OFFER = Offer.of(PLAIN)


@cache
def commands() -> Commands:
    """No row has any of its own."""
    return Commands(OFFER)


@dataclass
class Brain:
    """A model's client and everything that asks it; `ask` says a question and is given a reply."""

    db: Database
    settings: Settings
    models: list[Model]
    steps: Steps = field(init=False)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        served = Served(replace(OFFER, settings=self.settings), commands())
        self.steps = Steps(self.db, served, self.models, Audio())

    def ask(self, question: str = "你好", *, who: str = "o-one") -> Message:
        """The message as it ended, replied or failed."""
        message = self.received(question, who)
        try:
            move = self.steps.next_move(Progress(message))
        except IntegrationError as error:
            move = self.steps.give_up(message, f"{type(error).__name__}: {error}")
        return self.db.write(move)

    def close(self) -> None:
        for model in self.models:
            model.service.close()

    def received(self, question: str, who: str = "o-one") -> Message:
        """A message that has come and is to be answered by the model."""
        number, at = next(self.numbers), self.db.clock()
        arrival = Arrival("gh_account", who, f"m{number}", f"{number}", "text", question)
        message, _ = self.db.write(lambda db: messages.receive(db, arrival, at=at))
        return self.db.write(lambda db: moves.pick_up(db, message, session_seconds=600, at=at))


Thinks = Callable[..., Brain]


@pytest.fixture
def db() -> Iterator[InMemory]:
    """With the real time: keys rest by it."""
    database = InMemory()
    yield database
    database.close()


@pytest.fixture(autouse=True)
def asked_once_more_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No service here has to come up first."""
    monkeypatch.setattr(attempts, "ONCE_MORE_AFTER", 0.01)


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.stop()


@pytest.fixture
def brain(db: InMemory, service: Service) -> Iterator[Thinks]:
    """Makes one, with keys of `openai` other than those of a test, or several `models`."""
    made: list[Brain] = []

    def brain(models: tuple[settings_of.ModelSettings, ...] = (), **openai: Any) -> Brain:
        settings = PLAIN.but(openai={"base_url": service.url, **openai}, models=models)
        made.append(Brain(db, settings, clients.models(db, settings)))
        return made[-1]

    yield brain
    for one in made:
        one.close()


Holds = Callable[[Row], None]


@pytest.fixture
def holds(db: InMemory, service: Service, brain: Thinks, caplog: pytest.LogCaptureFixture) -> Holds:
    """Sees that what comes of a dialect is what its row says.

    Whichever of the two is asked for, the whole or a stream: some send what they always send.
    """
    caplog.set_level(logging.INFO)

    def holds(row: Row) -> None:
        for asked_for in ("a stream", "the whole"):
            db.undo()
            caplog.clear()
            service.bodies.clear()
            service.answers = [row.sends] if row.then is None else [row.sends, row.then]
            streamed = asked_for == "a stream"
            message = brain(stream_response=streamed, answer_seconds=row.seconds).ask("你好")
            assert message.reply == (row.reads or Texts().apology), asked_for
            assert message.state == ("REPLIED" if row.reads else "FAILED"), asked_for
            assert len(service.bodies) == row.calls, asked_for
            said = [record.getMessage() for record in caplog.records]
            called = [line for line in said if "event=model_called" in line]
            assert f"result={row.result} " in called[-1], asked_for

    return holds
