"""Several accounts in one server: each with its own settings, and none feels what another has."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import gevent
import pytest

from sandbox.follower import Follower
from sandbox.model import ModelStandIn
from sandbox.sealing import Seal
from sandbox.wire import new_msg_id
from service.own_store import adopt
from settings.schema import AccountSettings, Limits, OpenAI, Secret, Texts, WeChat
from tests.end_to_end.chains import nobody
from tests.running import TOKEN, Running, running

KEY = "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR"
APPID = "wx0123456789abcdef"
SHOP_TOKEN = "shopToken1"
APOLOGY = "店里的机器人睡着了。"


class Shop:
    """Beside the account of `wechat:` another one, `shop`, with a model and words of its own."""

    def __init__(self, app: Running, model: ModelStandIn) -> None:
        self.app, self.model = app, model

    def follower(self, open_id: str = "o-one", **how: Any) -> Follower:
        options = {"try_seconds": self.app.try_seconds, "gap_seconds": self.app.try_seconds}
        url = f"{self.app.url}/shop"
        where = {"open_id": open_id, "account": "gh_shop"}
        return Follower(url, SHOP_TOKEN, **{**options, **where, **how})

    def begun(self, text: str, *, msg_id: str) -> None:
        """A question whose first try is over, and which its model thinks about for long."""
        self.model.will(text="没说完", after=60.0)
        self.follower(tries=1).say(text, msg_id=msg_id)
        assert len(self.model.asked) == 1


@contextmanager
def two(
    folder: Path,
    *,
    wechat: dict[str, Any] | None = None,
    openai: dict[str, Any] | None = None,
    limits: dict[str, Any] | None = None,
    **sections: Any,
) -> Iterator[Shop]:
    """A server with both, for the length of a block; what is given is the shop's."""
    model = ModelStandIn()
    model.always(text="店里来答。")
    model.start()
    own = {"base_url": model.url, "api_keys": (Secret("sk-shop"),), "system_prompt": "你是店员。"}
    shop = AccountSettings(
        name="shop",
        wechat=WeChat(**{"token": Secret(SHOP_TOKEN)} | (wechat or {})),
        openai=OpenAI(**own | (openai or {})),
        limits=Limits(**limits or {}),
        texts=Texts(apology=APOLOGY, welcome="欢迎来到店里。"),
    )
    with running(folder, accounts=(shop,), **sections) as app:
        app.model.always(text="号里来答。")
        try:
            yield Shop(app, model)
        finally:
            model.stop()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with two(tmp_path) as shop:
        yield shop


def test_each_answers_at_its_own_path_by_its_own_model_with_its_own_key_and_prompt(
    shop: Shop,
) -> None:
    app = shop.app
    assert app.follower().verify_url() and shop.follower().verify_url()
    assert app.follower().say("问").seen == "号里来答。"
    assert shop.follower().say("问").seen == "店里来答。"
    assert [asked.key for asked in app.model.asked + shop.model.asked] == ["-one", "shop"]
    prompts = [model.bodies[0]["messages"][0]["content"] for model in (app.model, shop.model)]
    assert prompts == [app.huixin.settings.openai.system_prompt, "你是店员。"]


def test_what_an_account_leaves_out_is_as_the_file_has_it_for_all(tmp_path: Path) -> None:
    with two(tmp_path, texts={"reset_done": "忘了。", "welcome": "你好。"}) as shop:
        assert shop.follower().send_event("subscribe").seen == "欢迎来到店里。"
        assert shop.app.follower().send_event("subscribe").seen == "你好。"
        assert shop.follower().say("新对话").seen == "忘了。"


def test_a_token_opens_its_own_path_alone(shop: Shop) -> None:
    wrong = Follower(f"{shop.app.url}/shop", TOKEN, account="gh_shop", tries=1, try_seconds=2)
    assert wrong.say("问").tries[0].status == 403
    assert not wrong.verify_url()
    assert shop.app.one("SELECT count(*) FROM messages") == 0


def test_a_token_opens_nothing_of_another_account_whatever_the_push_says(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.model.will(text="店里的秘密。")
    shop.follower("o-same").say("问", msg_id="7")
    forged = shop.app.follower("o-same", account="gh_shop", tries=1)
    for push in (
        partial(forged.say, "问", msg_id="7"),
        partial(forged.say, "导出"),
        partial(forged.say, "新对话"),
        partial(forged.send_event, "unsubscribe"),
        partial(forged.send_event, "CLICK", key="menu"),
        partial(forged.send_event, "LOCATION"),
    ):
        [posted] = push().tries
        assert posted.status == 403 and "店里".encode() not in posted.body
    assert "reason=gh_shop is that of shop" in caplog.text.replace('"', "")
    assert shop.app.all("SELECT question FROM messages") == ["问"]
    shop.app.restart()
    forged = shop.app.follower("o-same", account="gh_shop", tries=1)
    assert forged.say("导出").tries[0].status == 403
    assert "店里的秘密。" in shop.follower("o-same").say("导出").seen
    assert shop.app.follower("o-same").say("问").seen == "号里来答。"


def test_an_id_whose_messages_came_before_ids_were_tied_is_that_of_their_account(
    shop: Shop,
) -> None:
    shop.follower().say("问")
    shop.app.huixin.db.write(lambda db: db.execute("DELETE FROM facts", {}).rowcount)
    shop.app.restart()
    forged = shop.app.follower(account="gh_shop", tries=1)
    assert forged.say("导出").tries[0].status == 403
    assert shop.follower().say("问").seen == "店里来答。"


def test_an_id_that_first_came_by_the_wrong_path_is_free_again_after_adopt(shop: Shop) -> None:
    app = shop.app
    assert app.follower("o-1", account="gh_shop").say("问").seen == "号里来答。"
    assert shop.follower("o-2", tries=1).say("问").tries[0].status == 403
    app.stop()
    adopt(app.settings())
    app.start()
    assert shop.follower("o-2").say("问").seen == "店里来答。"


def test_an_id_of_an_account_that_has_another_name_by_now_is_still_served(shop: Shop) -> None:
    shop.follower().say("问")
    [named] = shop.app.sections["accounts"]
    renamed = named.model_copy(update={"name": "store", "path": "/wechat/shop"})
    shop.app.sections["accounts"] = (renamed,)
    shop.app.restart()
    assert shop.follower().say("再问").seen == "店里来答。"
    assert len(shop.model.bodies[-1]["messages"]) == 4


def test_one_open_id_and_one_msg_id_at_both_are_two_followers_and_two_messages(
    shop: Shop,
) -> None:
    same = new_msg_id()
    seen = [one.follower("o-same").say("问", msg_id=same).seen for one in (shop.app, shop)]
    assert seen == ["号里来答。", "店里来答。"]
    assert shop.app.all("SELECT of_account FROM messages ORDER BY id") == ["", "shop"]
    assert shop.app.one("SELECT count(*) FROM followers") == 2
    shop.follower("o-same").say("还记得吗")
    said = [turn["content"] for turn in shop.model.bodies[-1]["messages"]]
    assert said == ["你是店员。", "问", "店里来答。", "还记得吗"]


def test_a_dead_model_is_the_trouble_of_its_account_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with two(tmp_path, openai={"base_url": nobody()}) as shop:
        lost = gevent.spawn(shop.follower().say, "问")
        assert shop.app.follower().say("问").seen == "号里来答。"
        assert lost.get().seen == APOLOGY
        lines = [record.getMessage() for record in caplog.records]
        [failed] = [line for line in lines if "event=moved" in line and "to=FAILED" in line]
        assert "account=shop" in failed
        ready = shop.app.huixin.health.readiness()
        assert ready["model"].startswith("ok, but shop/gpt-3.5-turbo: ")


def test_the_limits_of_one_hold_for_its_own_questions(tmp_path: Path) -> None:
    with two(tmp_path, limits={"daily_account": 1}) as shop:
        assert shop.app.follower().say("问").seen == "号里来答。"
        assert shop.follower("o-1").say("问").seen == "店里来答。"
        assert Texts().daily_account in shop.follower("o-2").say("问").seen
        assert shop.app.follower("o-2").say("问").seen == "号里来答。"


def test_what_one_has_on_its_way_leaves_room_for_the_other(tmp_path: Path) -> None:
    with two(tmp_path, limits={"unfinished": 1}) as shop:
        shop.model.always(text="慢。", after=0.5)
        waiting = gevent.spawn(shop.follower("o-1").say, "问")
        while not shop.app.huixin.worker.unfinished("shop"):
            gevent.sleep(0.01)
        assert Texts().too_busy in shop.follower("o-2").say("问").seen
        assert shop.app.follower().say("问").seen == "号里来答。"
        assert waiting.get().seen == "慢。"


def test_a_restart_goes_on_with_the_settings_of_the_account_it_came_by(shop: Shop) -> None:
    same = new_msg_id()
    shop.begun("问", msg_id=same)
    shop.app.restart()
    assert shop.follower().say("问", msg_id=same).seen == "店里来答。"
    assert [asked.key for asked in shop.model.asked] == ["shop", "shop"]
    assert shop.app.model.asked == []


def test_what_came_by_an_account_that_is_gone_ends_with_an_apology(shop: Shop) -> None:
    shop.begun("问", msg_id=new_msg_id())
    shop.app.sections["accounts"] = ()
    shop.app.restart()
    while shop.app.huixin.worker.unfinished("shop"):
        gevent.sleep(0.01)
    assert shop.app.all("SELECT state FROM messages") == ["FAILED"]
    assert shop.app.one("SELECT failure FROM messages").startswith("AccountNotServed: shop ")
    assert shop.app.follower().say("问").seen == "号里来答。"


def test_one_is_sealed_and_the_other_is_not(tmp_path: Path) -> None:
    safe = {"encoding_aes_key": Secret(KEY), "appid": APPID, "encryption": "safe"}
    with two(tmp_path, wechat=safe) as shop:
        sealed = shop.follower(seal=Seal(SHOP_TOKEN, KEY, APPID))
        assert sealed.say("问").seen == "店里来答。"
        assert shop.follower(tries=1).say("问").tries[0].status == 403
        assert shop.app.follower().say("问").seen == "号里来答。"


def test_that_one_was_seen_in_safe_mode_says_nothing_of_the_other(tmp_path: Path) -> None:
    keys = {"encoding_aes_key": Secret(KEY), "appid": APPID}
    with two(tmp_path, wechat=keys) as shop:
        sealed = shop.follower(seal=Seal(SHOP_TOKEN, KEY, APPID))
        assert sealed.say("问").seen == "店里来答。"
        assert shop.follower(tries=1).say("问").tries[0].status == 403, "from then on"
        assert shop.app.follower().say("问").seen == "号里来答。"
        shop.app.restart()
        assert shop.follower(tries=1).say("问").tries[0].status == 403


def test_there_may_be_accounts_and_no_wechat_of_the_file(tmp_path: Path) -> None:
    with two(tmp_path) as shop:
        shop.app.sections["wechat"] = {"token": Secret("")}
        shop.app.restart()
        assert shop.follower().say("问").seen == "店里来答。"
        assert not shop.app.follower().verify_url()


def test_a_database_of_before_is_that_of_the_wechat_block(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        app.model.always(text="一。")
        app.follower().say("问")
    with two(tmp_path) as shop:
        assert shop.app.all("SELECT of_account FROM messages") == [""]
        shop.app.follower().say("再问")
        assert len(shop.app.model.bodies[-1]["messages"]) == 4
