"""What all commands of an operator have in common: how they are read, and how they end badly."""

import argparse
import sys

from console.output import shown
from settings.command_line import WideParser

INTERRUPTED = 130  # exit code


def parser_of(command: str, about: str) -> WideParser:
    """The command line of `python -m store.COMMAND`."""
    return WideParser(
        prog=f"python -m store.{command}",
        description=about,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def complain(command: str, error: object, code: int) -> int:
    """Say on one line of stderr what went wrong. Returns the exit code."""
    print(f"{command}: {shown(str(error))}", file=sys.stderr)
    return code
