"""This machine: the settings file, the database, the port, the clock."""

import errno
import stat
from collections.abc import Iterator
from socket import AF_INET, AF_INET6, create_server

from integrations.outside_clock import NoDate, ahead
from integrations.wechat.freshness import FRESH_SECONDS
from integrations.wechat.url_check import CHECKING, UrlUnanswered, ask_as_wechat
from service.checks.finding import Finding, doubt, fine, left_out, wrong
from service.checks.subject import Subject
from service.port import cure
from settings.accounts import of_each
from settings.language import said
from settings.models import chain
from settings.requirements import doubtful
from store.errors import StoreError
from store.place import left_on_full_disk, place

NOTICEABLE = 30.0  # seconds that a clock may be wrong
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def settings_file(subject: Subject) -> Iterator[Finding]:
    """It is read already; what is left is who else can read it, and what is odd in it."""
    what, path = said("settings file"), subject.config
    for key, reason in doubtful(subject.settings):
        yield doubt(what, f"{key}: {reason}", said("correct it, or leave it if it is meant so"))
    if subject.settings.mode == "live" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield doubt(
            what,
            said("others on this machine can read {path} and the keys in it", path=path),
            f"chmod 600 {path}",
        )
    else:
        yield fine(what, said("{path}, mode {mode}", path=path, mode=subject.settings.mode))


def database(subject: Subject) -> Iterator[Finding]:
    """It can be opened, and is this mode's and account's."""
    what, path = said("database"), place(subject.settings.store.named)
    try:
        subject.open_store().close()
    except (StoreError, OSError) as error:
        cured = said("see store.path: its folder must be writable, and the file of this account")
        if subject.settings.store.url:
            cured = said("see store.url, and PostgreSQL in docs/operating.md")
        yield wrong(what, f"{path}: {error}", cured)
    else:
        yield fine(what, str(path))
        if (left := left_on_full_disk(path)) is not None:
            yield doubt(
                what,
                said("{free} MB are free where the database is", free=round(left / 1e6)),
                said("free some space: on a full disk nothing is stored, and nobody is answered"),
            )


def port(subject: Subject) -> Iterator[Finding]:
    """It is free, or this very server has it."""
    server = subject.settings.server
    what, where = said("port"), f"{server.host}:{server.port}"
    if not server.port:
        yield left_out(what, said("any free one is taken (server.port: 0)"))
        return
    try:
        family = AF_INET6 if ":" in server.host else AF_INET
        create_server((server.host, server.port), family=family).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE and _is_ours(subject):
            yield fine(what, said("{where}, where this server runs", where=where))
        else:
            yield wrong(what, f"{where}: {error.strerror}", cure(error))
    else:
        yield fine(what, said("{where} is free; the server does not run", where=where))


def _is_ours(subject: Subject) -> bool:
    """Whether somebody answers there who knows our token."""
    settings = of_each(subject.settings)[0]
    server = settings.server
    host = EVERYWHERE.get(server.host, server.host)
    host = f"[{host}]" if ":" in host else host
    url = f"http://{host}:{server.port}{server.path}"
    try:
        return ask_as_wechat(url, settings.wechat.token, {CHECKING: "1"}).right
    except UrlUnanswered:
        return False


def clock(subject: Subject) -> Iterator[Finding]:
    """It is compared with WeChat's, or with the model service's where WeChat cannot be asked.

    So is the database's, where it has one of its own.
    """
    settings = of_each(subject.settings)[0]
    for url in (settings.wechat.api_base, chain(settings)[0].service.base_url):
        try:
            seconds = ahead(url)
        except NoDate:
            continue
        yield from clocks_by(seconds, _apart(subject))
        return
    yield doubt(
        said("clock"),
        said("nobody outside could be asked for the time"),
        said("check this machine's network; see that its clock is set by NTP"),
    )


def _apart(subject: Subject) -> float | None:
    """How far the database's clock is ahead of this machine's, if it has its own, and is there."""
    try:
        db = subject.open_store()
    except (StoreError, OSError):
        return None  # which another check tells
    try:
        return db.apart()
    finally:
        db.close()


def clocks_by(seconds: float, apart: float | None) -> Iterator[Finding]:
    """This machine's clock is so many seconds ahead, and the database's `apart` more.

    Pushes are answered where one of both is right.
    """
    each = [(said("clock"), seconds, said("set it by NTP: timedatectl set-ntp true"))]
    if apart is not None:
        cure = said("set it by NTP on PostgreSQL's machine")
        each.append((said("the database's clock"), seconds + apart, cure))
    stale = all(abs(much) > FRESH_SECONDS for _, much, _ in each)
    for what, much, mend in each:
        yield _clock_by(what, much, mend, stale=stale)


def _clock_by(what: str, seconds: float, mend: str, *, stale: bool) -> Finding:
    much = f"{abs(seconds):.0f}"
    if abs(seconds) <= NOTICEABLE:
        return fine(what, said("right to about a second") if abs(seconds) < 2 else f"±{much} s")
    where = said("{much} s ahead", much=much) if seconds > 0 else said("{much} s behind", much=much)
    if not stale:
        return doubt(what, where, mend)
    return wrong(
        what, said("{where}: WeChat's pushes are stale by it, and get no answer", where=where), mend
    )
