"""One access token serves every call, and a dead one is replaced once."""

import gevent
import pytest
from gevent.pool import Pool

from integrations.wechat.api import WeChatApi
from integrations.wechat.errors import (
    CredentialsRejected,
    NoAnswer,
    TokenRejected,
    WeChatAnswerMalformed,
    WeChatUnreachable,
)
from sandbox.wechat_api import WeChatApiStandIn
from tests.conftest import Clock
from tests.integrations.calling import ADD, COUNT, MP3, Connect, Shelf, soon


def test_one_token_serves_many_calls(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    for _ in range(3):
        api.material_count(deadline=soon())
    assert [call.path for call in wechat.token_calls] == ["stable_token"]


def test_a_token_outlives_a_restart(connect: Connect, wechat: WeChatApiStandIn) -> None:
    connect().material_count(deadline=soon())
    connect().material_count(deadline=soon())
    assert len(wechat.token_calls) == 1


def test_calls_that_begin_together_fetch_one_token(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    pool = Pool()
    counts = [pool.spawn(api.material_count, deadline=soon()) for _ in range(30)]
    assert [count.get() for count in counts] == [0] * 30
    assert len(wechat.token_calls) == 1


def test_a_token_that_another_process_fetches_is_waited_for(
    api: WeChatApi, shelf: Shelf, wechat: WeChatApiStandIn, clock: Clock
) -> None:
    api.material_count(deadline=soon())
    fetched, shelf.token = shelf.token, None
    shelf.claimed_elsewhere = True
    counting = gevent.spawn(api.material_count, deadline=soon())
    gevent.sleep(0.2)
    assert not counting.ready()
    shelf.token, shelf.claimed_elsewhere = fetched, False
    assert counting.get() == 0
    assert len(wechat.token_calls) == 1


def test_another_process_that_fetches_for_ever_is_not_waited_for_beyond_the_deadline(
    api: WeChatApi, shelf: Shelf, wechat: WeChatApiStandIn
) -> None:
    shelf.claimed_elsewhere = True
    with pytest.raises(WeChatUnreachable):
        api.material_count(deadline=soon(0.2))
    assert wechat.token_calls == []


def test_a_token_is_fetched_anew_some_minutes_before_it_ends(
    api: WeChatApi, wechat: WeChatApiStandIn, clock: Clock
) -> None:
    api.material_count(deadline=soon())
    clock.forward(7200 - 5 * 60)
    api.material_count(deadline=soon())
    assert len(wechat.token_calls) == 1  # none before its last 5 minutes (protocol sheet 5.2)
    clock.forward(2 * 60)
    api.material_count(deadline=soon())
    api.material_count(deadline=soon())
    assert len(wechat.token_calls) == 2


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_rejected_token_is_fetched_anew_and_the_call_made_again(
    api: WeChatApi, wechat: WeChatApiStandIn, errcode: int
) -> None:
    api.material_count(deadline=soon())
    wechat.supersede_token()
    wechat.will_answer(errcode, COUNT)
    assert api.material_count(deadline=soon()) == 0
    assert [call.forced for call in wechat.token_calls] == [False, False]


def test_a_voice_is_uploaded_once_though_its_token_was_rejected(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    api.material_count(deadline=soon())
    wechat.supersede_token()
    media_id = api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon())
    assert wechat.materials == {media_id: MP3}


def test_calls_whose_token_died_together_fetch_one_other(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    api.material_count(deadline=soon())
    wechat.supersede_token()
    pool = Pool()
    counts = [pool.spawn(api.material_count, deadline=soon()) for _ in range(30)]
    assert [count.get() for count in counts] == [0] * 30
    assert len(wechat.token_calls) == 2


def test_a_dead_token_that_is_given_out_again_is_forced_away(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    api.material_count(deadline=soon())
    wechat.kill_token()
    assert api.material_count(deadline=soon()) == 0
    assert [call.forced for call in wechat.token_calls] == [False, False, True]


def test_a_token_is_not_forced_twice_within_30_seconds(
    api: WeChatApi, wechat: WeChatApiStandIn, clock: Clock
) -> None:
    api.material_count(deadline=soon())
    wechat.kill_token()
    api.material_count(deadline=soon())
    wechat.kill_token()
    with pytest.raises(TokenRejected) as rejected:
        api.material_count(deadline=soon())
    assert rejected.value.retryable
    assert sum(call.forced for call in wechat.token_calls) == 1

    clock.forward(rejected.value.rest_seconds)
    assert api.material_count(deadline=soon()) == 0
    assert sum(call.forced for call in wechat.token_calls) == 2


def test_a_token_is_forced_20_times_a_day_at_most(
    api: WeChatApi, wechat: WeChatApiStandIn, clock: Clock
) -> None:
    for _ in range(20):
        api.material_count(deadline=soon())
        wechat.kill_token()
        api.material_count(deadline=soon())
        clock.forward(30)
    wechat.kill_token()
    with pytest.raises(TokenRejected):
        api.material_count(deadline=soon())
    assert sum(call.forced for call in wechat.token_calls) == 20

    clock.forward(24 * 3600)
    wechat.kill_token()
    assert api.material_count(deadline=soon()) == 0


def test_a_token_that_stays_dead_though_forced_is_not_kept(
    api: WeChatApi, wechat: WeChatApiStandIn, shelf: Shelf
) -> None:
    api.material_count(deadline=soon())
    assert shelf.token is not None
    dead = f'{{"access_token": "{shelf.token.value}", "expires_in": 7200}}'.encode()
    wechat.kill_token()
    wechat.will_send(dead, "stable_token", times=2)
    with pytest.raises(TokenRejected):
        api.material_count(deadline=soon())
    assert shelf.token is None


def test_a_call_whose_second_token_is_rejected_too_is_given_up(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    wechat.will_answer(42001, ADD, times=2)
    with pytest.raises(TokenRejected):
        api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon())
    assert api.add_voice(
        MP3, name="v.mp3", permanent=True, deadline=soon()
    )  # a third would have been refused


@pytest.mark.parametrize("errcode", [40001, 40013, 40125, 41002, 41004, 40243])
def test_refused_credentials_say_where_to_look(
    api: WeChatApi, wechat: WeChatApiStandIn, errcode: int
) -> None:
    wechat.will_answer(errcode, "stable_token")
    with pytest.raises(CredentialsRejected) as rejected:
        api.material_count(deadline=soon())
    assert not rejected.value.retryable
    assert "wechat.secret" in rejected.value.advice


def test_a_wrong_secret_is_named_so(connect: Connect) -> None:
    with pytest.raises(CredentialsRejected):
        connect(secret="f" * 32).material_count(deadline=soon())


@pytest.mark.parametrize(
    "answer",
    [
        b"{}",
        b"[]",
        b"",
        b"<html>",
        b"[" * 100_000,
        b"\xff\xfe\x00",
        b'{"access_token": "", "expires_in": 7200}',
        b'{"access_token": "t", "expires_in": "soon"}',
        b'{"access_token": "t"}',
        b'{"errcode": "40001"}',
    ],
)
def test_an_answer_without_a_token_is_malformed(
    api: WeChatApi, wechat: WeChatApiStandIn, shelf: Shelf, answer: bytes
) -> None:
    wechat.will_send(answer, "stable_token")
    with pytest.raises(WeChatAnswerMalformed):
        api.material_count(deadline=soon())
    assert shelf.token is None


def test_after_a_fetch_that_failed_the_next_call_fetches(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    wechat.will_hang("stable_token")
    with pytest.raises(NoAnswer):
        api.material_count(deadline=soon(0.1))
    assert api.material_count(deadline=soon()) == 0
