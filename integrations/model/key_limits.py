"""The limits that a service has for a key: a branch of the errors in `errors`, told by its words.

They differ in the cure: to ask for less at once, to pay, or to wait for what others do.
"""

import re
from email.utils import parsedate_to_datetime

from integrations.model.errors import OverTheLimit
from settings.language import Sentence

LONGEST_REST = 3600.0  # seconds; a service that asks for more is asked again all the same


class GatewayRests(OverTheLimit):
    """A gateway (LiteLLM) leaves the model alone for a while, since it failed."""

    advice = Sentence("the gateway lets the model rest after a failure: its own log says which")


class QuotaUsedUp(OverTheLimit):
    """The key has had what it may have in some hours or for nothing: that is not soon over."""

    retry_after = LONGEST_REST
    advice = Sentence(
        "the key's quota is used up until it is renewed: raise it there, or add openai.api_keys"
    )


class ServiceBusy(OverTheLimit):
    """The service has too much to do, whoever asks."""

    advice = Sentence("the service is overloaded: see its status page, or add one to models")


# In lower case; the first that is found counts.
ABOUT: dict[type[OverTheLimit], re.Pattern[str]] = {
    GatewayRests: re.compile(r"deployments_in_cooldown|no deployments available"),
    QuotaUsedUp: re.compile(  # and not how many a minute one has for nothing
        r"(?s)\A(?!.*(?:minute|per.?min|分钟)).*(?:"
        r"\bdaily\b|per.?day|\b[rt]pd\b|weekly|monthly|free (?:trial|tier)[^.]{0,40}exhausted"
        r"|free trial|usage limit|inference limit|(?<![a-z])quotaexceeded"
        r"|使用上限|每[日天]|[当今][日天])"
    ),
    ServiceBusy: re.compile(
        r"overload|(?:访问|请求)量?过大|负载已?饱和|(?:at|over) capacity|capacity.?exceeded"
        r"|rate.?limited upstream"
    ),
}


def limit_of(sentence: str) -> type[OverTheLimit]:
    """The limit that is spoken of."""
    return next((kind for kind, words in ABOUT.items() if words.search(sentence)), OverTheLimit)


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
