"""`/metrics`: what happened and what is so now, in numbers that Prometheus reads."""

import os
import re
import signal
from pathlib import Path

import gevent
import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from fsm import overload
from settings.schema import Texts
from tests.conftest import ROOT
from tests.end_to_end.test_accounts import two
from tests.forking import AS_IN_PRODUCTION
from tests.running import Running, running
from tests.service.test_workers import alive, free, serving, until

Numbers = dict[tuple[str, ...], float]

PATIENCE = 15.0  # seconds
PAGES = ("docs/operating.md", "docs/en/operating.md")


def scraped(port: int) -> dict[str, Numbers]:
    """Each number by its name, and by its labels' values in the order of their names."""
    page = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE)
    assert page.status_code == 200 and "text/plain" in page.headers["Content-Type"]
    found: dict[str, Numbers] = {}
    for family in text_string_to_metric_families(page.text):
        for one in family.samples:
            if not one.name.endswith("_bucket"):
                values = tuple(value for _, value in sorted(one.labels.items()))
                found.setdefault(one.name, {})[values] = one.value
    return found


def seen(app: Running) -> dict[str, Numbers]:
    return scraped(app.server.server_port or 0)


def test_a_message_is_counted_on_its_way(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        app.model.will(text="回答。")
        app.follower("o-one").say("问题")
        app.follower("o-one").say("菜单")
        found = seen(app)
        moves = found["huixin_moves_total"]
        assert found["huixin_messages_total"] == {("", "text"): 2}
        assert found["huixin_unfinished_messages"] == {("",): 0}
        assert moves["", "picked_up", "GENERATING"] == moves["", "answered", "REPLIED"] == 1
        assert moves["", "answered_at_once", "REPLIED"] == 1
        assert found["huixin_try_seconds_count"] == {("", "replied"): 2}
        assert found["huixin_model_seconds_count"] == {("", "gpt-3.5-turbo", "answered"): 1}
        assert found["huixin_events_total"]["", "received", "info"] == 2
        assert found["huixin_ready"]["store",] == found["huixin_ready"]["model",] == 1
        assert found["process_open_fds"][()] > 3


def test_what_is_under_way_and_what_is_wrong_is_told_as_it_is_now(tmp_path: Path) -> None:
    with running(tmp_path) as app:
        app.model.will(text="很久以后。", after=60.0)
        gevent.spawn(app.follower("o-one", tries=1).say, "问题")
        until(lambda: app.model.asked)
        assert seen(app)["huixin_unfinished_messages"] == {("",): 1}
    with running(tmp_path / "refused") as app:
        app.model.will(status=401)
        app.follower("o-one").say("问题")
        assert seen(app)["huixin_ready"]["model",] == 0
        [((account, model, result), calls)] = seen(app)["huixin_model_seconds_count"].items()
        assert (account, model, result, calls) == ("", "gpt-3.5-turbo", "KeyRefused", 1)


def test_each_account_has_its_own_numbers(tmp_path: Path) -> None:
    with two(tmp_path) as shop:
        shop.follower().say("问店里")
        shop.app.follower("o-one").say("问号里")
        shop.app.follower("o-one").say("再问号里")
        assert seen(shop.app)["huixin_messages_total"] == {("shop", "text"): 1, ("", "text"): 2}
        assert seen(shop.app)["huixin_moves_total"]["shop", "answered", "REPLIED"] == 1


def test_who_is_told_to_come_again_is_counted_whatever_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overload, "TOLD_EVERY", 0.1)
    with two(tmp_path, limits={"unfinished": 1, "gap_seconds": 0}) as shop:
        shop.model.will(text="很久以后。", after=60.0)
        gevent.spawn(shop.follower("o-first", tries=1).say, "问")
        until(lambda: shop.model.asked)
        for number in range(3):
            told = shop.follower(f"o-{number}").say("也问").seen
            assert told == Texts().too_busy
        until(lambda: seen(shop.app)["huixin_too_busy_total"] == {("shop",): 3})


def test_nothing_of_a_follower_and_no_secret_is_in_it(tmp_path: Path) -> None:
    with running(tmp_path, moderation={"patterns": {"电话": r"1\d{10}"}}) as app:
        app.model.will(text="一个秘密的回答。")
        app.follower("o-a-follower").say("一个秘密的问题")
        app.follower("o-a-follower").say("打13800138000")
        url = f"http://127.0.0.1:{app.server.server_port}/metrics"
        text = requests.get(url, timeout=PATIENCE).text
        assert 'rule="电话"' in text
        for hidden in ("秘密", "o-a-follower", "13800138000", "sk-one"):
            assert hidden not in text


def test_one_of_several_workers_tells_of_all_and_they_end_with_a_supervisor_that_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in production: one is told when it imports what counts that it is one of several."""
    monkeypatch.setenv(AS_IN_PRODUCTION, "")
    with serving(tmp_path) as served:
        served.model.always(text="好。")
        for number in range(10):
            assert served.say("在吗", open_id=f"o-{number}") == "好。"
        killed = served.workers()[0]
        os.kill(killed, signal.SIGKILL)
        until(lambda: served.both_serve() and killed not in served.workers())
        assert served.say("还在吗") == "好。"
        for _ in range(6):
            assert scraped(served.server.port)["huixin_messages_total"] == {("", "text"): 11}
        workers = served.workers()
        served.end(signal.SIGKILL)
        until(lambda: not any(map(alive, workers)))
        assert len(served.said("event=stopped")) == 2, "in order"
        assert free(served.server.port)


@pytest.mark.parametrize("page", PAGES)
def test_every_number_is_explained(tmp_path: Path, page: str) -> None:
    with running(tmp_path) as app:
        url = f"http://127.0.0.1:{app.server.server_port}/metrics"
        text = requests.get(url, timeout=PATIENCE).text
    told = re.findall(r"^# TYPE (huixin_\w+) ", text, re.M)
    explained = re.findall(r"^\| `(huixin_\w+)` \|", (ROOT / page).read_text("utf-8"), re.M)
    assert sorted(told) == sorted(explained)
