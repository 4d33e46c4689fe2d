"""Set up a live server by questions, start it, and see its first message answered.

Each question is an option too, and with --yes nobody is asked. Nothing is written before the last
answer is there.
"""

if __name__ == "__main__":
    from gevent import monkey

    monkey.patch_all()

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from service.setup import first_minutes, guide
from service.setup.asker import Asker, Unanswered
from service.setup.draft import Draft
from service.setup.questions import OF_THE_ACCOUNT, QUESTIONS, SetupQuestion
from service.setup.trying import settle_the_model
from service.signals import leave_ctrl_c_to_the_caller
from settings.command_line import WideParser, add_language, speak_as_told
from settings.language import said
from settings.writing import check_writable

DONE, NOT_WRITTEN, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


def main(words: Sequence[str]) -> int:
    """Run the command line. Returns the exit code; the server's own where it was started."""
    options = _parsed(words)
    leave_ctrl_c_to_the_caller()
    asker = Asker(
        {question.option: getattr(options, _name(question.option)) for question in QUESTIONS},
        take_offered=options.yes,
    )
    try:
        return _set_up(options, asker)
    except Unanswered as why:
        print(f"✗ {why}", file=sys.stderr)
        return WRONG_USAGE
    except (KeyboardInterrupt, EOFError):
        print("\n" + said("Stopped: nothing was written."), file=sys.stderr)
        return INTERRUPTED
    except OSError as error:
        print(f"✗ {error.filename}: {error.strerror}", file=sys.stderr)
        return NOT_WRITTEN


def _set_up(options: argparse.Namespace, asker: Asker) -> int:
    config: Path = options.config
    if config.exists() and not options.change:
        if options.no_start or (options.yes and asker.was_given_answers):
            raise Unanswered(said("{path} is there: change it with --change", path=config))
        ways = {
            "1": said("start the server with it"),
            "2": said("go through the questions, with what it says offered"),
        }
        offered = "2" if asker.was_given_answers else "1"
        if asker.choose(said("{path} is there.", path=config), ways, offered) == "1":
            os.execv(sys.executable, first_minutes.command(config))
    check_writable(config)
    draft = _draft(config)
    settle_the_model(draft, asker, call=not options.no_call)
    asker.ask_all(OF_THE_ACCOUNT, draft)
    draft.file.write(config, _head(draft))
    made = guide.written(draft, config)
    asker.say(said("✓ {path} is written, for you alone", path=config), "green")
    asker.say()
    for line in guide.steps(draft, made):
        asker.say(line)
    asker.say()
    if options.no_start:
        return DONE
    if draft.says("log.level") in first_minutes.HIDING:
        asker.say(said("log.level hides what happens here: see it with log.level: info"), "yellow")
    return first_minutes.run(config, asker.say, once=options.once)


def _draft(config: Path) -> Draft:
    if not config.exists():
        return Draft.new(config, os.environ)
    try:
        draft = Draft.of(config, os.environ)
    except ValueError:
        raise Unanswered(
            said("{path} cannot be read as settings: mend it or move it away", path=config)
        ) from None
    if problems := draft.file.problems(os.environ):
        first = problems[0]
        wrong = said(
            "{path} is wrong in {key}: {what}", path=config, key=first.key, what=first.what
        )
        raise Unanswered(wrong)
    return draft


def _head(draft: Draft) -> str:
    by = said("Written by make live; every key is explained in config.yml.")
    return f"# {by}\n# URL: {draft.url}\n"


def _parsed(words: Sequence[str]) -> argparse.Namespace:
    speak_as_told(words)
    parser = WideParser(prog="python -m service.setup", description=said(__doc__))
    add_language(parser)
    parser.add_argument("--config", type=Path, default=Path("my.yml"))
    parser.add_argument(
        "--yes", action="store_true", help=said("take what is offered and ask nothing")
    )
    parser.add_argument("--change", action="store_true", help=said("change the file that is there"))
    parser.add_argument("--no-call", action="store_true", help=said("do not call the model"))
    parser.add_argument("--no-start", action="store_true", help=said("do not start the server"))
    parser.add_argument(
        "--once", action="store_true", help=said("end when the first message is answered")
    )
    for question in QUESTIONS:
        parser.add_argument(f"--{question.option}", metavar="…", help=_help(question))
    return parser.parse_args(words)


def _help(question: SetupQuestion) -> str:
    among = said(", ").join(question.among)
    return f"{question.asks}: {among}" if among else str(question.asks)


def _name(option: str) -> str:
    return option.replace("-", "_")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
