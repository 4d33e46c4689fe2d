"""Why a message failed, as the store has it: written and read here, with what to do about it.

It is the name of an error, and behind a colon what that says; of several models or keys, what each
says. The log, `inspect`, the first screen and `/readyz` all take their sentences from here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from inspect import getattr_static

from fsm.failures import AccountNotServed, NoKeyLeft, NoModelLeft, NoSpeech, NowhereToUpload
from integrations import IntegrationError
from integrations.model.errors import ModelError
from integrations.model.key_limits import GatewayRests
from integrations.model.unreachable import ModelUnreachable
from integrations.speech.errors import SpeechError
from integrations.wechat.errors import WeChatError
from settings.language import Sentence, said

# A key in advice that each of several models has of its own: it stands behind that one's name.
OF_EACH = re.compile(r"\bopenai\.(?=(?:api_keys|base_url|model|max_tokens|extra_body|read_sec))")


def _kinds(family: type[IntegrationError]) -> Iterator[type[IntegrationError]]:
    yield family
    for kind in family.__subclasses__():
        yield from _kinds(kind)


def _named(*families: type[IntegrationError]) -> dict[str, type[IntegrationError]]:
    """All of them, by the names that the store has them under."""
    return {kind.__name__: kind for family in families for kind in _kinds(family)}


OF_THE_MODEL = _named(ModelError, ModelUnreachable, GatewayRests)
OTHERS = _named(WeChatError, SpeechError, AccountNotServed, NoSpeech, NowhereToUpload)
ADVICE: dict[str, Sentence] = {
    name: getattr_static(kind, "advice")
    for name, kind in (OF_THE_MODEL | OTHERS).items()
    if kind is not SpeechError
}


def reason_of(error: Exception) -> str:
    """The reason that an error is."""
    return f"{type(error).__name__}: {error}"


def kind(reason: str) -> str:
    """The name of the error."""
    return reason.partition(":")[0]


def of_models(reasons: Iterable[tuple[str, str]]) -> str:
    """What `NoModelLeft` says: of each model its name, and the reason."""
    return "; ".join(f"{model}: {why.replace(';', ',')}" for model, why in reasons)


def _models(reason: str) -> list[tuple[str, str]]:
    """What `of_models` was given."""
    each = (one.partition(": ") for one in reason.partition(": ")[2].split("; "))
    return [(model, why) for model, _, why in each]


def of_keys(alike: Mapping[str, Iterable[str]]) -> str:
    """What `NoKeyLeft` says: by each reason the keys that rest for it."""
    return ", ".join(f"{', '.join(keys)}: {_in_brackets(why)}" for why, keys in alike.items())


def _in_brackets(reason: str) -> str:
    """A reason with what stands behind its name in brackets: it has commas of its own."""
    name, _, more = reason.partition(": ")
    return f"{name} ({more})" if more else name


def _of_keys(reason: str) -> Iterator[str]:
    """The names of the reasons that `of_keys` was given."""
    words = (word.strip(",") for word in reason.partition(":")[2].split())
    return (word for word in words if word in ADVICE)


def _causes(reason: str) -> list[str]:
    """The error's name; where there was no model, or no key left, those of each."""
    found: Iterable[str] = ()
    if kind(reason) == NoModelLeft.__name__:
        found = (cause for _, why in _models(reason) for cause in _causes(why))
    elif kind(reason) == NoKeyLeft.__name__:
        found = _of_keys(reason)
    return list(dict.fromkeys(found)) or [kind(reason)]


def advice(reason: str) -> str:
    """One sentence on what to do about a failure, "" where its reason alone does not tell.

    Where keys rest for several causes, each of them has its own.
    """
    if kind(reason) == NoModelLeft.__name__:
        return said("; ").join(
            f"{model}{said(': ')}{OF_EACH.sub('', advice(why))}" for model, why in _models(reason)
        )
    causes = _causes(reason)
    if len(causes) == 1:
        return str(ADVICE.get(causes[0], ""))
    return said("; ").join(f"{name}{said(': ')}{ADVICE[name]}" for name in causes)


def cause(reason: str) -> str:
    """The names of the errors behind a failure; all of its reason where there is none known."""
    causes = _causes(reason)
    return ", ".join(sorted(causes)) if set(causes) <= ADVICE.keys() else reason


def service(reason: str) -> str:
    """Which service is to blame for a failure, "model" or "speech" (WeChat's part in a voice too);
    "" where it is one message's own affair, the operator's or not known."""
    found = _causes(reason)
    models = [OF_THE_MODEL[name] for name in found if name in OF_THE_MODEL]
    if models:
        return "model" if any(map(_about_the_service, models)) else ""
    others = (OTHERS[name] for name in found if name in OTHERS)
    return "speech" if any(map(_about_the_service, others)) else ""


def _about_the_service(kind: type[IntegrationError]) -> bool:
    """Not one message's own affair, nor the operator's."""
    return bool(getattr(kind, "about_the_service", True))
