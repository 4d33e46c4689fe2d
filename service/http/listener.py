"""The listening side: connections that waste time are cut, so that there is room for WeChat's.

Whoever has not brought a genuine push yet holds a place only until it is wanted: past the limit
the connection that has been so the longest is cut. A try that waits for its answer is never cut.
"""

import errno
import socket
from dataclasses import dataclass
from functools import partial
from typing import Any

from gevent import GreenletExit, Timeout
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

from service.http.connection import CONNECTION, Application, Environ, HttpConnection
from service.http.framing import Body, Malformed, check_length, head_fields
from service.http.told_at_once import PuttingOff
from settings.announcements import announce

BACKLOG = 2048  # connections that wait to be accepted; the system may allow fewer
NO_FILE_LEFT = (errno.EMFILE, errno.ENFILE)
HEADERS: Any = type(WSGIHandler.headers)  # what pywsgi asks for the headers of a request
IN_A_ROW = 100  # connections that are accepted
NAME = "localhost"  # or pywsgi asks a name server for one, and a start waits for that


@dataclass(frozen=True)
class Timeouts:
    """How long others may take, in seconds."""

    head: float = 10.0  # over a request line and the headers, all in all; first from the accept
    idle: float = 60.0  # between two requests
    reading: float = 10.0  # until there is room for a piece of the answer


class Listener(WSGIServer):
    """Serves `application` on `address`, at most `places` connections at once.

    Instead of an address it may be a socket that listens, and other processes accept from too.
    """

    backlog = BACKLOG

    def __init__(
        self,
        address: tuple[str, int] | socket.socket,
        application: Application,
        *,
        places: int,
        patience: Timeouts | None = None,
        putting_off: PuttingOff | None = None,
    ) -> None:
        self.places = Pool(places)
        self.patience = patience or Timeouts()
        self._shared = isinstance(address, socket.socket)
        self._putting_off = putting_off or PuttingOff()
        self._loose: dict[LineHandler, None] = {}  # the first has been so the longest
        super().__init__(
            address,
            application,
            handler_class=LineHandler,
            spawn=self.places,
            log=None,
            error_log=None,  # what is announced says it: this would repeat what came
            environ={"wsgi.multiprocess": self._shared, "SERVER_NAME": NAME},
        )

    @property
    def max_accept(self) -> int:  # type: ignore[override]
        """How many connections are accepted in a row.

        Where other processes accept, too, the next one is left to whoever is not busy; but where
        there is too much here, those that waited are told so, instead of waiting on.
        """
        return 1 if self._shared and not self._putting_off.too_much() else IN_A_ROW

    def set_max_accept(self) -> None:
        """Not once and for all: see `max_accept`."""

    def do_handle(self, connection: Any, address: Any) -> None:
        """Serve a new connection; one that is put off is so before a greenlet waits its turn."""
        if self._putting_off.done(connection._sock, address[0], can_wait=False):
            self.do_close(connection, address)
        else:
            super().do_handle(connection, address)

    def handle(self, connection: Any, address: Any) -> None:
        """Serve a new connection, in a greenlet of its own."""
        if not self._putting_off.done(connection._sock, address[0], can_wait=True):
            super().handle(connection, address)

    def loosen(self, handler: "LineHandler") -> None:
        """From now on a connection may be cut; where every place is taken, one of them is."""
        self._loose.pop(handler, None)
        if self.places.full():
            self._make_room()
        self._loose[handler] = None

    def hold(self, handler: "LineHandler") -> None:
        """From now on a connection must not be cut."""
        self._loose.pop(handler, None)

    def do_read(self) -> Any:
        usual: Any = super()
        try:
            return usual.do_read()
        except OSError as error:
            if error.errno not in NO_FILE_LEFT or not self._make_room():
                raise
            return None  # it is accepted in a moment

    def _make_room(self) -> bool:
        """Cut the connection that has been loose the longest. Returns whether there was one."""
        oldest = next(iter(self._loose), None)
        if oldest:
            del self._loose[oldest]
            oldest.cut()
        return oldest is not None


class LineHandler(WSGIHandler):
    """One connection. Gives the application its `HttpConnection` beside the request."""

    server: Listener
    _body: Body
    _connection: HttpConnection
    _served = False
    _waiting: Timeout | None = None
    _held: bytearray | None = None  # the head, until what follows it is there

    def cut(self) -> None:
        """End the connection, whatever is under way on it."""
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            pass  # the other side was gone before a refusal could be written
        finally:
            self.server.hold(self)
            # What it holds knows it: all would be there until garbage is looked for.
            self.__dict__.clear()

    def handle_one_request(self) -> Any:
        patience = self.server.patience
        self.server.loosen(self)
        self._wait_at_most(patience.idle if self._served else patience.head)
        try:
            return super().handle_one_request()
        except Timeout as timeout:
            if timeout is not self._waiting:
                raise
            return None  # the connection is closed
        finally:
            self._wait_at_most(None)

    def read_requestline(self) -> str:
        if self._served:
            self.rfile.peek(1)
            self._wait_at_most(self.server.patience.head)
        self._served = True
        line: str = super().read_requestline()
        return line

    def MessageClass(self, lines: Any, *_: Any) -> Any:
        headers = HEADERS()
        for name, value in head_fields(lines.readline):
            headers[name] = value
        check_length(headers)
        return headers

    def log_error(self, msg: str, *args: object) -> None:
        """Not in pywsgi's words: they repeat what came, be it an OpenID or a signature."""

    def _handle_client_error(self, ex: Exception) -> Any:
        """A request that broke off in its head is refused to nobody, and told to nobody."""
        if isinstance(ex, ConnectionError):
            return "", b""
        if not isinstance(ex, Malformed):
            ex = Malformed("a broken body" if isinstance(ex, OSError) else "no request of HTTP")
        announce("malformed", "warning", peer=self.client_address[0], reason=ex)
        usual: Any = super()
        return usual._handle_client_error(ex)

    def get_environ(self) -> Environ:
        self._wait_at_most(None)
        environ: Environ = super().get_environ()
        continued = self.socket if environ.get("HTTP_EXPECT") == "100-continue" else None
        chunked = environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
        self._body = Body(self.rfile, self.content_length, continued, chunked)
        self.wsgi_input = environ["wsgi.input"] = self._body
        self._connection = HttpConnection(self.socket, partial(self.server.hold, self))
        environ[CONNECTION] = self._connection
        return environ

    def handle_one_response(self) -> None:
        with self._connection:
            super().handle_one_response()
        if self._body.left_unread:
            self.close_connection = True

    def handle_error(self, t: Any, v: Any, tb: Any) -> None:
        """Where the server stops in the midst of a request it says nothing: WeChat tries again."""
        if issubclass(t, GreenletExit):
            self.close_connection = True
        else:
            super().handle_error(t, v, tb)

    def _write_with_headers(self, data: bytes) -> None:
        """What fits into one packet is sent as one."""
        usual: Any = super()
        self._held = held = bytearray()
        try:
            usual._write_with_headers(data)
        finally:
            self._held = None
        self._sendall(held)

    def _sendall(self, data: bytes | bytearray) -> None:
        if self._held is not None:
            self._held += data
            return
        sent = self._sent_at_once(data)
        if sent == len(data):
            return
        does_not_read = BrokenPipeError(errno.EPIPE, "the other side does not read")
        usual: Any = super()
        with Timeout(self.server.patience.reading, does_not_read):
            usual._sendall(data[sent:])

    def _sent_at_once(self, data: bytes | bytearray) -> int:
        """How many bytes the system took: all, for most answers, and then no timer is needed."""
        try:
            plain: Any = self.socket
            return int(plain._sock.send(data))
        except BlockingIOError:
            return 0

    def _wait_at_most(self, seconds: float | None) -> None:
        """Strike after so long from now; None ends the wait."""
        if self._waiting:
            self._waiting.close()
        self._waiting = Timeout.start_new(seconds) if seconds is not None else None
