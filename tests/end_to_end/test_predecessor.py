"""The predecessor's own configuration files, untouched, run a live server."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from sandbox.follower import Follower
from sandbox.model import ModelStandIn
from sandbox.wechat_api import WeChatApiStandIn
from tests.conftest import ROOT
from tests.forking import Forked
from tests.serving import START_SECONDS, serving, url_of

COMPAT = sorted((ROOT / "tests" / "compat").glob("*.yml"))


@pytest.fixture
def model() -> Iterator[ModelStandIn]:
    stand_in = ModelStandIn()
    stand_in.start()
    yield stand_in
    stand_in.stop()


@pytest.fixture
def wechat() -> Iterator[WeChatApiStandIn]:
    appid, secret = "wx0123456789abcdef", "a-secret"
    stand_in = WeChatApiStandIn(appid=appid, secret=secret).start()
    yield stand_in
    stand_in.stop()


def test_both_shapes_of_its_file_are_here() -> None:
    found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in COMPAT]
    assert {"stream_response" in content["azure"] for content in found} == {True, False}
    assert all("mode" not in content and "server" not in content for content in found)


@pytest.mark.parametrize("path", COMPAT, ids=lambda path: path.name)
def test_a_file_as_it_is_starts_a_live_server_that_asks_nothing_of_the_outside(
    path: Path, tmp_path: Path
) -> None:
    with serving(path, tmp_path) as (port, log):
        assert Follower(url_of(port), "a-token").verify_url()
        assert Follower(f"{url_of(port)}/", "a-token").verify_url(), "the predecessor's own path"
        assert not Follower(url_of(port), "another").verify_url()
    text = log.read_text()
    assert "sandbox" not in text.lower()
    assert "Traceback" not in text
    assert "a-secret" not in text
    assert (tmp_path / "var" / "huixin.db").exists()


@pytest.mark.parametrize("path", COMPAT, ids=lambda path: path.name)
def test_what_it_asks_of_the_model_is_what_the_file_says(
    path: Path, tmp_path: Path, model: ModelStandIn
) -> None:
    config = tmp_path / "config.yml"
    text = path.read_text(encoding="utf-8")
    config.write_text(text.replace("openai:\n", f'openai:\n  base_url: "{model.url}"\n'))
    answer = "第一句，说得长一点好让它放不下。" * 60
    model.will(text=answer)
    with serving(config, tmp_path) as (port, _):
        follower = Follower(url_of(port), "a-token")
        seen = follower.say("讲个故事").seen
        rest = follower.say("继续").seen
        other = Follower(url_of(port), "a-token", open_id="o-two")
        model.will(text="答")
        assert other.say("问").seen.startswith("答\n")
    asked = model.bodies[0]
    assert asked["model"] == "gpt-3.5-turbo-0301"
    assert asked["temperature"] == 0.8
    assert asked["max_tokens"] == 120
    assert asked["stream"] is True
    assert [call.key for call in model.asked] == ["-one", "-two"], "Bearer or not, in turn"
    assert answer.startswith(seen[:380])
    assert len(seen) <= 500 + 100, "rsize, and the link"
    assert answer[400:450] in seen + rest


def test_its_ip_detection_asks_wechat_for_the_addresses_and_keeps_strangers_out(
    tmp_path: Path, wechat: WeChatApiStandIn
) -> None:
    wechat.callback_addresses = ["203.0.113.9"]
    config = tmp_path / "config.yml"
    text = (
        COMPAT[0]
        .read_text(encoding="utf-8")
        .replace("ip_detection: false", f'ip_detection: true\n  api_base: "{wechat.url}"')
    )
    config.write_text(text)
    with serving(config, tmp_path) as (port, log):
        _wait_for(log, "event=addresses networks=1")
        assert not Follower(url_of(port), "a-token").verify_url()
    assert "event=turned_away status=404" in log.read_text()


def _wait_for(log: Path, words: str) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while words not in log.read_text():
        assert time.monotonic() < give_up_at, log.read_text()
        time.sleep(0.05)


@pytest.mark.parametrize("switch", ["ip_detection", "trans_to_voice"])
@pytest.mark.parametrize("key", ["appid", "secret"])
def test_appid_and_secret_are_needed_exactly_where_something_uses_them(
    tmp_path: Path, switch: str, key: str
) -> None:
    content = yaml.safe_load(COMPAT[0].read_text(encoding="utf-8"))
    del content["wechat"][key]
    config = tmp_path / "config.yml"
    config.write_text(yaml.safe_dump(content))
    with serving(config, tmp_path):
        pass
    content["wechat" if switch == "ip_detection" else "azure"][switch] = True
    config.write_text(yaml.safe_dump(content))
    said = tmp_path / "said"
    with said.open("wb") as out:
        command = [str(ROOT / "server.py"), "--config", str(config), "--port", "0"]
        assert Forked(*command, log=out, cwd=tmp_path).wait(60) == 2
    assert f"wechat.{key}" in said.read_text(encoding="utf-8")
