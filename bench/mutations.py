"""What is posted may be anything: 100,000 bodies, right and spoilt, open and sealed, XML and JSON.

`python -m bench.mutations` posts one half to a server without an encryption key and one half to
one that has it, both as processes of their own, beside a core that has something else to do. A
fifth of the connections is cut, reset or half closed. Exit code 0 if nothing was answered by a 5xx,
every right push got its own reply and nobody somebody else's, no log has a traceback or a
follower's words, and the memory stayed flat; 1 if not; 2 if a process did not come up.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from sandbox.poster import Poster, Report, problems_in
from sandbox.processes import (
    TOKEN,
    NotStarted,
    busy,
    free_port,
    live_config,
    model_process,
    running,
)
from sandbox.pushes import Bodies
from sandbox.sealing import Seal

KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
APPID = "wx0123456789abcdef"
GROWN_MB = 20.0  # of memory, after the first fifth
SHOWN = 10  # problems
PATIENT: dict[str, object] = {"turn_seconds": 0}  # nobody is told that it is too busy


def memory(pid: int) -> float:
    """The resident memory of a process in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def bench(
    place: Path, *, sealed: bool, bodies: int, seed: int, at_once: int, aborted: float
) -> tuple[Report, list[float]]:
    """Start the model and a server, post, and read the log. Raises `NotStarted`.

    Returns what came back, and the server's memory in MB after each tenth.
    """
    grown: list[float] = []
    with ExitStack() as stack:
        model, port = stack.enter_context(model_process(place)).port, free_port()
        keys: dict[str, object] = {"encoding_aes_key": KEY, "appid": APPID, "encryption": "safe"}
        more = {"wechat": {"token": TOKEN} | (keys if sealed else {}), "limits": PATIENT}
        command = ["server.py", "--config", str(live_config(place, port, model, more))]
        log = place / "server.log"
        pid = stack.enter_context(running("server.py", port, *command, log=log))
        seal = Seal(TOKEN, KEY, APPID)
        made = Bodies(TOKEN, seal, seed=seed, only_sealed=sealed)
        posting = Poster(port, seal if sealed else None, aborted=aborted)
        report = posting.report
        tenth = max(1, bodies // 10)
        for begin in range(0, bodies, tenth):
            numbers = range(begin, min(bodies, begin + tenth))
            posting.post_all(made, numbers, at_once=at_once)
            grown.append(memory(pid))
    report.problems += problems_in(log.read_text(encoding="utf-8"), report.tags)
    if len(grown) > 2 and grown[-1] - grown[1] > GROWN_MB:
        report.problems.append(f"memory grew by {grown[-1] - grown[1]:.1f} MB")
    return report, grown


def as_text(report: Report, grown: Sequence[float]) -> str:
    """The report for people."""
    lines = []
    for kind in sorted({kind for kind, _ in report.statuses}):
        of_kind = sorted((s, n) for (k, s), n in report.statuses.items() if k == kind)
        shown = "   ".join(f"{status or 'none'}: {count}" for status, count in of_kind)
        lines.append(f"{kind:22} {shown}")
    over = sum(count for (_, status), count in report.statuses.items() if status >= 500)
    lines.append(f"{report.posted} posted, {over} answered by a 5xx")
    lines.append("memory, MB             " + "  ".join(f"{mb:.0f}" for mb in grown))
    lines += [f"problem: {problem}" for problem in report.problems[:SHOWN]]
    return "\n".join([*lines, f"problems               {len(report.problems)}"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code as above."""
    parser = argparse.ArgumentParser(prog="python -m bench.mutations", description=__doc__)
    parser.add_argument("--bodies", type=int, default=100_000, help="in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-once", type=int, default=40, help="requests that are open at once")
    parser.add_argument("--aborted", type=float, default=0.2, help="share of the connections")
    parser.add_argument("--busy", type=int, default=1, help="cores that have something else to do")
    options = parser.parse_args(arguments)
    how: dict[str, Any] = {"bodies": options.bodies // 2, "seed": options.seed}
    how |= {"at_once": options.at_once, "aborted": options.aborted}
    failed = False
    for name, sealed in (("without a key", False), ("with a key, safe mode", True)):
        with tempfile.TemporaryDirectory(prefix="huixin-bench-") as place:
            began = time.monotonic()
            try:
                with busy(options.busy):
                    report, grown = bench(Path(place), sealed=sealed, **how)
            except NotStarted as why:
                print(why, file=sys.stderr)
                return 2
        print(f"{name}, {time.monotonic() - began:.0f} s\n{as_text(report, grown)}\n", flush=True)
        failed |= bool(report.problems)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
