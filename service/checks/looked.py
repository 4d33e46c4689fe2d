"""Findings as they are kept, and in few words."""

from collections.abc import Sequence

from service.checks.finding import Finding, Mark
from store.outside import Amiss, Looked

WORST_FIRST = (Mark.WRONG, Mark.DOUBT)


def looked(by: str, findings: Sequence[Finding], *, at: float) -> Looked:
    """What was found by "check" or at the "start"; `at` is in seconds since 1970."""
    amiss = [
        Amiss(mark == Mark.WRONG, finding.headline, finding.cure)
        for mark in WORST_FIRST
        for finding in findings
        if finding.mark == mark
    ]
    return Looked(at, by, len(findings), amiss)
