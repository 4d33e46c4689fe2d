"""Connections that end as they should not: cut in the midst, reset, half closed, or simply left."""

import socket
import struct
from random import Random
from typing import Literal

import gevent

How = Literal["left", "reset", "half closed"]

HOWS: tuple[How, ...] = ("left", "reset", "half closed")
PAUSES = (0.0, 0.001, 0.01, 0.1)  # seconds before the end
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset
PATIENCE = 20.0  # seconds


def abort(address: tuple[str, int], request: bytes, rng: Random) -> How:
    """Send a request, or a part of it, and end the connection in one of these ways.

    Raises `OSError` where nothing listens.
    """
    sent = request if rng.random() < 0.5 else request[: rng.randrange(len(request))]
    pause, how = rng.choice(PAUSES), rng.choice(HOWS)
    connection = socket.create_connection(address, PATIENCE)
    try:
        connection.sendall(sent)
        gevent.sleep(pause)
        if how == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        elif how == "half closed":
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
    except OSError:
        pass  # the other side was faster
    finally:
        connection.close()
    return how
