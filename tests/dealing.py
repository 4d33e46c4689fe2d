"""Which tests whom, where several processes share them, as in `make test`."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

WAITING = ("end_to_end", "phone", "service", "console", "setting_up", "deploy")  # mostly
A_TEST = 0.25  # seconds of one of these
A_QUICK_TEST = 0.01
SECONDS = {  # of files of which that is far from true, in one process
    "test_answered_at_once.py": 45,
    "test_page.py": 45,
    "test_voice_recovery.py": 40,
    "test_chaos.py": 40,
    "test_passive_reply.py": 35,
    "test_clock_steps.py": 30,
    "test_pronunciation.py": 30,
    "test_collecting.py": 25,
    "test_voice.py": 25,
    "test_shared_store.py": 25,
    "test_workers.py": 20,
    "test_retry.py": 20,
    "test_two_processes.py": 20,
    "test_voice_uploads.py": 20,
    "test_voice_heard.py": 20,
    "test_make.py": 20,
    "test_supervised.py": 15,
    "test_chain_of_slow_ones.py": 15,
    "test_failures.py": 15,
    "test_chain.py": 15,
    "test_own_store.py": 15,
    "test_slow_disk.py": 15,
    "test_hosts_clocks.py": 10,
    "test_unread_log.py": 10,
}
WHOLE = ("test_chaos.py", "test_pushes.py")  # what all their tests need takes long to make
A_HAND = 0.2  # seconds of tests, about, that are handed out together
ALL_WAIT = 2  # processes; of each four more one begins with what does not: the others leave it time
A_QUICK_ONE = 4


@dataclass
class File:
    """The tests of one that nobody has been handed."""

    name: str
    waits: bool
    tests: deque[int] = field(default_factory=deque)  # where they stand among all
    each: float = 0.0  # seconds

    @property
    def seconds(self) -> float:
        return self.each * len(self.tests)

    def some(self) -> list[int]:
        most = len(self.tests) if self.name in WHOLE else max(1, int(A_HAND / self.each))
        return [self.tests.popleft() for _ in range(min(most, len(self.tests)))]


class Deal:
    """Hands out each test once: a file to one process as long as there are others for the rest.

    The longest come first, so that no process is left with one; most begin with those that wait.
    """

    def __init__(self, items: Sequence[pytest.Item], processes: int) -> None:
        self._quick_ones = max(0, processes - ALL_WAIT) // A_QUICK_ONE
        self._at: dict[int, File] = {}
        files: dict[str, File] = {}
        for position, item in enumerate(items):
            waits = item.path.parent.name in WAITING
            file = files.setdefault(str(item.path), File(item.path.name, waits))
            file.tests.append(position)
        for file in files.values():
            a_test = A_TEST if file.waits else A_QUICK_TEST
            number = len(file.tests)
            file.each = SECONDS.get(file.name, a_test * number) / number
        self._files = sorted(files.values(), key=lambda file: -file.seconds)

    def more(self, process: int) -> list[int]:
        """Where the tests stand that it is to run; none where all have been handed out."""
        file = self._at.get(process)
        if not file or not file.tests:
            file = self._at[process] = self._next(waits=process >= self._quick_ones)
        return file.some()

    def _next(self, *, waits: bool) -> File:
        """One that nobody has begun, or the one of which most is left."""
        for file in [file for file in self._files if file.waits == waits] or self._files:
            self._files.remove(file)
            return file
        return max(self._at.values(), key=lambda file: file.seconds)
