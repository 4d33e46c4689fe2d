"""The log on its way out: a real thread writes it, so that nobody waits for whoever reads it.

Who reads may stop reading (a full pipe, Ctrl-S on a terminal), and a disk may stall or be full.
Lines then wait, up to a bound; past it the oldest are dropped, so that what happened last is kept.
A line that follows another closely waits a moment for company.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from select import PIPE_BUF
from stat import S_ISREG
from typing import Any

from gevent.monkey import get_original

# As they are without gevent, which must not come near the thread.
SimpleQueue: Any = get_original("queue", "SimpleQueue")
Empty: type[Exception] = get_original("queue", "Empty")
allocate_lock: Any = get_original("_thread", "allocate_lock")
start_thread: Any = get_original("_thread", "start_new_thread")
sleep: Callable[[float], None] = get_original("time", "sleep")

MOST = 10_000  # lines that wait
AT_ONCE = 500  # of them are taken out together
TOGETHER = 0.02  # seconds: a thread that is woken for each line takes turns with the loop for each
AGAIN = 0.05  # seconds, where a file that never blocks has no room
IN_ONE_PIECE = 1024 * 1024  # bytes


class LogWriter:
    """Writes to the open file `fd`.

    Where lines were dropped, as too many waited or could not be written, the line that `gap` makes
    of their number stands in their place, as soon as something can be written.
    """

    def __init__(self, fd: int, gap: Callable[[int], str], *, most: int = MOST) -> None:
        self._fd = fd
        self._gap = gap
        self._most = most
        # Lines of several processes do not mix in what a pipe, a socket or a terminal takes whole.
        self._piece = IN_ONE_PIECE if S_ISREG(os.fstat(fd).st_mode) else PIPE_BUF
        self._waiting: Any = SimpleQueue()  # of lines; None is the end
        self._dropped = 0  # while too many waited
        self._lost = 0  # in the thread, which could not write them
        self._told = 0  # of both
        self._cut = False  # within a line
        self._ended = allocate_lock()
        self._ended.acquire()
        start_thread(self._run, ())

    def put(self, line: str) -> None:
        """Have a line written."""
        self._waiting.put(line)
        if self._waiting.qsize() > self._most:
            with suppress(Empty):
                self._waiting.get_nowait()
                self._dropped += 1

    def close(self, seconds: float) -> None:
        """Have written what waits, and hold everything up until it is, at most so long."""
        self._waiting.put(None)
        self._ended.acquire(timeout=seconds)

    def _run(self) -> None:
        """In the thread."""
        ended = False
        while not ended:
            lines = self._taken()
            ended = lines[-1] is None
            self._write([line for line in lines if line is not None])
            if not ended:
                sleep(TOGETHER)
        self._ended.release()

    def _taken(self) -> list[str | None]:
        """All that waits by now, as soon as there is something."""
        lines = [self._waiting.get()]
        with suppress(Empty):
            while lines[-1] is not None and len(lines) < AT_ONCE:
                lines.append(self._waiting.get_nowait())
        return lines

    def _write(self, lines: list[str]) -> None:
        missing = self._dropped + self._lost - self._told
        if missing and self._out(f"{self._gap(missing)}\n".encode()):
            self._told += missing
        for piece in pieces(lines, self._piece):
            if not self._out(piece):
                self._lost += piece.count(b"\n")

    def _out(self, piece: bytes) -> bool:
        """Whether it could be written, however long that took."""
        left = b"\n" + piece if self._cut else piece
        try:
            while left:
                try:
                    left = left[os.write(self._fd, left) :]
                    self._cut = bool(left)
                except BlockingIOError:
                    sleep(AGAIN)
        except OSError:  # nobody is left to tell, or no room
            return False
        return True


def pieces(lines: Iterable[str], most: int) -> Iterator[bytes]:
    """The lines, each with its end, as many together as `most` bytes hold; a longer one alone."""
    piece = b""
    for line in lines:
        encoded = f"{line}\n".encode()
        if piece and len(piece) + len(encoded) > most:
            yield piece
            piece = b""
        piece += encoded
    if piece:
        yield piece
