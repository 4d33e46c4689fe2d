"""What calls to the speech service need, and how the loop and the threads are watched."""

import os
import time
from collections.abc import Callable

import gevent

ZH, EN = "zh-CN-XiaoxiaoNeural", "en-US-AriaNeural"
BOTH = ["zh-CN", "en-US"]
KEY = "a-key-that-nobody-may-see"
SECRET = "悄悄话，谁也不告诉。"
THREE_SECONDS = b"\x01\x00" * 48_000  # of PCM


def within(seconds: float) -> float:
    return time.monotonic() + seconds


def until(holds: Callable[[], bool], seconds: float = 3.0) -> None:
    """Wait for what happens in threads that nobody can be told about."""
    end = within(seconds)
    while not holds() and time.monotonic() < end:
        gevent.sleep(0.01)
    assert holds()


def native_threads() -> int:
    return len(os.listdir("/proc/self/task"))


STOOD_STILL = 0.2  # seconds; half of what a call takes. `bench.voices` measures closer
