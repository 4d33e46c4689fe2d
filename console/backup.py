"""Copy the database of Huixin into one file, also while the server runs.

    python -m store.backup backups/monday.db

Exit codes: 0 done, 1 the copy could not be made, 2 wrong usage, 3 no sound database to copy.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from console.known import CONFIG, SettingsUnusable, known
from store.errors import NotCopied, StoreError
from store.opening import back_up

DONE, NOT_MADE, WRONG_USAGE, NO_DATABASE = range(4)
INTERRUPTED = 130


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code; what went wrong is one line on stderr."""
    parser = argparse.ArgumentParser(
        prog="python -m store.backup",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("target", type=Path, metavar="PATH", help="the file to make")
    parser.add_argument("--db", type=Path, help="the database, instead of the settings' store.path")
    parser.add_argument("--config", type=Path, default=CONFIG, help="the settings")
    options = parser.parse_args(words)
    try:
        source = options.db or known(None, options.config).where
        size = back_up(source, options.target)
    except SettingsUnusable as error:
        return _say(error, WRONG_USAGE)
    except NotCopied as error:
        return _say(error, NOT_MADE)
    except StoreError as error:
        return _say(error, NO_DATABASE)
    except KeyboardInterrupt:
        return INTERRUPTED
    print(f"{options.target}: {size} bytes, checked")
    return DONE


def _say(error: Exception, code: int) -> int:
    print(f"backup: {error}", file=sys.stderr)
    return code
