"""Speaks an answer while it is being written: sentence by sentence, saved part by part.

Each piece is saved with its place in the answer, first where it ends and then its sound, so that a
restart says only what has not been said. At most two pieces are spoken at once while the model
writes, and the last ones without waiting.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import gevent

from fsm.text.plain_text import to_plain
from fsm.text.slices import common_prefix
from fsm.voice.spoken_text import sentences, spoken_text, voice_for
from integrations.speech.audio import joined, mp3_seconds
from integrations.speech.azure import Speaker, Speech
from integrations.speech.errors import NothingSpoken, SpeechError
from integrations.wechat.protocol import VOICE_BYTES, VOICE_SECONDS
from store import voices
from store.database import Database
from store.messages import Message
from store.voices import VoicePart

PIECE_SECONDS = 15.0  # of one call, so that a voice that has to end early ends near its limit
ENOUGH_SECONDS = 2 * VOICE_SECONDS  # by our own guess: what follows is never heard
AT_ONCE = 2  # calls for one answer while it is being written
CALL_SECONDS = 30.0
MAY_END_A_SENTENCE = re.compile(r"[。！？!?…\n.]")
HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Spoken:
    """A whole voice: MP3, and up to which character of the answer it says it."""

    mp3: bytes = field(repr=False)
    said_to: int


@dataclass
class _Piece:
    """Sentences that are spoken in one call, and where in the answer they end."""

    said_to: int
    voice: str
    job: "gevent.Greenlet[..., bytes | SpeechError]"


class Voicing:
    """The voice of one answer, by the Chinese or the English voice of these names.

    `sayable` gives what may be said of an answer that is still being written, `closing` is said at
    the end of each voice.
    """

    def __init__(
        self,
        db: Database,
        speech: Speech,
        message: Message,
        zh_voice: str,
        en_voice: str,
        sayable: Callable[[str], str],
        closing: str,
    ) -> None:
        self._db = db
        self._speech = speech
        self._message = message
        self._names = (zh_voice, en_voice)
        self._sayable = sayable
        self._closing = closing
        self._said = ""  # the text that the pieces say, and what stands between them
        self._pieces: list[_Piece] = []
        self._idle: list[tuple[str, Speaker]] = []  # by the name of the voice
        self._seconds = 0.0  # that the pieces last, about
        self._looked_at = 0  # characters of the model's own text

    def open_ahead(self, likely: str) -> None:
        """Connect while the model still thinks; an answer is mostly in the question's language."""
        voice = voice_for(likely, *self._names)
        self._idle.append((voice, self._speech.speaker(voice)))

    def resume(self, parts: list[VoicePart], answer: str) -> None:
        """Go on from the parts that an earlier process has saved of this answer."""
        for part in parts:
            if part.mp3:
                said = gevent.spawn(_saved, part)
                self._pieces.append(_Piece(part.said_to, part.voice, said))
                self._said = answer[: part.said_to]
            else:
                words = _words(answer[len(self._said) : part.said_to])
                self._begin(words, part.voice, answer, part.said_to)

    def written(self, text: str) -> None:
        """More of the answer is there: `text` is all that the model has written so far."""
        new, self._looked_at = text[self._looked_at :], len(text)
        if MAY_END_A_SENTENCE.search(new) and self._at_work < AT_ONCE:
            plain = self._sayable(to_plain(text, finished=False))
            if plain.startswith(self._said):
                self._speak(plain, finished=False)

    def finish(self, answer: str) -> Spoken:
        """The voice of the whole answer, or of as much of it as a voice may hold.

        Raises `SpeechError`, also where nothing of the answer can be said.
        """
        voice = voice_for(answer, *self._names)
        same_voice = all(piece.voice == voice for piece in self._pieces)
        if not same_voice or common_prefix(self._said, answer) < len(self._said):
            self.start_over()
        closing = gevent.spawn(self._say_closing)
        try:
            self._speak(answer, finished=True)
            return self._whole(answer, _sound_of(closing))
        finally:
            closing.kill(block=False)

    def _whole(self, answer: str, closing: list[bytes]) -> Spoken:
        """The pieces together, as many as fit before what is said at the end."""
        mp3s: list[bytes] = []
        said_to = 0
        for piece in self._pieces:
            mp3 = _sound_of(piece.job)
            whole = joined([*mp3s, *mp3, *closing])
            if mp3_seconds(whole) > VOICE_SECONDS or len(whole) > VOICE_BYTES:
                break
            mp3s += mp3
            said_to = piece.said_to
        if not mp3s:
            raise NothingSpoken("nothing in the answer can be said within a minute")
        everything = not _words(answer[said_to:])
        return Spoken(joined([*mp3s, *closing]), len(answer) if everything else said_to)

    def close(self) -> None:
        """Stop what is still being said, and let go of the connections."""
        gevent.killall([piece.job for piece in self._pieces], block=False)
        for _, speaker in self._idle:
            speaker.close()
        self._idle.clear()

    @property
    def _at_work(self) -> int:
        return sum(not piece.job.ready() for piece in self._pieces)

    def start_over(self) -> None:
        """What has been said is void."""
        gevent.killall([piece.job for piece in self._pieces], block=False)
        self._pieces.clear()
        self._said, self._seconds, self._looked_at = "", 0.0, 0
        self._db.write_soon(voices.drop_parts, self._message)

    def _speak(self, plain: str, *, finished: bool) -> None:
        """Have the sentences that are complete spoken, a few in a call."""
        found, _ = sentences(plain, len(self._said), finished=finished)
        voice = voice_for(plain, *self._names)
        piece, seconds, end = "", 0.0, len(self._said)
        for sentence in found:
            words = spoken_text(sentence)
            if piece and seconds + _seconds(words) > PIECE_SECONDS:
                self._begin(piece, voice, plain, end)
                piece, seconds = "", 0.0
            if self._seconds > ENOUGH_SECONDS:
                return
            end = plain.index(sentence, end) + len(sentence)
            piece, seconds = f"{piece}\n{words}".strip(), seconds + _seconds(words)
        if piece:
            self._begin(piece, voice, plain, end)

    def _begin(self, words: str, voice: str, plain: str, end: int) -> None:
        number = len(self._pieces)
        self._db.write_soon(voices.save_part, self._message, number, VoicePart(voice, end, b""))
        job = gevent.spawn(self._say, words, voice, number, end)
        self._pieces.append(_Piece(end, voice, job))
        self._seconds += _seconds(words)
        self._said = plain[:end]

    def _say(self, words: str, voice: str, number: int, said_to: int) -> bytes | SpeechError:
        mp3 = self._sound(words, voice)
        if isinstance(mp3, bytes):
            part = VoicePart(voice, said_to, mp3)
            self._db.write_soon(voices.save_part, self._message, number, part)
        return mp3

    def _say_closing(self) -> bytes | SpeechError:
        if not self._closing:
            return b""
        return self._sound(self._closing, voice_for(self._closing, *self._names))

    def _sound(self, words: str, voice: str) -> bytes | SpeechError:
        speaker = self._speaker(voice)
        try:
            mp3 = speaker.say(words, deadline=time.monotonic() + CALL_SECONDS)
        except SpeechError as error:
            speaker.close()
            return error
        except BaseException:
            speaker.close()
            raise
        self._idle.append((voice, speaker))
        return mp3

    def _speaker(self, voice: str) -> Speaker:
        for index, (name, speaker) in enumerate(self._idle):
            if name == voice:
                del self._idle[index]
                return speaker
        return self._speech.speaker(voice)


def _saved(part: VoicePart) -> bytes | SpeechError:
    return part.mp3


def _sound_of(job: "gevent.Greenlet[..., bytes | SpeechError]") -> list[bytes]:
    """The sound that it made: one MP3, or none of nothing. Raises `SpeechError`."""
    mp3 = job.get()
    if isinstance(mp3, SpeechError):
        raise mp3
    return [mp3] if mp3 else []


def _words(plain: str) -> str:
    """What is said of a piece of the answer that is complete."""
    found, _ = sentences(plain, 0, finished=True)
    return "\n".join(filter(None, map(spoken_text, found)))


def _seconds(words: str) -> float:
    """About how long it takes to say this."""
    han = len(HAN.findall(words))
    return 0.25 * han + 0.07 * (len(words) - han)
