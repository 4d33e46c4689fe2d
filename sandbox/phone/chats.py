"""Followers and what they and the account say to each other, as WeChat carries it."""

import itertools
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import gevent

from sandbox.follower import RECORDING, VOICE, Fate, Follower, SeenTry
from sandbox.phone.board import Board
from sandbox.sealing import Seal
from sandbox.wechat_api import MP3_BYTES_PER_SECOND, WeChatApiStandIn
from sandbox.wire import new_msg_id

Kind = Literal["text", "voice", "picture", "subscribe", "unsubscribe"]
Came = Literal["text", "voice", "image", "news", "transfer_customer_service", "nothing", "fault"]

ENTRIES = 300  # that the page shows; the oldest go
FILES = 100  # sounds and pictures that are kept for it
MOST_FOLLOWERS = 50


class NotPossible(Exception):
    """What the page asks for cannot be done, and why."""


@dataclass(frozen=True)
class File:
    """A sound or a picture."""

    kind: str  # as HTTP names it
    content: bytes = field(repr=False)


@dataclass
class Person:
    """A follower of the account, or one who was."""

    open_id: str
    follows: bool = True


@dataclass
class Attempt:
    """A try. Times in seconds since the first one; `seconds` is None while it is open."""

    number: int
    began: float
    seconds: float | None = None
    result: str = ""
    detail: str = ""


@dataclass
class Entry:
    """Something a follower sent, and what came of it. Times in seconds since 1970.

    `file` names a sound or picture that was sent, `answer_file` one that came; `delivered`
    is the number of the try that brought it.
    """

    number: int
    open_id: str
    kind: Kind
    at: float
    msg_id: str | None
    text: str = ""
    tapped: bool = False
    sealed: bool = False
    file: str | None = None
    seconds: float = 0.0  # of the voice that was sent
    tries: list[Attempt] = field(default_factory=list)
    came: Came | None = None  # None: not yet
    came_at: float | None = None
    answer: str = ""
    answer_file: str | None = None
    answer_seconds: float = 0.0
    delivered: int | None = None


class Chats:
    """Sends what is said on the page through WeChat, and puts on the board what happens to it.

    `url` is the server's, `token` the account's. `seal` seals what is pushed while `sealed`, and
    `only_sealed` leaves the open twin away. `on_news` is told of each entry that begins or ends.
    """

    def __init__(
        self,
        board: Board,
        wechat: WeChatApiStandIn,
        *,
        url: str,
        token: str,
        seal: Seal,
        only_sealed: bool,
        on_news: Callable[[], None],
    ) -> None:
        self._board, self._wechat, self._on_news = board, wechat, on_news
        self._url, self._token = url, token
        self._seal, self._only_sealed = seal, only_sealed
        self.sealed = only_sealed
        self.people: dict[str, Person] = {}
        self.entries: OrderedDict[int, Entry] = OrderedDict()
        self.files: OrderedDict[str, File] = OrderedDict()
        self._numbers = itertools.count(1)
        self.add_follower()

    def add_follower(self) -> Person:
        """Somebody else, who follows the account already. Raises `NotPossible`."""
        if len(self.people) >= MOST_FOLLOWERS:
            raise NotPossible(f"{MOST_FOLLOWERS} followers are enough")
        person = Person(f"follower-{len(self.people) + 1}")
        self.people[person.open_id] = person
        self._show(person)
        return person

    def say(self, open_id: str, text: str, *, menu_id: str = "") -> None:
        """Send a text; with a `menu_id` by tapping a link. Raises `NotPossible`."""
        entry = self._begin(open_id, "text", text=text, tapped=bool(menu_id))
        self._send(entry, lambda by: by.say(text, msg_id=entry.msg_id, menu_id=menu_id))

    def speak(self, open_id: str, recognition: str, sound: bytes, seconds: float) -> None:
        """Send a voice: a WAV, or without one a recording that there is. Raises `NotPossible`.

        `recognition` is what WeChat understood of it.
        """
        media_id = f"media-{secrets.token_hex(8)}" if sound else VOICE
        if sound:
            self._keep(media_id, File("audio/wav", sound))
            self._wechat.store_media(sound, f"{media_id}-16k")
        else:
            self._keep(media_id, File("audio/mpeg", RECORDING.read_bytes()))
        entry = self._begin(open_id, "voice", text=recognition, file=media_id, seconds=seconds)
        self._send(entry, lambda by: by.send_voice(recognition, media_id, msg_id=entry.msg_id))

    def show(self, open_id: str, picture: File, place: str) -> None:
        """Send a picture; `place` is where the page shows its files. Raises `NotPossible`."""
        media_id = f"media-{secrets.token_hex(8)}"
        self._keep(media_id, picture)
        self._wechat.store_media(picture.content, media_id)
        entry = self._begin(open_id, "picture", file=media_id)
        url = f"{place}{media_id}"
        self._send(entry, lambda by: by.send_picture(media_id, url, msg_id=entry.msg_id))

    def follow(self, open_id: str, follows: bool) -> None:
        """Follow the account or unfollow it. Raises `NotPossible`."""
        person = self._person(open_id)
        if person.follows == follows:
            return
        person.follows = True
        event: Kind = "subscribe" if follows else "unsubscribe"
        entry = self._begin(open_id, event)
        person.follows = follows
        self._show(person)
        self._send(entry, lambda by: by.send_event(event))

    def _person(self, open_id: str) -> Person:
        if open_id not in self.people:
            raise NotPossible("no such follower")
        return self.people[open_id]

    def _begin(self, open_id: str, kind: Kind, **more: Any) -> Entry:
        if not self._person(open_id).follows:
            raise NotPossible("who does not follow the account cannot write to it")
        msg_id = None if kind in ("subscribe", "unsubscribe") else new_msg_id()
        number, sealed = next(self._numbers), self.sealed
        entry = Entry(number, open_id, kind, time.time(), msg_id, sealed=sealed, **more)
        self.entries[entry.number] = entry
        if len(self.entries) > ENTRIES:
            oldest, _ = self.entries.popitem(last=False)
            self._board.put(f"entry {oldest}", None)
            self._board.put(f"life {oldest}", None)
        self._put(entry)
        return entry

    def _send(self, entry: Entry, how: Callable[[Follower], Fate]) -> None:
        """Have WeChat carry it; each message has its own tries, whatever else is under way."""

        def began(number: int) -> None:
            entry.tries.append(Attempt(number, time.time() - entry.at))
            self._put(entry)

        def ended(one: SeenTry) -> None:
            attempt = entry.tries[one.number - 1]
            attempt.seconds, attempt.result, attempt.detail = one.seconds, one.result, one.detail
            self._put(entry)

        follower = Follower(
            self._url,
            self._token,
            open_id=entry.open_id,
            on_begin=began,
            on_try=ended,
            seal=self._seal if entry.sealed else None,
            twin=not self._only_sealed,
        )
        gevent.spawn(lambda: self._end(entry, how(follower)))
        self._on_news()

    def _end(self, entry: Entry, fate: Fate) -> None:
        if fate.kind == "voice":
            entry.came, entry.answer_file = "voice", fate.media_id
            self._hear(entry)
        elif fate.kind == "image":
            entry.came, entry.answer_file = "image", fate.content
            self._look(entry)
        elif fate.kind:
            entry.came, entry.answer = fate.kind, fate.content
        else:
            entry.came = "fault" if fate.seen else "nothing"
        if entry.kind == "unsubscribe":  # nobody is left who would be shown anything
            entry.came = "nothing"
        entry.delivered = fate.delivered.number if fate.delivered else None
        entry.came_at = time.time()
        self._put(entry)
        self._on_news()

    def _hear(self, entry: Entry) -> None:
        """Keep the voice: the account deletes it at WeChat, the phone has it still."""
        media_id = entry.answer_file or ""
        sound = self._at_wechat(media_id)
        entry.answer_seconds = len(sound) / MP3_BYTES_PER_SECOND
        self._keep(media_id, File("audio/mpeg", sound))

    def _look(self, entry: Entry) -> None:
        """Keep the picture, where the account has it here: mostly it has it at the real WeChat."""
        media_id = entry.answer_file or ""
        if picture := self._at_wechat(media_id):
            self._keep(media_id, File("image/jpeg", picture))
        else:
            entry.answer, entry.answer_file = media_id, None

    def _at_wechat(self, media_id: str) -> bytes:
        return self._wechat.materials.get(media_id) or self._wechat.media.get(media_id, b"")

    def _keep(self, name: str, file: File) -> None:
        self.files[name] = file
        self.files.move_to_end(name)
        if len(self.files) > FILES:
            self.files.popitem(last=False)

    def _put(self, entry: Entry) -> None:
        self._board.put(f"entry {entry.number}", asdict(entry))

    def _show(self, person: Person) -> None:
        self._board.put(f"person {person.open_id}", asdict(person))
