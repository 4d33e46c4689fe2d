"""Sound files as libav reads them, in real threads.

Which of its readers takes a file is decided here, by how the file begins: left to guess, libav also
takes playlists, which name further files. It is a large library: whoever has no voice to make or to
hear does not load it (`integrations.speech.azure.Speech`).
"""

import io
import struct
from collections.abc import Iterator
from itertools import chain

import av
from av import AudioFrame, AudioResampler, CodecContext, Packet

from integrations.speech.sound import AudioTooLong, NotAudio, begins_with_mp3_frame

FILE_BYTES = 5 * 1024 * 1024  # WeChat takes 2 MB (protocol sheet 7.2)
SECONDS = 120.0
RATE = 16000
PCM_BYTES_PER_SECOND = RATE * 2
READERS = {b"#!AMR": "amr", b"OggS": "ogg", b"RIFF": "wav", b"ID3": "mp3"}

# WeChat's .speex is wideband frames of 20 ms and nothing else. So says the decoder that WeChat
# published (github.com/baogaitou/spx2wav, TRSpeex.c): it reads 60 bytes and decodes them. Only
# quality 7 has frames of this size, and they all begin with the same mode.
SPEEX_FRAME_BYTES = 60
SPEEX_MODE = 6
SPEEX_HEADER = struct.pack(
    "<8s20s13i", b"Speex   ", b"1.2", 1, 80, RATE, 1, 4, 1, -1, 320, 0, 1, 0, 0, 0
)


def samples(audio: bytes) -> bytes:
    """The samples of a sound file. Raises `NotAudio`, `AudioTooLong` or `ValueError`."""
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
    if begins_with_mp3_frame(audio):
        return "mp3"
    raise NotAudio("not a kind of sound file that is known here")


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


def mp3_frames(mp3: bytes) -> bytes:
    """Only the frames of an MP3. Raises `NotAudio`."""
    try:
        with av.open(io.BytesIO(mp3), "r", "mp3", metadata_errors="ignore") as container:
            return b"".join(bytes(packet) for packet in container.demux(audio=0) if packet.size)
    except (av.FFmpegError, ValueError) as exc:
        raise NotAudio(type(exc).__name__) from exc
