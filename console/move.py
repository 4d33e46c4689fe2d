"""Move all that Huixin has stored from one database into another, SQLite or PostgreSQL, either way.

    python -m store.move --from var/huixin.db --to postgresql://USER:PASSWORD@HOST/DATABASE
    python -m store.move --from postgresql://USER:PASSWORD@HOST/DATABASE --to var/back.db

Stop all servers first. The database to move to has to be empty; the other one stays as it is. Each
row is compared at the end. Where it was interrupted, the same command goes on.

Exit codes: 0 moved, 1 not moved, 2 wrong usage, 3 a database cannot be used, 4 a server runs.
"""

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from console.entry import INTERRUPTED, complain, parser_of
from console.target import typed
from settings.command_line import add_language, speak_as_told
from settings.language import Sentence, said
from store import moving, processes
from store.database import Connection
from store.errors import NotMoved, StoreError, StoreInUse
from store.opening import engine
from store.place import Where
from store.processes import ListedProcess

MOVED, NOT_MOVED, WRONG_USAGE, NO_DATABASE, IN_USE = range(5)
INTERRUPTED_HALFWAY = Sentence(
    "interrupted: the same command goes on. No server serves what is half there, and the database"
    " that is moved from is as it was"
)

Advance = Callable[[int], None]


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code; what went wrong is one line on stderr."""
    words = sys.argv[1:] if words is None else words
    speak_as_told(words)
    options = _parser().parse_args(words)
    try:
        rows = _move(options.source, options.target)
    except NotMoved as error:
        return complain("move", error, NOT_MOVED)
    except StoreInUse as error:
        return complain("move", error, IN_USE)
    except StoreError as error:
        return complain("move", error, NO_DATABASE)
    except KeyboardInterrupt:
        return complain("move", INTERRUPTED_HALFWAY, INTERRUPTED)
    print(
        said(
            "{rows} rows are in {target} now, each compared. Name it in the settings (store.url or"
            " store.path), then start the servers.",
            rows=rows,
            target=options.target,
        )
    )
    return MOVED


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("move", said(__doc__))
    for word, name, told in (
        ("--from", "source", said("a file, or an address")),
        ("--to", "target", said("the same, empty or new")),
    ):
        parser.add_argument(
            word, dest=name, type=typed, required=True, metavar="DATABASE", help=told
        )
    add_language(parser)
    return parser


def _move(source: Where, target: Where) -> int:
    """Returns the number of rows. Raises `NotMoved`, `StoreError`."""
    with engine(source).looking() as there:
        _refuse_beside_servers(source, there)
        engine(target).open().close()
        with engine(target).changing() as here:
            _refuse_beside_servers(target, here)
            moving.begin(here, str(source.absolute() if isinstance(source, Path) else source))
        rows = sum(moving.count(there, table) for table in moving.TABLES)
        with _progress() as progress:
            task = progress.add_task(said("moving"), total=rows)
            _copy(there, target, lambda moved: progress.advance(task, moved))
            task = progress.add_task(said("comparing"), total=rows)
            _compare(there, target, lambda compared: progress.advance(task, compared))
        numbers = engine(source).last_numbers(there)
    with engine(target).changing() as here:
        engine(target).number_after(here, numbers)
        moving.end(here)
    return rows


def _copy(there: Connection, target: Where, advance: Advance) -> None:
    for table in moving.TABLES:
        with engine(target).looking() as here:
            after = moving.last(here, table)
            advance(moving.count(here, table) if table.numbered else 0)
        for page in moving.pages(there, table, after=after):
            with engine(target).changing() as here:
                moving.add(here, table, page)
            advance(len(page))


def _compare(there: Connection, target: Where, advance: Advance) -> None:
    with engine(target).looking() as here:
        for table in moving.TABLES:
            for page in moving.pages(there, table):
                moving.compare(here, table, page)
                advance(len(page))
            moving.compare_counts(there, here, table)


def _refuse_beside_servers(where: Where, db: Connection) -> None:
    """Raises `StoreInUse`."""
    at = engine(where).now(db)
    running = [_still_there(one, at) for one in processes.listed(db) if one.lives(at)]
    if running:
        raise StoreInUse(
            said("stop all servers first; still there: {names}", names="; ".join(running))
        )


def _still_there(one: ListedProcess, at: float) -> str:
    """What it is, and what to do about it."""
    process = one.process
    known = {"name": process.name, "pid": process.pid, "host": process.host}
    if process.here:
        return said("{name}, which is process {pid} of this machine (ps -p {pid})", **known)
    return said(
        "{name}, which is process {pid} of the machine {host}; if that has ended, try again in"
        " {seconds} s",
        **known,
        seconds=max(1, math.ceil(one.alive_until - at)),
    )


def _progress() -> Progress:
    """Shown on a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
    )
