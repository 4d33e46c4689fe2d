"""Questions on a terminal, or answers from the command line."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.prompt import Prompt

from service.setup.answers import NotAnAnswer
from service.setup.cleaning import cleaned
from service.setup.draft import Draft
from service.setup.providers import SERVICES
from service.setup.questions import SetupQuestion, taken
from settings.language import said


class Unanswered(Exception):
    """A script gives no right answer to a question; the text says which option is to give it."""


class OurPrompt(Prompt):
    """rich's, in the operator's language, and of choices the one that was meant."""

    @property
    def illegal_choice_message(self) -> str:  # type: ignore[override]
        return f"[red]✗ {said('one of these')}: {', '.join(self.choices or ())}"

    def process_response(self, value: str) -> str:
        return super().process_response(cleaned(value).lower() if self.choices else value)


class Asker:
    """Asks whoever sits there. `answers` are by option; `take_offered`: nobody sits there."""

    def __init__(self, answers: Mapping[str, str], *, take_offered: bool) -> None:
        self._answers = {name: answer for name, answer in answers.items() if answer is not None}
        self._take_offered = take_offered
        self._console = Console(markup=False, emoji=False, highlight=False)

    def say(self, text: str = "", style: str = "") -> None:
        """Tell whoever sits there."""
        self._console.print(text, style=style, soft_wrap=True)

    def ask_all(self, questions: Sequence[SetupQuestion], draft: Draft) -> None:
        """Ask each that is needed. Raises `Unanswered`."""
        for question in questions:
            if question.needed(draft) or question.option in self._answers:
                self._ask(question, draft)

    @property
    def was_given_answers(self) -> bool:
        """Whether the command line answers any of the questions."""
        return bool(self._answers)

    def choose(self, text: str, choices: Mapping[str, str], offered: str) -> str:
        """One of several ways to go on, each with what it means; the number of it."""
        if self._take_offered:
            return offered
        for number, meaning in choices.items():
            self.say(f"  {number}  {meaning}")
        way: str | None = OurPrompt.ask(
            text, console=self._console, choices=list(choices), default=offered or None
        )
        return way or ""

    def forget(self, questions: Sequence[SetupQuestion]) -> None:
        """What the command line said of these was not right: ask. Raises `Unanswered`."""
        for question in questions:
            self._answers.pop(question.option, None)

    def _ask(self, question: SetupQuestion, draft: Draft) -> None:
        if question.option in self._answers:
            answer = self._answers[question.option]
        elif self._take_offered:
            answer = question.offered(draft)
        else:
            self._ask_until_right(question, draft)
            return
        try:
            taken(question, draft, answer)
        except NotAnAnswer as why:
            raise Unanswered(f"--{question.option}: {why}") from None

    def _ask_until_right(self, question: SetupQuestion, draft: Draft) -> None:
        if question.option == "service":
            self._list_services()
        hint = question.hint(draft)
        text = str(question.asks) + (f" ({hint})" if hint else "")
        while True:
            try:
                taken(question, draft, self._typed(question, text, question.offered(draft)))
                return
            except NotAnAnswer as why:
                self.say(f"✗ {why}", "red")

    def _typed(self, question: SetupQuestion, text: str, offered: str) -> str:
        if not question.secret:
            choices = list(question.choices) or None
            answer = OurPrompt.ask(
                text, console=self._console, default=offered or None, choices=choices
            )
            return answer or ""
        if offered:
            text += said(" (Enter keeps the one there is)")
        # What is typed is not shown, nor is what stands there already.
        typed = Prompt.ask(
            text, console=self._console, password=True, default="", show_default=False
        )
        return typed or offered

    def _list_services(self) -> None:
        for number, service in enumerate(SERVICES, 1):
            self.say(f"  {number:2}  {service.title}  ({service.name})")
