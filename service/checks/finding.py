"""What a check finds, and how it is told."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from integrations import IntegrationError
from settings.language import said
from store.outside import Amiss, Looked

UNPRINTABLE = re.compile(r"[^\x20-\x7e\u00a0-\uffff]")


class Mark(StrEnum):
    """How it stands with one thing."""

    FINE = "✓"
    WRONG = "✗"  # the server cannot do its work so
    DOUBT = "!"  # it works, and something had better be changed
    LEFT_OUT = "-"  # nothing needs it


@dataclass(frozen=True)
class Finding:
    """One thing: what was looked at, how it is, and for what is not fine one line that cures it.

    None of the texts holds a secret, or anything of a follower.
    """

    what: str
    mark: Mark
    found: str
    cure: str = ""

    def of(self, account: str) -> "Finding":
        """The finding, by the name of one of several accounts; "" is the only one."""
        what = said("{account}: {what}", account=account, what=self.what)
        return replace(self, what=what) if account else self

    @property
    def headline(self) -> str:
        """It without its mark and its cure, and as it is: fit to be kept."""
        return said("{what}: {found}", what=self.what, found=self.found)

    @property
    def line(self) -> str:
        """For people: a line, and another one for the cure."""
        cure = f"\n    → {self.cure}" if self.cure else ""
        return UNPRINTABLE.sub(
            lambda odd: odd[0] if odd[0] == "\n" else "?", f"{self.mark} {self.headline}{cure}"
        )


def fine(what: str, found: str) -> Finding:
    """It is as it should be."""
    return Finding(what, Mark.FINE, found)


def wrong(what: str, found: str, cure: str) -> Finding:
    """It has to be mended."""
    return Finding(what, Mark.WRONG, found, cure)


def doubt(what: str, found: str, cure: str) -> Finding:
    """It may stay as it is, and had better not."""
    return Finding(what, Mark.DOUBT, found, cure)


def left_out(what: str, why: str) -> Finding:
    """Nothing needs it."""
    return Finding(what, Mark.LEFT_OUT, why)


def failed(what: str, error: IntegrationError, advice: str, *, matters: bool = True) -> Finding:
    """A call of a service that went wrong: its name, its reason, and the advice."""
    mark = Mark.WRONG if matters else Mark.DOUBT
    return Finding(what, mark, f"{type(error).__name__}: {error}", advice)


def in_order(findings: Iterable[Finding]) -> bool:
    """Whether nothing has to be mended."""
    return all(finding.mark != Mark.WRONG for finding in findings)


def looked(by: str, findings: Sequence[Finding], *, at: float) -> Looked:
    """What was found by "check" or at the "start"; `at` is in seconds since 1970."""
    amiss = [
        Amiss(mark == Mark.WRONG, finding.headline, finding.cure)
        for mark in (Mark.WRONG, Mark.DOUBT)
        for finding in findings
        if finding.mark == mark
    ]
    return Looked(at, by, len(findings), amiss)
