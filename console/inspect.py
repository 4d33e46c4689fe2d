"""See what goes on in the database of Huixin, whether the server runs or not, and put it right.

Only retry, fail and erase change anything, and each of them asks first.

Without a command: what needs attention, worst first.
"""

import argparse
import io
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from console import arguments
from console.commands import (
    CHANGES,
    LOOKS,
    PROGRAM,
    Arguments,
    Look,
    Options,
    Plan,
    all_that_needs_attention,
)
from console.entry import INTERRUPTED, complain
from console.operator_changes import NothingChanged, ask
from console.output import Page, as_json, as_plain
from console.target import SettingsUnusable, target_of
from console.views import lookup
from settings.command_line import speak_as_told
from settings.language import Sentence, said
from store.errors import MessageMovedOn, StoreError
from store.opening import engine

FINE, NEEDS_ATTENTION, WRONG_USAGE, NO_DATABASE, NOT_STORED, NOT_WRITTEN, NOT_CHANGED = range(7)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit code; what went wrong is one line on stderr."""
    if sys.stdout is None:  # closed by whoever started this
        sys.stdout = open(os.devnull, "w", encoding="utf-8")
    options = _parsed(words)
    try:
        return int(options.run(options))
    except SettingsUnusable as error:
        return complain("inspect", error, WRONG_USAGE)
    except NothingChanged as error:
        return complain("inspect", error, NOT_CHANGED)
    except (lookup.NotStored, MessageMovedOn) as error:
        return complain("inspect", error, NOT_STORED)
    except StoreError as error:
        return complain("inspect", error, NO_DATABASE)
    except BrokenPipeError:  # while it is shown again and again
        _let_go_of_output()
        return FINE
    except OSError as error:
        _let_go_of_output()
        return complain(
            "inspect",
            said("the output cannot be written: {reason}", reason=error.strerror),
            NOT_WRITTEN,
        )
    except KeyboardInterrupt:
        return INTERRUPTED


def _let_go_of_output() -> None:
    """What is left in the buffer has no reader; Python would try once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(look: Look, options: Options) -> int:
    """Look and write it, once or again and again."""
    target = target_of(options.db, options.config)

    def page() -> Page:
        store = engine(target.where)
        with store.looking() as db:
            return look(db, options, target, store.now(db))

    if options.watch:
        return _watch(page, options)
    found = page()
    code = NEEDS_ATTENTION if options.check and found.needs_attention else FINE
    if code or not options.check:
        try:
            _write(found, options)
        except BrokenPipeError:  # whoever reads has read enough
            _let_go_of_output()
    return code


def _change(plan: Plan, options: Options) -> int:
    """Say what would be done, ask, and do it."""
    target = target_of(options.db, options.config)
    store = engine(target.where)
    with store.looking() as db:
        change = plan(db, options, target, store.now(db))
    if not options.yes:
        ask(change.question)
    with store.changing() as db:
        page = change.make(db, store.now(db))
    _write(page, options)
    return FINE


def _watch(page: Callable[[], Page], options: Options) -> int:
    try:
        if not options.json and sys.stdout.isatty():
            from console import terminal

            terminal.watch(page, every=options.watch)
        while True:
            _write(page(), options)
            time.sleep(options.watch)
    except KeyboardInterrupt:  # the way to end it
        return FINE


def _write(page: Page, options: Options) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if not options.json and sys.stdout.isatty():
        from console import terminal  # its library is not needed in a pipe

        terminal.write(page)
    else:
        sys.stdout.write(as_json(page) if options.json else as_plain(page))
    sys.stdout.flush()


COMMANDS: dict[str, tuple[Sentence, Arguments, Callable[[Options], int]]] = {
    **{name: (what, takes, partial(_run, look)) for name, (what, takes, look) in LOOKS.items()},
    **{
        name: (what, takes, partial(_change, plan)) for name, (what, takes, plan) in CHANGES.items()
    },
}


def _parsed(words: Sequence[str] | None) -> Options:
    words = sys.argv[1:] if words is None else words
    speak_as_told(words)
    parser = arguments.Parser(
        prog=PROGRAM,
        description=f"{said(__doc__)}\n{arguments.past_its_time()}",
        epilog=str(arguments.EXAMPLES),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[arguments.common()],
        allow_abbrev=False,
    )
    arguments.of_attention(parser)
    parser.set_defaults(
        db=None, config=None, json=False, watch=None, run=partial(_run, all_that_needs_attention)
    )
    common = arguments.common()  # another one: the defaults above would be in a shared one too
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, (what, add_arguments, run) in COMMANDS.items():
        command = commands.add_parser(
            name, help=str(what), description=str(what), parents=[common], allow_abbrev=False
        )
        command.set_defaults(run=run)
        add_arguments(command)
    options = parser.parse_args(words)
    if options.check and (options.command or options.watch):
        parser.error(said("--check goes with no command and without --watch"))
    if options.watch and "yes" in options:
        parser.error(said("--watch does not go with {command}", command=options.command))
    return options
