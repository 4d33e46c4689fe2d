"""What the model is asked for a message: who it is, what was said, and the question."""

from fsm.asking.ask import Ask
from fsm.offer import Offer
from fsm.text.suggestions import telling
from store import followers, history
from store.database import Connection
from store.messages import Message

LESSON_ENTRIES = 200  # of the history, that a lesson's summary is made of at most


class Prompts:
    """As the settings have them."""

    def __init__(self, offer: Offer) -> None:
        self._settings = offer.settings
        self._openai = offer.settings.openai
        self._lessons = offer.lessons
        self._personas = offer.personas

    def ask_with(self, db: Connection, message: Message) -> Ask:
        """What to ask with. Raises `MessageMovedOn` where the model is not to be asked."""
        entries, room = self._openai.save_history, self._openai.history_characters
        if self._lessons.ending.fits(message.question):
            entries = LESSON_ENTRIES
        said, session = history.turns(db, message, last=entries, characters=room)
        if session.ends_lesson:
            said[-1] = {"role": "user", "content": self._settings.lessons.summary_prompt}
        more = "" if session.ends_lesson else self._besides(db, message)
        if session.lesson:
            return Ask(_after(self._lessons.prompt(session.lesson, session.level), said, more))
        if persona := self._personas.persona(session.persona):
            return Ask(_after(persona.prompt, said, more), persona.model, persona.temperature)
        return Ask(_after(self._openai.system_prompt, said, more))

    def _besides(self, db: Connection, message: Message) -> str:
        """What the model is told to write behind its answer: nothing where that is spoken."""
        if not self._openai.suggestions:
            return ""
        speaks = self._settings.azure.trans_to_voice
        if speaks and followers.wants_voice(db, message.follower_id, message.kind):
            return ""
        return telling(self._openai.suggestions)


def _after(prompt: str, said: list[history.Turn], more: str) -> list[history.Turn]:
    """The conversation behind a prompt; with none, `more` stands behind the question."""
    if prompt:
        prompt = f"{prompt}\n\n{more}" if more else prompt
        return [{"role": "system", "content": prompt}, *said]
    if not more:
        return said
    *earlier, question = said
    return [*earlier, question | {"content": f"{question['content']}\n\n{more}"}]
