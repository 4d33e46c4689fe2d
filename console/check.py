"""Read the whole database of Huixin and say whether it is sound, also while the server runs.

    python -m store.check

Exit codes: 0 sound, 1 it could not be read just now, 2 wrong usage, 3 damaged: restore a backup.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from console.known import CONFIG, SettingsUnusable, known, typed
from settings.command_line import WideParser, add_language, speak_as_told
from settings.language import said
from store.errors import StoreError
from store.opening import engine

SOUND, NOT_READ, WRONG_USAGE, DAMAGED = range(4)
INTERRUPTED = 130


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code; what is wrong is one line on stderr."""
    words = sys.argv[1:] if words is None else words
    speak_as_told(words)
    parser = WideParser(
        prog="python -m store.check",
        description=said(__doc__),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--db", type=typed, help=said("the database, instead of the settings' own"))
    parser.add_argument(
        "--config", type=Path, help=said("the settings (default: {name})", name=CONFIG.name)
    )
    add_language(parser)
    options = parser.parse_args(words)
    try:
        database = known(options.db, options.config).where
        size = engine(database).check()
    except SettingsUnusable as error:
        return _say(error, WRONG_USAGE)
    except StoreError as error:
        return _say(error, NOT_READ if error.retryable else DAMAGED)
    except KeyboardInterrupt:
        return INTERRUPTED
    print(said("{path}: {size} bytes, sound", path=database, size=size))
    return SOUND


def _say(error: Exception, code: int) -> int:
    print(f"check: {error}", file=sys.stderr)
    return code
