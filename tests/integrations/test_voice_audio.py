"""Sound files: what followers send, and the parts of a spoken answer."""

import io
import math
import struct
import wave

import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations import IntegrationError
from integrations.speech.audio import decode, joined, mp3_seconds
from integrations.speech.sound import AudioTooLong, NotAudio
from tests.conftest import CLIPS

TAGGED = (CLIPS / "hello-tagged.mp3").read_bytes()  # with an ID3 tag and an Info frame


@pytest.fixture(scope="module")
def bare() -> bytes:
    return joined([TAGGED])


def seconds(pcm: bytes) -> float:
    return len(pcm) / 32_000


def loudness(pcm: bytes) -> float:
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    return math.sqrt(sum(s * s for s in samples) / len(samples))


def wav(length: float, rate: int = 44_100) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(b"\x00\x10" * 2 * round(length * rate))
    return file.getvalue()


@pytest.mark.parametrize("name", ["hello.amr", "hello-wb.amr", "hello.spx", "hello.speex", TAGGED])
def test_every_kind_of_voice_message_is_decoded(name: str | bytes) -> None:
    pcm = decode((CLIPS / name).read_bytes() if isinstance(name, str) else name)
    assert seconds(pcm) == pytest.approx(1.94, abs=0.05)
    assert loudness(pcm) > 1000  # of 32767: somebody speaks


def test_other_rates_and_stereo_become_16_khz_mono() -> None:
    assert seconds(decode(wav(0.5))) == pytest.approx(0.5, abs=0.01)


def test_a_message_whose_end_is_damaged_gives_what_comes_before() -> None:
    half = (CLIPS / "hello.amr").read_bytes()[:1500]
    assert seconds(decode(half)) == pytest.approx(0.92, abs=0.05)


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"#!AMR\n",
        b"RIFF",
        b"\xff\xfb",
        b'{"errcode":40007,"errmsg":"invalid media_id"}',
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n",
    ],
)
def test_what_is_no_sound_says_so_and_is_not_retryable(file: bytes) -> None:
    with pytest.raises(NotAudio) as error:
        decode(file)
    assert not error.value.retryable


@given(
    st.binary(max_size=300),
    st.sampled_from([b"#!AMR\n", b"OggS", b"RIFF", b"ID3", b"\xff\xf3", b""]),
)
def test_no_file_makes_anything_but_the_errors_named_here(rest: bytes, beginning: bytes) -> None:
    try:
        assert decode(beginning + rest)
    except IntegrationError:
        pass


def test_a_message_longer_than_two_minutes_is_not_decoded_to_its_end() -> None:
    amr = (CLIPS / "hello.amr").read_bytes()
    with pytest.raises(AudioTooLong):
        decode(amr + amr[6:] * 70)


def test_a_large_file_is_not_decoded_at_all() -> None:
    with pytest.raises(AudioTooLong):
        decode(wav(31))


def test_others_go_on_while_a_minute_of_sound_is_decoded() -> None:
    amr = (CLIPS / "hello.amr").read_bytes()
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        while True:
            gevent.sleep(0.001)
            ticks += 1

    ticker = gevent.spawn(tick)
    decode(amr + amr[6:] * 30)
    ticker.kill()
    assert ticks > 5


def test_joined_parts_are_the_frames_of_all_and_last_as_long_as_all(bare: bytes) -> None:
    both = joined([bare, TAGGED])
    assert both == bare + bare
    assert mp3_seconds(both) == 2 * mp3_seconds(bare) == pytest.approx(4.03, abs=0.01)
    assert seconds(decode(both)) == pytest.approx(mp3_seconds(both), abs=0.04)


def test_an_id3_tag_at_the_end_is_dropped(bare: bytes) -> None:
    assert joined([bare + b"TAG" + bytes(125)]) == bare


def test_bare_frames_stay_as_they_are_however_short(bare: bytes) -> None:
    assert joined([bare[:144], bare]) == bare[:144] + bare
    assert joined([]) == b""


def test_a_part_that_is_no_mp3_is_refused(bare: bytes) -> None:
    with pytest.raises(NotAudio):
        joined([bare, b"<html>"])
