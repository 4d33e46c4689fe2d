"""Three servers on one PostgreSQL database, as on three hosts; and the database goes away."""

import random
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import gevent
import pytest
import requests
from gevent.event import Event

from fsm import saving
from fsm.window import Window
from sandbox.model import ModelStandIn
from service.own_store import open_store
from settings.schema import Secret, Settings, Store, Texts, WeChat
from store.errors import StoreAway
from store.postgresql import database, listening
from store.postgresql.database import PostgresDatabase
from store.processes import Process
from tests.postgresql import PostgresServer
from tests.running import ROOMY, TOKEN, Running
from tests.speaking import wait_for

WAIT = 0.6  # seconds that one use of the database waits for it to come back
AWAY = 1.5 * WAIT
GIVE_UP = 15.0  # seconds; as long as a busy machine may take


def server(folder: Path, url: str, name: str, model: ModelStandIn) -> Running:
    app = Running(folder / name, window=ROOMY, store={"url": Secret(url)})
    app.model = model
    app.process = Process(f"{name}/1/1", name, 1)
    return app


@pytest.fixture
def three(tmp_path: Path, url: str) -> Iterator[list[Running]]:
    with ExitStack() as stack:
        model = ModelStandIn()
        model.start()
        stack.callback(model.stop)
        apps = [server(tmp_path, url, name, model) for name in ("host-a", "host-b", "host-c")]
        for app in apps:
            app.start()
            stack.callback(app.stop)
        yield apps


def test_a_try_on_another_host_gets_the_reply_as_soon_as_it_is_settled(
    three: list[Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(app: Running) -> str:
        return app.follower(tries=1).say("问", msg_id="1").seen

    monkeypatch.setattr(listening, "ANYWAY", 60.0)  # nobody can wait for the look that comes anyway
    one, *others = three
    for app in three:
        app.stop()
        patient(app)
        app.start()
    one.model.will(text="只想一次。", after=0.6)
    asking = [gevent.spawn(ask, one)]
    wait_for(lambda: one.model.asked)
    asking += [gevent.spawn(ask, other) for other in others]
    assert [asked.get() for asked in asking] == ["只想一次。"] * 3
    assert len(one.model.asked) == 1


def test_followers_whose_tries_land_anywhere_are_answered_once_each_and_in_order(
    three: list[Running],
) -> None:
    chance = random.Random(7)
    for app in three:
        patient(app)  # eight at once
        app.restart()
    one = three[0]
    one.model.always(text="答。", after=0.02)

    def read(open_id: str) -> bool:
        """Whether what was given is known to be read: that is saved a moment afterwards."""
        tries = "tries JOIN messages ON message_id = messages.id JOIN followers ON follower_id"
        of = f"{tries} = followers.id WHERE open_id = '{open_id}' AND ended_at IS NULL"
        return bool(one.one(f"SELECT count(*) FROM {of}") == 0)

    def talk(open_id: str) -> list[str]:
        followers, seen = [app.follower(open_id) for app in three], []
        for n in range(5):
            seen.append(chance.choice(followers).say(f"{open_id} {n}").seen)
            wait_for(lambda: read(open_id))
        return seen

    talks = [gevent.spawn(talk, f"o-{number}") for number in range(8)]
    assert [talk.get() for talk in talks] == [["答。"] * 5] * 8
    assert len(one.model.asked) == 40
    turns = one.huixin.db.read(
        lambda db: db.execute("SELECT follower_id, role FROM history ORDER BY id", {}).fetchall()
    )
    for follower in {turn["follower_id"] for turn in turns}:
        roles = [turn["role"] for turn in turns if turn["follower_id"] == follower]
        assert roles == ["user", "assistant"] * 5


def test_of_those_who_use_the_last_of_a_code_on_several_hosts_one_comes_in(
    three: list[Running], tmp_path: Path
) -> None:
    codes = tmp_path / "codes.txt"
    codes.write_text("LAST-ONE\n")
    for app in three:
        patient(app)  # twelve at once
        app.sections["access"] = {"codes_file": codes}
        app.restart()
    followers = [app.follower(f"o-{app.process.id}-{n}") for app in three for n in range(4)]
    seen = [use.get().seen for use in [gevent.spawn(one.say, "last one") for one in followers]]
    assert sum(Texts().access_granted in one for one in seen) == 1
    assert sum(Texts().access_asked in one for one in seen) == 11
    assert three[0].all("SELECT used FROM invites") == [1]
    assert three[0].one("SELECT count(*) FROM followers") == 1


def test_a_followers_own_data_are_told_and_erased_by_whichever_host(three: list[Running]) -> None:
    one, two, third = three
    one.model.will(text="答。")
    one.model.will(text="太晚了", after=60.0)
    one.follower().say("甲的秘密")
    assert "甲的秘密" in two.follower().say("导出").seen
    asking = gevent.spawn(one.follower().say, "很难的问题")
    with gevent.Timeout(GIVE_UP):
        while len(one.model.asked) < 2:
            gevent.sleep(0.02)
    assert "4条消息" in two.follower().say("我的").seen
    two.follower().say("删除我的数据")
    told = third.follower(tries=1).say("确认删除", msg_id="77").tries[0]
    again = one.follower(tries=1).say("确认删除", msg_id="77").tries[0]
    assert told.body == again.body and Texts().erase_done.encode() in told.body
    assert asking.get(timeout=GIVE_UP).seen == ""
    for table in ("followers", "messages", "history", "tries"):
        assert one.one(f"SELECT count(*) AS n FROM {table}") == 0, table


@pytest.fixture
def brief(brisk: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is away for longer than one use of it waits need not be away for long."""
    monkeypatch.setattr(database, "WAIT", WAIT)
    monkeypatch.setattr(saving, "PAUSES", (0.2,))


def patient(app: Running) -> None:
    """With tries as long as WeChat's."""
    app.window, app.try_seconds = Window(), Window().try_seconds


def test_what_is_under_way_while_the_database_is_restarted_is_saved_and_answered(
    tmp_path: Path,
    url: str,
    postgres: PostgresServer,
    caplog: pytest.LogCaptureFixture,
    brief: None,
) -> None:
    model = ModelStandIn()
    app = server(tmp_path, url, Process.current().host, model)
    patient(app)
    model.start()
    app.start()
    try:
        model.will(text="答。", after=0.5)
        model.always(text="答。")
        under_way = gevent.spawn(app.follower("o-one").say, "先问")
        wait_for(lambda: model.asked)
        postgres.stop(signal.SIGQUIT)
        arriving = gevent.spawn(app.follower("o-two").say, "后问")
        gevent.sleep(AWAY)
        ready = f"http://127.0.0.1:{app.server.server_port}/readyz"
        assert requests.get(ready, timeout=GIVE_UP).status_code == 503
        postgres.start()
        assert under_way.get(timeout=GIVE_UP).seen == "答。"
        assert arriving.get(timeout=GIVE_UP).seen == "答。"
        assert app.huixin.db.busy() < AWAY / 2, "nobody is told of too much to do for that"
        assert len(model.asked) == 2, "what was paid for is not paid for again"
        assert app.one("SELECT count(*) AS n FROM messages WHERE state <> 'REPLIED'") == 0
        wait_for(lambda: "event=database_works_again" in caplog.text)  # with the next beat
    finally:
        app.stop()
        model.stop()
    assert "postgres@" not in caplog.text
    assert "event=fault" not in caplog.text


FULL = """
    CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'no space left' USING ERRCODE = 'disk_full'; END$$
"""
TABLES = ("messages", "moves", "history", "tries", "processes", "facts", "signatures")


def test_what_is_under_way_while_the_databases_disk_is_full_is_saved_and_answered_later(
    tmp_path: Path,
    url: str,
    postgres: PostgresServer,
    caplog: pytest.LogCaptureFixture,
    brief: None,
) -> None:
    name = url.rpartition("/")[2]
    postgres.execute(FULL, name)
    app = server(tmp_path, url, Process.current().host, model := ModelStandIn())
    patient(app)
    model.start()
    app.start()
    try:
        model.will(text="答。", after=0.3)
        model.always(text="答。")
        under_way = gevent.spawn(app.follower("o-one").say, "先问")
        with gevent.Timeout(GIVE_UP):
            while not model.asked:
                gevent.sleep(0.02)
        for table in TABLES:
            trigger = f"CREATE TRIGGER full_{table} BEFORE INSERT OR UPDATE ON {table}"
            postgres.execute(f"{trigger} EXECUTE FUNCTION is_full()", name)
        arriving = gevent.spawn(app.follower("o-two").say, "后问")
        with gevent.Timeout(GIVE_UP):
            while "event=not_saved" not in caplog.text or not app.huixin.heartbeat.trouble:
                gevent.sleep(0.02)
        assert "the disk of PostgreSQL is full: free some space" in caplog.text
        ready = requests.get(f"http://127.0.0.1:{app.server.server_port}/readyz", timeout=GIVE_UP)
        assert ready.status_code == 503 and "disk of PostgreSQL is full" in ready.text
        postgres.execute("DROP FUNCTION is_full CASCADE", name)
        assert under_way.get(timeout=GIVE_UP).seen == "答。"
        assert arriving.get(timeout=GIVE_UP).seen == "答。"
        assert app.huixin.db.busy() < AWAY / 2, "nobody is told of too much to do for that"
        assert len(model.asked) == 2, "what was paid for is not paid for again"
    finally:
        app.stop()
        model.stop()
    assert "event=fault" not in caplog.text


def test_connections_that_are_cut_again_and_again_cost_nothing(
    three: list[Running], postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    for app in three:
        patient(app)
        app.restart()
    one = three[0]
    one.model.always(text="答。", after=0.05)
    done = False

    def cut() -> None:
        while not done:
            postgres.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'huixin' AND pid <> pg_backend_pid() AND random() < 0.5"
            )
            gevent.sleep(0.1)

    cutting = gevent.spawn(cut)
    chance = random.Random(3)
    asking = []
    for number in range(30):
        gevent.sleep(0.05)
        follower = chance.choice(three).follower(f"o-{number}")
        asking.append(gevent.spawn(follower.say, f"问 {number}"))
    seen = [asked.get(timeout=GIVE_UP).seen for asked in asking]
    done = True
    cutting.join()
    assert seen == ["答。"] * 30
    assert len(one.model.asked) == 30
    assert "event=fault" not in caplog.text


def test_a_start_waits_for_a_database_that_restarts(
    postgres: PostgresServer, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(wechat=WeChat(token=Secret(TOKEN)), store=Store(url=Secret(url)))
    postgres.stop(signal.SIGQUIT)
    try:
        opening = gevent.spawn(open_store, settings, patience=60.0)
        wait_for(lambda: "event=store_waited_for" in caplog.text)
        stopping = Event()
        stopping.set()
        with pytest.raises(StoreAway):
            open_store(settings, patience=3600.0, stopping=stopping)
    finally:
        postgres.start()
    opening.get().close()
    assert caplog.text.count("event=store_waited_for") == 1
    assert "cannot be reached" in caplog.text


def test_who_waits_for_connections_that_are_made_anew_has_not_too_much_to_do(
    postgres: PostgresServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "ANEW", 60.0)
    cut = (
        "SELECT pg_terminate_backend(pid, 30000)"  # milliseconds that it waits for the end
        " FROM pg_stat_activity WHERE datname = current_database()"
    )
    with closing(PostgresDatabase(url)) as db:
        db._away_until = 0.0
        db.write(lambda _: None)
        assert db.busy() > 0
        if telling := db._listening._teller:  # it would meet the cut in place of the next write
            telling.join()
        postgres.execute(f"{cut} AND pid <> pg_backend_pid()", url.rpartition("/")[2])
        db.write(lambda _: None)
        assert db.busy() == 0.0
