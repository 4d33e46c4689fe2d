"""What is answered without a question to the model: the table of commands, and kinds of messages.

A new command is an entry of the kind that it belongs to (a file beside this one), and its words and
texts in the settings. Behind the commands come the operator's own answers (`fsm.fixed_answers`).
What is answered here is free: it neither counts as a question nor is it limited.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

from fsm import moves
from fsm.commands import human, saying_again, starting_anew, voice_choice
from fsm.commands.command import Command, Waits, never, says
from fsm.commands.lessons import Schooling
from fsm.commands.message_kinds import said_to_kind
from fsm.commands.own_data import OwnData
from fsm.commands.personas import Choosing
from fsm.commands.reading_on import ReadingOn
from fsm.fixed_answers import FixedAnswers, Holder, replies_of
from fsm.offer import Offer
from fsm.text.menu import without_links_to
from fsm.text.spelling import Spelling, in_english
from fsm.text.wording import Wording
from settings.schema import Settings
from settings.sections.replies import ReplyRule
from store import characters
from store.database import Connection
from store.messages import Message

LOOKED_UP = 100  # texts: of each it is asked several times in a row


@dataclass(frozen=True)
class _Meaning:
    """What a message is taken for; where its `answer` is None, it is the next that it may be."""

    asks_model: bool
    waits: Waits
    answer: Callable[[], Message | None]


class Commands:
    """The commands of an account, its own answers (`fixed`), and those to kinds of messages."""

    def __init__(self, offer: Offer) -> None:
        settings, personas = offer.settings, offer.personas
        self.fixed: Holder = FixedAnswers()
        self.wording = Wording.of(settings)
        self._session_seconds = settings.openai.session_seconds
        menu = personas.below(self._menu(settings))
        self._commands = [
            *ReadingOn(settings, self.wording).commands(),
            *starting_anew.commands(settings),
            *voice_choice.commands(settings),
            *Choosing(personas).commands(),
            *OwnData(settings, personas, self.wording).commands(),
            *human.commands(settings),
            *Schooling(settings, offer.lessons).commands(),
            *saying_again.commands(settings),
            Command(Spelling.of(settings.texts.menu_words), says(menu), waits=Waits.FOR_NOTHING),
        ]
        self._called = lru_cache(maxsize=LOOKED_UP)(self._look_up)

    def answer(self, db: Connection, message: Message, *, at: float) -> Message | None:
        """RECEIVED → what a command or a kind of message leads to; None: a question."""
        answers = (meaning.answer() for meaning in self._meanings(db, message, at))
        return next(filter(None, answers), None)

    def answer_at_once(self, db: Connection, message: Message, *, at: float) -> Message | None:
        """RECEIVED → what a command leads to that waits for nothing; None: it has its turn."""
        command, rest = self._meant(db, message)
        return command.answer(db, message, rest, at) if command and command.at_once else None

    def is_question(self, db: Connection, message: Message, *, at: float) -> bool:
        """Whether the model is to be asked."""
        return next(self._meanings(db, message, at)).asks_model

    def is_judged(self, db: Connection, message: Message, *, at: float) -> bool:
        """Whether a rule may refuse it: what the model is asked, or is to be said again."""
        command, rest = self._meant(db, message)
        repeats = command and command.repeats and not command.leaves(db, message, rest, at)
        return bool(repeats) or self.is_question(db, message, at=at)

    def waits(self, db: Connection, message: Message, *, at: float) -> Waits:
        """What has to be over before it is answered, if nobody has to hear it first."""
        return next(self._meanings(db, message, at)).waits

    def is_command(self, text: str) -> bool:
        """Whether it is a command's word, and never anything else."""
        command, _ = self._look_up(text)
        return command is not None and command.leaves is never

    def hears(self, event: str) -> bool:
        """Whether an event has an answer."""
        return event == "subscribe" or self.fixed.now.hears(event)

    def may_read_on(self, message: Message) -> bool:
        """Whether `reads_on` is worth asking; that takes the store."""
        command, _ = self._called(message.question)
        return command is not None and command.reads_on

    def reads_on(self, db: Connection, message: Message) -> bool:
        """Whether what the follower has not read yet is asked for."""
        command, _ = self._meant(db, message)
        return command is not None and command.reads_on

    def goes_on(self, message: Message) -> bool:
        """Whether whatever waits for the follower is asked for, if `reads_on` says so."""
        command, _ = self._called(message.question)
        return command is not None and command.goes_on

    def _meanings(self, db: Connection, message: Message, at: float) -> Iterator[_Meaning]:
        """What a message may be, the first that there is an answer of: at last a question."""
        command, rest = self._meant(db, message)
        told = (db, message, rest, at)
        if command and not command.leaves(*told):
            asks = command.asks_model(*told)
            waits = Waits.FOR_ITS_TURN if asks else command.waits
            yield _Meaning(asks, waits, partial(command.answer, *told))
        if rule := self.fixed.now.fitting(message):
            waits = Waits.FOR_ITS_TURN if rule.ask else Waits.FOR_NOTHING
            yield _Meaning(bool(rule.ask), waits, partial(self._answered, db, message, rule, at=at))
        text = said_to_kind(message, self.wording.texts)
        if text is not None:
            says_so = partial(moves.reply_at_once, db, message, text, at=at)
            yield _Meaning(False, Waits.FOR_NOTHING, says_so)
        if command:
            otherwise = partial(command.otherwise, *told)
            yield _Meaning(command.left_to_model(*told), Waits.FOR_ITS_TURN, otherwise)
        yield _Meaning(True, Waits.FOR_ITS_TURN, lambda: None)

    def _answered(self, db: Connection, message: Message, rule: ReplyRule, *, at: float) -> Message:
        """One of the rule's answers, which is then that of every try; or its question is asked."""
        if rule.ask:
            asked = rule.ask.replace("{text}", message.question)
            silence = self._session_seconds
            return moves.pick_up(db, message, asked=asked, session_seconds=silence, at=at)
        reply = random.choice(replies_of(rule))
        return moves.reply_at_once(db, message, reply.content, shows=reply.shows, at=at)

    def _meant(self, db: Connection, message: Message) -> tuple[Command | None, str]:
        """The command that a message is, if one, and what stands behind its word.

        What is said in English in an English lesson is said to the teacher, but for what the
        server itself offers to be sent, and the words that end it.
        """
        command, rest = self._called(message.question)
        if not command or not in_english(message.question) or message.tapped:
            return command, rest
        if rest or command.of_lessons or command.spelling.is_first(message.question):
            return command, rest
        lasts = self._session_seconds
        _, in_lesson = characters.talks_to(db, message, lesson_lasts=lasts)
        return (None, "") if in_lesson else (command, rest)

    @staticmethod
    def _menu(settings: Settings) -> str:
        """Where nothing is ever spoken there is no voice to be read as a text."""
        texts = settings.texts
        spoken = settings.azure.trans_to_voice
        return texts.menu if spoken else without_links_to(texts.text_words, texts.menu)

    def _look_up(self, words: str) -> tuple[Command | None, str]:
        for command in self._commands:
            rest = command.rest(words)
            if rest is not None:
                return command, rest
        return None, ""
