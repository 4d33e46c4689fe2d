"""The public URL, asked the way WeChat asks it (protocol sheet 1.1, 1.5, 1.7)."""

import json
from collections.abc import Iterator
from ipaddress import ip_address
from socket import AF_INET, SOCK_STREAM, gaierror, getaddrinfo
from urllib.parse import urljoin, urlsplit

from integrations.wechat.url_check import (
    CHECKING,
    SAW,
    UrlAnswer,
    UrlUnanswered,
    ask,
    ask_as_wechat,
)
from service.checks.finding import Finding, Mark, doubt, fine, wrong
from service.checks.subject import Subject
from settings.language import Sentence, said
from settings.schema import Settings

PORTS = {"http": 80, "https": 443}
SLOW = 2.0  # seconds
NOBODY = "192.0.2.1"  # set aside for documentation: no request comes from there
PAGES = ("/healthz", "/readyz")
BOM = b"\xef\xbb\xbf"

# How there was no answer -> what to do.
UNANSWERED = {
    "name": Sentence("the name is not known: add an A record at your DNS, or correct the URL"),
    "refused": Sentence(
        "nobody listens there: start the proxy (nginx, Caddy), or correct the port"
    ),
    "late": Sentence(
        "open ports 80 and 443 in the firewall and the cloud's security group (安全组)"
    ),
    "certificate": Sentence(
        "WeChat does not take this certificate either: renew it, with its whole chain"
    ),
    "tls": Sentence("no TLS is spoken there: use http:// in the console, or set up a certificate"),
    "closed": Sentence(
        "the proxy closes the connection: the server behind it does not run, or not there"
    ),
    "unreachable": Sentence(
        "check the address, the firewall and the cloud's security group (安全组)"
    ),
}


def own_url(subject: Subject) -> Iterator[Finding]:
    """Where it leads, how it answers, and what it shows to strangers."""
    url, settings = subject.url, subject.settings
    if not url:
        return
    if not _may_be(url):
        path = settings.server.path
        cure = said("give it as it stands in the console: https://your.domain{path}", path=path)
        yield wrong(said("URL"), said("{url} is none that the console takes", url=url), cure)
        return
    yield _place(url)
    answer = _asked(url, settings)
    yield _answer(said("URL, asked as WeChat asks"), url, answer, settings)
    if not (isinstance(answer, UrlAnswer) and answer.right):
        return
    other = url.rstrip("/") if url.endswith("/") else f"{url}/"
    if urlsplit(url).path.strip("/"):
        yield _other_ending(other, _asked(other, settings), settings)
    yield _signature(url)
    yield _who_asks(url, answer, settings)
    yield _monitors(url, settings)


def _may_be(url: str) -> bool:
    """Whether it is an address at all, and one without a query."""
    try:
        parts = urlsplit(url)
        named = parts.hostname and parts.hostname.encode("idna") and parts.port != 0
    except ValueError:
        return False
    return bool(named) and parts.scheme in PORTS and not (parts.query or parts.fragment)


def _asked(url: str, settings: Settings) -> UrlAnswer | UrlUnanswered:
    try:
        headers = {CHECKING: "1", "X-Forwarded-For": NOBODY}
        return ask_as_wechat(url, settings.wechat.token, headers)
    except UrlUnanswered as error:
        return error


def _place(url: str) -> Finding:
    """Its port and its address: WeChat has to get there."""
    what, parts = said("URL, its place"), urlsplit(url)
    if (parts.port or PORTS[parts.scheme]) != PORTS[parts.scheme]:
        cure = said("put nginx or Caddy in front on 80 or 443, and leave the port out of the URL")
        return wrong(what, said("WeChat calls http on 80 and https on 443 and no other port"), cure)
    host = str(parts.hostname)
    try:
        found = {str(each[4][0]) for each in getaddrinfo(host, None, AF_INET, SOCK_STREAM)}
    except gaierror:
        cure = said("add an A record at your DNS: WeChat comes by IPv4")
        return wrong(what, said("{host} has no IPv4 address", host=host), cure)
    if hidden := sorted(each for each in found if not ip_address(each).is_global):
        cure = said("use the public address, or its name; a proxy in between may answer here")
        addresses = ", ".join(hidden)
        return wrong(what, said("{addresses}: WeChat cannot get there", addresses=addresses), cure)
    return fine(what, ", ".join(sorted(found)))


def _answer(what: str, url: str, answer: UrlAnswer | UrlUnanswered, settings: Settings) -> Finding:
    if isinstance(answer, UrlUnanswered):
        return wrong(what, f"{url}: {answer}", str(UNANSWERED[answer.kind]))
    took = said("{url} in {took:.1f} s", url=url, took=answer.took)
    if not answer.right:
        found, cure = _not_right(url, answer, settings)
        return wrong(what, f"{took}: {found}", cure)
    if answer.took > SLOW:
        slow = said("the way there is slow: see the proxy, and where the machine stands")
        return doubt(what, said("{took}, of 5 s that WeChat waits", took=took), slow)
    return fine(what, took)


def _other_ending(url: str, answer: UrlAnswer | UrlUnanswered, settings: Settings) -> Finding:
    """WeChat asks as it is told to; it is whoever types the URL who leaves the slash away."""
    finding = _answer(said("URL, with the other ending"), url, answer, settings)
    if finding.mark == Mark.FINE:
        return finding
    cure = said("enter the URL exactly as it is given here")
    return doubt(finding.what, finding.found, cure)


def _not_right(url: str, answer: UrlAnswer, settings: Settings) -> tuple[str, str]:
    """What a wrong answer is, and its cure."""
    status, path = f"HTTP {answer.status}", settings.server.path
    if 300 <= answer.status < 400:
        to = urljoin(url, answer.headers.get("location", "")).partition("?")[0]
        cure = said("WeChat follows none: enter that URL in the console, or take the redirect out")
        return said("{status}, a redirect to {to}", status=status, to=to), cure
    if answer.status in (401, 403):
        cure = said("the server there has another wechat.token, or the proxy drops the query")
        return said("{status}, refused", status=status), cure
    if answer.status in (404, 405):
        cure = said("the path must be server.path, {path}, in the URL and in the proxy", path=path)
        return said("{status}, nothing is served there", status=status), cure
    if answer.status in (502, 503, 504):
        cure = said(
            "the server does not run, or the proxy passes on to another port than server.port"
        )
        return said("{status}, the proxy does not reach the server", status=status), cure
    if answer.status != 200:
        return status, said("see the logs of the proxy and of the server")
    body = answer.body
    if body.startswith(BOM) or body.strip() == answer.echo.encode():
        cure = said("something in between adds to the answer: have the proxy pass it on as it is")
        return said("the echo with something around it"), cure
    cure = said("another program answers there: pass {path} on to this server", path=path)
    return said("something else than the echo"), cure


def _signature(url: str) -> Finding:
    """Nobody else may be answered: then it is not this server that answers."""
    what = said("URL, asked with a wrong signature")
    try:
        answer = ask_as_wechat(url, "not-our-token")
    except UrlUnanswered as error:
        return doubt(what, str(error), str(UNANSWERED[error.kind]))
    if answer.right:
        cure = said("what answers there checks nothing: pass the path on to this server")
        return wrong(what, said("answered all the same"), cure)
    return fine(what, said("refused, as it has to be"))


def _who_asks(url: str, answer: UrlAnswer, settings: Settings) -> Finding:
    """Whom the server takes for the one who asks: a made-up address was sent along."""
    what, wechat = said("who asks, as the server sees it"), settings.wechat
    amiss = wrong if wechat.ip_detection else doubt
    try:
        saw = json.loads(answer.headers.get(SAW.lower(), ""))
        peer, client = str(saw["peer"]), str(saw["client"])
        trusted, forwarded = saw["trusted"], saw["forwarded"]
    except (ValueError, KeyError, TypeError):
        cure = said(
            "is it this version that runs there? then the proxy drops its header {saw}", saw=SAW
        )
        return doubt(what, said("it does not say"), cure)
    set_it = said("nginx: proxy_set_header X-Forwarded-For $remote_addr; see deploy/")
    if client == NOBODY:
        return amiss(
            what,
            said("anybody can pretend to be WeChat: the proxy passes on what clients say"),
            set_it,
        )
    if not forwarded:
        return amiss(what, said("{peer} for everybody: the proxy names nobody", peer=peer), set_it)
    if not trusted and not ip_address(peer).is_global and not _direct(url, settings):
        cure = said(
            'set server.trusted_proxies: ["{peer}"], and {set_it}', peer=peer, set_it=set_it
        )
        return amiss(what, said("{peer} for everybody: it is no trusted proxy", peer=peer), cure)
    return fine(what, client)


def _direct(url: str, settings: Settings) -> bool:
    """Whether there is no proxy: the server itself listens for everybody on the URL's port."""
    parts, server = urlsplit(url), settings.server
    beyond = server.host != "localhost" and not server.host.startswith("127.")
    return beyond and (parts.port or PORTS[parts.scheme]) == server.port


def _monitors(url: str, settings: Settings) -> Finding:
    """The pages for monitors are this machine's business."""
    what = said("pages for monitors")
    if settings.server.health == "anyone":
        return fine(what, said("open to anyone, as server.health says"))
    for page in PAGES:
        try:
            answer = ask(urljoin(url, page), {}, {})
        except UrlUnanswered:
            continue
        if answer.status in (200, 503) and answer.body.startswith(b'{"ok":'):
            cure = said("have the proxy pass on server.path alone, or set server.health: off")
            return wrong(what, said("{page} is shown to everybody", page=page), cure)
    return fine(what, said("not shown outside"))
