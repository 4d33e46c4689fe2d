"""Why messages fail: the failures of our own, and what to do about each, by its name.

The log, `inspect`, the first screen and `/readyz` all take the sentence from here.
"""

from collections.abc import Iterator

from integrations import IntegrationError
from integrations.model.errors import ModelError
from integrations.wechat.errors import WeChatError

NETWORK = "check this machine's network"


class NoKeyLeft(ModelError):
    """Every key is refused or over its limit."""

    advice = "no key can be used: renew the refused ones in openai.api_keys, and see what rests"


class NothingReadable(ModelError):
    """The answer holds nothing that a follower could read."""

    retryable = True
    about_the_service = False
    advice = "the model said nothing to read: try another openai.model"


class SpokenEnough(ModelError):
    """The answer is as long as a voice may be."""

    about_the_service = False
    advice = "nothing to mend: azure.max_token says how long a voice may be"


# Of errors whose classes need the speech service's own library.
BESIDE = {
    "NoSpeech": "azure.trans_to_voice was switched off meanwhile",
    "SpeechRefused": "check azure.subscription and azure.region",
    "SpeechOverLimit": "lower limits.speech_calls, or raise the subscription's limit",
    "SpeechUnavailable": f"{NETWORK}, azure.region and azure.endpoint",
    "SpeechTooLate": f"the speech service hangs: {NETWORK} and azure.region",
    "SpeechRejected": "check azure.zh_model and azure.en_model",
    "NothingSpoken": "the answer held nothing to say: nothing to mend",
    "NothingUnderstood": "the recording held nothing to understand: nothing to mend",
    "NowhereToUpload": "see what rests below; WeChat takes no voices of this account for now",
}


def _with_advice(family: type[IntegrationError]) -> Iterator[tuple[str, str]]:
    if advice := getattr(family, "advice", ""):
        yield family.__name__, advice
    for kind in family.__subclasses__():
        yield from _with_advice(kind)


ADVICE = {**BESIDE, **dict(_with_advice(WeChatError)), **dict(_with_advice(ModelError))}


def advice(reason: str) -> str:
    """One sentence on what to do about a failure, "" where its reason alone does not tell.

    `reason` is as the store has it: the name of an error, or that and a colon before the rest.
    Where it only counts what each key rests for, the first of these tells.
    """
    name, _, rest = reason.partition(":")
    if name == NoKeyLeft.__name__:
        causes = [word.strip(",") for word in rest.split() if word.strip(",") in ADVICE]
        name = causes[0] if causes and len(set(causes)) == 1 else name
    return ADVICE.get(name, "")
