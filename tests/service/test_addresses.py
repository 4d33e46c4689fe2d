"""Only WeChat's own addresses get in: `wechat.ip_detection` and `server.trusted_proxies`."""

import logging
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.event import Event

from sandbox.wechat_api import WeChatApiStandIn
from sandbox.wire import new_msg_id, signed, to_xml
from service.addresses import DAY, client_address, parsed
from settings.announcements import Fields, Level, listen, listen_no_more
from settings.schema import Secret
from tests.running import TOKEN, Running

PROXIES = ["127.0.0.1", "10.0.0.0/8", "fd00::/8"]


class Guarded(Running):
    """A server that lets WeChat's addresses in and nobody else."""

    patience = 10.0  # seconds for the API's first answer

    def __init__(self, folder: Path, wechat: WeChatApiStandIn, proxies: list[str]) -> None:
        super().__init__(folder)
        self.wechat = wechat
        secret = Secret("5a4db0c55a4db0c55a4db0c55a4db0c5")
        self.sections = {
            "wechat": {
                "ip_detection": True,
                "appid": "wx5a4db0c5a4db0c5a",
                "secret": secret,
                "api_base": wechat.url,
            },
            "server": {"trusted_proxies": tuple(proxies)},
        }

    def start(self) -> None:
        answered = Event()

        def hear(event: str, level: Level, fields: Fields) -> None:
            if event in ("addresses", "no_addresses"):
                if "not asked yet" not in str(fields.get("reason")):
                    answered.set()

        listen(hear)
        super().start()
        answered.wait(self.patience)
        listen_no_more(hear)

    def asked(
        self, method: str = "POST", forwarded_for: str | None = None, token: str = TOKEN
    ) -> int:
        """The status that a right request gets."""
        query = signed(token) | {"echostr": "e"}
        push = {"ToUserName": "gh", "FromUserName": "o", "CreateTime": "1", "MsgType": "text"}
        body = to_xml(push | {"Content": "问", "MsgId": new_msg_id()}) if method == "POST" else b""
        headers = {} if forwarded_for is None else {"X-Forwarded-For": forwarded_for}
        connection = HTTPConnection("127.0.0.1", self.server.server_port, timeout=10)
        connection.request(method, f"/wechat?{urllib.parse.urlencode(query)}", body, headers)
        status = connection.getresponse().status
        connection.close()
        return status


@contextmanager
def listing() -> Iterator[WeChatApiStandIn]:
    stand_in = WeChatApiStandIn().start()
    stand_in.callback_addresses = ["101.226.103.0/25", "203.0.113.9", "2001:db8:7::/48"]
    yield stand_in
    stand_in.stop()


@pytest.fixture
def wechat() -> Iterator[WeChatApiStandIn]:
    with listing() as stand_in:
        yield stand_in


class Start:
    """Starts guarded servers, and stops them."""

    def __init__(self, folder: Path, wechat: WeChatApiStandIn) -> None:
        self._folder, self._wechat = folder, wechat
        self.started: list[Guarded] = []

    def __call__(self, *proxies: str, patience: float = Guarded.patience) -> Guarded:
        app = Guarded(self._folder, self._wechat, list(proxies))
        app.patience = patience
        app.model.start()
        app.start()
        self.started.append(app)
        return app


@contextmanager
def starting(folder: Path, wechat: WeChatApiStandIn) -> Iterator[Start]:
    starter = Start(folder, wechat)
    yield starter
    for app in starter.started:
        app.stop()
        app.model.stop()


@pytest.fixture
def start(tmp_path: Path, wechat: WeChatApiStandIn) -> Iterator[Start]:
    with starting(tmp_path, wechat) as starter:
        yield starter


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """One behind proxies, for all who only ask it."""
    with listing() as wechat, starting(tmp_path_factory.mktemp("proxied"), wechat) as start:
        yield start(*PROXIES)


def test_a_stranger_gets_a_404_however_well_it_signs(start: Start) -> None:
    app = start()
    assert app.asked() == 404
    assert app.asked("GET") == 404
    assert app.one("SELECT count(*) FROM messages") == 0


def test_wechat_itself_gets_in(start: Start, wechat: WeChatApiStandIn) -> None:
    wechat.callback_addresses = ["127.0.0.0/30"]
    app = start()
    assert app.asked() == 200
    assert app.asked("GET") == 200


@pytest.mark.parametrize(
    ("forwarded_for", "status"),
    [
        ("101.226.103.7", 200),  # in a range
        ("101.226.103.200", 404),  # and just outside
        ("203.0.113.9", 200),
        ("::ffff:203.0.113.9", 200),
        ("2001:db8:7:1::5", 200),
        ("2001:db8:8::5", 404),
        ("1.2.3.4, 203.0.113.9", 200),  # the left part is hearsay
        ("203.0.113.9, 1.2.3.4", 404),
        ("203.0.113.9, 10.1.2.3, fd00::1", 200),  # through three proxies of ours
        ("203.0.113.9,,  10.1.2.3 ,", 200),
        ("203.0.113.9:5678", 200),  # with a port, as some proxies write it
        ("[2001:db8:7:1::5]:443", 200),
        ("[2001:db8:7:1::5]", 200),
        ('"[2001:db8:7:1::5]:443"', 200),
        (" 203.0.113.9 : 80", 404),
        ("1.2.3.4:80", 404),
        ("[2001:db8:8::5]:443", 404),
        ("203.0.113.9:5678, 10.1.2.3:80, [fd00::1]:81", 200),
        ("203.0.113.9, 198.51.100.7", 404),  # through a proxy that nobody named
        ("203.0.113.9:", 200),
        (":80", 404),
        ("not an address", 404),
        ("", 404),
    ],
)
def test_behind_a_trusted_proxy_whom_it_names_counts(
    proxied: Guarded, forwarded_for: str, status: int
) -> None:
    assert proxied.asked(forwarded_for=forwarded_for) == status


@pytest.mark.parametrize(
    ("forwarded_for", "shown"),
    [
        ("203.0.113.9, 198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8:8::5]:443", "2001:db8:8::5"),
        ("o-follower", "what is no address"),
        (None, "127.0.0.1"),
    ],
)
def test_who_is_turned_away_is_named_with_the_setting_that_may_be_missing(
    proxied: Guarded, caplog: pytest.LogCaptureFixture, forwarded_for: str | None, shown: str
) -> None:
    assert proxied.asked(forwarded_for=forwarded_for) == 404
    [told] = [line for line in caplog.messages if "event=turned_away" in line]
    assert f"reason=\"{shown} is not WeChat's" in told
    assert "see server.trusted_proxies" in told


def test_wechat_at_a_new_address_is_let_in_at_its_next_try(
    start: Start, wechat: WeChatApiStandIn
) -> None:
    app = start(*PROXIES)
    wechat.callback_addresses = ["1.2.3.4"]
    addresses = app.huixin.accounts[0].addresses
    assert addresses
    addresses._not_before = 0.0  # a minute later
    with pytest.raises(RemoteDisconnected):
        app.asked(forwarded_for="1.2.3.4")
    assert app.asked(forwarded_for="1.2.3.4") == 200
    assert app.asked(forwarded_for="5.6.7.8") == 404, "it was asked a moment ago"


def test_wechat_is_asked_anew_for_nobody_who_does_not_sign(
    start: Start, wechat: WeChatApiStandIn
) -> None:
    app = start(*PROXIES)
    wechat.callback_addresses = ["1.2.3.4"]
    addresses = app.huixin.accounts[0].addresses
    assert addresses
    addresses._not_before = 0.0
    assert app.asked(forwarded_for="1.2.3.4", token="another-token") == 404
    gevent.sleep(0.2)
    assert app.asked(forwarded_for="203.0.113.9") == 200


def test_what_anybody_else_forwards_does_not_count(start: Start) -> None:
    assert start("10.0.0.0/8").asked(forwarded_for="203.0.113.9") == 404


def test_the_list_outlives_a_restart_at_which_wechat_does_not_answer(
    start: Start, wechat: WeChatApiStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    app = start(*PROXIES)
    wechat.will_answer(40164, times=0)
    app.restart()
    assert app.asked(forwarded_for="203.0.113.9") == 200
    assert app.asked(forwarded_for="1.2.3.4") == 404
    [failed] = [
        line for line in caplog.messages if "event=no_addresses" in line and "40164" in line
    ]
    assert "add 203.0.113.7 to the IP whitelist" in failed


@pytest.mark.parametrize("listed", [[], ["nonsense", ""]], ids=["empty", "odd"])
def test_a_list_that_comes_empty_later_does_not_replace_the_last_good_one(
    start: Start, wechat: WeChatApiStandIn, listed: list[str]
) -> None:
    app = start(*PROXIES)
    wechat.callback_addresses = listed
    app.restart()
    assert app.asked(forwarded_for="203.0.113.9") == 200
    assert app.asked(forwarded_for="1.2.3.4") == 404


@pytest.mark.parametrize("how", ["empty", "refused", "silent"])
def test_without_a_first_list_everybody_is_let_in_with_a_warning(
    start: Start, wechat: WeChatApiStandIn, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    if how == "empty":
        wechat.callback_addresses = []
    elif how == "refused":
        wechat.will_answer(48001, "getcallbackip", times=0)
    else:
        wechat.will_hang(times=0)
    app = start(patience=0.2 if how == "silent" else Guarded.patience)
    assert app.asked() == 200
    warnings = [r for r in caplog.records if "event=no_addresses" in r.getMessage()]
    assert warnings
    assert min(record.levelno for record in warnings) >= logging.WARNING


def test_a_list_is_renewed_in_the_background_and_by_no_request(
    start: Start, wechat: WeChatApiStandIn
) -> None:
    app = start(*PROXIES)
    asked = len(wechat.token_calls)
    wechat.callback_addresses = ["1.2.3.4"]
    wechat.will_hang(times=0)
    for _ in range(3):
        assert app.asked(forwarded_for="203.0.113.9") == 200
    assert len(wechat.token_calls) == asked
    wechat.behave()
    renewed = app.huixin.accounts[0].addresses
    assert renewed
    assert renewed.run_once() == DAY
    assert renewed.let_in("1.2.3.4", "")
    assert not renewed.let_in("203.0.113.9", "")
    assert app.all("SELECT network FROM callback_addresses") == ["1.2.3.4/32"]


def test_without_ip_detection_anybody_who_signs_gets_in_and_the_list_goes(
    start: Start, wechat: WeChatApiStandIn
) -> None:
    app = start()
    assert app.one("SELECT count(*) FROM callback_addresses") == 3
    app.sections["wechat"]["ip_detection"] = False
    app.patience = 0.0
    app.restart()
    assert app.asked() == 200
    app.huixin.sweeper.sweep()
    assert app.one("SELECT count(*) FROM callback_addresses") == 0


def test_a_socket_for_both_kinds_names_a_proxy_of_ours_in_the_longer_way() -> None:
    trusted = parsed(PROXIES)
    assert client_address("::ffff:127.0.0.1", "203.0.113.9", trusted) == "203.0.113.9"
    assert client_address("::ffff:8.8.8.8", "203.0.113.9", trusted) == "::ffff:8.8.8.8"


def test_odd_entries_are_left_out_and_the_others_stay(caplog: pytest.LogCaptureFixture) -> None:
    entries: list[Any] = ["1.2.3.4", " 10.1.1.1/8 ", "nonsense", "::1", "1.2.3.4/99"]
    assert [str(network) for network in parsed(entries)] == ["1.2.3.4/32", "10.0.0.0/8", "::1/128"]
    assert len(caplog.messages) == 2
