"""The TCP connection that a push came on: whether WeChat still listens, and how to say nothing.

WeChat drops a try after 5 s, and an answer written after that is lost without a word (protocol
sheet 1.8, 1.9). The only way not to answer is to close the connection without a byte (1.10).
"""

import errno
import socket
from collections.abc import Callable, Iterable
from typing import Any

import gevent
from gevent.event import Event
from gevent.socket import wait_read

CONNECTION = "huixin.connection"  # the socket
STAY = "huixin.stay"  # to be called once the request has turned out to be a genuine push
HANG_UP = "huixin.hang_up"
Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


class Line:
    """Watches a connection while its request is being answered; `close` ends the watch."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ
        self._hung_up = Event()
        environ[STAY]()
        self._watch = gevent.spawn(self._wait_for_the_end, environ[CONNECTION])

    @property
    def open(self) -> bool:
        """Whether the other side still waits for an answer."""
        return not self._hung_up.is_set()

    def on_hang_up(self, wake: Event) -> None:
        """Have the event set when the other side hangs up."""
        self._hung_up.rawlink(lambda _: wake.set())

    def wait_for_hang_up(self, seconds: float) -> None:
        """Keep the connection until the other side drops it, at most so long."""
        self._hung_up.wait(seconds)

    def hang_up(self) -> None:
        """Have the connection closed without an answer, whatever the application returns."""
        self._environ[HANG_UP] = True

    def close(self) -> None:
        """Stop watching; the connection itself stays as it is."""
        self._watch.kill(block=False)

    def _wait_for_the_end(self, connection: socket.socket) -> None:
        try:
            wait_read(connection.fileno())
            if connection.recv(1, socket.MSG_PEEK):
                return  # a next request, sent before this one's answer
        except OSError:
            pass  # reset: as dead as closed
        self._hung_up.set()


def silent_on_demand(application: Application) -> Application:
    """The same application, but where a `Line` was hung up the client gets no byte."""

    def respond(environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = application(environ, start_response)
        if HANG_UP in environ:
            # pywsgi takes it for a dead client: it closes the connection and says nothing.
            raise BrokenPipeError(errno.EPIPE, "hung up")
        return body

    return respond
