"""The model's service: each key is asked one real question."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from fsm.asking.models import ChatService
from fsm.failures import NoFirstWord
from fsm.window import Window
from integrations.model.errors import (
    KeyRefused,
    ModelError,
    ModelSilent,
    OverTheLimit,
    ParameterRefused,
)
from integrations.model.parameters import Turns
from integrations.model.refusals.network import address
from service import clients
from service.checks.finding import Finding, doubt, failed, fine
from service.checks.subject import Subject
from settings.language import said
from settings.models import Link, chain
from settings.schema import Settings
from store import cool_downs

QUESTION = "你好，请用一句话介绍你自己。"
LONGEST = 60.0  # seconds that one call may take, where the settings do not say less
ADAPTIONS = 3  # parameters that a service may refuse, one after the other


@dataclass(frozen=True)
class Answered:
    """What came of a question. Times are in seconds since it was asked."""

    first_word: float
    whole: float
    text: str = field(repr=False)
    cures: tuple[str, ...] = ()  # settings without which one call more is needed after each start


def keys(subject: Subject) -> Iterator[Finding]:
    """Each key of each model. Where it is not the key that is wrong, its others are not asked."""
    links = chain(subject.settings)
    for link in links:
        client = clients.chat_model(link)
        try:
            yield from _keys_of(link, client, subject.settings, named=len(links) > 1)
        finally:
            client.close()


def _keys_of(
    link: Link, client: ChatService, settings: Settings, *, named: bool
) -> Iterator[Finding]:
    for number, key in enumerate(link.service.api_keys, 1):
        what = of_key(link, number, key, named=named)
        try:
            yield _of(what, ask(client, link, settings, key), link)
        except (KeyRefused, OverTheLimit) as error:
            yield failed(what, error, link.advice(error.advice))
        except ModelError as error:
            hangs = named and isinstance(error, ModelSilent)
            yield failed(what, error, link.advice(NoFirstWord.advice if hangs else error.advice))
            return


def of_key(link: Link, number: int, key: str, *, named: bool) -> str:
    """What a finding about a key is called; `named`: its model too, where there are several."""
    label = cool_downs.key_label(number, key, link.keys_to)
    if not named:
        return said("model key {key}", key=label)
    return said("model {model}, key {key}", model=link.name, key=label)


def ask(client: ChatService, link: Link, settings: Settings, key: str) -> Answered:
    """One real question with one key. Raises `ModelError`s."""
    cures = list[str]()
    question: Turns = [{"role": "user", "content": QUESTION}]
    if settings.openai.system_prompt:
        question.insert(0, {"role": "system", "content": settings.openai.system_prompt})
    for _ in range(ADAPTIONS):
        try:
            return _ask_once(client, question, link, key, tuple(cures))
        except ParameterRefused as error:
            if not error.adapted:
                raise
            cures.append(error.refused.what)
    return _ask_once(client, question, link, key, tuple(cures))


def _ask_once(
    client: ChatService, question: Turns, link: Link, key: str, cures: tuple[str, ...]
) -> Answered:
    began, came = time.monotonic(), list[float]()

    def on_text(piece: str) -> None:
        if piece and not came:
            came.append(time.monotonic() - began)

    seconds = min(LONGEST, link.service.answer_seconds)
    most, deadline = link.service.max_tokens, began + seconds
    answer = client.ask(question, key=key, max_tokens=most, deadline=deadline, on_text=on_text)
    whole = time.monotonic() - began
    return Answered(came[0] if came else whole, whole, answer.text, cures)


def _of(what: str, answered: Answered, link: Link) -> Finding:
    found = said(
        "{model} at {where}: first word after {first:.1f} s, the whole after {whole:.1f} s",
        model=link.service.model,
        where=address(link.service.base_url),
        first=answered.first_word,
        whole=answered.whole,
    )
    if answered.cures:
        refused = ", ".join(answered.cures)
        found = said(
            "{found}; it refuses {refused}, and is asked without", found=found, refused=refused
        )
    return slowness(what, found, answered)


def slowness(what: str, found: str, answered: Answered) -> Finding:
    """What is to be said of an answer that took so long; `found` is said of it already."""
    window = Window()
    fits = window.seconds - window.margin
    seconds = int(fits)
    if answered.whole < fits:
        return fine(what, said("{found}: fits WeChat's {window} s", found=found, window=seconds))
    if answered.first_word < fits:
        found = said("{found}: longer than WeChat's {window} s", found=found, window=seconds)
        return doubt(
            what, found, said("the rest is collected by 继续: a faster model reads better")
        )
    found = said("{found}: no answer comes within WeChat's {window} s", found=found, window=seconds)
    return doubt(what, found, said("answers have to be collected by 继续: take a faster model"))
