"""What can go wrong with a model, named for what happened.

- `ModelError`: `retryable`, `advice`; what was asked, the HTTP `status`, the service's `code`
  - `KeyRefused`: another key may do
    - `AccessDenied`: the key is known, and may not use this
  - `OverTheLimit`: `retry_after` seconds, where it says so (more of them in `limits`)
  - `RequestRefused`: the service understands the request and does not want it
    - `NoSuchModel` (`NoChannel`: of a gateway), `WrongAddress`, `AddressMoved`,
      `ConversationTooLong`, `ParameterRefused`
  - `ModelFailed`: a fault of the service's own
  - `ModelUnreachable`: no connection, or it broke before anything was answered (`unreachable`)
    - `NameNotFound`, `PortRefused`, `CertificateNotTrusted`, `CertificateForAnother`,
      `NoTlsThere`, `CaBundleMissing`, `ProxyFailed` (`ProxyWantsPassword`)
  - `ModelSilent`: connected, then nothing for too long
  - `AnswerTooLate`: the whole answer took longer than it may
  - `AnswerTooLong`: more text than any follower reads
  - `StreamCut`: it broke off, or said that it did
  - `MalformedEvent`: not what an OpenAI-compatible service sends
    - `WebPage`: but a page for people (`TurnedAway`: of a guard in front of the service)
  - `AnswerWithheld`: the service's filter took it back, or did not let the question in
    - `CharactersUnknown`: nobody could read it
  - `EmptyAnswer`: it ended, and nothing was said
    - `TokensUsedUp`: by its thoughts; `ToolCalled`: it wants something done for it

Texts never hold a key, the question, the answer, or an address with a query: of what the service
says there are only the short words that it has for programs.
"""

from integrations import IntegrationError
from integrations.model.parameters import RefusedParameter
from settings.language import Sentence


class ModelError(IntegrationError):
    """The model did not answer.

    `about_the_service`: it tells how the service is, not only what became of one question;
    `lasting`: and that it will stay so until somebody does something, or a limit has passed.
    `advice` is one sentence that says what the operator can do.
    """

    about_the_service = True
    lasting = True
    advice = Sentence("see the server's log")

    def __init__(self, reason: str, *, status: int | None = None, code: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.code = code
        self.asked = ""  # the address

    def __str__(self) -> str:
        known = [str(self.args[0]), self.code and f"code {self.code}", self.asked]
        return ", ".join(part for part in known if part)


class KeyRefused(ModelError):
    """The key is refused; another one may do."""

    retryable = True
    advice = Sentence(
        "the key is wrong, revoked or without credit: renew or pay for it (openai.api_keys)"
    )


class AccessDenied(KeyRefused):
    """The key is known, and may not do this: the model, the region or the address of this host."""

    advice = Sentence(
        "the key is not allowed to do this: see its rights to openai.model, region and address"
    )


class OverTheLimit(ModelError):
    """The key is over its limit for now. `retry_after`: seconds, None where nothing was said."""

    retryable = True
    retry_after: float | None = None
    advice = Sentence(
        "lower limits.model_calls to what the service takes at once, or add openai.api_keys"
    )


class RequestRefused(ModelError):
    """The service understands the request and does not want it."""

    advice = Sentence(
        "the service refuses how it is asked: check openai.model, max_tokens and base_url"
    )


class NoSuchModel(RequestRefused):
    """The service, or this key, knows no such model."""

    advice = Sentence("the service has no such model for this key: correct openai.model")


class NoChannel(NoSuchModel):
    """A gateway (one-api, new-api) has nothing behind it that serves this model."""

    advice = Sentence(
        "the gateway has no channel for openai.model: enable one there, or correct the name"
    )


class WrongAddress(RequestRefused):
    """There is nothing at this address."""

    advice = Sentence(
        "nothing is served at this address: correct openai.base_url (it mostly ends in /v1)"
    )


class AddressMoved(RequestRefused):
    """The address sends elsewhere; no key is sent after."""

    advice = Sentence("the service has moved: set openai.base_url to the address that it names")


class ConversationTooLong(RequestRefused):
    """The turns are longer than the model can read."""

    about_the_service = False
    advice = Sentence(
        "lower openai.history_characters (or save_history and max_tokens) to what it can read"
    )


class ParameterRefused(RequestRefused):
    """A parameter is `refused`. `adapted`: from now on it is done as the service says."""

    adapted = False
    advice = Sentence(
        "the service refuses a parameter: see the line model_adapted, or openai.extra_body"
    )

    def __init__(self, reason: str, refused: RefusedParameter, *, status: int, code: str) -> None:
        super().__init__(reason, status=status, code=code)
        self.refused = refused


class ModelFailed(ModelError):
    """The service has a fault of its own."""

    lasting = False
    retryable = True
    advice = Sentence("the model's service has a fault of its own: look at its status page")


class ModelSilent(ModelError):
    """The service took the question and then said nothing for too long."""

    lasting = False
    retryable = True
    advice = Sentence(
        "the model's service hangs: see its status page, or raise openai.read_seconds"
    )


class AnswerTooLate(ModelError):
    """The answer did not end in time."""

    lasting = False
    advice = Sentence("the model is slow: raise openai.answer_seconds, or try another openai.model")


class AnswerTooLong(ModelError):
    """The answer is longer than any that makes sense."""

    about_the_service = False
    advice = Sentence("lower openai.max_tokens")


class StreamCut(ModelError):
    """The answer broke off."""

    lasting = False
    retryable = True
    advice = Sentence("the answer broke off: check openai.base_url and any proxy in between")


class MalformedEvent(ModelError):
    """What came is not what an OpenAI-compatible service sends."""

    advice = Sentence(
        "no OpenAI-compatible service answers there: check openai.base_url and any proxy"
    )


class WebPage(MalformedEvent):
    """A page for people came."""

    advice = Sentence(
        "that address is of a web page, for people: correct openai.base_url (it mostly ends in /v1)"
    )


class TurnedAway(WebPage):
    """A guard in front of the service (Cloudflare, a firewall) sent a page of its own."""

    advice = Sentence(
        "a guard in front of the service turns this machine away: have its address let through,"
        " or use the service's own address for programs in openai.base_url"
    )


class AnswerWithheld(ModelError):
    """The service's content filter withheld the answer, or did not let the question in."""

    about_the_service = False
    advice = Sentence("the service's content filter struck: nothing to mend here, if it is rare")


class CharactersUnknown(AnswerWithheld):
    """Most of the answer is in no character set that is known here: none of it is shown."""

    about_the_service = True
    advice = Sentence(
        "the answer's characters cannot be read: have the service send UTF-8, or name its charset"
    )


class EmptyAnswer(ModelError):
    """The model ended without having said anything."""

    retryable = True
    about_the_service = False
    advice = Sentence("the model said nothing: try another openai.model")


class TokensUsedUp(EmptyAnswer):
    """The model thought until its limit, and said nothing. Asked again, it would do the same."""

    retryable = False
    advice = Sentence(
        "its thoughts used up all tokens: raise openai.max_tokens (voices: azure.max_token)"
    )


class ToolCalled(EmptyAnswer):
    """The model wants a tool to be used, which nobody here does. Asked again, it would too."""

    retryable = False
    advice = Sentence(
        "the model calls a tool: take the tools out of openai.extra_body, or off the gateway"
    )
