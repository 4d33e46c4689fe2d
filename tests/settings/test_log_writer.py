"""The thread that writes the log: nobody waits for it, lines stay whole, and a gap is told of."""

import fcntl
import os
import select
from collections.abc import Iterator
from contextlib import suppress

import pytest

from settings.log.writer import LogWriter, pieces

PATIENCE = 20.0  # seconds
SMALL = 4096  # bytes that a pipe is made to hold


def gap(lines: int) -> str:
    return f"gap of {lines}"


class Pipe:
    """What a writer writes to; nothing is read but what a test reads."""

    def __init__(self) -> None:
        self.ours, self.theirs = os.pipe()
        fcntl.fcntl(self.theirs, fcntl.F_SETPIPE_SZ, SMALL)

    def read_until(self, end: str) -> list[str]:
        """The lines up to one."""
        read = b""
        while not read.endswith(f"{end}\n".encode()):
            assert select.select([self.ours], [], [], PATIENCE)[0]
            read += os.read(self.ours, 65536)
        return read.decode().splitlines()

    def close(self) -> None:
        for fd in (self.ours, self.theirs):
            with suppress(OSError):
                os.close(fd)


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.close()


def test_lines_come_in_their_order_and_at_the_close_none_is_left(pipe: Pipe) -> None:
    writer = LogWriter(pipe.theirs, gap)
    lines = [f"line {n}" for n in range(300)]  # fewer than the pipe holds
    for line in lines:
        writer.put(line)
    writer.close(PATIENCE)
    assert pipe.read_until("line 299") == lines


def test_where_nobody_reads_the_oldest_make_room_and_their_number_stands_in_their_place(
    pipe: Pipe,
) -> None:
    os.write(pipe.theirs, b"x" * (SMALL - 1) + b"\n")
    writer = LogWriter(pipe.theirs, gap, most=100)
    writer.put("being written")
    while writer._waiting.qsize():
        select.select([], [], [], 0.001)
    lines = [f"line {n}" for n in range(3000)]
    for line in lines:
        writer.put(line)
    assert pipe.read_until(lines[-1])[1:] == ["being written", "gap of 2900", *lines[-100:]]
    writer.close(PATIENCE)


def test_a_close_waits_no_longer_than_it_may_for_who_does_not_read(pipe: Pipe) -> None:
    writer = LogWriter(pipe.theirs, gap)
    for _ in range(SMALL):
        writer.put("nobody reads this")
    writer.put("until now")
    writer.close(0.05)
    assert len(pipe.read_until("until now")) == SMALL + 1
    writer.close(PATIENCE)


def test_what_could_not_be_written_is_told_of_when_there_is_room_again(pipe: Pipe) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    writer = LogWriter(full, gap)
    with pytest.raises(OSError):
        os.write(full, b"x")
    writer.put("one")
    writer.put("two")
    while writer._lost < 2:
        select.select([], [], [], 0.001)
    os.dup2(pipe.theirs, full)
    writer.put("three")
    assert pipe.read_until("three") == ["gap of 2", "three"]
    writer.close(PATIENCE)
    os.close(full)


def test_a_file_that_never_blocks_is_waited_for_all_the_same(pipe: Pipe) -> None:
    os.set_blocking(pipe.theirs, False)
    writer = LogWriter(pipe.theirs, gap)
    lines = [f"line {n}" for n in range(3000)]
    for line in lines:
        writer.put(line)
    assert pipe.read_until("line 2999") == lines
    writer.close(PATIENCE)


def test_lines_are_never_parted_between_two_pieces() -> None:
    lines = ["x" * length for length in (1, 50, 99, 100, 98, 0, 300, 10)]
    cut = list(pieces(lines, 100))
    assert b"".join(cut).decode().splitlines() == lines
    assert all(piece.endswith(b"\n") for piece in cut)
    assert [len(piece) for piece in cut] == [53, 100, 101, 100, 301, 11]


def test_no_line_makes_no_piece() -> None:
    assert list(pieces([], 100)) == []
