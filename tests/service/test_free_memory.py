"""What a busy moment needed is given back to the system."""

import platform
from pathlib import Path

import pytest

from service.free_memory import FreeMemory

PAGE = 4096  # bytes
PIECE = 2 * PAGE


def in_memory() -> int:
    """Bytes of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * PAGE


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to")
def test_memory_that_is_free_below_some_that_is_in_use_goes_back() -> None:
    pieces = [bytearray(PIECE) for _ in range(4000)]
    in_use = pieces[::100]
    busy = in_memory()
    del pieces

    FreeMemory().run_once()

    assert busy - in_memory() > 2000 * PIECE
    assert len(in_use) == 40
