"""What all command lines have in common: the language that they speak."""

import argparse
import unicodedata
from collections.abc import Sequence

from settings.language import said, speak, translated


def speak_as_told(words: Sequence[str]) -> None:
    """Take the language from a command line, before anything is said of its options."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    first.add_argument("--lang", nargs="?")
    told = first.parse_known_args(words)[0].lang
    speak(told if told in ("zh", "en") else "")


class WideParser(argparse.ArgumentParser):
    """A parser whose usage stands below itself, though it begins with words twice as wide."""

    def format_usage(self) -> str:
        """As argparse has it."""
        return _below_itself(super().format_usage())

    def format_help(self) -> str:
        """As argparse has it."""
        return _below_itself(super().format_help())


def _below_itself(text: str) -> str:
    """argparse counts characters; each wide one of its first word takes one more column."""
    usage, gap, rest = text.partition("\n\n")
    more = " " * sum(unicodedata.east_asian_width(char) == "W" for char in translated("usage: "))
    return usage.replace("\n ", f"\n{more} ") + gap + rest


def add_language(parser: argparse.ArgumentParser) -> None:
    """Have the parser take what `speak_as_told` has read."""
    parser.add_argument("--lang", choices=("zh", "en"), help=said("speak Chinese or English"))


# It would ask gettext for its own words, which takes catalogues that are compiled.
argparse._ = translated  # type: ignore[attr-defined]
