"""Sound files: what followers send to samples, and what the speech service sends to one voice.

Followers' files are decoded by libav in a real thread, see `integrations.speech.decoding`.
"""

from collections.abc import Iterable

from gevent import get_hub

from integrations import IntegrationError
from integrations.speech.sound import NotAudio, begins_with_mp3_frame

MP3_BYTES_PER_SECOND = 4000  # of 32 kbit/s (speech sheet 7)
MP3_TAGS = (b"Info", b"Xing", b"VBRI")  # in a first frame that is no sound


def decode(audio: bytes) -> bytes:
    """The samples of a sound file: 16 kHz, 16 bit little-endian, mono.

    Takes AMR, AMR-WB, speex (in Ogg, or as WeChat sends it), MP3 and WAV of up to 5 MB and 120 s.
    Raises `NotAudio` or `AudioTooLong`. A minute of AMR takes about 70 ms of a real thread.
    """
    outcome = get_hub().threadpool.apply(_samples_or_error, (audio,))
    if isinstance(outcome, IntegrationError):
        raise outcome
    return outcome


def mp3_seconds(mp3: bytes) -> float:
    """How long MP3 of 32 kbit/s lasts that is nothing but frames, as the speech service sends."""
    return len(mp3) / MP3_BYTES_PER_SECOND


def joined(parts: Iterable[bytes]) -> bytes:
    """One MP3 of several that are all of one kind: only their frames. Raises `NotAudio`."""
    return b"".join(_only_frames(part) for part in parts)


def _samples_or_error(audio: bytes) -> bytes | IntegrationError:
    # An exception in a thread of the pool would also be printed.
    from integrations.speech import decoding

    try:
        return decoding.samples(audio)
    except IntegrationError as error:
        return error
    except ValueError as exc:
        return NotAudio(type(exc).__name__)


def _only_frames(mp3: bytes) -> bytes:
    tagged = any(tag in mp3[:64] for tag in MP3_TAGS) or mp3[-128:].startswith(b"TAG")
    if begins_with_mp3_frame(mp3) and not tagged:
        return mp3
    from integrations.speech import decoding

    return decoding.mp3_frames(mp3)
