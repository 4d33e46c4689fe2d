"""The one address of the sandbox: the page there, and everything else handed through to the server.

As a proxy in front does it, byte for byte: where the server is not, connections end without an
answer, and when one side hangs up, the other is told so.
"""

import re
import socket
from typing import Any

import gevent
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer

from sandbox.phone.guard import Application

PLACES = 500  # connections at once
PIECE = 65536  # bytes
PATIENCE = 5.0  # seconds to reach the server, which is on this machine
THE_PAGES = re.compile(rb"[A-Z]+ /(phone/\S*)? HTTP/")


class Front(WSGIServer):
    """Listens on loopback; `server` is the address of the server behind it."""

    def __init__(self, port: int, application: Application, server: tuple[str, int]) -> None:
        super().__init__(
            ("127.0.0.1", port), application, log=None, error_log=None, spawn=Pool(PLACES)
        )
        self._behind = server

    @property
    def url(self) -> str:
        """Where it is, without a slash behind; known once it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def handle(self, connection: Any, address: Any) -> None:
        """Serve a connection, by what its first request asks for."""
        try:
            came = connection.recv(PIECE, socket.MSG_PEEK)
        except OSError:
            return
        if THE_PAGES.match(came):
            super().handle(connection, address)
        else:
            self._hand_through(connection)

    def _hand_through(self, connection: Any) -> None:
        try:
            behind = socket.create_connection(self._behind, PATIENCE)
        except OSError:
            return
        with behind:
            behind.settimeout(None)
            ways = [
                gevent.spawn(_carry, connection, behind),
                gevent.spawn(_carry, behind, connection),
            ]
            try:
                gevent.wait(ways, count=1)
            finally:
                gevent.killall(ways)


def _carry(source: Any, target: Any) -> None:
    try:
        while piece := source.recv(PIECE):
            target.sendall(piece)
    except OSError:
        pass  # so it ends
