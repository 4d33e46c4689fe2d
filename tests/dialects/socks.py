"""A SOCKS5 proxy (RFC 1928, 1929), as people have one on a port of their own machine."""

import socket
from contextlib import suppress
from typing import Any

import gevent
from gevent.server import StreamServer

NO_PASSWORD, PASSWORD, NONE_OF_THEM = 0, 2, 0xFF
BY_IPV4, BY_NAME = 1, 3


class SocksProxy:
    """Connects everybody to `port` of this machine, whatever they ask for; that is in `asked`."""

    def __init__(self, port: int, *, login: tuple[bytes, bytes] | None = None) -> None:
        self.asked: list[str] = []
        self._port, self._login = port, login
        self._server = StreamServer(("127.0.0.1", 0), self._serve)
        self._server.start()
        self.address = f"127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.stop(timeout=0)

    def _serve(self, client: socket.socket, _: Any) -> None:
        with client, client.makefile("rb") as said:
            _, methods = said.read(2)
            wanted = NO_PASSWORD if self._login is None else PASSWORD
            offered = wanted in said.read(methods)
            client.sendall(bytes([5, wanted if offered else NONE_OF_THEM]))
            if not offered or not self._lets_in(client, said):
                return
            _, _, _, kind = said.read(4)
            host = said.read(said.read(1)[0]).decode() if kind == BY_NAME else _ip(said.read(4))
            self.asked.append(f"{host}:{int.from_bytes(said.read(2))}")
            with socket.create_connection(("127.0.0.1", self._port)) as service:
                client.sendall(bytes([5, 0, 0, BY_IPV4, 0, 0, 0, 0, 0, 0]))
                there = gevent.spawn(_pass_on, client, service)
                _pass_on(service, client)
                there.kill()

    def _lets_in(self, client: socket.socket, said: Any) -> bool:
        if self._login is None:
            return True
        said.read(1)
        login = tuple(said.read(said.read(1)[0]) for _ in range(2))
        client.sendall(bytes([1, login != self._login]))
        return login == self._login


def _ip(packed: bytes) -> str:
    return ".".join(str(byte) for byte in packed)


def _pass_on(incoming: socket.socket, outgoing: socket.socket) -> None:
    with suppress(OSError):  # either side may go at any time
        while data := incoming.recv(65536):
            outgoing.sendall(data)
