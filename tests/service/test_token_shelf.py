"""One access token for all processes: fetched by one of them at a time, and kept."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import gevent
import pytest

from integrations.wechat.access_token import CLAIM_SECONDS
from integrations.wechat.api import WeChatApi
from sandbox.wechat_api import WeChatApiStandIn
from service.token_shelf import StoredToken
from store import expired
from store.sqlite.database import SqliteDatabase
from tests.conftest import MIGRATIONS, Clock

APPID, SECRET = "wx5a4db0c5a4db0c5a", "5a4db0c55a4db0c55a4db0c55a4db0c5"


@pytest.fixture
def wechat() -> Iterator[WeChatApiStandIn]:
    stand_in = WeChatApiStandIn().start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def processes(tmp_path: Path, wechat: WeChatApiStandIn) -> Iterator[list[WeChatApi]]:
    """What three processes have of the one database and of WeChat."""
    with ExitStack() as stack:
        made = []
        for _ in range(3):
            db = SqliteDatabase(tmp_path / "huixin.db", migrations=MIGRATIONS)
            stack.callback(db.close)
            tokens = StoredToken(db, APPID, wechat.url)
            api = WeChatApi(
                api_base=wechat.url,
                appid=APPID,
                secret=SECRET,
                tokens=tokens,
                connect_seconds=2.0,
                read_seconds=5.0,
            )
            stack.callback(api.close)
            made.append(api)
        yield made


def all_ask(processes: list[WeChatApi]) -> None:
    deadline = time.monotonic() + 30
    calls = [gevent.spawn(api.callback_addresses, deadline=deadline) for api in processes * 5]
    assert all(call.get() for call in calls)


def test_processes_that_need_a_token_together_fetch_one(
    processes: list[WeChatApi], wechat: WeChatApiStandIn
) -> None:
    all_ask(processes)
    assert len(wechat.token_calls) == 1


def test_processes_whose_token_dies_together_fetch_one_other(
    processes: list[WeChatApi], wechat: WeChatApiStandIn
) -> None:
    all_ask(processes)
    wechat.supersede_token()
    all_ask(processes)
    assert len(wechat.token_calls) == 2


def test_a_token_that_stays_dead_is_forced_away_by_one_of_them(
    processes: list[WeChatApi], wechat: WeChatApiStandIn
) -> None:
    all_ask(processes)
    wechat.kill_token()
    all_ask(processes)
    assert [call.forced for call in wechat.token_calls] == [False, False, True]


def test_who_dies_while_fetching_is_waited_for_a_bounded_time(
    db: SqliteDatabase, clock: Clock
) -> None:
    dead, alive = (StoredToken(db, APPID, "http://127.0.0.1") for _ in range(2))
    assert dead.claim(CLAIM_SECONDS)
    assert not alive.claim(CLAIM_SECONDS)
    clock.forward(CLAIM_SECONDS)
    assert alive.claim(CLAIM_SECONDS)
    dead.let_go()
    assert not dead.claim(CLAIM_SECONDS), "what is another's is not let go"
    alive.let_go()
    assert dead.claim(CLAIM_SECONDS)
    clock.forward(CLAIM_SECONDS + 1)
    assert db.write(expired.remove, keep_days=30, keep_addresses=True, at=clock()) == 1
