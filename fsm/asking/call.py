"""One call of one model for one message: what is done with each piece of its answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fsm import events
from fsm.asking.ends import CallEnd, end_by
from fsm.asking.keys import Key
from fsm.asking.models import LastCall, Model, Written
from fsm.asking.question import Question
from fsm.asking.runner import Outpaced, Runner
from fsm.asking.tokens import estimated, tokens
from fsm.failures import AnswerRefused, NothingReadable, SpokenEnough
from fsm.moderation.judge import Judge
from fsm.text.label import without_label
from fsm.text.plain_text import to_plain
from fsm.text.suggestions import Parted, parted, said_so_far
from fsm.text.thoughts import THOUGHT_BEGINS, without_begun_mark
from integrations.model.errors import AnswerTooLong, AnswerWithheld, ModelError, TokensUsedUp
from integrations.model.parameters import Turns
from settings.schema import Settings
from store import changes, usage
from store.database import Database

CHECKPOINT_SECONDS = 1.0
LOOK_SECONDS = 0.25  # between two looks at whether long thoughts have come to an end
SHORT = 300  # characters that are looked at with each piece


@dataclass
class Call:
    """One call. `takes` is told that the service says something.

    `runner` says whether this call may answer, where others can be asked instead: its words are
    kept aside until then. None: it is the only one.
    """

    db: Database
    settings: Settings
    judge: Judge
    question: Question
    model: Model
    key: Key
    takes: Callable[[], None]
    runner: Runner | None = None
    text: str = field(default="", init=False, repr=False)
    spoke: bool = field(default=False, init=False)  # or thought

    def __post_init__(self) -> None:
        self._progress = self.question.progress
        self._shows = self._begun = self.runner is None
        self._looked_at = self._saved_at = 0.0
        self._tokens: int | None = None  # that the service says it has used
        self._voiced = self._progress.voicing is not None

    def make(self, turns: Turns) -> Written:
        """Make it: it is counted before, and told of afterwards. Raises `ModelError`s.

        The count is on the disk with the next commit, 50 ms later at the most: to wait for it would
        add a commit to each message, so a process that is killed by then may leave it uncounted.
        """
        self._began = time.monotonic()
        thinks = self.model.thinking.begins
        if self._shows:
            self._progress.start_over(within_thought=thinks)
        self.text = THOUGHT_BEGINS if thinks else ""
        if self.runner:
            self.runner.calls(True)
        self.db.write_soon(changes.model_called, self._progress.message, self.model.name)
        result: str = CallEnd.DROPPED
        problem = None
        try:
            written = self._ask(turns)
            result = self._ended(CallEnd.CUT_BY_LENGTH if written.note else CallEnd.ANSWERED)
            return written
        except ModelError as error:
            problem = error
            result = end_by(error)
            if written_so_far := self._so_far(error):
                self.model.keys.broke_off(self.key, error)
                self._ended(result)
                return written_so_far
            advice = self.model.link.advice(error.advice) if error.about_the_service else ""
            self._ended(f"{result}: {error}", advice, error.lasting)
            raise
        except Outpaced:
            result = CallEnd.OUTPACED
            raise
        finally:
            if self.runner:
                self.runner.calls(False)
            if self.spoke or self._tokens or result == CallEnd.OUTPACED:
                self._pay(turns)
            self._tell(result, problem)

    def _pay(self, turns: Turns) -> None:
        """What it has cost is saved before what comes of it is, in its order.

        Where it says nothing it costs nothing, but for one that is cut off as another was quicker.
        """
        spent = self._tokens or estimated(turns, self.text)
        self.db.write_soon(usage.spend, self._progress.message, spent)

    def _tell(self, result: str, problem: ModelError | None) -> None:
        events.model_called(
            self._progress.message,
            model=self.model.name,
            key=self.key.label,
            result=result,
            characters=len(self.text),
            took=time.monotonic() - self._began,
            problem=problem,
            advice=self.model.link.advice(problem.advice) if problem else None,
        )

    def _ended(self, result: str, advice: str = "", lasting: bool = False) -> str:
        self.model.last_call = LastCall(result, advice, lasting, at=time.monotonic())
        return result

    def _ask(self, turns: Turns) -> Written:
        """The whole answer. Raises `TokensUsedUp`, `NothingReadable` where there is only thought,
        and `Outpaced` where another has begun to answer by then."""
        model, ask = self.model, self.question.ask
        deadline = min(self.question.deadline, self._began + model.settings.answer_seconds)
        answer = model.service.ask(
            turns,
            key=self.key.value,
            temperature=ask.temperature,
            max_tokens=self._most_tokens(),
            deadline=deadline,
            on_text=self._take,
        )
        self._tokens = answer.tokens
        parts = self._parted(answer.text)
        plain = self._readable(parts.said)
        if answer.cut_by_length and (not plain or model.thinking.is_all_there_is(answer.text)):
            raise TokensUsedUp("it ended at its limit of tokens within a thought")
        model.thinking.heard(answer.text)
        if not plain:
            raise NothingReadable("the answer holds nothing to read")
        _let_pass(self.judge.answer(plain))
        if not self._may_answer():
            raise Outpaced
        whole = parts.marked or not answer.cut_by_length
        note = "" if whole else self.settings.texts.cut_by_length
        next_ones = tuple(one for one in parts.suggestions if not self.judge.answer(one))
        return Written(parts.said, plain, model.name, note, next_ones)

    def _so_far(self, error: ModelError) -> Written | None:
        """What can be read of an answer that broke off; of one that was withheld, nothing."""
        if isinstance(error, AnswerWithheld | AnswerRefused):
            return None
        if self.model.thinking.is_all_there_is(self.text):
            return None
        parts = self._parted(without_begun_mark(self.text))
        if not (plain := self._readable(parts.said)) or not self._may_answer():
            return None
        _let_pass(self.judge.answer(plain))
        texts = self.settings.texts
        long = isinstance(error, AnswerTooLong | SpokenEnough)
        note = texts.cut_by_length if long else texts.broken_off
        return Written(parts.said, plain, self.model.name, "" if parts.marked else note)

    def _parted(self, text: str) -> Parted:
        """What is said of the whole, and what the model offers to be asked next, if it is to."""
        count = self.settings.openai.suggestions
        return parted(text, count) if count else Parted(text)

    def _readable(self, said: str) -> str:
        return without_label(to_plain(said), self.settings.texts.ai_label)

    def _most_tokens(self) -> int:
        most = self.model.settings.max_tokens
        if not self._voiced:
            return most
        return self.settings.azure.max_token + (most if self.model.thinks else 0)

    def _take(self, piece: str) -> None:
        """Each piece of the answer is shown, spoken and saved."""
        if not self.spoke:
            self.spoke = True
            self._saved_at = time.monotonic()
            self.takes()
        self.text += piece
        if self.runner:
            self.runner.lives()
        if not self._begun:
            self._look()
        if not (piece and self._shows):
            return
        self._show()
        azure = self.settings.azure
        if self._voiced and self.model.thinks:
            if tokens(to_plain(self.text, finished=False)) > azure.max_token:
                raise SpokenEnough("it is as long as azure.max_token allows")

    def _show(self) -> None:
        progress, now = self._progress, time.monotonic()
        text, said_all = self.text, False
        if self.settings.openai.suggestions:
            text, said_all = said_so_far(text)
        progress.written(text, said_all=said_all)
        if now - self._saved_at >= CHECKPOINT_SECONDS:
            self._saved_at = now
            if self.judge.judges:
                _let_pass(self.judge.so_far(to_plain(text, finished=False)))
            self.db.write_soon(changes.checkpoint, progress.message, text)

    def _look(self) -> None:
        """Whether there is a first word: then it is this call that answers, or another."""
        now = time.monotonic()
        if len(self.text) > SHORT and now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        if to_plain(self.text, finished=False):
            self._begun = True
            if not self._may_answer():
                raise Outpaced

    def _may_answer(self) -> bool:
        """Whether this is the call whose words the follower gets."""
        if not self._shows and self.runner and self.runner.may_answer():
            self._shows = True
            self._progress.start_over()
        return self._shows


def _let_pass(rule: str) -> None:
    if rule:
        raise AnswerRefused(rule)
