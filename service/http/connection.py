"""The TCP connection that a push came on: whether WeChat still listens, and how to say nothing.

WeChat drops a try after 5 s, and an answer written after that is lost without a word (protocol
sheet 1.8, 1.9). The only way not to answer is to close the connection without a byte (1.10).
"""

import errno
import socket
import sys
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import TracebackType
from typing import Any

import gevent
from gevent.event import Event

CONNECTION = "huixin.connection"  # the request's `HttpConnection`, in its WSGI environment
LAST_DATA_RECEIVED = (52, 56)  # where `tcpi_last_data_recv` begins and ends in `TCP_INFO`
READABLE = 1  # libev's EV_READ
Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]


class HttpConnection:
    """The connection of one request, for the length of a block.

    Once `watch` was called it tells whether the other side is still there. The watcher is stopped
    at the block's end, whatever ended it, and so before the connection is closed: a watcher that
    outlives its descriptor makes libev abort the process. `stay` is called with the first `watch`.
    `waited`: seconds that the request had been there when it was read. While a server starts, or
    is far behind, tries wait in the kernel, and WeChat's time runs.
    """

    def __init__(self, connection: socket.socket, stay: Callable[[], None]) -> None:
        self._connection = connection
        self._stay = stay
        self._hung_up = Event()
        self._watcher: Any = None
        self.waited = _since_it_came(connection)
        self.silent = False  # whether the connection is to be closed without an answer

    def __enter__(self) -> "HttpConnection":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def watch(self) -> "HttpConnection":
        """Watch from now on: the request has turned out to be a genuine push. Returns itself."""
        if self._watcher is None:
            self._stay()
            self._watcher = gevent.get_hub().loop.io(self._connection.fileno(), READABLE)
            self._watcher.start(self._look)
        return self

    @property
    def open(self) -> bool:
        """Whether the other side still waits for an answer: where it is watched, as of now.

        The loop may be too busy to have told yet.
        """
        if self._watcher is not None:
            self._look()
        return not self._hung_up.is_set()

    def on_hang_up(self, wake: Event) -> None:
        """Have the event set when the other side hangs up."""
        self._hung_up.rawlink(lambda _: wake.set())

    def wait_for_hang_up(self, seconds: float) -> None:
        """Keep the connection until the other side drops it, at most so long."""
        self._hung_up.wait(seconds)

    def hang_up(self) -> None:
        """Have the connection closed without an answer, whatever the application returns."""
        self.silent = True

    def close(self) -> None:
        """Stop watching, at once; the connection itself stays as it is. Twice is harmless."""
        if self._watcher is not None:
            self._watcher.stop()
            self._watcher.close()
            self._watcher = None

    def _look(self) -> None:
        """Something can be read: the end, or a next request, sent before this one's answer."""
        plain: Any = self._connection
        try:
            if plain._sock.recv(1, socket.MSG_PEEK):
                self.close()
                return
        except BlockingIOError:
            return
        except OSError:
            pass  # reset: as dead as closed
        self.close()
        self._hung_up.set()


def _since_it_came(connection: socket.socket) -> float:
    """Seconds since the last byte came, as the kernel knows; 0 where it does not."""
    begin, end = LAST_DATA_RECEIVED
    try:
        known = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, end)
    except (OSError, AttributeError):  # no TCP; no Linux
        return 0.0
    return int.from_bytes(known[begin:end], sys.byteorder) / 1000  # from milliseconds


def silent_on_demand(application: Application) -> Application:
    """The same application, but where a `HttpConnection` was hung up the client gets no byte."""

    def respond(environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = application(environ, start_response)
        if environ[CONNECTION].silent:
            # pywsgi takes it for a dead client: it closes the connection and says nothing.
            raise BrokenPipeError(errno.EPIPE, "hung up")
        return body

    return respond


def no_answer(connection: HttpConnection, seconds: float) -> None:
    """Say nothing. A proxy would make an error page of an early end: the other side hangs up.

    It is given so many seconds for that.
    """
    connection.watch().wait_for_hang_up(seconds)
    connection.hang_up()


def ip_of(address: str) -> IPv4Address | IPv6Address | None:
    """What an address says, of IPv4 where it can; None where it is none."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped:  # a socket for both has all as IPv6
        return ip.ipv4_mapped
    return ip
