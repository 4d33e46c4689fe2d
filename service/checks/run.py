"""`server.py --check`: the table of checks, gone through from the top, and what came of it."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from service.checks import account, machine, model, own_url, speech
from service.checks.finding import Finding, Mark, in_order
from service.checks.looked import looked
from service.checks.subject import Subject
from service.own_store import open_store
from service.words import said
from settings.schema import Settings
from store import outside
from store.errors import StoreError

Check = Callable[[Subject], Iterator[Finding]]

# A new one is a line here.
CHECKS: tuple[Check, ...] = (
    machine.settings_file,
    machine.database,
    machine.port,
    machine.clock,
    model.keys,
    account.account,
    speech.voices,
    own_url.own_url,
)
ALL_WELL, AMISS = 0, 1  # exit codes; 2 is for settings that cannot be read


def check(settings: Settings, config: Path, url: str, *, stand_in: str) -> int:
    """Tell each finding as it is made, and keep what was found. Returns the exit code.

    `config` is the file of the settings, `url` the public URL or "", `stand_in` the account of the
    sandbox.
    """
    opening = partial(open_store, settings, stand_in=stand_in, checked=True)
    subject = Subject(settings, config, url, opening)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # where it is no UTF-8
    findings: list[Finding] = []
    for look in CHECKS:
        for finding in look(subject):
            print(finding.line, flush=True)
            findings.append(finding)
    _keep(subject, findings)
    wrong = sum(finding.mark == Mark.WRONG for finding in findings)
    print(said("{wrong} to mend", wrong=wrong) if wrong else said("All is well."))
    return ALL_WELL if in_order(findings) else AMISS


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
