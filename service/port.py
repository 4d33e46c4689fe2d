"""What an operator can do where the port that was asked for cannot be had."""

import errno
import socket

from settings.language import Sentence

UNKNOWN_HOST = Sentence("server.host is neither an address nor a name that is known here")
CURES = {
    errno.EADDRINUSE: Sentence("take another port, by --port or server.port"),
    errno.EACCES: Sentence(
        "take another port, by --port or server.port, behind a proxy; or give the right to ports"
        " below 1024, CAP_NET_BIND_SERVICE, by AmbientCapabilities in systemd or setcap on the"
        " python program"
    ),
    errno.EADDRNOTAVAIL: Sentence("server.host is no address of this machine"),
    socket.EAI_NONAME: UNKNOWN_HOST,
    socket.EAI_AGAIN: UNKNOWN_HOST,
}


def cure(error: Exception) -> str:
    """What to do about an error of binding; "" where it is another one, as of a file."""
    if not isinstance(error, OSError) or isinstance(error.filename, str):
        return ""
    return str(CURES.get(error.errno or 0, ""))
