"""What a database holds after a day like any other, told message by message."""

import sqlite3
from pathlib import Path
from typing import Any

from console.views import attention, conversation
from console.views.conversation import ModelContext
from fsm import moves
from fsm.text.wording import Wording
from fsm.transitions import MoveEvent, apply
from settings.schema import Secret, Settings, Texts, WeChat
from store import changes, messages, tries
from store.messages import Arrival, Message, State
from store.outcomes import Outcome
from tests import migrated

WORDING = Wording.of(Settings(wechat=WeChat(token=Secret("token")), texts=Texts(ai_label="")))
NOW = 1_700_000_000.0
HOUR = 3600.0


class Story:
    """A real database, filled as the server fills it. `now` only moves when it is told to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOW
        self.db = sqlite3.connect(migrated.at(path), isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = OFF")
        self._said = 0

    def says(
        self, text: str = "hello", *, who: str = "o-anna", kind: str = "text", to: str = ""
    ) -> Message:
        """`to` names one of several accounts."""
        self._said += 1
        msg_id = str(24_000_000_000_000_000 + self._said)
        gh = f"gh_{to}" if to else "gh"
        arrival = Arrival(gh, who, f"{gh} {msg_id}", msg_id, kind, text, of_account=to)
        return messages.receive(self.db, arrival, at=self.now)[0]

    def is_asked(self, message: Message) -> Message:
        picked_up = moves.pick_up(self.db, message, session_seconds=600, at=self.now)
        changes.model_called(self.db, picked_up, "a-model")
        return messages.get(self.db, picked_up.id)

    def answers(self, message: Message, text: str = "hi there") -> Message:
        return moves.answer(self.db, message, text, WORDING, by="a-model", at=self.now)

    def fails(self, message: Message, reason: str) -> Message:
        return moves.give_up(self.db, message, reason, "sorry", at=self.now)

    def tries(self, message: Message, outcome: Outcome, *, seconds: float = 0.0) -> None:
        number = tries.begin(self.db, message.id, at=self.now)
        self.now += seconds
        tries.end(self.db, message.id, number, outcome=outcome, at=self.now)

    def tells(self, question: str, answer: str, *, who: str = "o-anna") -> Message:
        """A question that is answered at once and read."""
        message = self.answers(self.is_asked(self.says(question, who=who)), answer)
        self.tries(message, Outcome.REPLIED)
        return message

    def puts(self, message: Message, state: State) -> Message:
        """Move a new message on to an unfinished state."""
        if state is State.RECEIVED:
            return message
        message = self.is_asked(message)
        if state is State.GENERATING:
            return message
        learned = {"answer": "hi"}
        message = apply(self.db, message, MoveEvent.ANSWERED_TO_SPEAK, at=self.now, learned=learned)
        if state is State.SYNTHESIZING:
            return message
        voice = {"media_id": "m", "uploaded_at": self.now}
        return apply(self.db, message, MoveEvent.VOICE_UPLOADED, at=self.now, learned=voice)

    def look(self, *, limit: int = 20) -> attention.Attention:
        return attention.look(self.db, at=self.now, limit=limit)


def look_at_follower(story: Story, follower_id: int, **asked: Any) -> conversation.Conversation:
    context = ModelContext(**asked)
    return conversation.look(
        story.db, follower_id, lambda _: context, at=story.now, limit=20, texts=True
    )
