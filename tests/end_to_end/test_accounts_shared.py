"""Several accounts over two processes or hosts, and two that speak: what is whose stays so."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import gevent
import pytest

from sandbox.follower import Follower
from sandbox.model import ModelStandIn
from sandbox.wechat_api import WeChatApiStandIn
from settings.schema import AccountSettings, Azure, OpenAI, Secret, WeChat
from store import processes
from store.processes import Process
from tests.running import ROOMY, Running
from tests.speaking import Speaking, running_with_speech, wait_for

SHOP_TOKEN = "shopToken1"
SHOP_APPID = "wx0123456789abcdef"
SHOPS_VOICE = "zh-CN-YunxiNeural"


def of_shop(app: Running, open_id: str = "o-one", **how: Any) -> Follower:
    seconds = app.try_seconds
    options: dict[str, Any] = {"try_seconds": seconds, "gap_seconds": seconds, "account": "gh_shop"}
    return Follower(f"{app.url}/shop", SHOP_TOKEN, open_id=open_id, **options | how)


@pytest.fixture
def shops_model() -> Iterator[ModelStandIn]:
    model = ModelStandIn()
    model.start()
    yield model
    model.stop()


@pytest.fixture(params=["two processes", "two hosts"])
def pair(
    request: pytest.FixtureRequest, tmp_path: Path, shops_model: ModelStandIn
) -> Iterator[tuple[Running, Running]]:
    """Two servers of both accounts, on one database of either engine."""
    store: dict[str, object] = {"path": tmp_path / "huixin.db"}
    if request.param == "two hosts":
        store = {"url": Secret(request.getfixturevalue("url"))}
    openai = OpenAI(base_url=shops_model.url, api_keys=(Secret("sk-shop"),))
    shop = AccountSettings(name="shop", wechat=WeChat(token=Secret(SHOP_TOKEN)), openai=openai)
    with ExitStack() as stack:
        apps = [
            Running(tmp_path / name, window=ROOMY, accounts=(shop,), store=store)
            for name in ("a", "b")
        ]
        apps[0].model.start()
        stack.callback(apps[0].model.stop)
        apps[1].model = apps[0].model
        for number, app in enumerate(apps):
            app.process = Process(f"host-{number}/1/1", f"host-{number}", 1)
            app.start()
            stack.callback(app.stop)
        yield apps[0], apps[1]


def test_a_try_of_an_account_on_the_other_process_gets_the_reply_of_its_own_model(
    pair: tuple[Running, Running], shops_model: ModelStandIn
) -> None:
    one, other = pair
    shops_model.will(text="店里来答。", after=0.4)
    one.model.will(text="号里来答。", after=0.4)
    asking = [
        gevent.spawn(one.follower(tries=1, try_seconds=2.0).say, "问", msg_id="1"),
        gevent.spawn(of_shop(one, tries=1, try_seconds=2.0).say, "问", msg_id="1"),
    ]
    wait_for(lambda: one.model.asked and shops_model.asked)
    assert of_shop(other, tries=1).say("问", msg_id="1").seen == "店里来答。"
    assert other.follower(tries=1).say("问", msg_id="1").seen == "号里来答。"
    assert [asked.get().seen for asked in asking] == ["号里来答。", "店里来答。"]
    assert len(one.model.asked) == len(shops_model.asked) == 1


def test_what_a_dead_process_left_is_taken_over_with_the_settings_of_its_account(
    brisk: None, pair: tuple[Running, Running], shops_model: ModelStandIn
) -> None:
    one, other = pair
    shops_model.will(text="没人听见的", after=60)
    shops_model.will(text="接手之后的。")
    asked = gevent.spawn(of_shop(one, tries=1, try_seconds=0.2).say, "问", msg_id="9")
    wait_for(lambda: shops_model.asked)
    one.huixin.background.stop()  # as if it had died: it beats no more, and says nothing
    one.huixin.worker.stop()
    one.huixin.db.write(processes.bury, one.process)
    asked.get()
    wait_for(lambda: len(shops_model.asked) == 2)
    assert of_shop(other, tries=1).say("问", msg_id="9").seen == "接手之后的。"
    assert one.model.asked == []


def test_whose_an_original_id_is_the_other_process_knows_too(
    pair: tuple[Running, Running], shops_model: ModelStandIn
) -> None:
    one, other = pair
    shops_model.will(text="店里的秘密。")
    of_shop(one).say("问")
    forged = other.follower(account="gh_shop", tries=1)
    assert forged.say("导出").tries[0].status == 403
    assert forged.send_event("unsubscribe").tries[0].status == 403
    assert "店里的秘密。" in of_shop(other).say("导出").seen


@pytest.fixture
def speaking(tmp_path: Path) -> Iterator[tuple[Speaking, WeChatApiStandIn]]:
    """A server whose two accounts speak, and what WeChat has of the second."""
    secret = "shops-secret"
    shops = WeChatApiStandIn(appid=SHOP_APPID, secret=secret, upload_seconds=0.05)
    shops.start()
    wechat = WeChat(
        token=Secret(SHOP_TOKEN), appid=SHOP_APPID, secret=Secret(secret), api_base=shops.url
    )
    shop = AccountSettings(name="shop", wechat=wechat, azure=Azure(zh_model=SHOPS_VOICE))
    try:
        with running_with_speech(tmp_path, accounts=(shop,)) as app:
            app.model.always(text="你好。")
            yield app, shops
    finally:
        shops.stop()


def asked_both(app: Speaking) -> list[str | None]:
    """The media ids that the followers of both were answered with."""
    theirs = gevent.spawn(of_shop(app).send_voice, recognition="你好吗？")
    return [app.ask().media_id, theirs.get().media_id]


def test_two_accounts_speak_each_with_its_voice_and_at_its_own_wechat(
    speaking: tuple[Speaking, WeChatApiStandIn],
) -> None:
    app, shops = speaking
    ours, theirs = asked_both(app)
    assert [upload.media_id for upload in app.wechat.uploads] == [ours]
    assert [upload.media_id for upload in shops.uploads] == [theirs]
    voices = {voice for voice, _ in app.speech.spoken}
    assert voices == {app.huixin.settings.azure.zh_model, SHOPS_VOICE}
    wait_for(lambda: not (app.wechat.materials or shops.materials))
    assert (app.wechat.deleted, shops.deleted) == ([ours], [theirs])


def test_that_wechat_takes_no_voices_of_one_says_nothing_of_the_other(
    speaking: tuple[Speaking, WeChatApiStandIn], caplog: pytest.LogCaptureFixture
) -> None:
    app, shops = speaking
    shops.will_answer(48001, "material/add_material")
    shops.will_answer(48001, "media/upload")
    ours, theirs = asked_both(app)
    assert ours and theirs is None
    refused = [record.getMessage() for record in caplog.records]
    refused = [line for line in refused if "event=upload_refused" in line]
    assert len(refused) == 2 and all("account=shop" in line for line in refused)
    assert app.ask(open_id="o-two").media_id, "nothing of its own rests"
