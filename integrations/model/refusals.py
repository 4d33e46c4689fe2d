"""What a service says when it does not answer, and the error that this is.

The same is said by an HTTP status, by an object in its body, or by an event of a stream, in the
words of many vendors. Only numbers and short words for programs are kept of it; its sentences are
looked at for what they are about.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from integrations.model.content import choices_in
from integrations.model.errors import (
    AccessDenied,
    AnswerWithheld,
    ConversationTooLong,
    KeyRefused,
    ModelError,
    ModelFailed,
    NoSuchModel,
    OverTheLimit,
    ParameterRefused,
    RequestRefused,
    WrongAddress,
)
from integrations.model.parameters import refused_in

LONGEST_REST = 3600.0  # seconds; a service that asks for more is asked again all the same
LONGEST_SENTENCE = 4000  # characters that are looked at
WORD = re.compile(r"(?!sk-)[A-Za-z][A-Za-z0-9_.:\[\]-]{1,63}|[1-9]\d{0,6}|-\d{1,6}")
LINK = re.compile(r"https?://[^\s\"]+")
PLACES = ("code", "error_code", "errcode", "type", "param", "status", "status_code", "statusCode")
SENTENCES = ("message", "msg", "error_msg", "errmsg", "detail", "title", "status_msg")
FINE = {"", "0", "200", "ok", "success", "succeeded", "none", "null", "20000", "1000", "ping"}

# What errors are about, in the words of many services; the first that is found counts.
TOO_LONG = re.compile(
    r"context[ _]?(?:length|window|overflow)|maximum context|maximum (?:input|prompt) length"
    r"|(?:prompt|input|message|conversation|request|text)s? (?:is |are |was )?too (?:long|large)"
    r"|too many (?:input |prompt )?tokens|reduce the length|range of input length"
    r"|request_too_large|(?:input|prompt|message)[^.]{0,60}(?:exceed|longer than)"
    r"|exceed(?:s|ed)? [^.]{0,40}(?:context|model token limit)|max(?:imum)? input"
    r"|token[^.]{0,24}(?:超过|超出|超限)"
    r"|(?:输入|上下文|内容|文本|消息)[^。]{0,12}(?:过长|超长|超过|超出)"
)
WITHHELD = re.compile(
    r"content.?filter|content.?policy|content management policy|responsible_?ai|data_?inspection"
    r"|content exists risk|sensitive|moderation|inappropriate|blocked by|flagged|prohibited"
    r"|safety.?(?:system|filter)|risk.?control|content audit|敏感|违规|审核|合规"
)
NO_CREDIT = re.compile(
    r"insufficient.{0,2}(?:quota|balance|credit|fund|user_quota)|exceeded_current_quota|arrear"
    r"|billing_not_active|billing_hard_limit|account_deactivated|quota_?exhausted|freetieronly"
    r"|balance is insufficient|余额不足|欠费"
)
KEY = re.compile(
    NO_CREDIT.pattern
    + r"|(?:invalid|incorrect|wrong|missing|expired|unknown|bad)[^.]{0,12}(?:api|access|secret"
    r"|auth)[ _-]?(?:key|token)|(?:api|access|auth)[ _-]?(?:key|token)[^.]{0,30}(?:invalid"
    r"|not valid|incorrect|expired|not found|missing|disabled|revoked|required)|unauthori[sz]ed"
    r"|authenticat|no connected db|overdue|good standing|credit balance|out of credit|no credits"
    r"|payment required|login fail|invalid token|额度|余额|令牌|密钥|鉴权|认证失败"
    r"|(?:account|subscription)[^.]{0,30}(?:suspend|deactivat|disabled|not active|expired)"
)
LIMIT = re.compile(
    r"rate.?limit|too many requests|throttl|\bqps\b|\b[rt]pm\b|concurren|resource_?exhausted"
    r"|requests? per (?:minute|second|day)|request limit|限流|频率|速率|频繁|并发"
)
NO_MODEL = re.compile(
    r"model_?not_?(?:found|exist|open|supported)|modelnotopen|invalid_?model|unknown model"
    r"|no such model|model[^.]{0,80}(?:not exist|not found|not available|unknown|no longer"
    r"|not supported|deprecated|invalid)|模型[^。]{0,60}(?:不存在|无可用|未找到|不支持|下线)"
)
NOT_HERE = re.compile(r"(?:location|country|region|territory)[^.]{0,20} not supported")
NO_ADDRESS = re.compile(r"unexpected endpoint|invalid url|unknown (?:request )?url")
ABOUT: dict[type[ModelError], re.Pattern[str]] = {
    ConversationTooLong: TOO_LONG,
    AnswerWithheld: WITHHELD,
    KeyRefused: KEY,
    OverTheLimit: LIMIT,
    AccessDenied: NOT_HERE,
    WrongAddress: NO_ADDRESS,
    NoSuchModel: NO_MODEL,
}
# Numbers of single vendors, which mean nothing else anywhere: Zhipu's, MiniMax's.
NUMBERS: dict[str, type[ModelError]] = {
    **dict.fromkeys(("1261", "1039"), ConversationTooLong),
    **dict.fromkeys(("1301", "1026", "1027"), AnswerWithheld),
    **dict.fromkeys(("1113", "1008", "2049"), KeyRefused),
    **dict.fromkeys(("1302", "1303", "1305"), OverTheLimit),
    "1211": NoSuchModel,
}
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
        words = (word for word in found if WORD.fullmatch(word) and word != str(status))
        codes = dict.fromkeys(words)
        said = ". ".join(_leaves(content))[:LONGEST_SENTENCE]
        sentence = LINK.sub("", said).lower()
        return cls(tuple(codes)[:3], sentence, status or (numbers[0] if numbers else None))


def refusal(status: int, headers: dict[str, str], content: Any, *, at: float) -> ModelError:
    """The error for an HTTP status of 400 or more. `headers` have lower-case names, `at` is now.

    `content` is what the body says: an object, or its text where it is none.
    """
    said = Complaint.of(_error_in(content, bare=True) or content, status)
    error = _named(said, f"HTTP {status}", status)
    if isinstance(error, OverTheLimit):
        error.retry_after = retry_after(headers, at=at)
    return error


def reported(content: dict[str, Any], *, bare: bool) -> ModelError | None:
    """An error that came in an answer with status 200; `bare`: it came without any choices."""
    error = _error_in(content, bare=bare)
    return _named(Complaint.of(error), "an error in the answer", 200) if error else None


def _named(said: Complaint, reason: str, status: int) -> ModelError:
    kind, code = _kind(said), " ".join(said.codes)
    if kind in (RequestRefused, NoSuchModel, ModelFailed) and said.status in MAY_BE_PARAMETER:
        if refused := refused_in(said.sentence):
            return ParameterRefused(reason, refused, status=status, code=code)
    return kind(reason, status=status, code=code)


def _kind(said: Complaint) -> type[ModelError]:
    status, words = said.status, " ".join(said.codes).lower()
    if known := next((NUMBERS[code] for code in said.codes if code in NUMBERS), None):
        return known
    if status == 429:
        if NO_CREDIT.search(words) or "余额" in said.sentence:
            return KeyRefused
        return ConversationTooLong if "too large" in said.sentence else OverTheLimit
    if status in (401, 402):
        return KeyRefused
    if status in (413, 431):
        return ConversationTooLong
    if status is None or status < 501:
        for kind, words_for_it in ABOUT.items():
            if words_for_it.search(said.sentence):
                return kind
    return _by_status(status)


def _by_status(status: int | None) -> type[ModelError]:
    if status is None or status >= 500 or status in (408, 409, 425):
        return ModelFailed
    return {403: AccessDenied, 404: WrongAddress, 405: WrongAddress, 451: AnswerWithheld}.get(
        status, RequestRefused
    )


def _error_in(content: Any, *, bare: bool) -> Any:
    """The part of a content that reports an error; None where it reports none."""
    if isinstance(content, list):
        content = content[0] if content else None
    if not isinstance(content, dict):
        return None
    if error := content.get("error") or (bare and content.get("errors")):
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


def _is_error(content: dict[str, Any]) -> bool:
    """Whether an object without choices reports an error, and is not a ping or a count."""
    if content.get("object") == "error" or content.get("type") == "error":
        return True
    if content.get("success") is False:
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


def retry_after(headers: dict[str, str], *, at: float) -> float | None:
    """Seconds to wait, from `Retry-After` (seconds or a date) or `retry-after-ms`, if said."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return min(LONGEST_REST, max(0.0, float(headers[name]) * unit))
        except (KeyError, ValueError):
            continue
    try:
        until = parsedate_to_datetime(headers["retry-after"]).timestamp()
    except (KeyError, ValueError):
        return None
    return min(LONGEST_REST, max(0.0, until - at))
