"""Commands about how a follower is answered: 语音 开, 语音 关."""

from dataclasses import dataclass
from functools import partial

from fsm import moves
from fsm.commands.command import Command
from fsm.text.spelling import Spelling
from settings.schema import Settings
from store import followers
from store.database import Connection
from store.messages import Message


@dataclass(frozen=True)
class VoiceChoice:
    """With what the settings say of it."""

    settings: Settings

    def commands(self) -> list[Command]:
        """Those of this kind."""
        texts = self.settings.texts
        return [
            Command(
                Spelling.of(texts.voice_on_words),
                partial(self._choose, by_voice=True, text=texts.voice_on),
            ),
            Command(
                Spelling.of(texts.voice_off_words),
                partial(self._choose, by_voice=False, text=texts.voice_off),
            ),
        ]

    def _choose(
        self, db: Connection, message: Message, rest: str, at: float, *, by_voice: bool, text: str
    ) -> Message:
        """Nothing is kept where nothing can be spoken: it would come as a surprise later."""
        if not self.settings.azure.trans_to_voice:
            text = self.settings.texts.no_voice
        else:
            followers.choose(db, message.follower_id, by_voice=by_voice)
        return moves.reply_at_once(db, message, text, at=at)
