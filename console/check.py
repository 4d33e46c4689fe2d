"""Read the whole database of Huixin and say whether it is sound, also while the server runs.

    python -m store.check

Exit codes: 0 sound, 1 it could not be read just now, 2 wrong usage, 3 damaged: restore a backup.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from console.entry import INTERRUPTED, complain, parser_of
from console.target import CONFIG, SettingsUnusable, target_of, typed
from settings.command_line import add_language, speak_as_told
from settings.language import said
from store.errors import StoreError
from store.opening import engine

SOUND, NOT_READ, WRONG_USAGE, DAMAGED = range(4)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code; what is wrong is one line on stderr."""
    words = sys.argv[1:] if words is None else words
    speak_as_told(words)
    parser = parser_of("check", said(__doc__))
    parser.add_argument("--db", type=typed, help=said("the database, instead of the settings' own"))
    parser.add_argument(
        "--config", type=Path, help=said("the settings (default: {name})", name=CONFIG.name)
    )
    add_language(parser)
    options = parser.parse_args(words)
    try:
        database = target_of(options.db, options.config).where
        size = engine(database).check()
    except SettingsUnusable as error:
        return complain("check", error, WRONG_USAGE)
    except StoreError as error:
        return complain("check", error, NOT_READ if error.retryable else DAMAGED)
    except KeyboardInterrupt:
        return INTERRUPTED
    print(said("{path}: {size} bytes, sound", path=database, size=size))
    return SOUND
