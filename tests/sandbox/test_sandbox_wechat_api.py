"""The stand-in for WeChat's API takes voices as WeChat does, or misbehaves as told."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import gevent
import pytest
import requests
from gevent.pool import Pool
from wechatpy.client import WeChatClient
from wechatpy.exceptions import WeChatClientException

from sandbox.wechat_api import Upload, WeChatApiStandIn
from sandbox.wechat_behaviour import ApiBehaviour
from tests.conftest import ROOT, Clock
from tests.sandbox.caller import APPID, DAY, MP3, SECRET, Caller

# Voices (protocol sheet 7)


def test_a_voice_is_kept_until_it_is_deleted(
    call: Caller, wechat: WeChatApiStandIn, token: str, clock: Clock
) -> None:
    media_id = call.upload("material/add_material", MP3, token)["media_id"]
    assert wechat.materials == {media_id: MP3}
    assert wechat.uploads == [
        Upload(media_id, "material/add_material", len(MP3), clock.now, "voice.mp3")
    ]

    wanted = {"media_id": media_id}
    assert call.post("material/del_material", wanted, access_token=token)["errcode"] == 0
    assert call.post("material/del_material", wanted, access_token=token)["errcode"] == 40007
    assert wechat.deleted == [media_id]
    assert not wechat.materials


def test_a_temporary_voice_can_be_fetched_for_3_days(
    call: Caller, wechat: WeChatApiStandIn, token: str, clock: Clock
) -> None:
    media_id = call.upload("media/upload", MP3, token)["media_id"]
    wanted = {"access_token": token, "media_id": media_id}
    answer = requests.get(f"{wechat.url}/cgi-bin/media/get", params=wanted, timeout=5)
    assert answer.content == MP3
    assert "attachment" in answer.headers["Content-disposition"]

    clock.forward(3 * DAY)
    wanted["access_token"] = call.stable_token()["access_token"]
    assert call.get("media/get", **wanted)["errcode"] == 40007


@pytest.mark.parametrize(
    ("path", "name", "kind", "size", "errcode"),
    [
        ("material/add_material", "voice.mp3", "voice", 2 * 1024 * 1024 + 1, 45001),
        ("material/add_material", "voice.mp3", "voice", 60 * 4000 + 1, 45007),
        ("material/add_material", "voice.mp3", "voice", 60 * 4000, 0),
        ("material/add_material", "voice.wav", "voice", 1000, 0),
        ("media/upload", "voice.wav", "voice", 1000, 40005),
        ("media/upload", "voice.AMR", "voice", 1000, 0),
        ("media/upload", "voice.txt", "voice", 1000, 40005),
        ("media/upload", "voice.mp3", "film", 1000, 40004),
        ("media/upload", "voice.mp3", "voice", 0, 44001),
    ],
)
def test_a_voice_is_taken_by_kind_size_and_length(
    call: Caller, token: str, path: str, name: str, kind: str, size: int, errcode: int
) -> None:
    answer = call.upload(path, bytes(size), token, name=name, kind=kind)
    assert answer.get("errcode", 0) == errcode


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="media"\r\n\r\nno file name\r\n--x--\r\n',
        ),
        ("multipart/form-data; boundary=x", b"broken"),
        ("audio/mpeg", MP3),
    ],
)
def test_a_part_without_a_file_name_is_missing(
    wechat: WeChatApiStandIn, token: str, content_type: str, body: bytes
) -> None:
    url = f"{wechat.url}/cgi-bin/media/upload"
    query = {"access_token": token, "type": "voice"}
    headers = {"Content-Type": content_type}
    answer = requests.post(url, params=query, data=body, headers=headers, timeout=5)
    assert answer.json()["errcode"] == 41005


def test_materials_are_listed_in_pages(call: Caller, token: str) -> None:
    ids = [call.upload("material/add_material", MP3, token)["media_id"] for _ in range(3)]
    wanted = {"type": "voice", "offset": 1, "count": 1}
    page = call.post("material/batchget_material", wanted, access_token=token)
    assert (page["total_count"], page["item_count"]) == (3, 1)
    assert page["item"][0]["media_id"] == ids[1]
    too_many = wanted | {"count": 21}
    assert call.post("material/batchget_material", too_many, access_token=token)["errcode"] == 47001


def test_uploads_side_by_side_keep_their_answers(
    call: Caller, wechat: WeChatApiStandIn, token: str
) -> None:
    wechat.upload_seconds = 0.25
    voices = [bytes([i]) * 1000 for i in range(20)]

    def media_id(voice: bytes) -> str:
        answer = call.upload("material/add_material", voice, token)
        return str(answer["media_id"])

    with gevent.Timeout(20 * 0.25):  # one after the other takes longer
        ids = Pool().map(media_id, voices)
    assert [wechat.materials[media_id] for media_id in ids] == voices


def test_another_client_of_wechats_api_is_at_home_here(
    wechat: WeChatApiStandIn, token: str
) -> None:
    client = WeChatClient(APPID, SECRET, access_token=token, timeout=5, auto_retry=False)
    client.API_BASE_URL = f"{wechat.url}/cgi-bin/"
    kept = client.material.add("voice", ("voice.mp3", io.BytesIO(MP3)))["media_id"]
    assert client.material.get_count()["voice_count"] == 1
    assert client.material.batchget("voice")["item"][0]["media_id"] == kept
    assert client.material.delete(kept)["errcode"] == 0

    temporary = client.media.upload("voice", ("voice.mp3", io.BytesIO(MP3)))["media_id"]
    assert client.media.download(temporary).content == MP3
    assert client.misc.get_wechat_ips() == wechat.callback_addresses
    with pytest.raises(WeChatClientException) as refused:
        client.media.download("unknown")
    assert refused.value.errcode == 40007


# Behaviour


def test_a_refusal_comes_as_often_as_it_was_asked_for(
    call: Caller, wechat: WeChatApiStandIn, token: str
) -> None:
    wechat.will_answer(45009, "getcallbackip", times=2)
    codes = [call.get("getcallbackip", access_token=token).get("errcode") for _ in range(3)]
    assert codes == [45009, 45009, None]


def test_behaviours_for_other_paths_wait_for_their_own(
    call: Caller, wechat: WeChatApiStandIn, token: str
) -> None:
    wechat.will_answer(48001, "media/upload")
    wechat.will_answer(-1)
    assert call.get("getcallbackip", access_token=token)["errcode"] == -1
    assert call.upload("media/upload", MP3, token)["errcode"] == 48001


def test_a_behaviour_can_last_until_all_is_well_again(
    call: Caller, wechat: WeChatApiStandIn, token: str
) -> None:
    wechat.will_answer(48004, times=0)
    assert [call.code_for(token) for _ in range(5)] == [48004] * 5
    wechat.behave()
    assert call.code_for(token) == 0


def test_an_answer_may_be_lost_after_the_work_is_done(
    call: Caller, wechat: WeChatApiStandIn, token: str
) -> None:
    wechat.will_hang_up("material/add_material", after=True)
    with pytest.raises(requests.ConnectionError):
        call.upload("material/add_material", MP3, token)
    assert list(wechat.materials.values()) == [MP3]


def test_an_answer_may_never_come(wechat: WeChatApiStandIn, token: str) -> None:
    wechat.will_hang("getcallbackip")
    url = f"{wechat.url}/cgi-bin/getcallbackip"
    with pytest.raises(requests.ReadTimeout):
        requests.get(url, params={"access_token": token}, timeout=0.1)


def test_an_answer_may_dribble(wechat: WeChatApiStandIn) -> None:
    wechat.will_dribble("getcallbackip", seconds=0.001)
    with requests.get(f"{wechat.url}/cgi-bin/getcallbackip", stream=True, timeout=5) as answer:
        pieces = answer.iter_content(1)
        assert [next(pieces) for _ in range(5)] == [b" "] * 5


def test_an_answer_may_be_anything(wechat: WeChatApiStandIn) -> None:
    wechat.will_send(b"<h1>", "getcallbackip", status=302, location="/elsewhere")
    url = f"{wechat.url}/cgi-bin/getcallbackip"
    answer = requests.get(url, timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/elsewhere")
    assert answer.content == b"<h1>"


def test_behaviour_can_be_set_over_http(call: Caller, wechat: WeChatApiStandIn) -> None:
    url = f"{wechat.url}/behaviour"
    wanted = {"path": "token", "errcode": 40164, "times": 0}
    assert requests.post(url, json=wanted, timeout=5).ok
    assert "invalid ip 203.0.113.7" in call.plain_token()["errmsg"]

    answer = requests.post(url, json={"upload_seconds": 1.5}, timeout=5).json()
    assert answer == {"behaviours": 1, "upload_seconds": 1.5}  # and nothing else has changed

    assert requests.post(url, json={}, timeout=5).ok
    assert "access_token" in call.plain_token()
    assert requests.post(url, json={"explode": True}, timeout=5).status_code == 400


def test_behaviours_come_one_after_another(call: Caller, wechat: WeChatApiStandIn) -> None:
    wechat.behave(
        ApiBehaviour("token", errcode=-1), ApiBehaviour("token", body='{"access_token": "t"}')
    )
    assert call.plain_token()["errcode"] == -1
    assert call.plain_token() == {"access_token": "t"}


def test_other_processes_read_what_happened(call: Caller, wechat: WeChatApiStandIn) -> None:
    token = call.stable_token()["access_token"]
    ids = [call.upload("material/add_material", MP3, token)["media_id"] for _ in range(2)]
    call.post("material/del_material", {"media_id": ids[0]}, access_token=token)
    log = requests.get(f"{wechat.url}/log", timeout=5).json()
    now = 1_700_000_000.0
    assert log == {
        "uploads": [
            {
                "media_id": media_id,
                "path": "material/add_material",
                "size": len(MP3),
                "at": now,
                "name": "voice.mp3",
            }
            for media_id in ids
        ],
        "deletions": [{"media_id": ids[0], "at": now}],
        "token_calls": [{"path": "stable_token", "forced": False, "at": now}],
        "materials": [ids[1]],
    }


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "sandbox.wechat_api", "--port", "0"]
    environ = os.environ | {"PYTHONWARNINGS": "error"}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE) as process:
        yield process
        process.kill()


class SlowUpload:
    """An upload that sends its head and half of its body, and `finish`es later."""

    def __init__(self, url: str, token: str, kind: str) -> None:
        query, files = {"access_token": token, "type": kind}, {"media": ("voice.mp3", MP3)}
        asked = requests.Request("POST", f"{url}/cgi-bin/media/upload", params=query, files=files)
        prepared = asked.prepare()
        assert isinstance(prepared.body, bytes)
        half = len(prepared.body) // 2
        self._rest = prepared.body[half:]
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=5)
        self._connection.putrequest("POST", prepared.path_url)
        for name, value in prepared.headers.items():
            self._connection.putheader(name, value)
        self._connection.endheaders(prepared.body[:half])

    def finish(self) -> int:
        """Send the rest, and return the errcode, 0 where it worked."""
        self._connection.send(self._rest)
        answer = json.loads(self._connection.getresponse().read())
        self._connection.close()
        return int(answer.get("errcode", 0))


def test_it_runs_alone_and_does_not_mix_up_who_asks(process: subprocess.Popen[bytes]) -> None:
    assert process.stdout is not None
    url = process.stdout.readline().decode().split()[-1]
    requests.post(f"{url}/behaviour", json={"upload_seconds": 0}, timeout=5)
    token = Caller(url).stable_token()["access_token"]
    uploads = [SlowUpload(url, token, kind) for kind in ("film", "voice") * 5]
    Caller(url).stable_token()  # by now it has begun with all of them
    assert [upload.finish() for upload in uploads] == [40004, 0] * 5
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
