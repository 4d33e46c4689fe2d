"""Commands about how a follower is answered: 语音 开, 语音 关."""

from fsm import moves
from fsm.commands.command import Command, CommandAnswer
from fsm.text.spelling import Spelling
from settings.schema import Settings
from store import followers
from store.database import Connection
from store.messages import Message


def commands(settings: Settings) -> list[Command]:
    """Nothing is kept where nothing can be spoken: it would come as a surprise later."""
    texts = settings.texts

    def choosing(text: str, *, by_voice: bool) -> CommandAnswer:
        def choose(db: Connection, message: Message, rest: str, at: float) -> Message:
            if settings.azure.trans_to_voice:
                followers.choose(db, message.follower_id, by_voice=by_voice)
                return moves.reply_at_once(db, message, text, at=at)
            return moves.reply_at_once(db, message, texts.no_voice, at=at)

        return choose

    return [
        Command(Spelling.of(texts.voice_on_words), choosing(texts.voice_on, by_voice=True)),
        Command(Spelling.of(texts.voice_off_words), choosing(texts.voice_off, by_voice=False)),
    ]
