"""A voice is uploaded once and deleted after it, whatever WeChat answers in between."""

import time
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
from gevent.event import Event

from sandbox import wechat_api
from sandbox.wechat_api import Upload
from store.database import Connection
from tests.running import Running
from tests.speaking import BRIEF, Speaking, running_with_speech, wait_for


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Speaking]:
    with running_with_speech(tmp_path) as app:
        yield app


def test_a_rejected_token_is_replaced_within_the_upload(app: Speaking) -> None:
    app.ask(open_id="o-first")
    app.wechat.kill_token()
    assert app.ask(open_id="o-second").media_id


def test_where_permanent_media_are_not_granted_temporary_ones_are_used_and_it_is_remembered(
    app: Speaking,
) -> None:
    app.wechat.will_answer(48001, path="material/add_material", times=1)
    assert app.ask(open_id="o-one").media_id
    app.restart()
    assert app.ask(open_id="o-two").media_id
    paths = [upload.path for upload in app.wechat.uploads]
    assert paths == ["media/upload", "media/upload"]


def test_a_restart_while_a_voice_settles_uploads_nothing_again(app: Speaking) -> None:
    app.sections["wechat"]["settle_seconds"] = 0.4
    app.restart()
    asked = gevent.spawn(app.follower(tries=1).send_voice, recognition="你好", msg_id="8")
    wait_for(lambda: app.all("SELECT id FROM messages WHERE state = 'UPLOADED'"))
    app.restart()
    asked.get()
    assert app.follower(tries=1).send_voice(recognition="你好", msg_id="8").media_id
    assert len(app.wechat.uploads) == 1


def test_a_voice_whose_upload_was_not_confirmed_is_found_among_the_accounts_and_given(
    app: Speaking,
) -> None:
    app.wechat.will_send(b"lost", path="material/add_material", after=True)
    fate = app.ask()
    assert fate.media_id
    assert [upload.media_id for upload in app.wechat.uploads] == [fate.media_id]
    assert app.forgotten()


def test_a_voice_that_could_not_be_found_is_looked_for_again_and_deleted(app: Speaking) -> None:
    app.wechat.will_send(b"lost", path="material/add_material", after=True)
    app.wechat.will_answer(45009, path="material/batchget_material")
    app.wechat.materials["the-operators-own"] = b"a voice"
    app.wechat.uploads.append(
        Upload("the-operators-own", "material/add_material", 7, 0.0, "own.mp3")
    )
    assert app.ask().kind == "text"
    assert len(app.wechat.materials) == 2
    app.huixin.db.write(lambda db: db.execute("UPDATE uploads SET delete_at = 0").rowcount)
    wait_for(lambda: list(app.wechat.materials) == ["the-operators-own"])
    wait_for(lambda: app.one("SELECT count(*) FROM uploads") == 0)


@pytest.mark.parametrize("errcode", [-1, 40013, 45009, 48001])
def test_what_wechat_refuses_is_written_down_no_longer(app: Speaking, errcode: int) -> None:
    app.wechat.will_answer(errcode, path="material/add_material", times=0)
    app.wechat.will_answer(errcode, path="media/upload", times=0)
    assert app.ask().kind == "text"
    assert app.one("SELECT count(*) FROM uploads") == 0
    assert app.wechat.uploads == []


@pytest.mark.parametrize("errcode", [-1, 40001, 42001])
def test_a_refusal_that_passes_costs_no_voice(app: Speaking, errcode: int) -> None:
    app.wechat.will_answer(errcode, path="material/add_material")
    assert app.ask().media_id
    assert len(app.wechat.uploads) == 1


def test_an_upload_that_is_never_answered_gives_the_text_in_time(app: Speaking) -> None:
    app.tries_last(BRIEF, tries=1)
    app.wechat.will_hang("material/add_material")
    app.model.will(text="等不到的声音。")
    assert app.ask().seen.startswith("等不到的声音。")


def test_without_an_access_token_the_text_is_given(app: Speaking) -> None:
    app.wechat.will_hang_up("stable_token", times=0)
    app.model.will(text="没有令牌。")
    assert app.ask().seen == "没有令牌。"
    app.wechat.behave()
    app.tries_last(BRIEF, tries=1)
    app.wechat.will_hang("stable_token")
    app.model.will(text="还是没有。")
    assert app.ask(open_id="o-two").seen.startswith("还是没有。")


@pytest.mark.parametrize(
    ("media", "path"),
    [("permanent", "material/add_material"), ("temporary", "media/upload")],
)
def test_the_operator_may_say_how_voices_are_uploaded(app: Speaking, media: str, path: str) -> None:
    app.sections["wechat"]["media"] = media
    app.huixin.stop(app.server)
    Running.start(app)
    assert app.ask().media_id
    app.wechat.will_answer(48001, path=path)
    assert app.ask(open_id="o-two").kind == "text"
    assert [upload.path for upload in app.wechat.uploads] == [path]


def test_permanent_media_rest_for_the_day_once_their_quota_is_used_up(app: Speaking) -> None:
    app.wechat.will_answer(45009, path="material/add_material")
    assert app.ask(open_id="o-one").media_id
    app.restart()
    assert app.ask(open_id="o-two").media_id
    assert [upload.path for upload in app.wechat.uploads] == ["media/upload"] * 2
    until = app.one("SELECT until FROM cool_downs")
    assert (until + 8 * 3600) % (24 * 3600) == 0, "midnight in China"


def test_who_leaves_while_their_voice_is_uploaded_leaves_none_behind(
    app: Speaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, taken = Event(), wechat_api.uploaded_voice

    def taken_when_they_have_left(kinds: set[str]) -> bytes:
        left.wait()
        return taken(kinds)

    monkeypatch.setattr(wechat_api, "uploaded_voice", taken_when_they_have_left)
    gevent.spawn(app.follower(tries=1).send_voice, recognition="你好")
    wait_for(lambda: app.one("SELECT count(*) FROM uploads"))
    app.follower().send_event("unsubscribe")
    left.set()
    wait_for(lambda: app.wechat.materials)
    gevent.sleep(0.2)
    assert app.one("SELECT count(*) FROM uploads") == 1, "it is still known"
    app.huixin.db.write(lambda db: db.execute("UPDATE uploads SET delete_at = 0").rowcount)
    assert app.forgotten()


def test_many_voices_that_are_due_at_once_are_deleted_soon(app: Speaking) -> None:
    def fill(db: Connection) -> None:
        insert = """
            INSERT INTO uploads (name, message_id, permanent, media_id, delete_at, failures)
            VALUES (:name, 1, 1, :media_id, :at, 0)
        """
        for n in range(100):
            db.execute(insert, {"name": f"{n}.mp3", "media_id": f"id-{n}", "at": n})

    app.wechat.materials |= {f"id-{number}": b"a voice" for number in range(100)}
    app.huixin.db.write(fill)
    began = time.monotonic()
    assert app.forgotten()
    assert time.monotonic() - began < 6, "twenty every two seconds would be ten"
    assert sorted(app.wechat.deleted) == sorted(f"id-{number}" for number in range(100))


def test_a_deletion_that_fails_is_tried_again(app: Speaking) -> None:
    app.wechat.will_answer(-1, path="material/del_material", times=3)
    assert app.ask().media_id
    wait_for(lambda: app.one("SELECT max(failures) FROM uploads"))
    app.huixin.db.write(lambda db: db.execute("UPDATE uploads SET delete_at = 0").rowcount)
    assert app.forgotten()
    assert len(app.wechat.deleted) == 1


def test_who_leaves_leaves_no_voice_behind(app: Speaking) -> None:
    app.sections["wechat"]["delete_after_seconds"] = 300.0
    app.restart()
    assert app.ask().media_id
    app.follower().send_event("unsubscribe")
    assert app.forgotten()
