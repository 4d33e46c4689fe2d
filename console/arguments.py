"""The command line of `python -m store.inspect`."""

import argparse
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from console.output import shown
from console.target import typed
from console.views.attention import KINDS
from console.words.times import NoTime, parse_since
from settings.command_line import WideParser, add_language
from settings.language import Sentence, said
from store import messages
from store.messages import State

LONGEST_REASON = 200


def past_its_time() -> str:
    """When a message is past its time, for `--help`."""
    limits = [
        said("{seconds:g} s while {state}", seconds=seconds, state=state)
        for state, seconds in messages.PAST_ITS_TIME.items()
    ]
    told = said(
        "A message is past its time when it has not moved for {limits}.",
        limits=said(", ").join(limits),
    )
    return textwrap.fill(told, 100)


EXAMPLES = Sentence(
    """\
examples:
  python -m store.inspect                          what needs attention, worst first
  python -m store.inspect --watch                  the same, anew every 2 s
  python -m store.inspect show 4711                the life of a message, also by its MsgId
  python -m store.inspect follower oABC... --text  a conversation, with its words
  python -m store.inspect list --state {failed} --since 2h
  python -m store.inspect stats --since 7d
  python -m store.inspect list --json | jq '.[].message_id'
  python -m store.inspect --check --only overdue,failures     for cron: silent when fine
  python -m store.inspect retry 4711               back to work, also while the server runs
  python -m store.inspect fail 4711 --reason "asked for nonsense" --yes
  python -m store.inspect erase oABC...            all that is stored of a follower

kinds of what needs attention:
  overdue    stuck: unfinished past their time   failures   failed in the last hour
  mute       a voice failed in the last hour, the text was sent
  resting    keys, models, APIs left alone       unread     settled, not collected
  queues     followers with several unfinished   undeleted  voices left at WeChat
  files      replies, words or lists that cannot be read as they are
  outside    wrong at the last look at the services outside (server.py --check)

exit codes:
  0 fine   1 something needs attention (--check)   2 wrong usage or settings
  3 the database is missing or cannot be used   4 no such message, follower or account
  5 the output cannot be written   6 nothing was changed: not possible, or not wanted
""",
    failed=State.FAILED,
)


class Parser(WideParser):
    """One that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, said("inspect: {message} (--help shows examples)\n", message=shown(message)))


def common() -> Parser:
    """What may stand before a command and after it."""
    parent = Parser(add_help=False, argument_default=argparse.SUPPRESS)
    parent.add_argument("--db", type=typed, metavar="PATH", help=said("the database"))
    parent.add_argument(
        "--config", type=Path, metavar="PATH", help=said("the settings that name it (config.yml)")
    )
    parent.add_argument("--json", action="store_true", help=said("for programs; times since 1970"))
    parent.add_argument(
        "--watch",
        type=_seconds,
        nargs="?",
        const=2.0,
        metavar="SECONDS",
        help=said("show it anew, every 2 s unless told; put it last"),
    )
    add_language(parent)
    return parent


def of_attention(parser: Parser) -> None:
    """Without a command."""
    parser.add_argument(
        "--check",
        action="store_true",
        help=said("exit 1 when something needs attention, silent if not"),
    )
    kinds = said("only these kinds, see below")
    parser.add_argument("--only", type=_kinds, default=KINDS, metavar="KIND,...", help=kinds)
    _add_limit(parser, 5)


def of_list(parser: Parser) -> None:
    """`list`"""
    states = [state.value for state in State]
    parser.add_argument(
        "--state", type=str.upper, choices=states, help=said("only those in this state")
    )
    parser.add_argument("--follower", metavar="WHO", help=said("open id or number"))
    _add_account(parser)
    _add_since(parser, None)
    _add_limit(parser, 50)
    _add_text(parser)


def of_show(parser: Parser) -> None:
    """`show`"""
    parser.add_argument("message", metavar="ID", help=said("number or MsgId"))
    _add_text(parser)


def of_follower(parser: Parser) -> None:
    """`follower`"""
    parser.add_argument("follower", metavar="WHO", help=said("open id or number"))
    _add_limit(parser, 20)
    _add_text(parser)


def of_stats(parser: Parser) -> None:
    """`stats`"""
    _add_account(parser)
    _add_since(parser, "24h")
    _add_limit(parser, 50_000)


def of_retry(parser: Parser) -> None:
    """`retry`"""
    parser.add_argument("message", metavar="ID", help=said("number or MsgId"))
    _add_yes(parser)


def of_fail(parser: Parser) -> None:
    """`fail`"""
    parser.add_argument("message", metavar="ID", help=said("number or MsgId"))
    what = said(
        "why, at most {most} characters: shown by `show` and in the log of moves",
        most=LONGEST_REASON,
    )
    parser.add_argument("--reason", type=_reason, required=True, metavar="TEXT", help=what)
    _add_yes(parser)


def of_erase(parser: Parser) -> None:
    """`erase`"""
    parser.add_argument("follower", metavar="WHO", help=said("open id or number"))
    _add_yes(parser)


def _add_account(parser: Parser) -> None:
    what = said("only those of this account, of several")
    parser.add_argument("--account", metavar="NAME", help=what)


def _add_yes(parser: Parser) -> None:
    parser.add_argument("--yes", action="store_true", help=said("do not ask first"))


def _add_limit(parser: Parser, default: int) -> None:
    what = said("rows at most ({default})", default=default)
    parser.add_argument("--limit", type=_count, default=default, metavar="N", help=what)


def _add_text(parser: Parser) -> None:
    parser.add_argument("--text", action="store_true", help=said("show what was written"))


def _add_since(parser: Parser, default: str | None) -> None:
    """Kept as it was written: an age counts from each look."""
    what = said("90s, 30m, 2h, 3d or an ISO time ({default})", default=default or said("all"))
    parser.add_argument("--since", type=_since, default=default, metavar="AGE", help=what)


def _taken(take: Callable[[str], float], word: str, low: float, high: float) -> float:
    try:
        number = take(word)
    except ValueError:
        number = low - 1
    if not low <= number <= high:
        raise argparse.ArgumentTypeError(
            said(
                "{word!r}, expected a number from {low:g} to {high:g}",
                word=word,
                low=low,
                high=high,
            )
        )
    return number


def _reason(word: str) -> str:
    if not word.strip() or len(word) > LONGEST_REASON:
        raise argparse.ArgumentTypeError(
            said("expected 1 to {most} characters", most=LONGEST_REASON)
        )
    return word.strip()


def _seconds(word: str) -> float:
    return _taken(float, word, 0.1, 86_400)


def _count(word: str) -> int:
    return int(_taken(int, word, 1, 1_000_000))


def _since(word: str) -> str:
    try:
        parse_since(word, 0.0)
    except NoTime as error:
        wrong = said("{word!r}. {expected}", word=word, expected=error)
        raise argparse.ArgumentTypeError(wrong) from None
    return word


def _kinds(word: str) -> tuple[str, ...]:
    kinds = tuple(word.split(","))
    if unknown := set(kinds) - set(KINDS):
        raise argparse.ArgumentTypeError(
            said("{word!r}, expected some of {kinds}", word=min(unknown), kinds=", ".join(KINDS))
        )
    return kinds
