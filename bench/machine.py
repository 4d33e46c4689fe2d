"""What a measurement ran on."""

import os
import platform
import sqlite3
from pathlib import Path

import gevent


def machine() -> str:
    """Its processor, memory and programs; nothing that tells whose it is."""
    python, sqlite = platform.python_version(), sqlite3.sqlite_version
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()}, "
        f"Python {python}, SQLite {sqlite}, gevent {gevent.__version__}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def busy_seconds() -> float:
    """Processor time of all cores and programs since the start, and what another machine took."""
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
    user, nice, system, _, _, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    """Processor time of this process, and of all that it has started and waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
