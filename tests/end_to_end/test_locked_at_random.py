"""Another process locks the database at random moments: afterwards nothing is missing."""

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import gevent
import pytest
from gevent.event import Event
from hypothesis import given, settings
from hypothesis import strategies as st

from fsm import saving
from sandbox.follower import Fate
from service import pushes
from settings.schema import Secret
from store.cool_downs import key_name
from store.sqlite import committing
from tests.running import ROOMY, Running, running

FOLLOWERS = 4
TWO_KEYS = {"api_keys": (Secret("sk-refused"), Secret("sk-taken"))}
LONGEST = 0.2  # seconds of a lock; a message outlasts all of them

seconds = st.floats(0, LONGEST)
locks = st.lists(st.tuples(seconds, seconds), min_size=1, max_size=3)  # a pause, and a lock


def lock_now_and_then(path: Path, moments: list[tuple[float, float]], until: Event) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as other:
        for pause, held in moments:
            if until.wait(pause):
                return
            other.execute("BEGIN IMMEDIATE")
            gevent.sleep(held)
            other.execute("ROLLBACK")


def talk(app: Running, open_id: str) -> list[Fate]:
    return [app.follower(open_id).say(words) for words in ("讲长一点", "继续", "新的问题")]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock is met as an error, and not only waited for; what met one is soon tried again."""
    monkeypatch.setattr(saving, "PAUSES", (0.1,))
    monkeypatch.setattr(pushes, "STORE_AGAIN", 0.1)
    monkeypatch.setattr(committing, "BUSY_SECONDS", 0.05)


@settings(max_examples=6, deadline=None)
@given(moments=locks)
def test_what_tries_carried_away_and_what_rests_is_saved_whenever_the_lock_comes(
    moments: list[tuple[float, float]],
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "huixin.db"
        with running(Path(folder), window=ROOMY, openai=TWO_KEYS) as app:
            app.model.will(status=401)
            app.model.always(text="很长的回答。" * 150, after=0.06)
            all_said = Event()
            locking = gevent.spawn(lock_now_and_then, path, moments, all_said)
            fates = [app.follower().say("谁的钥匙不行")]
            talking = [gevent.spawn(talk, app, f"o-{number}") for number in range(FOLLOWERS)]
            fates += [fate for talked in talking for fate in talked.get()]
            all_said.set()
        locking.get()  # whose last lock may have lasted while the server stopped
        check(path, fates)


def check(path: Path, fates: list[Fate]) -> None:
    with closing(sqlite3.connect(path)) as db:
        [unended] = db.execute("SELECT count(*) FROM tries WHERE ended_at IS NULL").fetchone()
        assert unended == 0
        # Locks that follow one another may outlast a message: it gets what there is by then.
        carried = """
            SELECT count(DISTINCT message_id) FROM tries
             WHERE outcome IN ('replied', 'partial', 'thinking')
        """
        [replied] = db.execute(carried).fetchone()
        assert replied == len([fate for fate in fates if fate.reply])
        unread = """
            SELECT count(*) FROM messages AS carrier JOIN messages AS read
                ON read.id = carrier.reply_of AND read.read_to < carrier.reply_end
        """
        assert db.execute(unread).fetchone() == (0,), "what was carried away is read"
        rests = db.execute("SELECT name, reason FROM cool_downs").fetchall()
        assert [(name, reason.partition(":")[0]) for name, reason in rests] == [
            (key_name("sk-refused"), "KeyRefused")
        ]
