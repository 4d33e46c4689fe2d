"""Scripted servers and their followers, and the stand-in for WeChat's API."""

import socket
from collections.abc import Iterator

import pytest
from gevent.server import StreamServer

from sandbox.follower import Follower
from sandbox.wechat_api import WeChatApiStandIn
from tests.conftest import Clock
from tests.sandbox.caller import Caller
from tests.sandbox.scripted import TOKEN, Server


@pytest.fixture
def server() -> Iterator[Server]:
    scripted = Server()
    listening = StreamServer(("127.0.0.1", 0), scripted)
    listening.start()
    scripted.port = listening.socket.getsockname()[1]
    yield scripted
    listening.stop()


@pytest.fixture
def follower(server: Server) -> Follower:
    return Follower(server.url, TOKEN)


@pytest.fixture
def hasty(server: Server) -> Follower:
    """A follower whose tries are short."""
    return Follower(server.url, TOKEN, try_seconds=0.2, gap_seconds=0.2)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that nothing listens on, kept from everybody else."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def wechat(clock: Clock) -> Iterator[WeChatApiStandIn]:
    stand_in = WeChatApiStandIn(upload_seconds=0, clock=clock)
    yield stand_in.start()
    stand_in.stop()


@pytest.fixture
def call(wechat: WeChatApiStandIn) -> Caller:
    return Caller(wechat.url)


@pytest.fixture
def token(call: Caller) -> str:
    token = call.stable_token()["access_token"]
    assert isinstance(token, str)
    return token
