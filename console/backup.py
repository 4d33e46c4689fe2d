"""Copy the database of Huixin into one file, also while the server runs, or go back to a copy.

    python -m store.backup backups/monday.db
    python -m store.backup --restore backups/monday.db

To go back, stop the server first; the database that was there is kept under a name that is told.

Exit codes: 0 done, 1 the copy could not be made or not put in place, 2 wrong usage, 3 no sound
database to copy, 4 a server, or another program, has the database open.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from console.entry import INTERRUPTED, complain, parser_of
from console.target import CONFIG, SettingsUnusable, target_of, typed
from settings.command_line import add_language, speak_as_told
from settings.language import said
from store.errors import NotCopied, StoreError, StoreInUse
from store.opening import engine
from store.place import Where

DONE, NOT_MADE, WRONG_USAGE, NO_DATABASE, IN_USE = range(5)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code; what went wrong is one line on stderr."""
    words = sys.argv[1:] if words is None else words
    speak_as_told(words)
    options = _parser().parse_args(words)
    try:
        where = options.db or target_of(None, options.config).where
        if options.restore:
            _restore(where, options.file)
        else:
            size = engine(where).back_up(options.file)
            print(said("{path}: {size} bytes, checked", path=options.file, size=size))
        return DONE
    except SettingsUnusable as error:
        return complain("backup", error, WRONG_USAGE)
    except NotCopied as error:
        return complain("backup", error, NOT_MADE)
    except StoreInUse as error:
        return complain("backup", error, IN_USE)
    except StoreError as error:
        return complain("backup", error, NO_DATABASE)
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("backup", said(__doc__))
    parser.add_argument(
        "file", type=Path, metavar="PATH", help=said("the file to make, or to go back to")
    )
    parser.add_argument(
        "--restore", action="store_true", help=said("put it in the database's place")
    )
    parser.add_argument("--db", type=typed, help=said("the database, instead of the settings' own"))
    parser.add_argument("--config", type=Path, default=CONFIG, help=said("the settings"))
    add_language(parser)
    return parser


def _restore(where: Where, backup: Path) -> None:
    done = engine(where).restore(backup, at=time.time())
    print(
        said(
            "{path}: now what {backup} holds, {size} bytes, checked",
            path=done.path,
            backup=backup,
            size=done.size,
        )
    )
    if done.aside:
        print(said("{path}: what was there before; delete it once all is well", path=done.aside))
    print(said("Start the server: it takes up what was unfinished when the backup was made."))
