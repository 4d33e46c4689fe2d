"""Several accounts on one database: whoever looks is told whose each thing is."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.inspect import main
from store.messages import State
from store.outcomes import Outcome
from tests.console.story import Story
from tests.console.terminal import Ran

CONFIG = """
mode: live
store: {path: "huixin.db"}
wechat: {token: "aToken1"}
openai: {api_keys: ["sk-one"], session_seconds: 600, save_history: 10}
accounts:
  - name: shop
    wechat: {token: "shopToken1"}
    openai: {session_seconds: 60, save_history: 2}
"""

Inspect = Callable[..., Ran]


def test_the_first_screen_names_accounts_where_there_are_several(
    today: Story, inspect: Inspect
) -> None:
    today.now -= 300
    today.fails(today.is_asked(today.says("one")), "NoKeyLeft: x")
    today.puts(today.says("stuck", who="o-ben"), State.GENERATING)
    assert "account" not in inspect()[1]
    today.fails(today.is_asked(today.says("two", to="shop")), "NoKeyLeft: x")
    today.puts(today.says("stuck", who="o-eve", to="shop"), State.GENERATING)
    today.says("behind it", who="o-eve", to="shop")
    today.answers(today.is_asked(today.says("unread", who="o-ute", to="shop")))
    lines = inspect()[1].splitlines()
    assert any("2 messages" in line and "-, shop" in line for line in lines)
    found = json.loads(inspect("--json")[1])
    assert [one["of_account"] for one in found["overdue"]].count("shop") == 2
    assert [one["of_account"] for one in found["overdue"]].count("") == 1
    assert [one["of_account"] for one in found["queues"]] == ["shop"]
    assert [one["of_account"] for one in found["unread"]] == ["shop"]
    assert [one["of_account"] for one in found["failures"]] == ["-, shop"]
    assert [one["others"] for one in found["failures"]] == [[]], "both for the same reason"


def test_what_failed_for_one_account_is_not_over_as_another_ones_model_has_answered(
    today: Story, inspect: Inspect
) -> None:
    today.now -= 300
    today.fails(today.is_asked(today.says("one", to="shop")), "KeyRefused: x")
    today.now += 60
    today.answers(today.is_asked(today.says("two", who="o-ben")))
    [failure] = json.loads(inspect("--json")[1])["failures"]
    assert (failure["goes_on"], failure["over"], failure["well_at"]) == (True, False, None)
    today.now += 60
    today.answers(today.is_asked(today.says("three", who="o-eve", to="shop")))
    [failure] = json.loads(inspect("--json")[1])["failures"]
    assert (failure["goes_on"], failure["over"]) == (False, True)


def test_a_follower_is_shown_with_what_the_model_of_their_account_is_asked_with(
    today: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    today.now -= 300
    numbers = []
    for account in ("", "shop"):
        for text in ("one", "two", "three"):
            message = today.is_asked(today.says(text, to=account))
            today.answers(replace(message, of_account=account))
        numbers.append(message.follower_id)
    config = tmp_path / "my.yml"
    config.write_text(CONFIG.replace("huixin.db", str(today.path)))

    def shown(*words: str) -> dict[str, object]:
        assert main(["--config", str(config), "follower", *words, "--json"]) == 0
        found: dict[str, object] = json.loads(capsys.readouterr().out)
        return found

    ours, shops = (shown(str(number)) for number in numbers)
    assert (ours["of_account"], shops["of_account"]) == ("", "shop")
    assert not ours["session_over"] and shops["session_over"]
    assert len(ours["history"]) == 6 and shops["history"] == []  # type: ignore[arg-type]


def test_what_to_do_names_the_place_of_the_accounts_own_model(
    today: Story, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    today.now -= 300
    today.fails(today.is_asked(today.says("one", to="shop")), "PortRefused: x")
    config = tmp_path / "my.yml"
    text = CONFIG.replace("huixin.db", str(today.path))
    own = 'openai: {base_url: "http://127.0.0.1:9/v1", api_keys: ["sk-shop"], '
    config.write_text(text.replace("openai: {session_seconds: 60, ", own))
    assert main(["--config", str(config)]) == 0
    assert "the port in accounts[0].openai.base_url" in " ".join(capsys.readouterr().out.split())


def test_an_open_id_in_two_accounts_is_two_followers_and_neither_is_guessed(
    today: Story, inspect: Inspect
) -> None:
    first = today.says("one", who="o-same")
    assert inspect("follower", "o-same")[0] == 0
    second = today.says("two", who="o-same", to="shop")
    for command in (("follower", "o-same"), ("erase", "o-same", "--yes")):
        code, _, told = inspect(*command)
        assert code != 0
        assert f"{first.follower_id} (gh), {second.follower_id} (gh_shop)" in told
    assert "shop" in inspect("follower", str(second.follower_id))[1]


def test_figures_are_of_each_account_and_of_one_where_it_is_named(
    today: Story, inspect: Inspect
) -> None:
    today.now -= 300
    today.tells("one", "answer")
    assert "By account" not in inspect("stats")[1]
    for _ in range(2):
        today.tries(today.answers(today.is_asked(today.says("two", to="shop"))), Outcome.REPLIED)
    today.fails(today.is_asked(today.says("three", to="shop")), "NoKeyLeft: x")
    shown = inspect("stats")[1]
    rows = [line.split() for line in shown[shown.index("By account") :].splitlines()[2:4]]
    assert rows == [["-", "1", "1/1", "0", "1"], ["shop", "3", "2/3", "1", "3"]]
    for word, messages, failed in (("shop", 3, 1), ("-", 1, 0), ("wechat", 1, 0)):
        found = json.loads(inspect("stats", "--account", word, "--json")[1])
        results = {one["result"]: one["messages"] for one in found["results"]}
        assert (found["messages"], results.get("NoKeyLeft", 0)) == (messages, failed)
        assert found["models"][0]["calls"] == sum(found["by_tries"].values()) == messages
        assert len(json.loads(inspect("list", "--account", word, "--json")[1])) == messages


def test_an_account_that_there_is_not_is_told_with_those_that_there_are(
    today: Story, inspect: Inspect, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    today.says("one")
    today.says("two", to="gone")
    for command in ("list", "stats"):
        assert inspect(command, "--account", "shp") == (
            *(4, ""),
            "inspect: no account shp: there is wechat, gone\n",
        )
    config = tmp_path / "my.yml"
    config.write_text(CONFIG.replace("huixin.db", str(today.path)))
    assert main(["--config", str(config), "list", "--account", "shp"]) == 4
    assert "there is wechat, gone, shop" in capsys.readouterr().err
    assert main(["--config", str(config), "list", "--account", "shop"]) == 0
