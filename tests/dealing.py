"""Which tests come first where several workers share them, as in `make test`."""

from collections import defaultdict

import pytest

WAITING = ("end_to_end", "phone", "service", "console", "setting_up", "deploy")  # mostly
LONGEST = ("test_page.py", "test_chaos.py")  # half a minute each, in one worker
LIKE_TESTS = 60  # as which one of these counts


def dealt(items: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """The same tests: the share of each worker begins with as many that wait as any other's.

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
    weights = {name: LIKE_TESTS if name in LONGEST else len(files[name]) for name in files}
    shares: list[list[pytest.Item]] = [[] for _ in range(workers)]
    loads = [0] * workers
    for name in sorted(files, key=lambda name: (name not in LONGEST, -weights[name], name)):
        least = loads.index(min(loads))
        shares[least] += files[name]
        loads[least] += weights[name]
    return shares
