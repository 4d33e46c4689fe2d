"""Which tests come first where several workers share them, as in `make test`."""

from collections import defaultdict

import pytest

WAITING = ("end_to_end", "phone", "service", "console", "setting_up", "deploy")  # mostly
A_TEST = 0.25  # seconds of one of these
SECONDS = {  # of files of which that is far from true, in one worker
    "test_voice_recovery.py": 40,
    "test_pronunciation.py": 30,
    "test_page.py": 25,
    "test_chaos.py": 25,
    "test_voice.py": 25,
    "test_voice_uploads.py": 20,
    "test_voice_heard.py": 20,
    "test_make.py": 20,
    "test_workers.py": 15,
    "test_supervised.py": 15,
    "test_shared_store.py": 13,
    "test_own_store.py": 12,
    "test_unread_log.py": 10,
    "test_passive_reply.py": 9,
    "test_chain_of_slow_ones.py": 9,
    "test_slow_disk.py": 9,
    "test_answered_at_once.py": 8,
    "test_collecting.py": 8,
    "test_chain.py": 8,
    "test_retry.py": 8,
    "test_bounds.py": 8,
    "test_two_processes.py": 6,
    "test_clock_steps.py": 5,
    "test_chain_in_need.py": 5,
    "test_personas.py": 5,
    "test_chain_at_random.py": 4,
    "test_failures.py": 4,
    "test_hosts_clocks.py": 4,
    "test_locked.py": 4,
    "test_locked_at_random.py": 4,
    "test_sealed.py": 4,
    "test_sandbox.py": 4,
    "test_in_line.py": 3,
}
ALL_WAIT = 2  # workers; of each four more one begins with what does not: the others leave it time
A_QUICK_ONE = 4


def dealt(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The same tests: the shares of most workers begin with those that wait, and as long of them.

    With `--dist worksteal` a share is a run of the list, and whoever is done takes from the end of
    another's: so that is quick, and no worker is left with what takes long.
    """
    shares = _waiting(items, workers)
    sizes, left = [], len(items)
    for after in range(workers, 0, -1):
        sizes.append(left // after)
        left -= sizes[-1]
    shares = [share[:size] for share, size in zip(shares, sizes, strict=True)]
    taken = {item for share in shares for item in share}
    others = (item for item in items if item not in taken)
    for share, size in zip(shares, sizes, strict=True):
        share += [next(others) for _ in range(size - len(share))]
    return [item for share in shares for item in share]


def _waiting(items: list[pytest.Item], workers: int) -> list[list[pytest.Item]]:
    """The files of those that wait, dealt out."""
    files: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        if item.path.parent.name in WAITING:
            files[item.path.name].append(item)
    seconds = {name: SECONDS.get(name, A_TEST * len(files[name])) for name in files}
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    loads = [0.0] * (workers - max(0, workers - ALL_WAIT) // A_QUICK_ONE)
    for name in sorted(files, key=lambda name: (-seconds[name], name)):
        least = loads.index(min(loads))
        shares[least] += files[name]
        loads[least] += seconds[name]
    return shares
