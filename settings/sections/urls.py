"""Addresses of pages, pictures, services and databases, as people copy them from somewhere."""

import re
from urllib.parse import quote, urlsplit

DATABASES = ("postgresql", "postgres")  # servers' schemes; `store.opening` has an engine for each
LONGEST = 1000  # characters
SCHEME = re.compile("^https?(?=:)", re.I)
SCHEME_TWICE = re.compile("^(?:https?://)+(?=https?://)", re.I)  # pasted behind the one that stood
MARKS_BEHIND = re.compile("[,;，；、。．｡]+$")  # of the sentence that it was copied from
DOTS = re.compile("[。．｡]")  # of a host as it is typed in Chinese
# Of an address as services show it. Without a number before it /models is some services' own base.
BEHIND_BASE = re.compile(
    r"(?:/chat/completions|(?:(?<=/v\d)|(?<=/openai))/(?:chat|completions|models))/?$"
)
TWICE = re.compile(r"(/v\d)(?:\1)+/?$")
STANDS_FOR_ITSELF = "%/:?@!$&'()*+,;=~-._"


def page_address_of(text: str) -> str | None:
    """With what an address cannot hold percent-encoded, as a browser does; None: it is none."""
    if not text.strip():
        return ""
    try:
        parts = urlsplit(text.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    rest = parts._replace(
        netloc=host + port,
        path=quote(parts.path, safe=STANDS_FOR_ITSELF),
        query=quote(parts.query, safe=STANDS_FOR_ITSELF),
        fragment=quote(parts.fragment, safe=STANDS_FOR_ITSELF),
    )
    return rest.geturl() if len(rest.geturl()) <= LONGEST else None


def web_address_of(text: str) -> str | None:
    """The address of a service, without user name, password or query; None: it is none."""
    text = DOTS.sub(".", SCHEME_TWICE.sub("", MARKS_BEHIND.sub("", text.strip())))
    text = SCHEME.sub(lambda scheme: scheme[0].lower(), text)
    try:
        parts = urlsplit(text)
        complete = parts.hostname and parts.port != 0
    except ValueError:
        return None
    plain = re.fullmatch(r"https?://[^\s?#]+", text) and "@" not in parts.netloc
    return text.rstrip("/") if complete and plain else None


def model_address_of(text: str) -> str | None:
    """The address of a model's service, without what stands behind its base; None: it is none."""
    address = web_address_of(text)
    if address is None:
        return None
    one_slash = re.sub("(?<!:)//+", "/", address)
    return TWICE.sub(r"\1", BEHIND_BASE.sub("", one_slash)).rstrip("/")


def service_address_of(text: str) -> str | None:
    """The address of one that judges texts, "" for none; None: it is no address."""
    address = web_address_of(text) if text else text
    return address and re.sub("/moderations/*$", "", address)


def speech_address_of(text: str) -> str | None:
    """The address of one that is spoken to over a web socket; None: it is none."""
    if not text:
        return text
    text = MARKS_BEHIND.sub("", text.strip())
    as_web = re.sub("^ws", "http", text)
    return text.rstrip("/") if web_address_of(as_web) else None
