"""A response of the model's service that is no answer: what it says of why."""

import re
import time
from collections.abc import Collection
from urllib.parse import urljoin

from gevent import Timeout
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from integrations.model.body import streaming
from integrations.model.errors import AddressMoved, MalformedEvent, ModelError, TurnedAway, WebPage
from integrations.model.json_in_text import from_json
from integrations.model.refusals.complaint import refusal
from integrations.model.refusals.network import address
from integrations.model.unreachable import NoTlsThere

REFUSAL_SECONDS = 5.0  # that the body of a refusal may take
LONGEST_REFUSAL = 64 * 1024  # bytes
ABOUT_A_KEY = (401, 402, 429)
MOVED = (301, 302, 303, 307, 308)
# In words, as Cloudflare (1015 is a limit) and firewalls have it where they send no page.
GUARD = re.compile(r"\s*error code: 10(?!15)\d\d\b|[^{\[]{0,80}\byou have been blocked", re.I)
# The same on a page, as firewalls of China's clouds and panels have it, with any status.
BLOCKED = re.compile(
    r"(?i)\bwaf\b|mod_?security|防火墙|(?:被|请求|访问)[^<>。]{0,16}(?:拦截|阻断)"
    r"|(?:has|have) been blocked|request (?:was |is )?blocked"
)
CHALLENGE = re.compile(r"(?i)<title>just a moment|challenge-platform|cf[-_]chl|ddos protection by")
# An error for programs, as stores of objects and the gateways beside them have it; not a page.
XML = re.compile(r"\ufeff?\s*<(?:\?xml|error\b)(?!.*<html)", re.I | re.S)
WANTS_TLS = ("plain http request was sent to https port", "http request to an https server")


def error_of(response: BaseHTTPResponse, url: str, own: Collection[str]) -> ModelError:
    """The error for a response that is not 2xx; its body is looked at as far as it comes.

    `url` is what was asked, with keys of the operator's `own`.
    """
    status, headers = response.status, {k.lower(): v for k, v in response.headers.items()}
    if 300 <= status < 400 and not (status in MOVED and "location" in headers):
        return MalformedEvent(f"HTTP {status}", status=status)  # as of a cache in between
    if 300 <= status < 400:
        target = address(urljoin(url, headers.get("location", "")))
        return AddressMoved(f"HTTP {status} to {target}", status=status)
    text = _beginning(response)
    if any(words in text.lower() for words in WANTS_TLS):
        return NoTlsThere(f"HTTP {status}", status=status)
    if page := _page(status, headers, text):
        return page
    try:
        content = from_json(text)
    except ValueError:
        content = text
    return refusal(status, headers, content, at=time.time(), own=own)


def _page(status: int, headers: dict[str, str], text: str) -> ModelError | None:
    """The error for a page for people; of many a status there is nothing wrong with one."""
    is_page = text.lstrip("\ufeff \t\r\n").startswith("<") and not XML.match(text)
    blocked = is_page and status not in ABOUT_A_KEY and BLOCKED.search(text)
    guarded = "cf-mitigated" in headers or CHALLENGE.search(text)
    if guarded or blocked or (status < 500 and GUARD.match(text)):
        return TurnedAway(f"HTTP {status}", status=status)
    if not is_page or status >= 500 or status in (*ABOUT_A_KEY, 407, 413):
        return None
    return (TurnedAway if status == 403 else WebPage)(f"HTTP {status}", status=status)


def _beginning(response: BaseHTTPResponse) -> str:
    taken = b""
    patience = Timeout(REFUSAL_SECONDS)
    try:
        with patience:
            for piece in streaming.pieces(response):
                taken += piece
                if len(taken) > LONGEST_REFUSAL:
                    break
    except (ModelError, OSError, HTTPError):
        pass  # what there is of it says enough, beside the status
    except Timeout as timeout:
        if timeout is not patience:
            raise
    return taken.decode("utf-8", "replace")
