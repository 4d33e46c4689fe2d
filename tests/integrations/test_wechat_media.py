"""Voices go up once, recordings come down whole."""

import pytest

from integrations.wechat.api import WeChatApi
from integrations.wechat.errors import (
    AnswerTooLarge,
    MediaGone,
    MediaRefused,
    NoAnswer,
    UploadUnsure,
    WeChatAnswerMalformed,
    WeChatUnreachable,
)
from sandbox.wechat_api import WeChatApiStandIn
from tests.conftest import Clock
from tests.integrations.calling import APPID, MIB, MP3, SECRET, SPOILED_UPLOADS, Spoil, soon


def test_a_permanent_voice_stays_until_it_is_deleted(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    media_id = api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon())
    assert wechat.materials == {media_id: MP3}
    assert api.material_count(deadline=soon()) == 1
    api.delete_material(media_id, deadline=soon())
    assert wechat.deleted == [media_id]
    assert api.material_count(deadline=soon()) == 0


def test_a_temporary_voice_is_no_material(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    media_id = api.add_voice(MP3, name="v.mp3", permanent=False, deadline=soon())
    assert wechat.media == {media_id: MP3}
    assert not wechat.materials


def test_deleting_what_is_gone_is_no_error(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    media_id = api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon())
    api.delete_material(media_id, deadline=soon())
    api.delete_material(media_id, deadline=soon())
    assert wechat.deleted == [media_id]


def test_a_deletion_that_nothing_confirms_is_no_success(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    wechat.will_send(b"<html>", "material/del_material")
    with pytest.raises(WeChatAnswerMalformed):
        api.delete_material("some-id", deadline=soon())


@pytest.mark.parametrize("size", [0, 60 * 4000 + 1, 2 * MIB + 1])
def test_a_voice_that_wechat_does_not_take_is_refused(
    api: WeChatApi, wechat: WeChatApiStandIn, size: int
) -> None:
    with pytest.raises(MediaRefused) as refused:
        api.add_voice(bytes(size), name="v.mp3", permanent=True, deadline=soon())
    assert not refused.value.retryable
    assert not wechat.materials


@pytest.mark.parametrize("spoil", SPOILED_UPLOADS.values(), ids=SPOILED_UPLOADS)
def test_an_upload_whose_answer_is_lost_is_not_to_be_tried_again(
    api: WeChatApi, wechat: WeChatApiStandIn, spoil: Spoil
) -> None:
    api.material_count(deadline=soon())
    spoil(wechat)
    with pytest.raises(UploadUnsure) as unsure:
        api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon(0.3))
    assert not unsure.value.retryable
    assert len(wechat.uploads) <= 1  # and it was not tried again in secret


def test_an_upload_that_never_began_may_be_tried_again(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    api.material_count(deadline=soon())
    wechat.stop()
    with pytest.raises(WeChatUnreachable) as unreachable:
        api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon())
    assert unreachable.value.retryable
    assert not isinstance(unreachable.value, NoAnswer)


def test_an_upload_that_waited_for_a_token_in_vain_never_began(
    api: WeChatApi, wechat: WeChatApiStandIn
) -> None:
    wechat.will_hang("stable_token")
    with pytest.raises(WeChatUnreachable):
        api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon(0.1))


def test_a_connection_that_died_while_idle_spoils_no_upload(
    api: WeChatApi, wechat: WeChatApiStandIn, clock: Clock
) -> None:
    api.material_count(deadline=soon())
    port = int(wechat.url.rpartition(":")[2])
    wechat.stop()
    again = WeChatApiStandIn(port, appid=APPID, secret=SECRET, upload_seconds=0, clock=clock)
    again.start()
    try:
        assert api.add_voice(MP3, name="v.mp3", permanent=True, deadline=soon()) in again.materials
    finally:
        again.stop()


def test_a_recording_is_downloaded(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    wechat.store_media(b"#!AMR\n recorded", "media-1")
    assert api.download_media("media-1", deadline=soon()) == b"#!AMR\n recorded"


def test_a_recording_may_look_like_json_at_first(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    wechat.store_media(b"{\x01\x02 speex has no head", "media-1")
    assert api.download_media("media-1", deadline=soon()).startswith(b"{\x01")


def test_a_recording_is_gone_after_3_days(
    api: WeChatApi, wechat: WeChatApiStandIn, clock: Clock
) -> None:
    wechat.store_media(b"#!AMR\n recorded", "media-1")
    clock.forward(3 * 24 * 3600)
    with pytest.raises(MediaGone):
        api.download_media("media-1", deadline=soon())


def test_a_recording_of_3_mib_is_the_largest(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    wechat.store_media(bytes(3 * MIB), "large")
    wechat.store_media(bytes(3 * MIB + 1), "larger")
    assert len(api.download_media("large", deadline=soon())) == 3 * MIB
    with pytest.raises(AnswerTooLarge):
        api.download_media("larger", deadline=soon())


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b'{"video_url": "http://x"}', b""])
def test_what_is_no_recording_is_not_returned_as_one(
    api: WeChatApi, wechat: WeChatApiStandIn, body: bytes
) -> None:
    wechat.will_send(body, "media/get")
    with pytest.raises(WeChatAnswerMalformed):
        api.download_media("media-1", deadline=soon())


def test_the_addresses_of_pushes_are_told(api: WeChatApi, wechat: WeChatApiStandIn) -> None:
    wechat.callback_addresses = ["101.226.62.77", "2001:db8::/32"]
    assert api.callback_addresses(deadline=soon()) == ["101.226.62.77", "2001:db8::/32"]
