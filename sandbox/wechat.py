"""A follower at the terminal.

`python -m sandbox.wechat 你好`, or without a text to chat; "+" taps the link of the last reply.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from sandbox.follower import GREY_LINE, Fate, Follower, NothingListens, SeenTry
from sandbox.wire import LINK, NothingToTap, new_msg_id, tap


class Terminal:
    """A conversation printed as it happens."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.broken = False  # whether the grey line was seen
        self._last_reply = ""
        self._options = options
        self._follower = Follower(
            options.url,
            options.token,
            open_id=options.follower,
            overlap=options.overlap,
            on_try=_print_try,
        )

    def run(self) -> None:
        """Send the event, then the texts; with neither, what is typed. Raises `NothingListens`."""
        options = self._options
        if not self._follower.verify_url():
            print(f"{options.url}：微信的验证没有通过，两边的 Token 一样吗？")
            print(f"{options.url} fails WeChat's URL check: is the token the same on both sides?")
        if options.event:
            self._send(
                f"({options.event})",
                "",
                lambda: self._follower.send_event(options.event, options.key),
            )
        for text in options.text if options.text or options.event else typed():
            self.say(text)

    def say(self, text: str) -> None:
        """Send one text, or its voice. "+" is a tap on the last reply's link."""
        if text == "+":
            try:
                text = tap(self._last_reply)
            except NothingToTap:
                print("  上一条回复里没有可以点的链接  the last reply has no link to tap")
                return
        send = self._follower.send_voice if self._options.voice else self._follower.say
        msg_id = new_msg_id()
        self._send(text, f"MsgId {msg_id}   ", lambda: send(text, msg_id=msg_id))

    def _send(self, what: str, msg_id: str, send: Callable[[], Fate]) -> None:
        print(f"→ {what:<24} {msg_id}{self._follower.open_id}", flush=True)
        fate = send()
        self._last_reply = fate.reply or ""
        self.broken |= fate.seen == GREY_LINE
        shown = LINK.sub(r"[\3]", fate.seen)
        print(f"← {shown or '(nothing)'}", flush=True)
        if fate.delivered:
            on = fate.delivered.number
            print(f"  seen after {fate.seen_after:.2f} s on try {on}", flush=True)


def _print_try(ended: SeenTry) -> None:
    times = f"{ended.started:.2f} s … {ended.started + ended.seconds:.2f} s"
    print(f"  try {ended.number}   {times}   {ended.detail}", flush=True)


def typed() -> Iterator[str]:
    """What is typed, line by line, until Ctrl-D."""
    print("打一句话就发出去，“+”点上一条回复里的链接，Ctrl-D 结束。")
    print('Type a message; "+" taps the link of the last reply; Ctrl-D ends.')
    while True:
        try:
            line = input("… ").strip()
        except EOFError:
            return
        if line:
            yield line


def configured(path: Path) -> tuple[str, str]:
    """The URL and the token in a config file, with defaults for what it does not say.

    Raises `yaml.YAMLError`.
    """
    content = yaml.safe_load(path.read_bytes()) if path.is_file() else None

    def said(section: str, key: str, default: str) -> str:
        inside = content.get(section) if isinstance(content, dict) else None
        value = inside.get(key, default) if isinstance(inside, dict) else default
        return os.path.expandvars(str(value))

    host = said("server", "host", "127.0.0.1")
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "::1": "[::1]"}.get(host, host)
    where = f"{host}:{said('server', 'port', '8080')}"
    path_of_url = said("server", "path", "/wechat").strip("/")
    return f"http://{where}/{path_of_url}", said("wechat", "token", "****")


def web_address(text: str) -> str:
    """The URL itself. Raises `ValueError` where it is not one that a try can be posted to."""
    parts = urlsplit(text)
    if parts.scheme != "http" or not parts.hostname or parts.port == 0:
        raise ValueError()
    return text


def offsets(text: str) -> list[float]:
    """The starts of overlapping tries, in seconds: "0,2,4"."""
    return [float(part) for part in text.split(",")]


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line, with URL and token from the config file where it does not give them."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.wechat", description=__doc__)
    parser.add_argument("text", nargs="*", help='what to send, in turn; "+" taps the last link')
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("config.yml"),
        help="the server's settings, for its URL and token",
    )
    parser.add_argument("--url", type=web_address, help="instead of the one in the config file")
    parser.add_argument("--token", help="instead of the one in the config file")
    parser.add_argument("--follower", default="follower-1", metavar="NAME")
    parser.add_argument("--voice", action="store_true", help="the texts are spoken")
    parser.add_argument("--event", metavar="NAME", help="send subscribe, CLICK, ... first")
    parser.add_argument(
        "--key", default="", help="with --event: of the menu (CLICK) or the scene (SCAN, subscribe)"
    )
    parser.add_argument(
        "--overlap",
        type=offsets,
        nargs="?",
        const=[0, 2, 4],
        metavar="SECONDS,...",
        help="start the tries then, without waiting for the earlier ones (0,2,4)",
    )
    options = parser.parse_args(arguments)
    try:
        url, token = configured(options.config)
        options.url, options.token = options.url or web_address(url), options.token or token
    except (yaml.YAMLError, ValueError, OSError):
        parser.error(f"{options.config}: no YAML, or no address in it that can be posted to")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0, or 1 if the grey line was seen, 2 if nothing listens, 130 for Ctrl-C."""
    options = parsed(arguments)
    terminal = Terminal(options)
    try:
        terminal.run()
    except NothingListens:
        print(f"{options.url} 没有服务：先 make run", file=sys.stderr)
        print(f"nothing listens at {options.url}: start it with make run", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print()
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        return 1
    return int(terminal.broken)


if __name__ == "__main__":
    sys.exit(main())
