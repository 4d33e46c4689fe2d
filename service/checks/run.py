"""`server.py --check`: the table of checks, gone through from the top, and what came of it."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from urllib.parse import urlsplit

from service.checks import account, machine, model, moderation, own_url, speech
from service.checks.finding import Finding, Mark, doubt, in_order, looked, wrong
from service.checks.subject import Subject
from service.own_files import DoubtfulRule
from service.own_store import open_store
from service.signals import leave_ctrl_c_to_the_caller
from settings.accounts import of_each
from settings.announcements import where
from settings.language import said
from settings.schema import Settings
from store import outside
from store.errors import StoreError

Check = Callable[[Subject], Iterator[Finding]]

# A new one is a line here: of the server, or of each of its accounts.
OF_THE_SERVER: tuple[Check, ...] = (
    machine.settings_file,
    machine.database,
    machine.port,
    machine.clock,
)
OF_EACH_ACCOUNT: tuple[Check, ...] = (
    model.keys,
    moderation.judge,
    account.account,
    speech.voices,
    own_url.own_url,
)
ALL_WELL, AMISS, INTERRUPTED = 0, 1, 130  # exit codes; 2 is for settings that cannot be read


def check(settings: Settings, config: Path, url: str, doubts: Sequence[DoubtfulRule] = ()) -> int:
    """Tell each finding as it is made, and keep what was found. Returns the exit code.

    `config` is the file of the settings, `url` the public URL or "", `doubts` what was found in the
    operator's own files.
    """
    opening = partial(open_store, settings, checked=True)
    subject = Subject(settings, config, url, opening)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # where it is no UTF-8
    leave_ctrl_c_to_the_caller()
    try:
        findings = list(_told_of(chain(map(_of_own_rules, doubts), _findings(subject))))
        _keep(subject, findings)
        amiss = sum(finding.mark == Mark.WRONG for finding in findings)
        print(said("{amiss} to mend", amiss=amiss) if amiss else said("All is well."), flush=True)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError:  # whoever reads it has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return AMISS
    return ALL_WELL if in_order(findings) else AMISS


def _of_own_rules(found: DoubtfulRule) -> Finding:
    cure = said("correct it, or leave it if it is meant so")
    what = said("word list") if found.of_list else said("fixed answers")
    return doubt(what, found.why, cure).of(found.account)


def _told_of(findings: Iterable[Finding]) -> Iterator[Finding]:
    for finding in findings:
        print(finding.line, flush=True)
        yield finding


def _findings(subject: Subject) -> Iterator[Finding]:
    for look in OF_THE_SERVER:
        yield from _found(look, subject)
    for one in of_each(subject.settings):
        url = subject.url if _leads_to(subject, one) else ""
        for look in OF_EACH_ACCOUNT:
            for finding in _found(look, replace(subject, settings=one, url=url)):
                yield finding.of(one.account)


def _leads_to(subject: Subject, account: Settings) -> bool:
    """Whether the URL is to be looked at as that of an account: by its path, or of the first."""
    each = of_each(subject.settings)
    path = "/" + urlsplit(subject.url).path.strip("/")
    fit = [one.account for one in each if one.server.path == path]
    return account.account == (fit or [each[0].account])[0]


def _found(look: Check, subject: Subject) -> Iterator[Finding]:
    """A fault in one check keeps nobody from the others."""
    try:
        yield from look(subject)
    except Exception as error:
        yield wrong(look.__name__, where(error), said("a fault in the program: please report it"))


def _keep(subject: Subject, findings: list[Finding]) -> None:
    """Nothing is told where that fails: the check of the database has told it."""
    try:
        db = subject.open_store()
    except (StoreError, OSError):
        return
    try:
        db.write(outside.keep, looked("check", findings, at=db.clock()))
    except StoreError:
        pass
    finally:
        db.close()
