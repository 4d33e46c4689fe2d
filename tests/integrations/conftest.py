"""Clients of WeChat's API and of the speech service, and the stand-ins they call."""

from collections.abc import Iterator

import pytest

from integrations.speech.azure import Speech
from integrations.wechat.api import WeChatApi
from sandbox.speech import SpeechStandIn
from sandbox.wechat_api import WeChatApiStandIn
from tests.conftest import Clock
from tests.integrations.azure_calls import KEY
from tests.integrations.calling import APPID, SECRET, Connect, Shelf


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def wechat(clock: Clock) -> Iterator[WeChatApiStandIn]:
    stand_in = WeChatApiStandIn(appid=APPID, secret=SECRET, upload_seconds=0, clock=clock)
    yield stand_in.start()
    stand_in.stop()


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


@pytest.fixture
def stand_in() -> Iterator[SpeechStandIn]:
    service = SpeechStandIn().start()
    yield service
    service.stop()


@pytest.fixture
def speech(stand_in: SpeechStandIn) -> Iterator[Speech]:
    with_short_limits = Speech(
        subscription=KEY, endpoint=stand_in.url, first_audio_seconds=0.5, retries=0
    )
    yield with_short_limits
    with_short_limits.close()
