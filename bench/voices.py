"""Spoken questions under load: all stand-ins and the server are processes of their own.

`python -m bench.voices` sends voice messages that WeChat has recognized, then one whose answer is
streamed for some seconds, and reports what came, how late, and when the server's loop was held up.
Every round starts anew; of several the best is reported beside each.
"""

import argparse
import math
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import gevent

from bench.machine import machine
from sandbox.follower import Fate, Follower
from sandbox.load import as_line
from sandbox.processes import TOKEN, Model, NotStarted, ask, free_port, live_config, running

LONGEST_OVERHEAD = 350.0  # milliseconds past the upload's end and the settling
LONGEST_AFTER_MODEL = 1000.0  # milliseconds past the model's end and the settling
LONGEST_GAP = 50.0  # milliseconds between two ticks of 10
SENTENCE = "这是第{}句，慢慢说。"


@dataclass(frozen=True)
class Services:
    """Where everything listens."""

    url: str
    model: Model
    speech: int
    wechat: int
    gaps: Path


@dataclass(frozen=True)
class Round:
    """What became of one round. Times in milliseconds."""

    messages: int
    first: int  # got a voice on the first try
    overhead: list[float]  # from the end of the upload and the settling to the reply
    streamed: float  # from the model's end and the settling to the reply; -1: no voice
    gaps: list[tuple[float, float]]  # between ticks, with the processor time therein
    seconds: float  # for which there should have been ticks

    @property
    def longest_gap(self) -> float:
        return max((gap for gap, _ in self.gaps), default=math.inf)

    @property
    def ticked(self) -> bool:
        """Whether the gaps account for the whole time: a ticker that stopped sees none."""
        return sum(gap for gap, _ in self.gaps) >= 950 * self.seconds

    @property
    def good(self) -> bool:
        """Whether it is all that is promised."""
        return (
            self.first == self.messages
            and max(self.overhead, default=0.0) <= LONGEST_OVERHEAD
            and 0 <= self.streamed <= LONGEST_AFTER_MODEL
            and self.longest_gap <= LONGEST_GAP
            and self.ticked
        )


@contextmanager
def services(options: argparse.Namespace) -> Iterator[Services]:
    """Start everything, and stop it at the end of the block. Raises `NotStarted`."""
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="huixin-bench-")))

        def start(name: str, port: int, *command: str) -> int:
            stack.enter_context(running(name, port, *command, log=place / f"{name}.log"))
            return port

        def stand_in(name: str) -> int:
            port = free_port()
            return start(name, port, "-m", f"sandbox.{name}", "--port", str(port))

        model, speech, wechat = map(stand_in, ("model", "speech", "wechat_api"))
        ask(speech, "POST", "/behaviour", {"delay": options.speech_seconds})
        ask(wechat, "POST", "/behaviour", {"upload_seconds": options.upload_seconds})
        port, gaps = free_port(), place / "gaps"
        config = live_config(place, port, model, sections(speech, wechat, options))
        start("server", port, "-m", "bench.ticking", str(gaps), "--config", str(config))
        yield Services(f"http://127.0.0.1:{port}/wechat", Model(model), speech, wechat, gaps)


def sections(speech: int, wechat: int, options: argparse.Namespace) -> dict[str, dict[str, object]]:
    """What a live config needs for voice."""
    return {
        "azure": {
            "trans_to_voice": True,
            "subscription": "speechkey",
            "endpoint": f"ws://127.0.0.1:{speech}",
        },
        "wechat": {
            "appid": "wx5a4db0c5a4db0c5a",
            "secret": "5a4db0c55a4db0c55a4db0c55a4db0c5",
            "api_base": f"http://127.0.0.1:{wechat}",
            "settle_seconds": options.settle_seconds,
        },
    }


def one_round(options: argparse.Namespace) -> Round:
    """Raises `NotStarted`."""
    with services(options) as found:
        found.model.answers_after(options.model_seconds)
        began = time.time()
        overhead, first = questions(found, options)
        streamed = stream(found, options)
        seconds = time.time() - began
        gevent.sleep(0.5)
        lines = found.gaps.read_text(encoding="ascii").splitlines()
    ticks = [[float(word) for word in line.split()] for line in lines]
    gaps = [(gap, work) for at, gap, work in ticks if began <= at <= began + seconds]
    return Round(options.messages, first, overhead, streamed, gaps, seconds)


def questions(found: Services, options: argparse.Namespace) -> tuple[list[float], int]:
    """Send the questions; the overhead of each voice that came, and how many on the first try."""
    begin = time.time() + 0.1

    def send(number: int) -> tuple[float, Fate]:
        gevent.sleep(max(0.0, begin + number / options.rate - time.time()))
        follower = Follower(found.url, TOKEN, open_id=f"follower-{number}")
        return time.time(), follower.send_voice(recognition=f"第{number}个问题是什么？")

    sending = [gevent.spawn(send, number) for number in range(options.messages)]
    fates = [one.get() for one in sending]
    log = ask(found.wechat, "GET", "/log")
    uploaded = {upload["media_id"]: upload["at"] for upload in log["uploads"]}
    overhead = [
        1000 * (sent_at + (fate.seen_after or 0) - uploaded[fate.media_id])
        - 1000 * options.settle_seconds
        for sent_at, fate in fates
        if fate.media_id
    ]
    carriers = [fate.delivered for _, fate in fates if fate.media_id]
    return overhead, sum(one is not None and one.number == 1 for one in carriers)


def stream(found: Services, options: argparse.Namespace) -> float:
    """Milliseconds from the end of a long stream and the settling to the voice; -1 without one."""
    text = "".join(SENTENCE.format(number) for number in range(1, options.sentences + 1))
    pieces = len(text) / 4
    found.model.answers_after(0.0, text=text, pace=options.stream_seconds / pieces)
    sent_at = time.time()
    fate = Follower(found.url, TOKEN, open_id="listener").send_voice(recognition="说长一点")
    if not fate.media_id or fate.seen_after is None:
        return -1.0
    ended_at = found.model.ends()["说长一点"][0]
    late = sent_at + fate.seen_after - ended_at - float(options.settle_seconds)
    return 1000 * late


def as_text(result: Round) -> str:
    """A round for people."""
    held_up = [gap for gap, _ in result.gaps if gap > LONGEST_GAP]
    worst = max(result.gaps, default=(0.0, 0.0))
    return "\n".join(
        [
            f"voice on the first try      {result.first} of {result.messages}",
            f"after upload and settling   {as_line(result.overhead)}",
            f"streamed: after the model's end and the settling   {result.streamed:.0f} ms",
            f"longest gap of the loop     {worst[0]:.1f} ms ({worst[1]:.1f} ms of them at work), "
            f"{len(held_up)} over {LONGEST_GAP:.0f} ms, of {len(result.gaps)} in "
            f"{result.seconds:.1f} s{'' if result.ticked else ': THE TICKER STOPPED'}",
        ]
    )


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.voices", description=__doc__)
    parser.add_argument("--rate", type=float, default=10, help="questions a second")
    parser.add_argument("--messages", type=int, default=100)
    parser.add_argument("--model-seconds", type=float, default=1.0)
    parser.add_argument("--speech-seconds", type=float, default=0.5, help="each call takes")
    parser.add_argument("--upload-seconds", type=float, default=0.3)
    parser.add_argument("--settle-seconds", type=float, default=1.2)
    parser.add_argument("--sentences", type=int, default=30, help="of the streamed answer")
    parser.add_argument("--stream-seconds", type=float, default=6.0)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 if a round was all that is promised, 1 if none was, 2 if nothing came up."""
    options = parsed(arguments)
    print(machine(), flush=True)
    good = 0
    try:
        for number in range(1, options.rounds + 1):
            result = one_round(options)
            good += result.good
            print(f"round {number}{': all as promised' if result.good else ''}")
            print(as_text(result), flush=True)
    except NotStarted as why:
        print(why, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
