"""A server that is killed while it makes a voice: nothing paid twice, nothing left at WeChat.

The server is a process of its own; the services hang at the step at which it is to die.
"""

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import gevent
import pytest
import yaml
from gevent.event import Event

from sandbox.follower import VOICE, Fate, Follower
from sandbox.model import ModelStandIn
from sandbox.speech import SpeechStandIn
from sandbox.speech_turns import SpeechBehaviour
from sandbox.wechat_api import WeChatApiStandIn
from tests.conftest import CLIPS
from tests.forking import Forked

pytestmark = pytest.mark.usefixtures("brisk_processes")
PATIENCE = 20.0  # seconds
DELETE_AFTER = 0.2
LOOK_EVERY = 0.05
CLAIM = 0.3  # for which a process has the fetching of the token to itself
SETTLE = 0.02
LONG_TO_SETTLE = 10.0
TOKEN = "aToken1"

# As `server.py`, but for times that settings do not let be so short.
SERVE = f"""
import server, os, sys
from settings.loading import load
from settings.log.lines import write_lines
from pathlib import Path
from fsm.voice import deletions
from integrations.wechat import access_token
deletions.EVERY = {LOOK_EVERY}
access_token.CLAIM_SECONDS = {CLAIM}
settings = load(Path(sys.argv[1]), os.environ)
write_lines(settings.log.level, settings.log.format, several=False)
settings = settings.but(wechat={{"delete_after_seconds": {DELETE_AFTER}}})
sys.exit(server.serve(settings, None))
"""


def until(happened: Callable[[], Any]) -> None:
    """Wait for something, as long as there is patience."""
    with gevent.Timeout(PATIENCE):
        while not happened():
            gevent.sleep(0.02)


class Served:
    """A server process that can be killed, and its services in this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model = ModelStandIn()
        self.speech_may_come = Event()  # while it is clear, nothing is said
        self.speech_may_come.set()
        self.speech = SpeechStandIn(watch=self.speech_may_come.wait)
        self.wechat = WeChatApiStandIn(upload_seconds=0.01)

    def configure(self, settle: float = SETTLE) -> None:
        config = {
            "mode": "live",
            "server": {"port": 0, "stop_seconds": 0.2},
            "store": {"path": str(self.folder / "huixin.db")},
            "wechat": {
                "token": TOKEN,
                "appid": "wx5a4db0c5a4db0c5a",
                "secret": "5a4db0c55a4db0c55a4db0c55a4db0c5",
                "api_base": self.wechat.url,
                "settle_seconds": settle,
            },
            "openai": {"api_keys": ["sk-one"], "base_url": self.model.url},
            "azure": {
                "trans_to_voice": True,
                "subscription": "key",
                "endpoint": self.speech.url,
            },
        }
        (self.folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")

    def start(self) -> None:
        with (self.folder / "log").open("wb") as log:
            self.process = Forked("-c", SERVE, str(self.folder / "config.yml"), log=log)
        until(lambda: "event=listening" in self.log())
        self.port = int(self.log().partition("event=listening")[2].split("port=")[1].split()[0])

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)

    def killed_and_back(self) -> None:
        """Die without a word, and come back to services that are well."""
        self.kill()
        self.model.always()
        self.speech.will_behave()
        self.wechat.behave()
        self.start()

    def ask(self, msg_id: str = "1", **how: Any) -> Fate:
        url = f"http://127.0.0.1:{self.port}/wechat"
        fields = {"recognition": "你好吗？"} | how
        return Follower(url, TOKEN, tries=1).send_voice(msg_id=msg_id, **fields)

    def begin(self, msg_id: str = "1", **how: Any) -> None:
        """Have a question on its way, whatever becomes of this try."""
        gevent.spawn(self.ask, msg_id, **how)

    def collected(self, msg_id: str = "1") -> Fate:
        """What a later try of the message is given."""
        until(lambda: self.one("SELECT settled_at FROM messages"))
        return self.ask(msg_id)

    def one(self, sql: str) -> Any:
        """The first value that a query finds, None where there is nothing."""
        path = self.folder / "huixin.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as db:
            row = db.execute(sql).fetchone()
            return row[0] if row else None

    def passes(self, seconds: float) -> None:
        """So much time is over since the voice was uploaded, while no process is there."""
        with closing(sqlite3.connect(self.folder / "huixin.db")) as db, db:
            db.execute("UPDATE messages SET uploaded_at = uploaded_at - ?", [seconds])

    def state(self) -> Any:
        return self.one("SELECT state FROM messages")

    def forgotten(self) -> None:
        """Wait until WeChat holds nothing of ours and nothing is noted as held."""
        until(lambda: not self.wechat.materials and not self.one("SELECT count(*) FROM uploads"))
        ids = [upload.media_id for upload in self.wechat.uploads]
        assert sorted(self.wechat.deleted) == sorted(ids), "each once"


@pytest.fixture
def to_serve(tmp_path: Path) -> Iterator[Served]:
    """One that is still to be started."""
    served = Served(tmp_path)
    for stand_in in (served.model, served.speech, served.wechat):
        stand_in.start()
    served.configure()
    yield served
    served.kill()
    for stand_in in (served.model, served.speech, served.wechat):
        stand_in.stop()


@pytest.fixture
def served(to_serve: Served) -> Served:
    to_serve.start()
    return to_serve


def test_killed_while_it_is_spoken_the_model_is_not_asked_and_what_was_said_is_not_said_again(
    served: Served,
) -> None:
    sentences = [
        f"第{number}句话，说得不快也不慢，正好说上这么久，不多不少。" for number in "一二三四"
    ]
    text = "".join(sentences)
    served.model.will(text=text, pace=0.02)
    served.speech.behave(SpeechBehaviour(ends="silent", times=1))  # the first sentence never comes
    served.begin()
    until(lambda: served.one("SELECT max(said_to) FROM voice_parts") == len(text))
    parts = "SELECT group_concat(number) FROM voice_parts WHERE length(mp3) = 0"
    until(lambda: served.one(parts) == "0")
    said = len(served.speech.spoken)
    assert said > 1, "later parts were ready before the first"
    served.killed_and_back()
    assert served.collected().media_id
    again = [text for _, text in served.speech.spoken[said:]]
    assert again == [served.speech.spoken[0][1]], "only what was not heard to its end"
    assert len(served.model.asked) == 1
    served.forgotten()


@pytest.mark.parametrize(
    ("path", "arrived"),
    [("stable_token", False), ("material/add_material", False), ("material/add_material", True)],
)
def test_killed_while_the_voice_is_uploaded_nothing_is_lost_or_uploaded_twice(
    served: Served, path: str, arrived: bool
) -> None:
    served.wechat.will_hang(path, after=arrived)
    served.begin()
    if arrived:
        until(lambda: served.wechat.materials)
    until(lambda: served.one("SELECT count(*) FROM uploads"))
    until(lambda: not served.wechat.behaviours_left)
    said = len(served.speech.spoken)
    served.killed_and_back()
    fate = served.collected()
    assert [upload.media_id for upload in served.wechat.uploads] == [fate.media_id]
    assert len(served.speech.spoken) == said
    assert len(served.model.asked) == 1
    if path == "material/add_material" and arrived:
        served.forgotten()


def test_killed_while_the_voice_settles_the_settling_is_waited_once(to_serve: Served) -> None:
    served = to_serve
    served.configure(LONG_TO_SETTLE)
    served.start()
    served.begin()
    until(lambda: served.state() == "UPLOADED")
    served.kill()
    served.passes(LONG_TO_SETTLE)
    restarted_at = time.time()
    served.start()
    assert served.collected().media_id
    assert served.one("SELECT settled_at FROM messages") - restarted_at < LONG_TO_SETTLE / 2
    assert len(served.wechat.uploads) == 1
    served.forgotten()


def test_killed_before_anybody_got_the_voice_it_is_kept_and_given_by_the_next_try(
    served: Served,
) -> None:
    url = f"http://127.0.0.1:{served.port}/wechat"
    served.speech_may_come.clear()
    assert not Follower(url, TOKEN, tries=1, try_seconds=0.2).send_voice("你好", msg_id="1").kind
    served.speech_may_come.set()
    until(lambda: served.state() == "REPLIED")
    served.killed_and_back()
    gevent.sleep(DELETE_AFTER + 2 * LOOK_EVERY)
    assert list(served.wechat.materials), "somebody may still come for it"
    assert served.ask().media_id in served.wechat.materials
    served.forgotten()


@pytest.mark.parametrize("done", [False, True], ids=["before_it_is_deleted", "after_it_is_deleted"])
def test_killed_while_a_voice_is_deleted_it_is_deleted_all_the_same(
    served: Served, done: bool
) -> None:
    served.wechat.will_hang("material/del_material", after=done)
    fate = served.ask()
    assert fate.media_id
    until(lambda: not served.wechat.behaviours_left)
    asked_at = time.time()
    carried_at = served.one("SELECT max(ended_at) FROM tries WHERE outcome = 'replied'")
    assert asked_at - carried_at > DELETE_AFTER - 0.05
    until(lambda: len(served.wechat.deleted) == done)
    served.killed_and_back()
    served.forgotten()


def test_killed_after_a_voice_was_heard_it_is_not_recognized_again(served: Served) -> None:
    served.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "media-1-16k")
    served.speech.will_recognize("今天几号")
    served.model.will(text="没人听见的。", after=60)
    served.begin(recognition="")
    until(lambda: served.model.asked)
    assert served.one("SELECT question FROM messages") == "今天几号"
    served.killed_and_back()
    assert served.collected().media_id
    assert len(served.speech.heard) == 1
    assert served.model.questions == ["今天几号"] * 2


def stopped(served: Served) -> float:
    """Ask the process to stop. Returns how long that took, in seconds."""
    began = time.monotonic()
    served.process.send_signal(signal.SIGTERM)
    until(lambda: served.process.poll() is not None)
    assert served.process.returncode == 0, served.log()
    return time.monotonic() - began


@pytest.mark.parametrize("at_connect", [False, True], ids=["mute", "mute_at_connect"])
def test_told_to_stop_in_mid_synthesis_the_process_ends_soon_and_well(
    served: Served, at_connect: bool
) -> None:
    served.speech.will_be_mute(at_connect=at_connect)
    served.begin()
    until(lambda: served.speech.connections if at_connect else served.speech.spoken)
    until(lambda: served.state() == "SYNTHESIZING")
    assert stopped(served) < 8
    served.model.always()
    served.speech.will_behave()
    served.start()
    assert served.collected().media_id
    assert len(served.model.asked) == 1
    served.forgotten()


def test_told_to_stop_while_audio_arrives_the_process_ends_soon_and_well(served: Served) -> None:
    served.speech.will_delay(0.0, between=0.3)
    served.begin()
    until(lambda: served.state() == "SYNTHESIZING" and served.speech.spoken)
    gevent.sleep(0.1)
    assert stopped(served) < 8


def test_told_to_stop_while_a_voice_is_heard_the_process_ends_soon_and_well(
    served: Served,
) -> None:
    served.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "media-1-16k")
    served.speech.will_delay(30)
    served.begin(recognition="")
    until(lambda: served.speech.heard)
    assert stopped(served) < 8
    served.speech.will_behave()
    served.start()
    assert served.collected().media_id


def test_what_is_being_judged_when_it_dies_is_judged_when_it_is_back(served: Served) -> None:
    served.wechat.store_media((CLIPS / "hello.amr").read_bytes(), f"{VOICE}-16k")
    url = f"http://127.0.0.1:{served.port}/wechat"
    Follower(url, TOKEN, tries=1).say("英语对话 点餐")
    served.speech.behave(SpeechBehaviour(delay=60))
    served.begin("2", recognition="I would like some soup.")
    until(lambda: served.one("SELECT taken_by FROM pronunciations"))
    served.killed_and_back()
    until(lambda: served.one("SELECT line FROM pronunciations"))
    assert served.one("SELECT attempts FROM pronunciations") == 2
