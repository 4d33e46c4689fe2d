"""Why messages fail: the failures of our own, and what to do about each, by its name.

The log, `inspect`, the first screen and `/readyz` all take the sentence from here.
"""

import re
from collections.abc import Iterator
from inspect import getattr_static

from integrations import IntegrationError
from integrations.model.errors import ModelError, ModelSilent
from integrations.model.key_limits import GatewayRests
from integrations.model.unreachable import ModelUnreachable
from integrations.speech.errors import SpeechError
from integrations.wechat.errors import WeChatError
from settings.language import Sentence, said


class NoKeyLeft(ModelError):
    """Every key is refused or over its limit."""

    advice = Sentence(
        "no key can be used: renew the refused ones in openai.api_keys, and see what rests"
    )


class NoModelLeft(ModelError):
    """Every model of the chain has failed, or rests."""

    advice = Sentence("no model answers: see what is said of each")


class NoRoom(ModelError):
    """A model was asked as often at once as it may be, for all the time there was."""

    about_the_service = False
    advice = Sentence("more is asked than its calls allow at once: raise that, or add a model")


class NoFirstWord(ModelSilent):
    """A model that has another behind it said nothing, and thought nothing, for too long."""

    retryable = False
    advice = Sentence(
        "the model hangs, or is slow to begin: see its status page, or raise its takeover_seconds"
        " or hedge_seconds"
    )


class NothingReadable(ModelError):
    """The answer holds nothing that a follower could read."""

    retryable = True
    about_the_service = False
    advice = Sentence("the model said nothing to read: try another openai.model")


class AnswerRefused(ModelError):
    """The answer holds what a rule of the operator's does not let pass: its name is the reason."""

    about_the_service = False
    advice = Sentence("nothing to mend: a rule of moderation did not let the answer pass")

    @property
    def rule(self) -> str:
        """The rule."""
        return str(self.args[0])


class SpokenEnough(ModelError):
    """The answer is as long as a voice may be."""

    about_the_service = False
    advice = Sentence("nothing to mend: azure.max_token says how long a voice may be")


class AccountNotServed(IntegrationError):
    """The account that a message came by is not in the settings any more."""

    about_the_service = False
    advice = Sentence("have an account of that name under accounts, and retry the message")


class NoSpeech(IntegrationError):
    """An answer was to be spoken, and there is no speech service any more."""

    about_the_service = False
    advice = Sentence("azure.trans_to_voice was switched off meanwhile")


class NowhereToUpload(IntegrationError):
    """WeChat lets this account upload voices in no way just now."""

    advice = Sentence("see what rests below; WeChat takes no voices of this account for now")


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


def advice(reason: str) -> str:
    """One sentence on what to do about a failure, "" where its reason alone does not tell.

    `reason` is as the store has it: the name of an error, or that and a colon before the rest.
    Where keys rest for several causes, each of them has its own.
    """
    if _name(reason) == NoModelLeft.__name__:
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


def _name(reason: str) -> str:
    return reason.partition(":")[0]


def _models(reason: str) -> list[tuple[str, str]]:
    """Of a question that had no model left: the name of each, and why it did not answer."""
    told = reason.partition(": ")[2].split("; ")
    return [(model, why) for model, _, why in (each.partition(": ") for each in told)]


def _causes(reason: str) -> list[str]:
    """The error's name; of a question that had no key left, what each key rests for.

    Of one that had no model left, those of each model.
    """
    name, _, rest = reason.partition(":")
    if name == NoModelLeft.__name__:
        found = (cause for _, why in _models(reason) for cause in _causes(why))
        return list(dict.fromkeys(found)) or [name]
    if name != NoKeyLeft.__name__:
        return [name]
    words = (word.strip(",") for word in rest.split())
    return list(dict.fromkeys(word for word in words if word in ADVICE)) or [name]
