"""The accounts that are served: what is done with a message is done by the steps of its account."""

from gevent.lock import BoundedSemaphore

from fsm import moves
from fsm.failures import AccountNotServed
from fsm.moves import Move
from fsm.progress import Progress
from fsm.steps import Steps
from store.database import Database
from store.messages import Message


class Accounts:
    """The steps of each account, by its name; `apology` is for what came by one that is gone."""

    def __init__(self, db: Database, apology: str) -> None:
        self._db = db
        self._apology = apology
        self._steps: dict[str, Steps] = {}
        self._places: dict[str, BoundedSemaphore] = {}
        self._places_of_others = BoundedSemaphore(1)

    def add(self, name: str, steps: Steps) -> None:
        """One more is served."""
        self._steps[name] = steps
        self._places[name] = BoundedSemaphore(steps.resumed_at_once)

    def steps(self, message: Message) -> Steps:
        """Those of the account that it came by. Raises `AccountNotServed`."""
        if steps := self._steps.get(message.of_account):
            return steps
        raise AccountNotServed(f"{message.of_account or 'wechat'} is not in the settings")

    def next_move(self, progress: Progress) -> Move:
        """Do the work of the state that the message is in. Raises `IntegrationError`s."""
        return self.steps(progress.message).next_move(progress)

    def give_up(self, message: Message, reason: str) -> Move:
        """The move that ends a message without an answer."""
        if steps := self._steps.get(message.of_account):
            return steps.give_up(message, reason)
        at = self._db.clock()
        return lambda db: moves.give_up(db, message, reason, self._apology, at=at)

    def resuming(self, message: Message) -> BoundedSemaphore:
        """A place among those of its account that are resumed: each has its own."""
        return self._places.get(message.of_account, self._places_of_others)
