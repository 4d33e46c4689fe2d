"""A stand-in for WeChat's API: tokens, voices up and down, addresses (protocol sheet 5, 6, 7).

    python -m sandbox.wechat_api --port 8792

`POST /behaviour` with a JSON object of `ApiBehaviour`'s fields says what comes instead of a right
answer, or with `upload_seconds` how long uploads take; `{}` makes it well again. `GET /log` tells
what was uploaded and deleted, and which tokens were asked for, with times in seconds since 1970.
"""

if __name__ == "__main__":  # bottle keeps the request of a greenlet where a thread keeps its own
    from gevent import monkey

    monkey.patch_all()

import argparse
import json
import secrets
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import PurePath
from typing import Any, Self

import gevent
from bottle import Bottle, HTTPError, HTTPResponse, request
from gevent.event import Event
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer

from sandbox.wechat_behaviour import ApiBehaviour, Behaviours, misbehave
from sandbox.wechat_refusals import Json, Refusal, refused
from sandbox.wechat_tokens import TokenCall, TokenDesk

APPID, SECRET = "wx5a4db0c5a4db0c5a", "5a4db0c55a4db0c55a4db0c55a4db0c5"
MEDIA_SECONDS = 3 * 24 * 3600  # 7.2
VOICE_BYTES = 2 * 1024 * 1024
VOICE_SECONDS = 60
MP3_BYTES_PER_SECOND = 4000  # at 32 kbit/s
KINDS = {
    "material/add_material": {".mp3", ".wma", ".wav", ".amr"},
    "media/upload": {".mp3", ".amr"},
}


@dataclass(frozen=True)
class Upload:
    """A voice that was taken."""

    media_id: str
    path: str
    size: int
    at: float
    name: str  # of the file


@dataclass(frozen=True)
class Deletion:
    """A permanent voice that was deleted."""

    media_id: str
    at: float


class WeChatApiStandIn:
    """Listens on loopback from `start` to `stop`; `port` 0 takes a free one.

    `materials` are the permanent voices and `media` the temporary ones by media id, `uploads`,
    `deletions` and `token_calls` what happened, `callback_addresses` what getcallbackip tells.
    An upload takes `upload_seconds`.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        appid: str = APPID,
        secret: str = SECRET,
        upload_seconds: float = 0.3,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.upload_seconds = upload_seconds
        self.materials: dict[str, bytes] = {}
        self.media: dict[str, bytes] = {}
        self.uploads: list[Upload] = []
        self.deletions: list[Deletion] = []
        self.callback_addresses = ["127.0.0.1", "101.226.103.0/25"]
        self._clock = clock
        self._tokens = TokenDesk(appid, secret, clock)
        self._kept_until: dict[str, float] = {}
        self._behaviours = Behaviours()
        self._server = WSGIServer(("127.0.0.1", port), self._app(), log=None, spawn=Pool())

    @property
    def url(self) -> str:
        """What stands before /cgi-bin/."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def token_calls(self) -> list[TokenCall]:
        """The calls for tokens, in order."""
        return self._tokens.calls

    @property
    def deleted(self) -> list[str]:
        """The media ids that were deleted, in order."""
        return [deletion.media_id for deletion in self.deletions]

    def start(self) -> Self:
        """Listen."""
        self._server.init_socket()
        # pywsgi sends head and body apart: without this the body waits 40 ms for the client's ACK.
        self._server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server.start()
        return self

    def stop(self) -> None:
        """Drop every connection and listen no more."""
        self._server.stop(timeout=0)

    def store_media(self, content: bytes, media_id: str) -> None:
        """Have a follower's recording ready for download, for 3 days."""
        self.media[media_id] = content
        self._kept_until[media_id] = self._clock() + MEDIA_SECONDS

    def supersede_token(self) -> None:
        """Have somebody else force another stable token: the one before is dead."""
        self._tokens.supersede()

    def kill_token(self) -> None:
        """Have the stable token die, and still be given out until another one is forced (5.3)."""
        self._tokens.kill()

    def behave(self, *behaviours: ApiBehaviour) -> None:
        """Behave so, one after another, after what was said before; without any, be well again."""
        self._behaviours.add(*behaviours)

    @property
    def behaviours_left(self) -> int:
        """How many of those asked for still wait for their call, or for another one."""
        return len(self._behaviours)

    def will_answer(self, errcode: int, path: str = "", *, times: int = 1) -> None:
        """Refuse calls with this code."""
        self.behave(ApiBehaviour(path, times, errcode=errcode))

    def will_hang(self, path: str = "", *, times: int = 1, after: bool = False) -> None:
        """Take calls and never answer; with `after`, do what they ask for first."""
        self.behave(ApiBehaviour(path, times, after, hang=True))

    def will_hang_up(self, path: str = "", *, times: int = 1, after: bool = False) -> None:
        """End connections without an answer."""
        self.behave(ApiBehaviour(path, times, after, hang_up=True))

    def will_dribble(self, path: str = "", *, seconds: float = 0.02, times: int = 1) -> None:
        """Answer one byte each so many seconds, without end."""
        self.behave(ApiBehaviour(path, times, dribble=seconds))

    def will_send(self, raw: bytes, path: str = "", *, times: int = 1, **how: Any) -> None:
        """Answer these bytes; `how` are `status`, `content_type`, `location`."""
        self.behave(ApiBehaviour(path, times, body=raw, **how))

    def log(self) -> Json:
        """What happened so far, as `GET /log` tells it."""
        return {
            "uploads": [asdict(upload) for upload in self.uploads],
            "deletions": [asdict(deletion) for deletion in self.deletions],
            "token_calls": [asdict(call) for call in self.token_calls],
            "materials": list(self.materials),
        }

    def _app(self) -> Bottle:
        app = Bottle()
        app.catchall = False
        app.default_error_handler = lambda error: error.status_line
        app.get("/log", callback=self.log)
        app.post("/behaviour", callback=self._behaviour_over_http)
        app.route("/cgi-bin/<path:path>", method=["GET", "POST"], callback=self._call)
        return app

    def _behaviour_over_http(self) -> Any:
        wanted = request.json
        known = [field.name for field in fields(ApiBehaviour)]
        if not isinstance(wanted, dict) or wanted.keys() - {*known, "upload_seconds"}:
            return HTTPResponse(f"fields: {', '.join(known)}, upload_seconds\n", status=400)
        if "upload_seconds" in wanted:
            self.upload_seconds = wanted.pop("upload_seconds")
        elif not wanted:
            self.behave()
        if wanted:
            self.behave(ApiBehaviour(**wanted))
        return {"behaviours": self.behaviours_left, "upload_seconds": self.upload_seconds}

    def _call(self, path: str) -> Any:
        behaviour = self._behaviours.next(path)
        if behaviour and not behaviour.after:
            return misbehave(behaviour)
        try:
            answer = self._answer(path)
        except Refusal as refusal:
            answer = refused(refusal.args[0])
        return misbehave(behaviour) if behaviour else answer

    def _answer(self, path: str) -> Any:
        calls: dict[str, tuple[str, Callable[[], Any]]] = {
            "token": ("GET", lambda: self._tokens.plain(dict(request.query.decode()))),
            "stable_token": ("POST", lambda: self._tokens.stable(json_object())),
            "getcallbackip": ("GET", lambda: {"ip_list": self.callback_addresses}),
            "customservice/getkflist": ("GET", lambda: {"kf_list": []}),
            "media/upload": ("POST", lambda: self._take_voice("media/upload")),
            "media/get": ("GET", self._give_media),
            "material/add_material": ("POST", lambda: self._take_voice("material/add_material")),
            "material/del_material": ("POST", self._delete_material),
            "material/get_materialcount": ("GET", self._count_materials),
            "material/batchget_material": ("POST", self._list_materials),
        }
        if path not in calls:
            raise Refusal(40066)
        method, call = calls[path]
        if request.method != method:
            raise Refusal(43001 if method == "GET" else 43002)
        if not path.endswith("token"):
            self._tokens.check(request.query.get("access_token", ""))
        return call()

    def _take_voice(self, path: str) -> Json:
        content = uploaded_voice(KINDS[path])
        name = str(request.files.get("media").raw_filename)
        gevent.sleep(self.upload_seconds)
        permanent = path == "material/add_material"
        media_id = secrets.token_urlsafe(32 if permanent else 48)
        if permanent:
            self.materials[media_id] = content
        else:
            self.store_media(content, media_id)
        self.uploads.append(Upload(media_id, path, len(content), self._clock(), name))
        if permanent:
            return {"media_id": media_id, "item": []}
        return {"type": "voice", "media_id": media_id, "created_at": int(self._clock())}

    def _give_media(self) -> Any:
        media_id = request.query.get("media_id", "")
        if self._kept_until.get(media_id, 0) <= self._clock():
            raise Refusal(40007)
        headers = {
            "Content-Type": "audio/amr",
            "Content-disposition": f'attachment; filename="{media_id}.amr"',
        }
        return HTTPResponse(self.media[media_id], headers=headers)

    def _delete_material(self) -> Json:
        media_id = json_object().get("media_id")
        if media_id not in self.materials:
            raise Refusal(40007)
        del self.materials[media_id]
        self.deletions.append(Deletion(media_id, self._clock()))
        return {"errcode": 0, "errmsg": "ok"}

    def _count_materials(self) -> Json:
        others = {"video_count": 0, "image_count": 0, "news_count": 0}
        return {"voice_count": len(self.materials)} | others

    def _list_materials(self) -> Json:
        wanted = json_object()
        offset, count = wanted.get("offset", 0), wanted.get("count", 0)
        if not (isinstance(offset, int) and isinstance(count, int) and 1 <= count <= 20):
            raise Refusal(47001)
        taken = {upload.media_id: upload for upload in self.uploads}
        voices = list(self.materials) if wanted.get("type") == "voice" else []
        items = [
            {
                "media_id": media_id,
                "name": taken[media_id].name,
                "update_time": int(taken[media_id].at),
            }
            for media_id in voices[offset : offset + count]
        ]
        return {"total_count": len(voices), "item_count": len(items), "item": items}


def json_object() -> Json:
    """The JSON object that was posted."""
    try:
        content = json.loads(request.body.read())
    except ValueError:
        raise Refusal(47001) from None
    if not isinstance(content, dict):
        raise Refusal(47001)
    return content


def uploaded_voice(kinds: set[str]) -> bytes:
    """The file that was uploaded, if WeChat would take it for a voice (7.1, 7.2)."""
    try:
        part = request.files.get("media")
    except HTTPError:
        part = None
    if part is None:  # or without a file name
        raise Refusal(41005)
    content: bytes = part.file.read()
    for wrong, errcode in (
        (request.query.get("type") != "voice", 40004),
        (PurePath(part.raw_filename).suffix.lower() not in kinds, 40005),
        (not content, 44001),
        (len(content) > VOICE_BYTES, 45001),
        (len(content) > VOICE_SECONDS * MP3_BYTES_PER_SECOND, 45007),
    ):
        if wrong:
            raise Refusal(errcode)
    return content


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(description="A stand-in for WeChat's API.")
    parser.add_argument("--port", type=int, default=8792)
    parser.add_argument("--appid", default=APPID)
    parser.add_argument("--secret", default=SECRET)
    options = parser.parse_args()
    stand_in = WeChatApiStandIn(options.port, appid=options.appid, secret=options.secret).start()
    stopped = Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(sign, stopped.set)
    print(f"the stand-in for WeChat's API listens on {stand_in.url}", flush=True)
    stopped.wait()
    stand_in.stop()


if __name__ == "__main__":
    main()
