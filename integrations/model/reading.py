"""Reading an answer to its end, whether it comes as a stream or whole."""

from collections.abc import Iterator

from gevent import with_timeout

from integrations.model import body
from integrations.model.answer import IncomingAnswer
from integrations.model.errors import StreamCut, WebPage

AFTER_THE_END = 5.0  # seconds for more to come, once the service has said that this was all


def read(pieces: Iterator[bytes], incoming: IncomingAnswer) -> None:
    """Read until the service says that it is done; the rest of the body is not waited for."""
    first, rest = body.begun(_until_silent(pieces, incoming))
    if first == "<":
        raise WebPage("HTTP 200", status=200)
    if first in ("{", "["):
        text = body.whole(rest)
        try:
            incoming.take(body.from_json(text))
            return
        except ValueError:  # or it is one object on each line
            rest = iter([text])
    _read_events(rest, incoming)


def _until_silent(pieces: Iterator[bytes], incoming: IncomingAnswer) -> Iterator[bytes]:
    """The pieces; once the answer has ended they are not waited for as long as before."""
    while True:
        if incoming.ended:
            piece = with_timeout(AFTER_THE_END, next, pieces, b"", timeout_value=b"")
        else:
            piece = next(pieces, b"")
        if not piece:
            return
        yield piece


def _read_events(pieces: Iterator[bytes], incoming: IncomingAnswer) -> None:
    torn = ended = came = False
    for name, content in body.events(pieces):
        if isinstance(content, str):
            if body.is_end_mark(content):
                ended = True
                incoming.understood |= not came  # it says that it has nothing to say
                break
            try:
                content = body.from_json(content)
            except ValueError:
                torn = not _take_lines(content, incoming)
                continue
        torn, came = False, True
        if name == "error" and isinstance(content, dict):
            content = {"error": content.get("error") or content}
        incoming.take(content)
    if not (incoming.ended or ended) and (torn or not incoming.understood):
        raise StreamCut("the stream ended before the answer did")


def _take_lines(data: str, incoming: IncomingAnswer) -> bool:
    """Take an event that is no JSON line by line. Returns whether any of it was."""
    taken = False
    for line in body.each_line(data):
        try:
            for content in body.each_object(line):
                incoming.take(content)
                taken = True
        except ValueError:
            continue
    return taken
