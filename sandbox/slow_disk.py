"""A disk whose every sync takes its time, for any process of ours: slow_disk.c, preloaded."""

import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().with_name("slow_disk.c")


class NoCompiler(Exception):
    """The slow disk needs a C compiler, `cc`, which is missing: apt-get install gcc libc6-dev"""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


def slow_disk(folder: Path, milliseconds: int) -> dict[str, str]:
    """Build the shim in `folder`. Returns the environment in which each sync takes so much longer.

    Raises `NoCompiler`.
    """
    if not shutil.which("cc"):
        raise NoCompiler
    library = folder / "slow_disk.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"]
    subprocess.run(command, check=True)
    return {"LD_PRELOAD": str(library), "SLOW_DISK_MS": str(milliseconds)}
