"""What the stand-in for WeChat's API does instead of answering rightly."""

import errno
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import gevent
from bottle import HTTPResponse
from gevent.event import Event

from sandbox.wechat_refusals import refused


@dataclass(frozen=True)
class ApiBehaviour:
    """What comes instead of the right answer to the next `times` calls (0: all) of `path`.

    `path` stands below /cgi-bin/, an empty one is any. With `after` the call is done first, so that
    only its answer is lost.
    """

    path: str = ""
    times: int = 1
    after: bool = False
    errcode: int | None = None  # answered, with the message that goes with it
    hang: bool = False  # never an answer
    hang_up: bool = False  # the connection ends without one
    dribble: float = 0.0  # a byte of an endless answer each so many seconds
    body: str | bytes = b""  # or this, as it is, with
    status: int = 200
    content_type: str = "text/html"
    location: str = ""  # the header


class Behaviours:
    """One after another, as they were asked for."""

    def __init__(self) -> None:
        self._left: list[ApiBehaviour] = []

    def __len__(self) -> int:
        return len(self._left)

    def add(self, *behaviours: ApiBehaviour) -> None:
        """After what was asked for before; without any, nothing is left."""
        self._left = [*self._left, *behaviours] if behaviours else []

    def next(self, path: str) -> ApiBehaviour | None:
        """What comes of this call of `path`; None for the right answer."""
        for i, behaviour in enumerate(self._left):
            if behaviour.path in ("", path):
                if behaviour.times == 1:
                    del self._left[i]
                elif behaviour.times:
                    self._left[i] = replace(behaviour, times=behaviour.times - 1)
                return behaviour
        return None


def misbehave(behaviour: ApiBehaviour) -> Any:
    """The answer to a call, if one comes at all."""
    if behaviour.hang:
        Event().wait()  # until it is stopped
    if behaviour.hang_up:
        # pywsgi takes it for a dead client: it closes the connection and says nothing.
        raise BrokenPipeError(errno.EPIPE, "hung up")
    if behaviour.errcode is not None:
        return refused(behaviour.errcode)
    if behaviour.dribble:
        return _drops(behaviour.dribble)
    headers = {"Content-Type": behaviour.content_type}
    if behaviour.location:
        headers["Location"] = behaviour.location
    return HTTPResponse(behaviour.body, status=behaviour.status, headers=headers)


def _drops(seconds: float) -> Iterator[bytes]:
    while True:
        yield b" "
        gevent.sleep(seconds)
