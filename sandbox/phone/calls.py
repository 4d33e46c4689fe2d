"""What the model is asked and what it says, and how it is told to behave."""

import time
from collections import OrderedDict
from typing import Any

from sandbox.model import AskedCall, ModelBehaviour
from sandbox.phone.board import Board

CALLS = 30  # that the page shows
SPEEDS = {
    "at once": ModelBehaviour(),
    "normal": ModelBehaviour(after=0.5, pace=0.04),
    "8 s": ModelBehaviour(after=3.0, lasts=8.0),
    "20 s": ModelBehaviour(after=8.0, lasts=20.0),
}
FAILS = 503  # of HTTP: what a service says that is out of order


class Calls:
    """The model's calls on the board, the latest last. `watch` is for the stand-in."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._calls: OrderedDict[int, dict[str, Any]] = OrderedDict()  # by identity
        self._count = 0

    def watch(self, asked: AskedCall, body: dict[str, Any], said: str, over: bool) -> None:
        """Told by the stand-in, see `sandbox.model.Watch`."""
        call = self._calls.get(id(asked))
        if call is None:
            self._count += 1
            call = self._calls[id(asked)] = {
                "number": self._count,
                "asked": asked,  # kept, so that no other gets its identity
                "messages": body.get("messages") or [],
                "broken": False,
            }
            self._forget_the_oldest()
        if call["broken"]:
            return
        call["said"], call["over"] = said, over
        # One that refuses ends so; any other that is over without an end was left by who asked.
        call["broken"] = over and asked.status == 200 and asked.ended_at is None
        call["ended_at"] = asked.ended_at or (time.time() if over else None)
        self._put(call)

    def break_off(self) -> None:
        """Whoever asked has gone; the stand-in notices only with its next word."""
        for call in self._calls.values():
            if not call["over"]:
                call |= {"over": True, "broken": True, "ended_at": time.time()}
                self._put(call)

    def _forget_the_oldest(self) -> None:
        if len(self._calls) > CALLS:
            _, oldest = self._calls.popitem(last=False)
            self._board.put(f"call {oldest['number']}", None)

    def _put(self, call: dict[str, Any]) -> None:
        asked: AskedCall = call["asked"]
        shown = {"at": asked.at, "question": asked.question, "status": asked.status}
        rest = {name: value for name, value in call.items() if name != "asked"}
        self._board.put(f"call {call['number']}", shown | rest)
