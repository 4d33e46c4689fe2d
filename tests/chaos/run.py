"""Chaos: followers write, servers are killed at random moments, and all promises are checked.

    python -m tests.chaos --seconds 120 --messages 2000 --kill-every 5 [--servers 2] [--seed N]
    python -m tests.chaos --store postgresql --servers 3

Everything is real: server processes on one database, the model's stand-in as a process of its own,
WeChat's three tries of five seconds over sockets. What must hold is in `tests.chaos.checks`.
Without `--seed` one is drawn; the first line of the output and the last say which.
"""

from gevent import monkey

if __name__ == "__main__":
    monkey.patch_all()

import argparse
import random
import re
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import gevent
from gevent.lock import BoundedSemaphore

from sandbox.follower import Follower, SeenTry
from sandbox.wire import new_msg_id
from tests.chaos.checks import Result
from tests.chaos.processes import TOKEN, ModelProcess, ServerProcess, wait_until_it_listens
from tests.chaos.stores import File, Server, opened
from tests.chaos.story import ASKS_ON, NOTHING_LEFT, Plan, SentMessage, Story, as_seen

REFUSED_AGAIN = 0.5  # seconds until what nobody has heard is sent again
MORE_WAITS = re.compile("回复“继续”|^$")
READ_WITHIN = 240.0  # seconds after the last kill
BEGIN_TO_READ = 100  # followers a second


class Crowd:
    """The followers, and WeChat between them and the servers."""

    def __init__(self, plan: Plan, servers: list[ServerProcess], story: Story) -> None:
        self._plan = plan
        self._urls = [server.url for server in servers]
        self._random = random.Random(plan.seed)
        self._story = story
        self._collects: dict[str, BoundedSemaphore] = {}

    def everything_is_said(self) -> None:
        """Send all messages at their moments, and wait until each has had its tries."""
        plan, draw = self._plan, self._random
        moments = sorted(draw.uniform(0, plan.seconds) for _ in range(plan.messages))
        began, talks = time.monotonic(), []
        for number, moment in enumerate(moments):
            open_id = f"o-{draw.randrange(plan.followers):04d}"
            choices = random.Random(draw.random())
            text = self._question(number, choices)
            gevent.sleep(max(0.0, began + moment - time.monotonic()))
            talks.append(gevent.spawn(self._talk, open_id, text, choices))
            if choices.random() < 0.1:  # a second one close behind
                gevent.sleep(choices.uniform(0, 0.3))
                text = self._question(plan.messages + number, choices)
                talks.append(gevent.spawn(self._talk, open_id, text, choices))
        gevent.joinall(talks, raise_error=True)

    def _question(self, number: int, draw: random.Random) -> str:
        plan, kind = self._plan, draw.random()
        tag = f"第{number:05d}号"
        if kind < 0.02:
            return f"{tag} 出错"
        if kind < 0.04:
            return f"{tag} 断流"
        if kind < 0.04 + plan.slowly:
            return f"{tag} 慢慢说"
        longest = plan.longest if draw.random() < plan.slow else min(2.0, plan.longest)
        length = " 长" if draw.random() < 0.3 else ""
        return f"{tag} 睡{draw.uniform(0.2, longest):.1f}{length}"

    def _talk(self, open_id: str, text: str, draw: random.Random) -> None:
        said = self._say(open_id, text, draw)
        while not said.reached:  # nobody has heard of it
            gevent.sleep(REFUSED_AGAIN)
            said = self._say(open_id, text, draw, msg_id=said.msg_id)
        if draw.random() < 0.1:
            gevent.sleep(draw.uniform(0, 6))
            self._say(open_id, text, draw, msg_id=said.msg_id, again=True)
        if MORE_WAITS.search(as_seen(said)) and draw.random() < 0.4:
            gevent.sleep(draw.uniform(0.2, 3))
            self.ask_on(open_id, draw)

    def ask_on(self, open_id: str, draw: random.Random) -> SentMessage:
        """继续; a follower taps it once at a time."""
        with self._collects.setdefault(open_id, BoundedSemaphore(1)):
            return self._say(open_id, ASKS_ON, draw)

    def _say(
        self,
        open_id: str,
        text: str,
        draw: random.Random,
        *,
        msg_id: str | None = None,
        again: bool = False,
    ) -> SentMessage:
        msg_id, sent_at = msg_id or new_msg_id(), time.time()
        fate = WeChat(self._urls, open_id, draw).say(text, msg_id=msg_id)
        said = SentMessage(open_id, msg_id, text, sent_at, time.time(), fate, again)
        self._story.said.append(said)
        return said

    def everybody_reads_on(self) -> None:
        """After the last kill: 继续 until nothing is left."""
        who = sorted({said.open_id for said in self._story.said})
        gevent.joinall([gevent.spawn(self._read_on, open_id) for open_id in who], raise_error=True)

    def _read_on(self, open_id: str) -> None:
        give_up_at = time.monotonic() + READ_WITHIN
        draw = random.Random(open_id)
        gevent.sleep(draw.uniform(0, self._plan.followers / BEGIN_TO_READ))
        while time.monotonic() < give_up_at:
            if NOTHING_LEFT.search(as_seen(self.ask_on(open_id, draw))):
                return
        self._story.still_reading.append(open_id)


class WeChat(Follower):
    """A follower whose tries land on any of the servers."""

    def __init__(self, urls: list[str], open_id: str, draw: random.Random) -> None:
        super().__init__(urls[0], TOKEN, open_id=open_id)
        self._followers = [Follower(url, TOKEN, open_id=open_id) for url in urls]
        self._draw = draw

    def _post(self, body: bytes, query: dict[str, str]) -> SeenTry:
        return self._draw.choice(self._followers)._post(body, query)


class Killer:
    """Ends servers at random moments until told to stop."""

    def __init__(self, plan: Plan, servers: list[ServerProcess]) -> None:
        self._plan = plan
        self._servers = servers
        self._random = random.Random(plan.seed + 1)

    def kill_on(self) -> None:
        """One of the servers in each period, sometimes gently."""
        plan, draw = self._plan, self._random
        for _ in range(int(plan.seconds / plan.kill_every)):
            pause = draw.uniform(0, plan.kill_every)
            gevent.sleep(pause)
            for server in self._servers:
                server.see_that_it_runs()
            signum = signal.SIGKILL if draw.random() < 0.75 else signal.SIGTERM
            draw.choice(self._servers).kill_and_start_again(signum)
            gevent.sleep(plan.kill_every - pause)

    def let_live(self, talking: "gevent.Greenlet[[], None]") -> None:
        """From now on every server runs, as long as somebody talks and afterwards."""
        while not talking.ready():
            for server in self._servers:
                server.see_that_it_runs()
            talking.join(0.5)
        for server in self._servers:
            server.wait_until_replaced()


def run(plan: Plan, folder: Path, tell: Callable[[str], None] = lambda _: None) -> Result:
    """Let it happen, in an empty folder. Raises `NotStarted`."""
    with opened(plan, folder) as store:
        return _run(plan, folder, store, tell)


def _run(plan: Plan, folder: Path, store: File | Server, tell: Callable[[str], None]) -> Result:
    model = ModelProcess(folder)
    servers = [
        ServerProcess(
            folder,
            f"server{n}",
            model.port,
            plan.workers,
            slowly=not plan.forked,
            away=plan.forked,
            store=store.settings,
        )
        for n in range(plan.servers)
    ]
    story = Story()
    crowd, killer = Crowd(plan, servers, story), Killer(plan, servers)
    try:
        for server in servers:
            server.start()
            wait_until_it_listens(server.port)
        tell(f"seed {plan.seed}: {plan}")
        killing = gevent.spawn(killer.kill_on)
        talking = gevent.spawn(crowd.everything_is_said)
        suffering = gevent.spawn(store.suffer, plan)
        killing.get()
        suffering.get()
        tell("the killing has stopped")
        killer.let_live(talking)
        talking.get()
        tell(f"{len(story.said)} messages said; everybody reads on")
        crowd.everybody_reads_on()
        story.read_at = time.time()
        asked = model.asked()
    finally:
        for server in servers:
            server.stop()
        model.stop()
    return Result(plan, store.where, story, servers, asked, store.away)


def main() -> int:
    """Exit code: 0 where every promise was kept."""
    how = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="python -m tests.chaos", description=__doc__, formatter_class=how
    )
    for name, value in vars(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    parser.set_defaults(seed=None)
    options = vars(parser.parse_args())
    if options["seed"] is None:
        options["seed"] = random.randrange(10**6)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    print(f"in {folder}", flush=True)
    result = run(Plan(**options), folder, lambda line: print(line, flush=True))
    broken = result.broken()
    print(result.figures())
    for line in broken:
        print(f"BROKEN {line}")
    print(f"seed {options['seed']}: {len(broken)} broken promises")
    return int(bool(broken))
