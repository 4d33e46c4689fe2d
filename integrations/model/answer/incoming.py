"""The model's answer as it comes in, event by event or whole."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from integrations.model.answer.mojibake import Mending
from integrations.model.answer.repeats import Pieces
from integrations.model.body.charsets import BROKEN, put_together
from integrations.model.codes import is_for_programs
from integrations.model.content.endings import Ending, ending, word_of
from integrations.model.content.openai import (
    ChoiceContent,
    choices_in,
    content_in,
    plain_piece,
    tokens_in,
)
from integrations.model.errors import (
    AnswerTooLong,
    AnswerWithheld,
    CharactersUnknown,
    ConversationTooLong,
    EmptyAnswer,
    KeyRefused,
    MalformedEvent,
    ModelError,
    StreamCut,
    TokensUsedUp,
    ToolCalled,
)
from integrations.model.refusals.complaint import reported
from integrations.model.refusals.wordings import KEY

LONGEST_ANSWER = 100_000  # characters
TOOL = re.compile(r"tool_?(?:calls?|use)|function_?call")
HALF = re.compile("[\ud800-\udfff]")
# The first part of a character at the end: of a pair, or of the bytes that were kept of it.
BEGUN = re.compile(
    "[\ud800-\udbff]\\Z|(?:[\U0010ffc2-\U0010ffdf]|[\U0010ffe0-\U0010ffef][\U0010ff80-\U0010ffbf]?"
    "|[\U0010fff0-\U0010fff4][\U0010ff80-\U0010ffbf]{0,2})\\Z"
)
# Anything but blanks, marks of no width, and letters that only look like nothing.
VISIBLE = re.compile(
    r"[^\s\u00ad\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0]"
)


@dataclass(frozen=True)
class Answer:
    """What the model said. `cut_by_length`: it stopped at `max_tokens`.

    `odd_end` is the service's word for its end, where that is not known here or wants a tool.
    """

    text: str = field(repr=False)
    cut_by_length: bool
    tokens: int | None = None
    odd_end: str = ""


class IncomingAnswer:
    """An answer as it comes in; `on_text` is told each piece, and "" of a thought."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._pieces: list[str] = []
        self._new = Pieces()
        self._mending = Mending()
        self.length = 0  # characters of the text, as far as it has come
        self._half = ""  # the first half of a character, whose other half is still to come
        self._finish = ""  # the last word for an end that came
        self._number: Any = None  # of the choice that is read, where several come
        self._pieced = False  # there were pieces, so that a whole can only repeat them
        self._calls_a_tool = False
        self._ends_early = False  # its words for an end come before the end
        self._tokens: int | None = None
        self.goes_on = False  # what came last says that it is not the last
        self.understood = False  # whether anything came that an answer is made of

    @property
    def ended(self) -> bool:
        """Whether all is there, as far as anybody can know before the connection says so."""
        if not self._finish or not self.length or self._ends_early:
            return False
        return ending(self._finish) in (Ending.WHOLE, Ending.CUT_BY_LENGTH)

    def take(self, content: Any) -> None:
        """One event of the stream, or the whole answer; what carries no text is passed over.

        Raises `ModelError`s for what the service reports. Behind the end of the answer there may
        be anything: the usage, in whatever form.
        """
        piece = plain_piece(content)
        if piece is not None and not self._number:
            self._number, self._pieced, self.understood, self.goes_on = 0, True, True, False
            self._add(self._new.new_in(self._mending.mended(piece)))
            return
        for part in content if isinstance(content, list) else [content]:
            if not isinstance(part, dict):
                continue
            choices = choices_in(part)
            self._tokens = tokens_in(part) or self._tokens
            error = reported(part, bare=not choices)
            if error and not self.ended:
                raise error
            self.understood = self.understood or choices is not None
            for choice in choices or []:
                self._hear(content_in(choice))
            if choices:  # some have it beside them
                self._finish = word_of(part.get("finish_reason")) or self._finish

    def _hear(self, content: ChoiceContent) -> None:
        if self._number is None:
            self._number = content.number
        if content.number != self._number:
            return
        self.goes_on = content.goes_on
        self._calls_a_tool = self._calls_a_tool or content.calls_a_tool
        if content.piece or content.whole:
            mended = self._mending.mended
            content = replace(content, piece=mended(content.piece), whole=mended(content.whole))
        if content.replaces:
            self._new, self._pieces, self.length = Pieces(), [content.whole], len(content.whole)
        elif content.piece:
            self._pieced = True
            self._add(self._new.new_in(content.piece, last=bool(content.finish)))
        elif content.whole:
            self._add(self._new.rest())
            self._add(self._new_in(content))
        elif content.thinks:
            self._on_text("")
        self._finish = content.finish or self._finish

    def _new_in(self, content: ChoiceContent) -> str:
        """What a message adds: it may repeat all there is, extend it, or be a piece itself."""
        so_far = ("".join(self._pieces) + self._half).lstrip()
        whole = content.whole.lstrip() if so_far else content.whole
        if whole.startswith(so_far):
            return whole[len(so_far) :]
        repeated = so_far.rstrip().endswith(whole.rstrip())  # its thoughts may be left out
        return "" if self._pieced and (repeated or content.finish) else content.whole

    def _add(self, piece: str) -> None:
        text = self._half + piece
        if not text:
            return
        begun = BEGUN.search(text, max(0, len(text) - 3)) if text[-1] >= "\ud800" else None
        self._half = begun[0] if begun else ""
        text = put_together(_without_halves(text.removesuffix(self._half)))
        room = LONGEST_ANSWER - self.length
        self._ends_early = self._ends_early or (self.ended and VISIBLE.search(text) is not None)
        self.length += len(text)
        if text := text[:room]:
            self._pieces.append(text)
            self._on_text(text)
        if self.length > LONGEST_ANSWER:
            raise AnswerTooLong(f"more than {LONGEST_ANSWER} characters")

    def answer(self) -> Answer:
        """The answer, once it has ended; where it did not end well, the error that says how.

        Raises `AnswerWithheld`, `KeyRefused`, `StreamCut`, `ConversationTooLong`, `TokensUsedUp`,
        `ToolCalled`, `EmptyAnswer`, `MalformedEvent`.
        """
        self._add(self._new.rest() + self._mending.rest())
        how, text = ending(self._finish), "".join(self._pieces)
        word = self._finish if is_for_programs(self._finish) else ""
        if how is Ending.WITHHELD:
            raise AnswerWithheld("finish_reason says that it was withheld", code=word)
        if how in (Ending.BROKEN, Ending.UNKNOWN) and KEY.search(self._finish):
            raise KeyRefused("finish_reason says that it is about the key", code=word)
        if how is Ending.BROKEN:
            raise StreamCut("finish_reason says that it broke off", code=word)
        if not VISIBLE.search(text):
            raise self._nothing(how)
        if text.count(BROKEN) > len("".join(text.split())) / 2:
            raise CharactersUnknown("most of its characters cannot be read")
        if how is not Ending.UNKNOWN:
            calls = self._calls_a_tool or TOOL.match(word) is not None
            odd = "tool_calls" if calls else ""  # it has more in mind than it says
            return Answer(text, how is Ending.CUT_BY_LENGTH, self._tokens, odd)
        if not reads_as_ended(text):
            raise StreamCut("finish_reason is a word that is not known", code=word)
        return Answer(text, cut_by_length=False, odd_end=word, tokens=self._tokens)

    def _nothing(self, how: Ending) -> ModelError:
        if how is Ending.CUT_BY_LENGTH and "context" in self._finish:
            return ConversationTooLong("it left no room for an answer")
        if how is Ending.CUT_BY_LENGTH:
            return TokensUsedUp("it ended at its limit of tokens before the first word")
        if not self.understood:
            return MalformedEvent("nothing in it is an answer")
        if self._calls_a_tool:
            return ToolCalled("it calls a tool, and says nothing")
        return EmptyAnswer("the answer is blank")


def reads_as_ended(text: str) -> bool:
    """Whether it does not stop in the middle of a sentence, or of a block of code."""
    last = text.rstrip()[-1:]
    return not (last.isalnum() or last in "，、：,:(（-" or text.count("```") % 2)


def _without_halves(text: str) -> str:
    """The text with halves of characters put together, and without those that are alone."""
    if not HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
