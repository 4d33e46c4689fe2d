"""Whether a model begins to think without a mark that says so, as its template has opened it.

Nothing tells before the thought has its end. So the model's name has to, or its last answer, which
a restart remembers.
"""

import math

from fsm.text.thoughts import begins_in_thought, is_all_thought, may_begin_in_thought
from store import key_values
from store.database import Database


class Thinking:
    """Of one model: `name` is the one it is asked by, `stored_as` the one that the store has."""

    def __init__(self, db: Database, name: str, stored_as: str) -> None:
        self._db = db
        self._fact = f"begins in thought, {stored_as}"
        self._known = db.read(key_values.get, self._fact, at=0.0) is not None
        self.begins = self._known or may_begin_in_thought(name)

    def heard(self, text: str) -> None:
        """Take note of a whole answer, as the model wrote it."""
        self.begins = begins_in_thought(text)
        if self.begins == self._known:
            return
        self._known = self.begins
        if self._known:
            self._db.write_soon(key_values.put, self._fact, "", expires_at=math.inf)
        else:
            self._db.write_soon(key_values.forget, self._fact)

    def is_all_there_is(self, text: str) -> bool:
        """Whether an answer that was cut, or broke off, has not come to an end of its thoughts."""
        return is_all_thought(text, begins=self._known)
