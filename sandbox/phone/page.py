"""The page's own requests: its files, the stream of what happens, and what is done on it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bottle import Bottle, HTTPResponse, request, response, static_file

from sandbox.phone.board import Board
from sandbox.phone.chats import Chats, File, NotPossible

WEB = Path(__file__).parent / "web"
LONGEST_TEXT = 10_000  # characters
LARGEST_FILE = 10 * 1024 * 1024  # bytes (protocol sheet 7.1)
PICTURES = {b"\x89PNG\r\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
WAV = b"RIFF"

Control = Callable[[Any], object]  # what it is set to -> nothing of interest


class Page:
    """Answers below `/` and `/phone/`. `controls` are by name what else the page can do."""

    def __init__(self, board: Board, chats: Chats, controls: dict[str, Control]) -> None:
        self._board, self._chats, self._controls = board, chats, controls

    def application(self) -> Bottle:
        """The application, to be guarded."""
        app = Bottle()
        app.default_error_handler = lambda error: f"{error.status_line}\n"
        app.get("/", callback=lambda: static_file("index.html", root=WEB))
        app.get("/phone/events", callback=self._events)
        app.get("/phone/file/<name>", callback=self._file)
        app.get("/phone/<name>", callback=lambda name: static_file(name, root=WEB))
        for name, act in self._acts().items():
            app.post(f"/phone/{name}", callback=_answering(act))
        app.post("/phone/control/<name>", callback=self._control)
        return app

    def _acts(self) -> dict[str, Callable[[str], object]]:
        """What a follower does, by name; each is told who."""
        chats = self._chats
        return {
            "say": lambda who: chats.say(who, _text(), menu_id=str(_asked().get("menu") or "")),
            "speak": self._speak,
            "show": self._show,
            "follow": lambda who: chats.follow(who, True),
            "unfollow": lambda who: chats.follow(who, False),
            "newcomer": lambda _: {"open_id": chats.add_follower().open_id},
        }

    def _events(self) -> Any:
        response.content_type = "text/event-stream; charset=utf-8"
        return self._board.stream()

    def _file(self, name: str) -> Any:
        file = self._chats.files.get(name)
        if file is None:
            return HTTPResponse("gone\n", status=404)
        return HTTPResponse(file.content, headers={"Content-Type": file.kind})

    def _speak(self, who: str) -> None:
        sound, query = _body(), request.query.decode()
        if sound and not sound.startswith(WAV):
            raise NotPossible("a voice is sent as WAV")
        text = str(query.get("text", ""))[:LONGEST_TEXT]
        self._chats.speak(who, text, sound, float(query.get("seconds", 0)))

    def _show(self, who: str) -> None:
        content = _body()
        kinds = [kind for begin, kind in PICTURES.items() if content.startswith(begin)]
        if not kinds:
            raise NotPossible("a picture is a PNG, a JPEG or a GIF")
        place = f"http://{request.get_header('Host')}/phone/file/"
        self._chats.show(who, File(kinds[0], content), place)

    def _control(self, name: str) -> Any:
        if name not in self._controls:
            return HTTPResponse("no such control\n", status=404)
        return _answering(lambda _: self._controls[name](_asked().get("to")))()


def _answering(act: Callable[[str], object]) -> Callable[[], Any]:
    """What it returns as JSON, or why it cannot be done."""

    def answer() -> Any:
        try:
            return act(request.query.decode().get("who", "")) or {}
        except (NotPossible, ValueError, TypeError, KeyError) as why:
            reason = str(why) if isinstance(why, NotPossible) else "not understood"
            return HTTPResponse(json.dumps({"reason": reason}), status=400)

    return answer


def _asked() -> dict[str, Any]:
    """The JSON object that came. Raises `ValueError`."""
    asked = json.loads(_body() or b"{}")
    if not isinstance(asked, dict):
        raise ValueError()
    return asked


def _text() -> str:
    text = str(_asked().get("text", ""))
    if not text.strip():
        raise NotPossible("there is nothing to send")
    return text[:LONGEST_TEXT]


def _body() -> bytes:
    if request.content_length > LARGEST_FILE:
        raise NotPossible("the file is larger than 10 MB")
    content: bytes = request.body.read()
    return content
