"""What WeChat refuses is named after its code, with advice."""

import time
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.wechat import errors
from integrations.wechat.api import WeChatApi
from integrations.wechat.errors import (
    BY_ERRCODE,
    AccountLimited,
    AddressNotWhitelisted,
    AddressRefused,
    AddressRefusedForTheDay,
    AdminMustConfirm,
    ApiNotGranted,
    Busy,
    DailyQuotaUsedUp,
    MediaGone,
    MediaRefused,
    TokenRejected,
    TooManyPerMinute,
    UnknownWeChatError,
    WeChatError,
    named,
)
from sandbox.wechat_api import WeChatApiStandIn
from tests.integrations.calling import ADD, COUNT, MP3, soon

SHEET = [
    (40014, TokenRejected, True),
    (40164, AddressNotWhitelisted, False),
    (45035, AddressNotWhitelisted, False),
    (61004, AddressNotWhitelisted, False),
    (89503, AdminMustConfirm, False),
    (89506, AddressRefusedForTheDay, False),
    (89507, AddressRefused, False),
    (-1, Busy, True),
    (45009, DailyQuotaUsedUp, False),
    (45011, TooManyPerMinute, True),
    (48001, ApiNotGranted, False),
    (48004, AccountLimited, False),
    (50002, AccountLimited, False),
    (40007, MediaGone, False),
    (40004, MediaRefused, False),
    (40005, MediaRefused, False),
    (40009, MediaRefused, False),
    (41005, MediaRefused, False),
    (45001, MediaRefused, False),
    (99999, UnknownWeChatError, False),
]


@pytest.mark.parametrize(("errcode", "kind", "retryable"), SHEET)
def test_a_refusal_is_named_after_its_code(
    api: WeChatApi,
    wechat: WeChatApiStandIn,
    errcode: int,
    kind: type[WeChatError],
    retryable: bool,
) -> None:
    wechat.will_answer(errcode, COUNT, times=3)
    with pytest.raises(WeChatError) as refused:
        api.material_count(deadline=soon())
    assert type(refused.value) is kind
    assert refused.value.retryable is retryable
    assert refused.value.errcode == errcode
    assert refused.value.advice
    # WeChat explains a rid for 7 days.
    assert f"{COUNT}: errcode {errcode}, rid " in str(refused.value)


def test_every_error_that_is_not_for_its_code_has_advice_too() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    ours = [kind for kind in kinds if issubclass(kind, WeChatError) and kind is not WeChatError]
    assert set(BY_ERRCODE.values()) < set(ours)
    for kind in ours:
        advice = kind("a/call", "why").advice
        assert advice and "\n" not in advice


@pytest.mark.parametrize(
    ("errmsg", "address"),
    [
        ("invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist rid: 60196b9b-4c5b", "1.2.3.4"),
        ("invalid ip 1.2.3.4, not in whitelist", "1.2.3.4"),
        ("invalid ip 240e:3b7::1 ipv6 240e:3b7::1, not in whitelist", "240e:3b7::1"),
        ("invalid ip ::ffff:1.2.3.4, not in whitelist", "1.2.3.4"),
        ("invalid ip , not in whitelist", ""),
        ("access clientip is not registered, not in ip-white-list", ""),
    ],
)
def test_an_address_to_be_whitelisted_is_told(errmsg: str, address: str) -> None:
    error = named(COUNT, 40164, errmsg)
    assert isinstance(error, AddressNotWhitelisted)
    assert error.address == address
    assert (address or "public address") in error.advice
    assert "开发密钥" in error.advice  # where the whitelist is (protocol sheet 1.6)


@given(st.sampled_from([40164, 40001, 12345]), st.text())
def test_nothing_of_wechats_own_words_gets_into_an_error(errcode: int, words: str) -> None:
    error = named(COUNT, errcode, f"invalid ip {words}")
    if isinstance(error, AddressNotWhitelisted) and error.address:
        ip_address(error.address)
    assert str(error).partition(", rid ")[0] == f"{COUNT}: errcode {errcode}"


def test_a_busy_service_is_asked_three_times(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    wechat.will_answer(-1, ADD, times=2)
    assert api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon())
    assert len(wechat.uploads) == 1

    wechat.will_answer(-1, ADD, times=3)
    with pytest.raises(Busy):
        api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon())
    assert api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon())


def test_a_busy_service_is_not_waited_for_beyond_the_deadline(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    wechat.will_answer(-1, COUNT, times=0)
    deadline = soon(0.5)
    with pytest.raises(Busy):
        api.material_count(deadline=deadline)
    assert time.monotonic() < deadline
