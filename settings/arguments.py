"""The command line of `server.py` -> settings, and which part in serving them this process has.

With `server.workers` a supervisor starts the workers: with its own command line, and words for
their part that no person types.
"""

import argparse
import sys
from argparse import SUPPRESS
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from settings.loading import SettingsError, load
from settings.schema import Settings


@dataclass(frozen=True)
class CommandLine:
    """What the command line asks for."""

    settings: Settings
    prepare: bool  # only make the database ready
    inherited: tuple[int, int] | None  # open files: what to accept from, and the supervisor's life

    @property
    def several(self) -> bool:
        """Whether there are several processes; the sandbox's stand-ins serve only their own."""
        return self.settings.server.workers > 1 and self.settings.mode != "sandbox"

    @property
    def supervise(self) -> bool:
        """Whether others do the work."""
        return self.several and not self.prepare and not self.inherited


def read_arguments(
    words: Sequence[str], environ: Mapping[str, str], *, about: str, config: Path
) -> CommandLine:
    """Read the command line and the settings file, by default `config`.

    Where one of them is wrong it says so and ends the process with exit code 2.
    """
    parser = argparse.ArgumentParser(prog="server.py", description=about)
    parser.add_argument("--config", type=Path, default=config)
    parser.add_argument("--host", help="instead of server.host")
    parser.add_argument("--port", type=int, help="instead of server.port; 0 takes a free one")
    parser.add_argument("--prepare", action="store_true", help=SUPPRESS)
    parser.add_argument("--inherited", nargs=2, type=int, help=SUPPRESS)
    options = parser.parse_args(words)
    try:
        settings = load(options.config, environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    given = {k: v for k, v in vars(options).items() if k in ("host", "port") and v is not None}
    settings = settings.but(server=given)
    if not options.inherited:
        return CommandLine(settings, options.prepare, None)
    listener, lifeline = options.inherited
    return CommandLine(_share_of(settings), False, (listener, lifeline))


def _share_of(settings: Settings) -> Settings:
    """What one of the workers may take on: what may run at once is meant of all together."""
    limits, workers = settings.limits, settings.server.workers
    at_once = ("model_calls", "speech_calls", "open_tries", "unfinished")
    return settings.but(limits={name: ceil(getattr(limits, name) / workers) for name in at_once})
