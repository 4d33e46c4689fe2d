"""What followers wrote, and the access token, are for the owner of the files alone."""

import stat
from collections.abc import Iterator
from pathlib import Path

from settings.language import said

FOLDER = 0o700
BESIDE = ("", "-wal", "-shm")  # SQLite gives these two the rights of the first


def private_folder(folder: Path) -> None:
    """Make a folder, and those that lead to it, where they are not there. Raises `OSError`."""
    if not folder.exists():
        private_folder(folder.parent)
        folder.mkdir(FOLDER, exist_ok=True)


def open_to_others(path: Path) -> Iterator[tuple[Path, str]]:
    """What of a database others may read or change, and the cure for each."""
    for file in (path.with_name(path.name + end) for end in BESIDE):
        if _rights(file) & 0o077:
            yield file, said("others may read or write it: chmod 600 {path}", path=file)
    rights = _rights(path.parent)
    if rights & 0o022 and not rights & stat.S_ISVTX:
        yield (
            path.parent,
            said("others may put another file in its place: chmod go-w {path}", path=path.parent),
        )


def _rights(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0
