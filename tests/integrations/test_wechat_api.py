"""Calls to WeChat's API end in time, follow nothing and tell no secret."""

import logging
import time
import traceback
from collections.abc import Iterator

import gevent
import pytest

from integrations.wechat.api import WeChatApi
from integrations.wechat.errors import (
    NoAnswer,
    WeChatAnswerMalformed,
    WeChatError,
    WeChatUnreachable,
)
from sandbox.wechat_api import WeChatApiStandIn
from tests.integrations.calling import (
    ADD,
    APPID,
    COUNT,
    MP3,
    SECRET,
    SPOILED_UPLOADS,
    Connect,
    Shelf,
    Spoil,
    soon,
)

# Time, and connections

STALLS: dict[str, Spoil] = {
    "silence": lambda wechat: wechat.will_hang(COUNT),
    "dribbling": lambda wechat: wechat.will_dribble(COUNT),
}


@pytest.mark.parametrize("stall", STALLS.values(), ids=STALLS)
def test_a_call_ends_by_its_deadline(
    api: WeChatApi, wechat: WeChatApiStandIn, stall: Spoil
) -> None:
    api.material_count(deadline=soon())
    stall(wechat)
    began = time.monotonic()
    with pytest.raises(NoAnswer) as unanswered, gevent.Timeout(10):
        api.material_count(deadline=soon(0.2))
    assert time.monotonic() - began >= 0.2
    assert unanswered.value.retryable
    assert api.material_count(deadline=soon()) == 0  # on a connection of its own


def test_a_silence_ends_a_call_long_before_its_deadline(
    connect: Connect, wechat: WeChatApiStandIn
) -> None:
    api = connect(read_seconds=0.1)
    wechat.will_hang(COUNT)
    with pytest.raises(NoAnswer), gevent.Timeout(30):
        api.material_count(deadline=soon(60))


def test_a_call_whose_time_is_up_asks_nothing(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    with pytest.raises(WeChatUnreachable):
        api.material_count(deadline=time.monotonic())
    assert not wechat.token_calls


def test_waiting_for_the_token_that_another_call_fetches_has_an_end_too(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    wechat.will_hang("stable_token")
    patient = gevent.spawn(api.material_count, deadline=soon(0.6))
    gevent.sleep(0.05)  # it has the lock
    with pytest.raises(WeChatUnreachable):
        api.material_count(deadline=soon(0.1))
    assert not patient.ready(), "it has it still"
    with pytest.raises(NoAnswer):
        patient.get()


def test_a_time_limit_of_the_caller_stays_the_callers(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    wechat.will_hang(COUNT)
    with pytest.raises(gevent.Timeout) as raised, gevent.Timeout(0.1) as mine:
        api.material_count(deadline=soon())
    assert raised.value is mine


def test_a_redirect_is_not_followed(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    with_secret = f"/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret={SECRET}"
    wechat.will_send(b"", COUNT, status=302, location=with_secret)
    with pytest.raises(WeChatAnswerMalformed, match="HTTP 302"):
        api.material_count(deadline=soon())
    assert [call.path for call in wechat.token_calls] == ["stable_token"]


def test_where_nothing_listens_wechat_is_unreachable(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    wechat.stop()
    with pytest.raises(WeChatUnreachable) as unreachable:
        api.material_count(deadline=soon())
    assert unreachable.value.retryable
    assert not isinstance(unreachable.value, NoAnswer)


def test_a_gateway_that_fails_is_no_answer(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    wechat.will_send(b"Bad Gateway", COUNT, status=502)
    with pytest.raises(NoAnswer, match="HTTP 502"):
        api.material_count(deadline=soon())


# Secrets

FAILURES: dict[str, Spoil] = SPOILED_UPLOADS | {
    "a refusal": lambda wechat: wechat.will_answer(48001, ADD),
    "a rejected token": lambda wechat: wechat.will_answer(40001, ADD, times=2),
    "wrong credentials": lambda wechat: wechat.will_answer(40125),
    "the token call breaks off": lambda wechat: wechat.will_hang_up("stable_token"),
    "a token answer cut short": lambda wechat: wechat.will_send(
        b'{"access_token": "half-a-token", ', "stable_token"
    ),
    "nothing there": lambda wechat: wechat.stop(),
    "an echo": lambda wechat: wechat.will_send(
        f'{{"errcode": 1, "errmsg": "no {SECRET} half-a-token"}}'.encode(), ADD
    ),
}


def everything_behind(error: BaseException | None) -> Iterator[BaseException]:
    """The error and whatever led to it, suppressed or not."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("token_is_known", [True, False], ids=["with a token", "without"])
@pytest.mark.parametrize("spoil", FAILURES.values(), ids=FAILURES)
def test_no_failure_tells_a_secret(
    api: WeChatApi,
    wechat: WeChatApiStandIn,
    shelf: Shelf,
    caplog: pytest.LogCaptureFixture,
    spoil: Spoil,
    token_is_known: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    if token_is_known:
        api.material_count(deadline=soon())
    spoil(wechat)
    with pytest.raises(WeChatError) as raised:
        for _ in range(2):  # with a token, what spoils the fetch of one goes unnoticed
            api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon(0.3))
            wechat.supersede_token()
    told = [caplog.text, repr(api), repr(shelf.token), *traceback.format_exception(raised.value)]
    for error in everything_behind(raised.value):
        told += [str(error), repr(error), repr(vars(error))]
    token = shelf.token.value if shelf.token else "half-a-token"
    for secret in (SECRET, token, "half-a-token"):
        assert not [line for line in told if secret in line]


def test_an_error_keeps_nothing_of_the_request_it_came_from(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    wechat.stop()
    with pytest.raises(WeChatUnreachable) as unreachable:
        api.material_count(deadline=soon())
    assert unreachable.value.__context__ is None
    assert unreachable.value.__cause__ is None
