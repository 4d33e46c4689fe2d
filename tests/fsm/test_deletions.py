"""What waits to be deleted at WeChat is, however often it failed and whatever befell another."""

from collections.abc import Iterator

import pytest

from fsm.voice import deletions
from fsm.voice.deletions import Deletions
from integrations.wechat.api import WeChatApi
from sandbox.wechat_api import WeChatApiStandIn
from service.token_shelf import StoredToken
from store.database import Connection
from store.processes import Process
from store.sqlite.database import SqliteDatabase
from tests.conftest import Clock

APPID, SECRET = "wx-sandbox", "5a4db0c55a4db0c55a4db0c55a4db0c5"


@pytest.fixture
def wechat(clock: Clock) -> Iterator[WeChatApiStandIn]:
    stand_in = WeChatApiStandIn(appid=APPID, secret=SECRET, upload_seconds=0, clock=clock)
    yield stand_in.start()
    stand_in.stop()


@pytest.fixture
def part(db: SqliteDatabase, wechat: WeChatApiStandIn) -> Iterator[Deletions]:
    api = WeChatApi(
        api_base=wechat.url,
        appid=APPID,
        secret=SECRET,
        tokens=StoredToken(db, APPID, wechat.url),
        clock=db.clock,
        connect_seconds=2.0,
        read_seconds=5.0,
    )
    yield Deletions(db, api, Process("one", "here", 1))
    api.close()


def wait_for_deletion(db: Connection, *media_ids: str, failures: int = 0) -> None:
    """Permanent voices whose time has come."""
    insert = """
        INSERT INTO uploads (name, message_id, permanent, media_id, delete_at, failures)
        VALUES (:media_id, 1, 1, :media_id, :delete_at, :failures)
    """
    for number, media_id in enumerate(media_ids):
        keys = {"media_id": media_id, "delete_at": number, "failures": failures}
        db.execute(insert, keys)


def left(db: SqliteDatabase) -> list[tuple[str, int, float]]:
    select = "SELECT media_id, failures, delete_at FROM uploads ORDER BY delete_at"
    return [tuple(row) for row in db.read(lambda c: c.execute(select).fetchall())]


def test_one_that_failed_thousands_of_times_is_tried_again_every_hour(
    db: SqliteDatabase, part: Deletions, wechat: WeChatApiStandIn, clock: Clock
) -> None:
    db.write(wait_for_deletion, "media", failures=1024)
    wechat.will_answer(-1, "material/del_material", times=0)
    part.run_once()
    assert left(db) == [("media", 1025, clock() + deletions.LONGEST_PAUSE)]


def test_what_nobody_foresaw_with_one_keeps_none_of_the_others(
    db: SqliteDatabase,
    part: Deletions,
    wechat: WeChatApiStandIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    db.write(wait_for_deletion, *map(str, range(10)))
    delete = WeChatApi.delete_material

    def odd(api: WeChatApi, media_id: str, *, deadline: float) -> None:
        if media_id == "0":
            raise MemoryError
        delete(api, media_id, deadline=deadline)

    monkeypatch.setattr(WeChatApi, "delete_material", odd)
    with pytest.raises(MemoryError):
        part.run_once()
    assert [media_id for media_id, _, _ in left(db)] == ["0"]
    monkeypatch.undo()
    part.run_once()
    assert left(db) == []
