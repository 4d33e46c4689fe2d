"""One real call of the model, before anything is written."""

from integrations.model.errors import ModelError
from service import clients
from service.checks.model import ask, slowness
from service.setup.asker import Asker, Unanswered
from service.setup.draft import Draft
from service.setup.questions import OF_THE_MODEL
from settings.language import said
from settings.models import chain
from settings.schema import Settings

SHOWN = 60  # characters of the answer


def settle_the_model(draft: Draft, asker: Asker, *, call: bool) -> None:
    """Ask which model it is, until it answers or that does not matter. Raises `Unanswered`."""
    asker.ask_all(OF_THE_MODEL, draft)
    if not call:
        return
    ways = {
        "1": said("ask it again"),
        "2": said("answer the questions about it anew"),
        "3": said("leave it as it is"),
    }
    while problem := _problem(draft, asker):
        way = asker.choose(said("What now?"), ways, "")
        if not way:
            raise Unanswered(problem)
        if way == "2":
            asker.forget(OF_THE_MODEL)
            asker.ask_all(OF_THE_MODEL, draft)
        if way == "3":
            return


def _problem(draft: Draft, asker: Asker) -> str:
    """Ask the model once; what came of it is told, and what went wrong is given back."""
    settings = draft.file.settings(draft.environ)
    if settings is None:
        problem = "; ".join(f"{p.key}: {p.what}" for p in draft.file.problems(draft.environ))
        asker.say(f"✗ {problem}", "red")
        return problem
    asker.say(said("Asking {model} …", model=chain(settings)[0].service.model))
    try:
        _ask(settings, asker)
    except ModelError as error:
        problem = f"{type(error).__name__}: {error}"
        asker.say(f"✗ {problem}\n    → {error.advice}", "red")
        return problem
    return ""


def _ask(settings: Settings, asker: Asker) -> None:
    link = chain(settings)[0]
    client = clients.chat_model(link)
    try:
        answered = ask(client, link, settings, link.service.api_keys[0])
    finally:
        client.close()
    text = " ".join(answered.text.split())
    words = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
    took = said("first word after {first:.1f} s", first=answered.first_word)
    finding = slowness(said("the model"), took, answered)
    asker.say(f"“{words}”")
    asker.say(finding.line, "green" if not finding.cure else "yellow")
