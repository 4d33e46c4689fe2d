"""The stand-in for WeChat's API gives out access tokens as the protocol sheet says (5.1, 5.2)."""

import pytest

from sandbox.wechat_api import WeChatApiStandIn
from tests.conftest import Clock
from tests.sandbox.caller import DAY, Caller


def test_a_stable_token_stays_the_same_and_tells_what_is_left_of_it(
    call: Caller, clock: Clock
) -> None:
    first = call.stable_token()
    clock.forward(1000)
    assert call.stable_token() == first | {"expires_in": 6200}


def test_a_stable_token_has_a_successor_in_its_last_5_minutes_and_both_work(
    call: Caller, clock: Clock
) -> None:
    old = call.stable_token()["access_token"]
    clock.forward(7200 - 300)
    answer = call.stable_token()
    assert answer["access_token"] != old
    assert answer["expires_in"] == 7200
    assert call.code_for(old) == call.code_for(answer["access_token"]) == 0

    clock.forward(300)
    assert call.code_for(old) == 42001
    assert call.code_for(answer["access_token"]) == 0


def test_forcing_kills_the_stable_token_at_once(call: Caller) -> None:
    old = call.stable_token()["access_token"]
    new = call.stable_token(force_refresh=True)["access_token"]
    assert call.code_for(old) == 40001
    assert call.code_for(new) == 0


def test_forcing_again_within_30_seconds_forces_nothing(call: Caller, clock: Clock) -> None:
    first = call.stable_token(force_refresh=True)["access_token"]
    clock.forward(29)
    assert call.stable_token(force_refresh=True)["access_token"] == first
    clock.forward(1)
    assert call.stable_token(force_refresh=True)["access_token"] != first


def test_forcing_is_allowed_20_times_a_day(call: Caller, clock: Clock) -> None:
    for _ in range(20):
        assert "access_token" in call.stable_token(force_refresh=True)
        clock.forward(30)
    assert call.stable_token(force_refresh=True)["errcode"] == 45009
    clock.forward(DAY)
    assert "access_token" in call.stable_token(force_refresh=True)


def test_a_plain_token_is_followed_by_the_next_and_works_5_minutes_more(
    call: Caller, clock: Clock
) -> None:
    old = call.plain_token()["access_token"]
    new = call.plain_token()["access_token"]
    assert old != new
    clock.forward(299)
    assert call.code_for(old) == 0
    clock.forward(1)
    assert call.code_for(old) == 42001
    assert call.code_for(new) == 0


def test_plain_and_stable_tokens_know_nothing_of_each_other(call: Caller, clock: Clock) -> None:
    plain, stable = call.plain_token()["access_token"], call.stable_token()["access_token"]
    call.stable_token(force_refresh=True)
    assert call.code_for(plain) == 0
    stable = call.stable_token()["access_token"]
    call.plain_token()
    clock.forward(300)
    assert call.code_for(stable) == 0


def test_a_killed_token_is_given_out_until_another_one_is_forced(
    call: Caller, wechat: WeChatApiStandIn, token: str
) -> None:
    wechat.kill_token()
    assert call.code_for(token) == 40001
    assert call.stable_token()["access_token"] == token
    assert call.code_for(call.stable_token(force_refresh=True)["access_token"]) == 0


def test_a_superseded_token_is_dead_and_another_one_is_given_out(
    call: Caller, wechat: WeChatApiStandIn, token: str
) -> None:
    wechat.supersede_token()
    assert call.code_for(token) == 40001
    assert call.code_for(call.stable_token()["access_token"]) == 0


@pytest.mark.parametrize(
    ("given", "errcode"),
    [
        ({"appid": ""}, 41002),
        ({"appid": "wx-other"}, 40013),
        ({"secret": ""}, 41004),
        ({"secret": "wrong"}, 40125),
        ({"grant_type": "password"}, 40002),
    ],
)
def test_credentials_are_checked(call: Caller, given: dict[str, str], errcode: int) -> None:
    answer = call.stable_token(**given)
    assert answer["errcode"] == errcode
    assert "rid: " in answer["errmsg"]


def test_a_call_without_a_good_token_is_refused(call: Caller) -> None:
    assert call.get("getcallbackip")["errcode"] == 41001
    assert call.get("getcallbackip", access_token="made-up")["errcode"] == 40001


def test_calls_for_tokens_are_counted_with_their_times(
    call: Caller, wechat: WeChatApiStandIn, clock: Clock
) -> None:
    call.stable_token()
    clock.forward(60)
    call.stable_token(force_refresh=True)
    call.plain_token()
    told = [(made.path, made.forced, clock.now - made.at) for made in wechat.token_calls]
    assert told == [
        ("stable_token", False, 60),
        ("stable_token", True, 0),
        ("token", False, 0),
    ]


@pytest.mark.parametrize(
    ("path", "errcode"), [("stable_token", 43002), ("media/upload", 43002), ("no/such", 40066)]
)
def test_a_call_that_is_none_is_refused(call: Caller, path: str, errcode: int) -> None:
    assert call.get(path)["errcode"] == errcode
