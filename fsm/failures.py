"""The failures of our own, and what to do about each. Those of the services stand with these."""

from integrations import IntegrationError
from integrations.model.errors import ModelError, ModelSilent
from settings.language import Sentence


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
