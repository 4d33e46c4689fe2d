"""What a service says when it does not answer, and the error that this is.

The same is said by an HTTP status, by an object in its body, or by an event of a stream, in the
words of many vendors. Only numbers and short words for programs are kept of it; its sentences are
looked at for what they are about.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from integrations.model.codes import is_for_programs
from integrations.model.content.openai import choices_in
from integrations.model.errors import (
    AccessDenied,
    AnswerWithheld,
    ConversationTooLong,
    KeyRefused,
    ModelError,
    ModelFailed,
    NoChannel,
    NoSuchModel,
    OverTheLimit,
    ParameterRefused,
    RequestRefused,
    WrongAddress,
)
from integrations.model.key_limits import limit_of, retry_after
from integrations.model.parameters import refused_in, room_in
from integrations.model.refusals.wordings import (
    DENIED,
    KEY,
    LIMIT,
    NO_ADDRESS,
    NO_CHANNEL,
    NO_CREDIT,
    NO_MODEL,
    NOT_ALLOWED,
    SURELY_NO_CREDIT,
    TOKENS_A_MINUTE,
    TOO_LONG,
    WITHHELD,
)
from integrations.model.unreachable import ProxyWantsPassword

LONGEST_SENTENCE = 4000  # characters that are looked at
LINK = re.compile(r"https?://[^\s\"#]+")
PLACES = (
    "code Code error_code errcode errorCode ErrorCode err_code errno ret retcode"
    " type param status status_code statusCode statusText".split()
)
SENTENCES = (
    "message msg error_msg errmsg errorMsg ErrorMsg errorMessage err_msg retmsg reason"
    " error_description detail title status_msg statusText".split()
)
OF_RESULTS = {"20000", "1000"}  # that all is well where no error is spoken of
FINE = OF_RESULTS | {
    *("", "0", "200", "ok", "success", "succeeded", "none", "null"),
    *"ping heartbeat keepalive queued queueing pending waiting processing running started".split(),
}

# The first that is found counts.
ABOUT: dict[type[ModelError], re.Pattern[str]] = {
    ConversationTooLong: TOO_LONG,
    AnswerWithheld: WITHHELD,
    AccessDenied: NOT_ALLOWED,
    KeyRefused: KEY,
    OverTheLimit: LIMIT,
    WrongAddress: NO_ADDRESS,
    NoSuchModel: NO_MODEL,
}
# Numbers of single vendors, which mean nothing else anywhere: Zhipu's, MiniMax's, iFlytek's.
NUMBERS: dict[str, type[ModelError]] = {
    **dict.fromkeys(("1261", "1039", "10907"), ConversationTooLong),
    **dict.fromkeys(("1301", "1026", "1027", "10013", "10014", "10019"), AnswerWithheld),
    **dict.fromkeys(("1113", "1008", "2049", "11200"), KeyRefused),
    **dict.fromkeys(("1302", "1303", "1305", "11201", "11202", "11203", "2056"), OverTheLimit),
    "1211": NoSuchModel,
}
PASSED_ON, OF_A_KEY = (400, 500), {401, 402, 403, 429}
MAY_BE_PARAMETER = (None, 400, 404, 422, 500)


@dataclass(frozen=True)
class Complaint:
    """What a service says. `codes` are its short words for programs, `sentence` is all of it."""

    codes: tuple[str, ...]
    sentence: str = field(repr=False)
    status: int | None  # as an HTTP status, wherever it stood

    @classmethod
    def of(cls, content: Any, status: int | None = None) -> "Complaint":
        """Read an error in whatever form; `status` is that of the response, if it is an error's."""
        found = [str(word).strip() for word in _codes(content)]
        numbers = [int(word) for word in found if word.isdigit() and 400 <= int(word) <= 599]
        words = (word for word in found if is_for_programs(word) and word != str(status))
        codes = dict.fromkeys(words)
        said = ". ".join(_leaves(content))[:LONGEST_SENTENCE]
        sentence = LINK.sub("", said).lower()
        if status in PASSED_ON:  # by a gateway, whose own says less
            numbers = [number for number in numbers if number in OF_A_KEY] or [status]
        elif status:
            numbers = [status]
        else:  # of many vendors' own numbers some look like a status of a service at fault
            numbers = [number for number in numbers if number <= 500]
        return cls(tuple(codes)[:3], sentence, numbers[0] if numbers else None)


def refusal(
    status: int, headers: dict[str, str], content: Any, *, at: float, own: Collection[str] = ()
) -> ModelError:
    """The error for an HTTP status of 400 or more. `headers` have lower-case names, `at` is now.

    `content` is what the body says: an object, or its text where it is none. `own` are the keys
    that the operator has put into the request.
    """
    said = Complaint.of(_error_in(content, bare=True) or content, status)
    error = _named(said, f"HTTP {status}", status, own)
    if isinstance(error, OverTheLimit) and (wait := retry_after(headers, at=at)) is not None:
        error.retry_after = wait
    return error


def reported(content: dict[str, Any], *, bare: bool) -> ModelError | None:
    """An error that came in an answer with status 200; `bare`: it came without any choices."""
    error = _error_in(content, bare=bare)
    return _named(Complaint.of(error), "an error in the answer", 200) if error else None


def _named(said: Complaint, reason: str, status: int, own: Collection[str] = ()) -> ModelError:
    kind, code, refused = _kind(said), " ".join(said.codes), None
    if kind is ConversationTooLong:
        refused = room_in(said.sentence)
    elif kind in (RequestRefused, NoSuchModel, ModelFailed):
        refused = refused_in(said.sentence, own)
    elif kind is OverTheLimit:
        kind = limit_of(said.sentence)
    if refused and said.status in MAY_BE_PARAMETER:
        return ParameterRefused(reason, refused, status=status, code=code)
    return kind(reason, status=status, code=code)


def _kind(said: Complaint) -> type[ModelError]:
    status, words = said.status, " ".join(said.codes).lower()
    if TOKENS_A_MINUTE.search(said.sentence):
        return OverTheLimit
    if known := next((NUMBERS[code] for code in said.codes if code in NUMBERS), None):
        return known
    if status == 429:
        if NO_CREDIT.search(words) or SURELY_NO_CREDIT.search(said.sentence):
            return KeyRefused
        return ConversationTooLong if "too large" in said.sentence else OverTheLimit
    if status in (401, 402):
        return AccessDenied if "access_denied" in words else KeyRefused
    if status == 407:
        return ProxyWantsPassword
    if NO_CHANNEL.search(said.sentence):
        return NoChannel
    if status in (413, 431):
        return ConversationTooLong
    if status is None or status < 501:
        for kind, words_for_it in ABOUT.items():
            if words_for_it.search(said.sentence):
                return kind
    if status in (None, *PASSED_ON) and DENIED.search(words):
        return AccessDenied
    return _by_status(status)


def _by_status(status: int | None) -> type[ModelError]:
    if status is None or status >= 500 or status in (408, 409, 424, 425):
        return ModelFailed
    kinds = {403: AccessDenied, 404: WrongAddress, 405: WrongAddress, 451: AnswerWithheld}
    return kinds.get(status, RequestRefused)


def _error_in(content: Any, *, bare: bool) -> Any:
    """The part of a content that reports an error; None where it reports none."""
    if isinstance(content, list):
        content = content[0] if content else None
    if not isinstance(content, dict):
        return None
    error = content.get("error") or (bare and content.get("errors"))
    header = content.get("header") or content.get("Response")  # iFlytek's, Tencent's
    if isinstance(header, dict) and not error:
        error = header.get("Error") or (header if str(header.get("code") or 0) != "0" else None)
    if error and not _says_that_all_is_well(error):
        if isinstance(error, str):
            return {name: content[name] for name in (*PLACES, "error") if name in content}
        return error
    base = content.get("base_resp")  # MiniMax has it beside the choices
    if isinstance(base, dict) and str(base.get("status_code", 0)) != "0":
        return base
    for choice in choices_in(content) or []:  # OpenRouter has it inside
        if choice.get("error"):
            return choice["error"]
    return content if bare and _is_error(content) else None


def _says_that_all_is_well(error: Any) -> bool:
    codes = [str(code).lower() for code in _codes(error)]
    return bool(codes) and all(code in FINE - OF_RESULTS for code in codes)


def _is_error(content: dict[str, Any]) -> bool:
    """Whether an object without choices reports an error, and is not a ping or a count."""
    if content.get("object") == "error" or content.get("type") == "error":
        return True
    if any(content.get(name) is False for name in ("success", "ok", "status")):
        return True
    says = any(
        name in content and isinstance(content[name] or None, str | list) for name in SENTENCES
    )
    codes = [str(code).lower() for code in _codes(content)]
    return says and ("detail" in content or any(code not in FINE for code in codes))


def _leaves(content: Any) -> Iterator[str]:
    """All that an error says, without the names that its parts have."""
    if isinstance(content, dict | list):
        for part in content.values() if isinstance(content, dict) else content:
            yield from _leaves(part)
    elif content is not None:
        yield str(content)


def _codes(content: Any) -> Iterator[str | int]:
    """The words and numbers for programs, in this object and in the errors inside it."""
    if isinstance(content, list):
        content = content[0] if content else None
    if not isinstance(content, dict):
        return
    for name in PLACES:
        value = content.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield value
    for inner in ("error", "innererror", "inner_error", "details"):
        yield from _codes(content.get(inner))
