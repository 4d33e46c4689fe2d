"""What the calls to WeChat's API promise, against a stand-in on a real socket."""

import logging
import time
import traceback
from collections.abc import Callable, Iterator
from ipaddress import ip_address

import gevent
import pytest
from gevent.pool import Pool
from hypothesis import given
from hypothesis import strategies as st

from integrations.wechat import errors
from integrations.wechat.api import Token, WeChatApi
from integrations.wechat.errors import (
    BY_ERRCODE,
    AccountLimited,
    AddressNotWhitelisted,
    AddressRefused,
    AddressRefusedForTheDay,
    AdminMustConfirm,
    AnswerTooLarge,
    ApiNotGranted,
    Busy,
    CredentialsRejected,
    DailyQuotaUsedUp,
    MediaGone,
    MediaRefused,
    NoAnswer,
    TokenRejected,
    TooManyPerMinute,
    UnknownWeChatError,
    UploadUnsure,
    WeChatAnswerMalformed,
    WeChatError,
    WeChatUnreachable,
    named,
)
from sandbox.wechat_api import WeChatApiStandIn
from tests.conftest import Clock

MP3 = b"\xff\xf3\x48\xc4" * 500
APPID = "wx0123456789abcdef"
SECRET = "0123456789abcdef0123456789abcdef"
ADD = "material/add_material"
COUNT = "material/get_materialcount"
MIB = 1024 * 1024


class Shelf:
    """A token shelf that gives way to others, as the one in the database does."""

    def __init__(self) -> None:
        self.token: Token | None = None
        self.claimed_elsewhere = False

    def read(self) -> Token | None:
        gevent.sleep(0)
        return self.token

    def save(self, token: Token) -> None:
        gevent.sleep(0)
        self.token = token

    def forget(self) -> None:
        gevent.sleep(0)
        self.token = None

    def claim(self, seconds: float) -> bool:
        gevent.sleep(0)
        return not self.claimed_elsewhere

    def let_go(self) -> None:
        gevent.sleep(0)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def wechat(clock: Clock) -> Iterator[WeChatApiStandIn]:
    stand_in = WeChatApiStandIn(appid=APPID, secret=SECRET, upload_seconds=0, clock=clock)
    yield stand_in.start()
    stand_in.stop()


Connect = Callable[..., WeChatApi]


@pytest.fixture
def connect(wechat: WeChatApiStandIn, shelf: Shelf, clock: Clock) -> Iterator[Connect]:
    """Makes a client as a starting server does: what it knows is on the shelf."""
    made: list[WeChatApi] = []

    def make(*, secret: str = SECRET, read_seconds: float = 5.0) -> WeChatApi:
        api = WeChatApi(
            api_base=wechat.url,
            appid=APPID,
            secret=secret,
            tokens=shelf,
            clock=clock,
            connect_seconds=2.0,
            read_seconds=read_seconds,
        )
        made.append(api)
        return api

    yield make
    for api in made:
        api.close()


@pytest.fixture
def api(connect: Connect) -> WeChatApi:
    return connect()


def soon(seconds: float = 5.0) -> float:
    """A deadline."""
    return time.monotonic() + seconds


# The access token


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
    assert len(wechat.token_calls) == 1  # before its last 5 minutes there is no other (sheet 5.2)
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


# Voices


def test_a_permanent_voice_stays_until_it_is_deleted(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    media_id = api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon())
    assert wechat.materials == {media_id: MP3}
    assert api.material_count(deadline=soon()) == 1
    api.delete_material(media_id, deadline=soon())
    assert wechat.deleted == [media_id]
    assert api.material_count(deadline=soon()) == 0


def test_a_temporary_voice_is_no_material(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    media_id = api.add_voice(MP3, name="v.mp3", permanent=False, deadline=soon())
    assert wechat.media == {media_id: MP3}
    assert not wechat.materials


def test_deleting_what_is_gone_is_no_error(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    media_id = api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon())
    api.delete_material(media_id, deadline=soon())
    api.delete_material(media_id, deadline=soon())
    assert wechat.deleted == [media_id]


def test_a_deletion_that_nothing_confirms_is_no_success(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    wechat.will_send(b"<html>", "material/del_material")
    with pytest.raises(WeChatAnswerMalformed):
        api.delete_material("some-id", deadline=soon())


@pytest.mark.parametrize("size", [0, 60 * 4000 + 1, 2 * MIB + 1])
def test_a_voice_that_wechat_does_not_take_is_refused(
    api: WeChatApi, wechat: WeChatApiStandIn, size: int
) -> None:
    with pytest.raises(MediaRefused) as refused:
        api.add_voice(bytes(size), name="v.mp3", permanent=True, deadline=soon())
    assert not refused.value.retryable
    assert not wechat.materials


Spoil = Callable[[WeChatApiStandIn], None]
SPOILED_UPLOADS: dict[str, Spoil] = {
    "silence": lambda wechat: wechat.will_hang(ADD, after=True),
    "hanging up": lambda wechat: wechat.will_hang_up(ADD, after=True),
    "dribbling": lambda wechat: wechat.will_dribble(ADD),
    "no JSON": lambda wechat: wechat.will_send(b"<html>", ADD),
    "no media id": lambda wechat: wechat.will_send(b"{}", ADD),
    "an empty media id": lambda wechat: wechat.will_send(b'{"media_id": ""}', ADD),
    "a gateway": lambda wechat: wechat.will_send(b"Bad Gateway", ADD, status=502),
    "a redirect": lambda wechat: wechat.will_send(b"", ADD, status=302, location="/"),
    "too much": lambda wechat: wechat.will_send(b" " * (MIB + 1), ADD),
}


@pytest.mark.parametrize("spoil", SPOILED_UPLOADS.values(), ids=SPOILED_UPLOADS)
def test_an_upload_whose_answer_is_lost_is_not_to_be_tried_again(
    api: WeChatApi, wechat: WeChatApiStandIn, spoil: Spoil
) -> None:
    api.material_count(deadline=soon())
    spoil(wechat)
    with pytest.raises(UploadUnsure) as unsure:
        api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon(0.3))
    assert not unsure.value.retryable
    assert len(wechat.uploads) <= 1  # and it was not tried again in secret


def test_an_upload_that_never_began_may_be_tried_again(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    api.material_count(deadline=soon())
    wechat.stop()
    with pytest.raises(WeChatUnreachable) as unreachable:
        api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon())
    assert unreachable.value.retryable
    assert not isinstance(unreachable.value, NoAnswer)


def test_an_upload_that_waited_for_a_token_in_vain_never_began(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    wechat.will_hang("stable_token")
    with pytest.raises(WeChatUnreachable):
        api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon(0.1))


def test_a_connection_that_died_while_idle_spoils_no_upload(
    api: WeChatApi, wechat: WeChatApiStandIn, clock: Clock
) -> None:
    api.material_count(deadline=soon())
    port = int(wechat.url.rpartition(":")[2])
    wechat.stop()
    again = WeChatApiStandIn(port, appid=APPID, secret=SECRET, upload_seconds=0, clock=clock)
    again.start()
    try:
        assert api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon()) in again.materials
    finally:
        again.stop()


def test_a_recording_is_downloaded(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    wechat.store_media(b"#!AMR\n recorded", "media-1")
    assert api.download_media("media-1", deadline=soon()) == b"#!AMR\n recorded"


def test_a_recording_may_look_like_json_at_first(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    wechat.store_media(b"{\x01\x02 speex has no head", "media-1")
    assert api.download_media("media-1", deadline=soon()).startswith(b"{\x01")


def test_a_recording_is_gone_after_3_days(
    api: WeChatApi, wechat: WeChatApiStandIn, clock: Clock
) -> None:
    wechat.store_media(b"#!AMR\n recorded", "media-1")
    clock.forward(3 * 24 * 3600)
    with pytest.raises(MediaGone):
        api.download_media("media-1", deadline=soon())


def test_a_recording_of_3_mib_is_the_largest(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    wechat.store_media(bytes(3 * MIB), "large")
    wechat.store_media(bytes(3 * MIB + 1), "larger")
    assert len(api.download_media("large", deadline=soon())) == 3 * MIB
    with pytest.raises(AnswerTooLarge):
        api.download_media("larger", deadline=soon())


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b'{"video_url": "http://x"}', b""])
def test_what_is_no_recording_is_not_returned_as_one(
    api: WeChatApi, wechat: WeChatApiStandIn, body: bytes
) -> None:
    wechat.will_send(body, "media/get")
    with pytest.raises(WeChatAnswerMalformed):
        api.download_media("media-1", deadline=soon())


def test_the_addresses_of_pushes_are_told(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    wechat.callback_addresses = ["101.226.62.77", "2001:db8::/32"]
    assert api.callback_addresses(deadline=soon()) == ["101.226.62.77", "2001:db8::/32"]


# What WeChat refuses

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
    assert "开发密钥" in error.advice  # where the whitelist is (sheet 1.6)


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
    with pytest.raises(NoAnswer) as unanswered:
        api.material_count(deadline=soon(0.2))
    assert 0.2 <= time.monotonic() - began < 1.0
    assert unanswered.value.retryable
    assert api.material_count(deadline=soon()) == 0  # on a connection of its own


def test_a_silence_ends_a_call_long_before_its_deadline(
    connect: Connect, wechat: WeChatApiStandIn
) -> None:
    api = connect(read_seconds=0.1)
    wechat.will_hang(COUNT)
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        api.material_count(deadline=soon(60))
    assert time.monotonic() - began < 5


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
    began = time.monotonic()
    with pytest.raises(WeChatUnreachable):
        api.material_count(deadline=soon(0.1))
    assert time.monotonic() - began < 0.4
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
