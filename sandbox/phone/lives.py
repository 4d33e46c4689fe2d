"""What the server has saved of each message, looked at while it happens."""

from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event

from sandbox.phone.board import Board
from sandbox.phone.chats import Entry

# Of a follower's message, by open id and MsgId; without one of their last. None: nothing is stored.
Glance = Callable[[str, str | None], dict[str, Any] | None]

PAUSE = 0.15  # seconds between two looks while something is under way
FINAL = ("REPLIED", "FAILED")


class Lives:
    """Looks again and again as long as an entry has not come to its end, and puts it on the board.

    The looking is done by who made it: the sandbox knows no store.
    """

    def __init__(self, board: Board, glance: Glance, entries: Callable[[], list[Entry]]) -> None:
        self._board, self._glance, self._entries = board, glance, entries
        self._shown: dict[int, dict[str, Any]] = {}
        self._never_stored: set[int] = set()
        self._news = Event()

    def start(self) -> None:
        """Look from now on."""
        gevent.spawn(self._run)

    def wake(self) -> None:
        """Something began or ended."""
        self._news.set()

    def _run(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            while self._look():
                gevent.sleep(PAUSE)

    def _look(self) -> bool:
        """Whether there is anything to look at again."""
        entries = {entry.number: entry for entry in self._entries()}
        self._shown = {number: life for number, life in self._shown.items() if number in entries}
        wanted = [entry for entry in entries.values() if self._is_under_way(entry)]
        came = {entry.number: entry.came for entry in wanted}  # before it is looked at
        for entry in wanted:
            life = self._glance(entry.open_id, entry.msg_id)
            # An event has no MsgId, and is the last message only until the next one is stored.
            if life and (entry.msg_id or life["kind"] == "event"):
                self._show(entry, life)
            elif came[entry.number]:
                self._never_stored.add(entry.number)
        return any(self._is_under_way(entry) for entry in wanted)

    def _is_under_way(self, entry: Entry) -> bool:
        if entry.kind == "unsubscribe" or entry.number in self._never_stored:
            return False
        life = self._shown.get(entry.number)
        return life is None or life["state"] not in FINAL or entry.came is None

    def _show(self, entry: Entry, life: dict[str, Any]) -> None:
        names = ("message_id", "state", "failure", "question", "moments", "at")
        shown = {name: life[name] for name in names} | {
            "model_calls": life["saved"]["model_calls"],
            "take_ups": life["saved"]["take_ups"],
        }
        before = self._shown.get(entry.number)
        self._shown[entry.number] = shown
        if not before or before | {"at": 0} != shown | {"at": 0}:
            self._board.put(f"life {entry.number}", shown)
