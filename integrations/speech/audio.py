"""Sound files: what followers send to samples, and what the speech service sends to one voice.

Followers' files are decoded by libav in a real thread. Which of its readers takes a file is decided
here, by how the file begins: left to guess, libav also takes playlists, which name further files.
"""

import io
import struct
from collections.abc import Iterable, Iterator
from itertools import chain

import av
from av import AudioFrame, AudioResampler, CodecContext, Packet
from gevent import get_hub

from integrations import IntegrationError

FILE_BYTES = 5 * 1024 * 1024  # WeChat takes 2 MB (protocol sheet 7.2)
SECONDS = 120.0
RATE = 16000
PCM_BYTES_PER_SECOND = RATE * 2
MP3_BYTES_PER_SECOND = 4000  # of 32 kbit/s (speech sheet 7)

READERS = {b"#!AMR": "amr", b"OggS": "ogg", b"RIFF": "wav", b"ID3": "mp3"}
MP3_TAGS = (b"Info", b"Xing", b"VBRI")  # in a first frame that is no sound

# WeChat's .speex is wideband frames of 20 ms and nothing else. So says the decoder that WeChat
# published (github.com/baogaitou/spx2wav, TRSpeex.c): it reads 60 bytes and decodes them. Only
# quality 7 has frames of this size, and they all begin with the same mode.
SPEEX_FRAME_BYTES = 60
SPEEX_MODE = 6
SPEEX_HEADER = struct.pack(
    "<8s20s13i", b"Speex   ", b"1.2", 1, 80, RATE, 1, 4, 1, -1, 320, 0, 1, 0, 0, 0
)


class NotAudio(IntegrationError):
    """The file holds no sound that can be read: AMR, AMR-WB, speex, MP3 and WAV can."""


class AudioTooLong(IntegrationError):
    """The file is larger, or the sound in it longer, than a voice message is."""


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
    try:
        return _samples(audio)
    except IntegrationError as error:
        return error
    except ValueError as exc:
        return NotAudio(type(exc).__name__)


def _samples(audio: bytes) -> bytes:
    if len(audio) > FILE_BYTES:
        raise AudioTooLong(f"a file of {len(audio)} bytes")
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    pcm = bytearray()
    for frame in chain(_readable(_frames(audio)), [None]):  # None: what the resampler has left
        for resampled in resampler.resample(frame):
            pcm += bytes(resampled.planes[0])[: resampled.samples * 2]
        if len(pcm) > SECONDS * PCM_BYTES_PER_SECOND:
            raise AudioTooLong(f"more than {SECONDS:.0f} seconds of sound")
    if not pcm:
        raise NotAudio("no sound in the file that can be read")
    return bytes(pcm)


def _readable(frames: Iterator[AudioFrame]) -> Iterator[AudioFrame]:
    """The frames before the first damaged one: a message whose end is lost is one all the same."""
    try:
        yield from frames
    except av.FFmpegError:
        return


def _frames(audio: bytes) -> Iterator[AudioFrame]:
    if _is_bare_speex(audio):
        yield from _speex_frames(audio)
        return
    with av.open(io.BytesIO(audio), "r", _reader(audio), metadata_errors="ignore") as container:
        if not container.streams.audio:
            return
        yield from container.decode(audio=0)


def _reader(audio: bytes) -> str:
    for beginning, reader in READERS.items():
        if audio.startswith(beginning):
            return reader
    if _begins_with_mp3_frame(audio):
        return "mp3"
    raise NotAudio("not a kind of sound file that is known here")


def _begins_with_mp3_frame(audio: bytes) -> bool:
    return len(audio) > 1 and audio[0] == 0xFF and audio[1] & 0xE0 == 0xE0


def _is_bare_speex(audio: bytes) -> bool:
    starts = audio[::SPEEX_FRAME_BYTES]
    return len(audio) % SPEEX_FRAME_BYTES == 0 and {start >> 3 for start in starts} == {SPEEX_MODE}


def _speex_frames(audio: bytes) -> Iterator[AudioFrame]:
    decoder = CodecContext.create("speex", "r")
    decoder.extradata = SPEEX_HEADER
    decoder.sample_rate = RATE
    decoder.layout = "mono"
    for start in range(0, len(audio), SPEEX_FRAME_BYTES):
        yield from decoder.decode(Packet(audio[start : start + SPEEX_FRAME_BYTES]))


def _only_frames(mp3: bytes) -> bytes:
    tagged = any(tag in mp3[:64] for tag in MP3_TAGS) or mp3[-128:].startswith(b"TAG")
    if _begins_with_mp3_frame(mp3) and not tagged:
        return mp3
    try:
        with av.open(io.BytesIO(mp3), "r", "mp3", metadata_errors="ignore") as container:
            return b"".join(bytes(packet) for packet in container.demux(audio=0) if packet.size)
    except (av.FFmpegError, ValueError) as exc:
        raise NotAudio(type(exc).__name__) from exc
