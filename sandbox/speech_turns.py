"""What the stand-in says in one turn, a text spoken or a voice heard (speech sheet 2, 3, 8)."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import gevent
from defusedxml.ElementTree import fromstring

from sandbox.speech_scores import Wanted, best_of
from sandbox.speech_wire import Wire

CLIPS = Path(__file__).parent / "clips"
FRAME_BYTES = 144  # of MP3 at 16 kHz and 32 kbit/s: 36 ms
FRAME_SECONDS = 0.036
SILENCE = b"\xff\xf3\x48\xc4" + bytes(140)  # one frame (speech sheet 7)
PAUSE = SILENCE * 14  # about half a second between two times the clip
PIECE_BYTES = 10 * FRAME_BYTES
TICKS = 10_000_000  # a second, in the units of the protocol

HAN = re.compile(r"[\u3400-\u9fff]")
HAN_SECONDS = 0.22  # a character, read at an ordinary speed
OTHER_SECONDS = 0.065
VOICE = re.compile(r"[a-z]{2,3}-[A-Z]{2}-[A-Za-z0-9:-]+")
SSML = "{http://www.w3.org/2001/10/synthesis}"
RIFF_BYTES = 44  # before the samples of a recognition
PCM_BYTES = 32_000  # a second of them

# What is heard where the pronunciation of English is judged, and was not told what to hear.
AN_ENGLISH_ONE = ("I would like some vegetable soup, please.",), ("vegetable",)
ENDS = ("", "cut", "close", "silent")
NOT_UNDERSTOOD = 1007  # close code for bad SSML and unknown voices


@dataclass(frozen=True)
class SpeechBehaviour:
    """How the stand-in treats its clients, until it is told otherwise or `times` are over."""

    refuse: int = 0  # HTTP status of the upgrade, where not 101
    mute: bool = False  # take the connection, never answer the upgrade
    delay: float = 0.0  # seconds before a turn's answer
    pause: float = 0.0  # seconds between two pieces (0.36 s) of audio
    empty: bool = False  # turns without audio
    ends: str = ""  # one of `ENDS`: how it ends before the turn is over
    after: int = 0  # bytes of audio before it ends so
    code: int = 1011  # with "close": the close code
    phrases: tuple[str, ...] = ("你好，请介绍一下你自己。",)  # what is heard; none: not understood
    said_badly: tuple[str, ...] = ()  # words of them that are mispronounced
    times: int = 0  # refused connections or turns; 0: until told otherwise


def behaviour_from(body: bytes) -> SpeechBehaviour:
    """Read a JSON object of its fields. Raises `ValueError`, which says what is wrong."""
    wanted = json.loads(body or b"{}")
    defaults = asdict(SpeechBehaviour())
    if not isinstance(wanted, dict) or wanted.keys() - defaults.keys():
        raise ValueError(f"expected an object with some of: {', '.join(defaults)}")
    for name, value in wanted.items():
        if not _fits(value, defaults[name]):
            raise ValueError(f"{name}: expected something like {json.dumps(defaults[name])}")
    if wanted.get("ends", "") not in ENDS:
        raise ValueError(f"ends: expected one of {', '.join(ENDS)}")
    lists = {name: tuple(value) for name, value in wanted.items() if isinstance(value, list)}
    return SpeechBehaviour(**(wanted | lists))


def _fits(value: object, default: object) -> bool:
    if isinstance(default, tuple):
        return isinstance(value, list) and all(isinstance(phrase, str) for phrase in value)
    if isinstance(default, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(default)


class NotSpeakable(Exception):
    """The service does not take this SSML."""


def asked_to_speak(ssml: bytes) -> tuple[str, str]:
    """The voice and the text of an SSML message. Raises `NotSpeakable`."""
    try:
        voice = fromstring(ssml).find(f"{SSML}voice")
    except ParseError as exc:
        raise NotSpeakable("not well-formed") from exc
    name = voice.get("name", "") if voice is not None else ""
    if voice is None or not VOICE.fullmatch(name):
        raise NotSpeakable(f"Unsupported voice {name}.")
    return name, "".join(voice.itertext())


def seconds_to_say(text: str) -> float:
    """About how long a person takes to read the text aloud."""
    han = len(HAN.findall(text))
    return han * HAN_SECONDS + (len(text) - han) * OTHER_SECONDS


def spoken(voice: str, text: str) -> bytes:
    """MP3 in the language of the voice, as long as the text takes; nothing for a text of marks."""
    if not any(character.isalnum() for character in text):
        return b""
    clip = (CLIPS / ("zh.mp3" if voice.startswith("zh") else "en.mp3")).read_bytes()
    size = max(1, round(seconds_to_say(text) / FRAME_SECONDS)) * FRAME_BYTES
    once = clip + PAUSE
    return (once * (size // len(once) + 1))[:size]


def speak(wire: Wire, request_id: str, audio: bytes, behaviour: SpeechBehaviour) -> None:
    """Answer a turn with audio, or as far as the behaviour lets it come. Raises `ClientLeft`."""
    wire.say(request_id, "turn.start", {"context": {"serviceTag": "stand-in"}})
    gevent.sleep(behaviour.delay)
    audio = b"" if behaviour.empty else audio
    for piece in _pieces(audio[: behaviour.after] if behaviour.ends else audio):
        wire.play(request_id, piece)
        gevent.sleep(behaviour.pause)
    if behaviour.ends:
        _end(wire, behaviour)
        return
    wire.play(request_id, b"")
    length = len(audio) * TICKS // 4000
    metadata = {"Metadata": [{"Type": "SessionEnd", "Data": {"Offset": length}}]}
    wire.say(request_id, "audio.metadata", metadata)
    wire.say(request_id, "turn.end", {})


def hear(
    wire: Wire, request_id: str, seconds: float, wanted: Wanted, behaviour: SpeechBehaviour
) -> None:
    """Answer a turn with the phrases it is told to hear. Raises `ClientLeft`."""
    wire.say(request_id, "turn.start", {"context": {"serviceTag": "stand-in"}})
    gevent.sleep(behaviour.delay)
    if behaviour.ends:
        _end(wire, behaviour)
        return
    wire.say(request_id, "speech.startDetected", {"Offset": 0})
    ticks, phrases, badly = round(seconds * TICKS), behaviour.phrases, behaviour.said_badly
    if wanted.assessed and wanted.language == "en-US" and language_of(phrases) != "en-US":
        phrases, badly = AN_ENGLISH_ONE
    for phrase in _phrases(phrases, ticks):
        if wanted.detailed and "DisplayText" in phrase:
            phrase |= {"NBest": [best_of(phrase, wanted, badly)]}
        wire.say(request_id, "speech.phrase", phrase)
    wire.say(request_id, "speech.endDetected", {"Offset": ticks})
    wire.say(request_id, "turn.end", {})


def language_of(phrases: tuple[str, ...]) -> str:
    """The language that the service makes out in what it hears."""
    return "zh-CN" if HAN.search("".join(phrases)) else "en-US"


def _phrases(texts: tuple[str, ...], ticks: int) -> Iterator[dict[str, Any]]:
    # Together they reach to the end: what is not heard of, the client sends again in a new turn.
    if not texts:
        yield {"RecognitionStatus": "NoMatch", "Offset": 0, "Duration": ticks}
    language = language_of(texts)
    for number, text in enumerate(texts):
        start, end = (ticks * i // len(texts) for i in (number, number + 1))
        yield {
            "RecognitionStatus": "Success",
            "Offset": start,
            "Duration": end - start,
            "DisplayText": text,
            "PrimaryLanguage": {"Language": language, "Confidence": "High"},
        }


def _end(wire: Wire, behaviour: SpeechBehaviour) -> None:
    if behaviour.ends == "cut":
        wire.cut()
    elif behaviour.ends == "close":
        wire.close(behaviour.code)


def _pieces(audio: bytes) -> Iterator[bytes]:
    return (audio[at : at + PIECE_BYTES] for at in range(0, len(audio), PIECE_BYTES))
