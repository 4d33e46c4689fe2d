"""What the page shows, fact by fact, and the stream that tells it what has changed."""

import json
from collections.abc import Iterator
from typing import Any

from gevent import sleep
from gevent.event import Event

TOGETHER = 0.04  # seconds; what changes within them is told at once
SIGN_OF_LIFE = 10.0  # seconds; a page that has gone is noticed by it


class Board:
    """Facts by name; the values are plain, as JSON has them. A page that is slow misses only what
    was not true for long: it is told the latest of each."""

    def __init__(self) -> None:
        self._facts: dict[str, Any] = {}
        self._watching: list[_Watching] = []

    def put(self, name: str, fact: Any) -> None:
        """Have it known; None takes it away."""
        if fact is None:
            self._facts.pop(name, None)
        else:
            self._facts[name] = fact
        for watching in self._watching:
            watching.tell(name)

    def stream(self) -> Iterator[bytes]:
        """Server-Sent Events without end: each an object of facts by name, at first of all."""
        watching = _Watching(self._facts)
        self._watching.append(watching)
        try:
            yield b"retry: 500\n\n"
            while True:
                changed = {name: self._facts.get(name) for name in watching.changed()}
                told = (
                    f"data: {json.dumps(changed, ensure_ascii=False)}\n\n" if changed else ":\n\n"
                )
                yield told.encode("utf-8", "replace")
        finally:
            self._watching.remove(watching)


class _Watching:
    """What one page has not been told yet, in the order in which it changed first."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self._names = dict.fromkeys(facts)
        self._any = Event()
        self._any.set()

    def tell(self, name: str) -> None:
        self._names[name] = None
        self._any.set()

    def changed(self) -> list[str]:
        if self._any.wait(SIGN_OF_LIFE):
            sleep(TOGETHER)
        names = list(self._names)
        self._names.clear()
        self._any.clear()
        return names
