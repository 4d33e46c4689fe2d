"""The stand-in for the speech service, as a client that knows only the protocol sees it."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from integrations.speech.audio import decode, mp3_seconds
from sandbox.speech import SpeechStandIn
from tests.conftest import ROOT

SPEAK = "/cognitiveservices/websocket/v1"
HEAR = "/speech/recognition/conversation/cognitiveservices/v1?language=zh-CN"
ID = "0123456789abcdef0123456789abcdef"
ZH, EN = "zh-CN-XiaoxiaoNeural", "en-US-AriaNeural"
SECOND_OF_PCM = bytes(32_000)


@pytest.fixture
def stand_in() -> Iterator[SpeechStandIn]:
    service = SpeechStandIn().start()
    yield service
    service.stop()


def client(service: SpeechStandIn, path: str = SPEAK) -> ClientConnection:
    return connect(service.url + path, compression=None, proxy=None)


def ssml(text: str, voice: str = ZH) -> str:
    body = (
        "<speak version='1.0' xmlns='http://www.w3.org/2001/10/synthesis' xml:lang='zh-CN'>"
        f"<voice name='{voice}'>{text}</voice></speak>"
    )
    return f"X-RequestId:{ID}\r\nPath:ssml\r\nContent-Type:application/ssml+xml\r\n\r\n{body}"


def sound(data: bytes) -> bytes:
    head = f"Path:audio\r\nX-RequestId:{ID}\r\nX-StreamId:1\r\n".encode()
    return len(head).to_bytes(2, "big") + head + data


def turn(connection: ClientConnection) -> tuple[list[str], bytes, dict[str, object]]:
    """The paths of a turn's messages in order, its audio, and the last body of each path."""
    paths: list[str] = []
    audio = b""
    bodies: dict[str, object] = {}
    while "turn.end" not in paths:
        message = connection.recv(timeout=2)
        if isinstance(message, str):
            head, _, body = message.partition("\r\n\r\n")
        else:
            size = int.from_bytes(message[:2], "big")
            head, body = message[2 : 2 + size].decode(), ""
            audio += message[2 + size :]
        headers = dict(line.split(":", 1) for line in head.strip().split("\r\n"))
        assert headers["X-RequestId"] == ID
        paths.append(headers["Path"])
        bodies[headers["Path"]] = json.loads(body or "null")
    return paths, audio, bodies


def say(service: SpeechStandIn, text: str, voice: str = ZH) -> bytes:
    with client(service) as connection:
        connection.send(ssml(text, voice))
        return turn(connection)[1]


def test_a_text_is_answered_with_the_messages_of_the_real_service(stand_in: SpeechStandIn) -> None:
    with client(stand_in) as connection:
        connection.send(ssml("你好"))
        paths, audio, bodies = turn(connection)
    assert paths[0] == "turn.start"
    assert paths[-2:] == ["audio.metadata", "turn.end"]
    assert set(paths[1:-2]) == {"audio"}
    length = {"Offset": round(mp3_seconds(audio) * 10_000_000)}
    assert bodies["audio.metadata"] == {"Metadata": [{"Type": "SessionEnd", "Data": length}]}
    assert stand_in.spoken == [(ZH, "你好")]


def test_it_can_be_heard_and_lasts_as_long_as_the_text_takes(stand_in: SpeechStandIn) -> None:
    short, long = say(stand_in, "你好，世界。"), say(stand_in, "你好，世界。" * 10)
    assert any(decode(short))
    assert mp3_seconds(long) == pytest.approx(10 * mp3_seconds(short), rel=0.05)
    assert decode(long)


def test_each_language_has_its_clip(stand_in: SpeechStandIn) -> None:
    assert say(stand_in, "Hello, hello", EN) != say(stand_in, "Hello, hello", ZH)


def test_one_connection_carries_many_turns(stand_in: SpeechStandIn) -> None:
    with client(stand_in) as connection:
        for text in ("一", "二", "三"):
            connection.send(ssml(text))
            assert turn(connection)[1]
    assert [text for _, text in stand_in.spoken] == ["一", "二", "三"]
    assert stand_in.connections == 1


def test_a_text_of_marks_has_no_audio(stand_in: SpeechStandIn) -> None:
    assert say(stand_in, "……") == b""


@pytest.mark.parametrize("request_", [ssml("你好", "nobody"), ssml("a\x01b"), ssml("<b>")])
def test_what_the_service_does_not_take_is_closed_with_1007(
    stand_in: SpeechStandIn, request_: str
) -> None:
    with client(stand_in) as connection:
        connection.send(request_)
        with pytest.raises(ConnectionClosed) as closed:
            turn(connection)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1007


def test_an_upgrade_is_refused_as_often_as_wanted(stand_in: SpeechStandIn) -> None:
    stand_in.will_refuse(429, times=2)
    for _ in range(2):
        with pytest.raises(InvalidStatus) as refused:
            client(stand_in)
        assert refused.value.response.status_code == 429
    assert say(stand_in, "你好")


def test_a_mute_service_takes_the_connection_and_says_nothing(stand_in: SpeechStandIn) -> None:
    stand_in.will_be_mute(at_connect=True)
    with pytest.raises(TimeoutError):
        connect(stand_in.url + SPEAK, open_timeout=0.1, proxy=None)
    stand_in.will_be_mute()
    with client(stand_in) as connection:
        connection.send(ssml("你好"))
        assert "turn.start" in str(connection.recv(timeout=1))
        with pytest.raises(TimeoutError):
            connection.recv(timeout=0.1)


def test_audio_can_end_before_the_turn_does(stand_in: SpeechStandIn) -> None:
    whole = say(stand_in, "你好，世界。" * 3)
    for end in ("will_cut_after", "will_fall_silent_after"):
        getattr(stand_in, end)(1000)
        got = b""
        with client(stand_in) as connection:
            connection.send(ssml("你好，世界。" * 3))
            with pytest.raises((ConnectionClosed, TimeoutError)):
                while True:
                    message = connection.recv(timeout=0.1)
                    if isinstance(message, bytes):
                        got += message[2 + int.from_bytes(message[:2], "big") :]
        assert got == whole[:1000]


def test_it_closes_with_the_code_that_is_wanted(stand_in: SpeechStandIn) -> None:
    stand_in.will_close(4429)
    with client(stand_in) as connection:
        connection.send(ssml("你好"))
        with pytest.raises(ConnectionClosed) as closed:
            turn(connection)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4429


def test_it_thinks_as_long_as_is_wanted(stand_in: SpeechStandIn) -> None:
    stand_in.will_delay(0.2)
    began = time.monotonic()
    assert say(stand_in, "你好")
    assert time.monotonic() - began > 0.2


def test_an_empty_answer_ends_without_audio(stand_in: SpeechStandIn) -> None:
    stand_in.will_answer_empty()
    assert say(stand_in, "你好") == b""


def test_a_recording_is_heard_as_the_phrases_that_are_wanted(stand_in: SpeechStandIn) -> None:
    stand_in.will_recognize("Hello.", "How are you?")
    with client(stand_in, HEAR) as connection:
        for piece in (b"RIFF" + bytes(40), SECOND_OF_PCM, SECOND_OF_PCM, b""):
            connection.send(sound(piece))
        paths, _, bodies = turn(connection)
    assert paths == [
        *("turn.start", "speech.startDetected", "speech.phrase", "speech.phrase"),
        *("speech.endDetected", "turn.end"),
    ]
    assert bodies["speech.phrase"] == {
        "RecognitionStatus": "Success",
        "Offset": 10_000_000,
        "Duration": 10_000_000,
        "DisplayText": "How are you?",
        "PrimaryLanguage": {"Language": "en-US", "Confidence": "High"},
    }
    assert stand_in.heard == [("en-US", 2.0)]


def test_without_phrases_nothing_is_understood(stand_in: SpeechStandIn) -> None:
    stand_in.will_recognize()
    with client(stand_in, HEAR) as connection:
        connection.send(sound(bytes(44) + SECOND_OF_PCM))
        connection.send(sound(b""))
        _, _, bodies = turn(connection)
    assert bodies["speech.phrase"] == {
        "RecognitionStatus": "NoMatch",
        "Offset": 0,
        "Duration": 10_000_000,
    }


def test_it_is_told_how_to_behave_over_http(stand_in: SpeechStandIn) -> None:
    behaviour = stand_in.url.replace("ws:", "http:") + "/behaviour"
    answer = requests.post(
        behaviour, json={"empty": True, "delay": 0, "phrases": ["好"]}, timeout=2
    )
    assert answer.json()["empty"] is True
    assert say(stand_in, "你好") == b""
    assert requests.post(behaviour, json={}, timeout=2).json()["empty"] is False
    assert say(stand_in, "你好")


@pytest.mark.parametrize(
    "wrong",
    [{"unknown": 1}, {"refuse": "401"}, {"ends": "badly"}, {"phrases": "好"}, {"mute": 1}, [], "x"],
)
def test_a_behaviour_that_is_none_is_refused_and_changes_nothing(
    stand_in: SpeechStandIn, wrong: object
) -> None:
    behaviour = stand_in.url.replace("ws:", "http:") + "/behaviour"
    answer = requests.post(behaviour, json=wrong, timeout=2)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert say(stand_in, "你好")


def test_over_http_it_tells_what_it_was_asked(stand_in: SpeechStandIn) -> None:
    say(stand_in, "你好")
    asked = requests.get(stand_in.url.replace("ws:", "http:") + "/asked", timeout=2)
    assert asked.json() == {"spoken": [[ZH, "你好"]], "heard": [], "judged": []}
    assert requests.get(stand_in.url.replace("ws:", "http:"), timeout=2).status_code == 404


def test_stopping_drops_who_is_connected(stand_in: SpeechStandIn) -> None:
    stand_in.will_be_mute()
    with client(stand_in) as connection:
        connection.send(ssml("你好"))
        assert connection.recv(timeout=1)
        stand_in.stop()
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=1)


def test_it_runs_alone_until_it_is_told_to_stop() -> None:
    command = [sys.executable, "-m", "sandbox.speech"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        with connect(url + SPEAK, proxy=None) as connection:
            connection.send(ssml("你好"))
            assert turn(connection)[1]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
