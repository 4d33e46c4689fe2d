"""`python -m store.inspect erase` leaves nothing of a follower."""

import time
from sqlite3 import Connection

import gevent

from fsm import moves
from store import messages, voices
from store.messages import Arrival, Message
from store.sqlite.database import SqliteDatabase
from store.voices import Lent
from tests.conftest import Clock
from tests.console.changing import Operator, hang, until
from tests.running import Running


def test_erasing_a_follower_while_one_of_their_messages_is_worked_on_leaves_nothing(
    app: Running, operator: Operator
) -> None:
    app.model.will(text="好。")
    app.follower().say("甲")
    app.follower("o-two").say("我也在")
    hang(app, "乙", tries=1)
    gevent.spawn(app.follower(tries=1).say, "丙")
    until(lambda: app.one("SELECT count(*) FROM messages") == 4)
    code, said, _ = operator("erase", "o-one", "--yes")
    assert code == 0
    assert "with 3 messages" in said
    until(lambda: not app.huixin.worker.unsettled())
    for table in ("messages", "followers"):
        assert app.one(f"SELECT count(*) FROM {table}") == 1
    for table in ("history", "moves", "tries"):
        assert app.one(f"SELECT count(*) FROM {table} WHERE message_id <> 2") == 0
    app.model.always(text="重新认识。")
    assert app.follower().say("又来了").seen == "重新认识。"
    assert len(app.model.bodies[-1]["messages"]) == 2, "nothing is remembered"


def test_a_voice_at_wechat_outlives_its_follower_until_it_is_deleted_there(
    db: SqliteDatabase, clock: Clock, operator: Operator
) -> None:
    def lend(db: Connection) -> Message:
        arrival = Arrival("gh", "o-one", "gh 1", "1", "voice", "你好")
        message, _ = messages.receive(db, arrival, at=clock())
        message = moves.pick_up(db, message, session_seconds=600, at=clock())
        message = moves.answer_to_speak(db, message, "我很好", at=clock())
        at = clock() + 600
        voices.begin_upload(db, message, name="one.mp3", permanent=True, delete_at=at)
        lent = Lent("one.mp3", "media", at + 86400)
        return moves.voice_uploaded(db, message, lent, 3, at=clock())

    db.write(lend)
    assert operator("erase", "o-one", "--yes")[0] == 0
    assert db.read(lambda db: db.execute("SELECT count(*) FROM messages").fetchone()[0]) == 0
    [left] = db.read(voices.due, "", at=time.time(), most=5)
    assert left.media_id == "media"
