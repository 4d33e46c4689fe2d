"""What a follower said is heard where WeChat has not recognized it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fsm import quotas
from sandbox.follower import RECORDING, VOICE
from sandbox.wire import to_xml
from settings.schema import Secret, Texts
from settings.sections.personas import Persona
from tests.conftest import CLIPS
from tests.running import Running
from tests.speaking import BRIEF, Speaking, running_with_speech


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Speaking]:
    with running_with_speech(tmp_path) as app:
        yield app


def test_the_recording_of_the_sandbox_can_be_heard(app: Speaking) -> None:
    app.wechat.store_media(RECORDING.read_bytes(), f"{VOICE}-16k")
    assert app.follower().send_voice(recognition="").media_id


HEARD = ["hello.amr", "hello-wb.amr", "hello.speex", "hello.spx"]


@pytest.mark.parametrize("clip", HEARD)
def test_a_voice_that_wechat_did_not_recognize_is_heard(app: Speaking, clip: str) -> None:
    app.wechat.store_media((CLIPS / clip).read_bytes(), "media-1-16k")
    app.speech.will_recognize("今天几号")
    app.model.will(text="二十三号。")
    fate = app.follower().send_voice(recognition="", media_id="media-1")
    assert fate.media_id
    assert app.model.questions == ["今天几号"]
    assert app.all("SELECT question FROM messages") == ["今天几号"]


def test_the_clearer_of_two_recordings_is_heard(app: Speaking) -> None:
    app.wechat.store_media((CLIPS / "hello-wb.amr").read_bytes(), "media-1-16k")
    app.wechat.store_media(b"the other one", "media-1")
    assert app.follower().send_voice(recognition="", media_id="media-1").media_id


def test_where_there_is_one_recording_it_is_heard(app: Speaking) -> None:
    app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "media-1")
    fields = {"ToUserName": "gh", "FromUserName": "o-one", "CreateTime": "1", "MsgType": "voice"}
    voice = {"MediaId": "media-1", "Format": "amr", "MsgId": "5"}
    follower = app.follower(account="gh")
    assert follower.push(to_xml(fields | voice)).media_id


def test_a_voice_in_which_nothing_is_understood_gets_a_kind_sentence(app: Speaking) -> None:
    app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "media-1-16k")
    app.speech.will_recognize()
    fate = app.follower().send_voice(recognition="")
    assert Texts().not_heard in fate.seen
    assert app.model.asked == []


def with_azure(app: Speaking, **changes: object) -> None:
    """Start the server again with other settings for speech."""
    app.sections["azure"] |= changes
    app.huixin.stop(app.server)
    Running.start(app)


TYPE_IT = Texts().cannot_hear


def test_recognizing_can_be_switched_off(app: Speaking) -> None:
    app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "media-1-16k")
    with_azure(app, recognize="off")
    assert app.follower().send_voice(recognition="").seen == TYPE_IT
    assert app.speech.heard == []
    assert app.ask("WeChat 听见了").media_id


def test_hearing_does_not_depend_on_speaking(app: Speaking) -> None:
    app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "media-1-16k")
    app.speech.will_recognize("今天几号")
    app.model.will(text="二十三号。")
    with_azure(app, trans_to_voice=False)
    assert app.follower().send_voice(recognition="", media_id="media-1").seen == "二十三号。"
    assert app.model.questions == ["今天几号"]
    assert app.speech.spoken == []


@pytest.mark.parametrize("missing", ["", "****", "<your-key>"])
def test_who_cannot_hear_says_so_once_and_asks_to_type(
    app: Speaking, missing: str, caplog: pytest.LogCaptureFixture
) -> None:
    with_azure(app, trans_to_voice=False, subscription=Secret(missing))
    for _ in range(3):
        assert app.follower().send_voice(recognition="").seen == TYPE_IT
    told = [record for record in caplog.records if "cannot_hear" in record.getMessage()]
    assert len(told) == 1
    assert "azure.subscription" in told[0].getMessage()
    assert app.model.asked == []
    assert app.one("SELECT sum(counts) FROM messages") == 0
    assert app.ask("WeChat 听见了").seen


@pytest.mark.parametrize("errcode", [40007, 48001, 45009])
def test_a_recording_that_cannot_be_had_is_asked_for_in_writing(
    app: Speaking, errcode: int
) -> None:
    app.wechat.will_answer(errcode, "media/get", times=2)
    assert app.follower().send_voice(recognition="").seen == TYPE_IT
    assert f"errcode {errcode}" in app.one("SELECT failure FROM messages")
    assert app.one("SELECT state FROM messages") == "REPLIED"
    assert app.model.asked == []


def test_where_the_clearer_recording_is_gone_the_other_one_is_heard(app: Speaking) -> None:
    app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "media-1")
    app.speech.will_recognize("今天几号")
    assert app.follower().send_voice(recognition="", media_id="media-1").media_id
    assert app.model.questions == ["今天几号"]


def test_where_the_clearer_recording_is_no_sound_the_other_one_is_heard(app: Speaking) -> None:
    app.wechat.store_media(b"not a sound", "media-1-16k")
    app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "media-1")
    assert app.follower().send_voice(recognition="", media_id="media-1").media_id


@pytest.mark.parametrize("fault", [401, 429])
def test_who_cannot_be_heard_just_now_is_asked_to_type_in_time(app: Speaking, fault: int) -> None:
    app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "media-1-16k")
    app.speech.will_refuse(fault)
    assert TYPE_IT in app.follower().send_voice(recognition="").seen
    assert app.one("SELECT state FROM messages") == "FAILED", "and the operator sees why"


def test_a_spoken_command_is_one_though_it_ends_in_a_full_stop(app: Speaking) -> None:
    assert "重新开始" in app.ask("新对话。").seen
    app.tries_last(BRIEF, tries=1)
    app.model.will(text="迟到的。")
    follower = app.follower()
    with app.while_the_model_thinks():
        follower.say("问")
    assert follower.send_voice(recognition="继续。").seen == "迟到的。"


def test_a_voice_without_words_gets_a_kind_sentence(app: Speaking) -> None:
    app.wechat.store_media(b"not a sound at all", "media-1-16k")
    fate = app.follower().send_voice(recognition="", media_id="media-1")
    assert Texts().not_heard in fate.seen
    assert app.model.asked == []


def used_up(app: Speaking, **limits: object) -> None:
    """Their follower has asked all that there is for a day."""
    app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "said-16k")
    app.sections["azure"] |= {"trans_to_voice": False}
    app.sections["limits"] = {"gap_seconds": 0} | (limits or {"daily_follower": 1})
    app.restart()
    app.follower().say("问题")


def speak(app: Speaking, words: str) -> str:
    app.speech.will_recognize(words)
    return app.follower().send_voice(media_id="said").seen


COMMANDS = {
    "菜单": "蓝色的字",
    "我的": "存着你的",
    "语音关": Texts().no_voice,
    "导出": Texts().export_answer,
}


@pytest.mark.parametrize("word", COMMANDS)
def test_a_command_is_heard_also_where_the_day_is_used_up(app: Speaking, word: str) -> None:
    used_up(app)
    assert COMMANDS[word] in speak(app, f"{word}。")
    assert Texts().daily_follower in speak(app, "今天几号")
    assert app.model.questions == ["问题"]
    assert app.one("SELECT sum(counts) FROM messages") == 1


@pytest.fixture
def few_heard(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many voices of one who has used up their day are heard: fewer than in production."""
    monkeypatch.setattr(quotas, "MOST_HEARD", 4)
    return 4


def test_of_who_has_used_up_their_day_only_so_many_voices_are_heard(
    app: Speaking, few_heard: int
) -> None:
    used_up(app)
    for _ in range(few_heard):
        assert "蓝色的字" in speak(app, "菜单。")
    heard = len(app.speech.heard)
    assert Texts().cannot_hear in speak(app, "菜单。"), "as it may be a command"
    assert len(app.speech.heard) == heard
    assert "蓝色的字" in app.follower().say("菜单").seen


def test_commands_that_are_heard_do_not_count_up_to_a_bound(app: Speaking, few_heard: int) -> None:
    used_up(app, daily_follower=3)
    for _ in range(few_heard):
        assert "蓝色的字" in speak(app, "菜单。")
    assert app.one("SELECT sum(counts) FROM messages") == 1
    speak(app, "菜单。")
    assert app.one("SELECT sum(counts) FROM messages") == 2


def test_commands_that_wechat_has_heard_leave_that_bound_as_it_is(
    app: Speaking, few_heard: int
) -> None:
    used_up(app)
    for _ in range(few_heard):
        assert "蓝色的字" in app.follower().send_voice(recognition="菜单。").seen
    assert "蓝色的字" in speak(app, "菜单。")


def test_a_lesson_that_is_spoken_counts_for_no_character(app: Speaking) -> None:
    app.sections["personas"] = {"小美": Persona(prompt="你是小美。", daily=1)}
    used_up(app, daily_follower=0, gap_seconds=0)
    app.huixin.db.write(lambda db: db.execute("UPDATE messages SET counts = 0"))
    app.model.always(text="好。")
    assert speak(app, "英语对话点餐。") == "好。"
    app.huixin.db.write(lambda db: db.execute("UPDATE followers SET spoke_at = spoke_at - 601"))
    assert speak(app, "下课。") == "好。"
    assert app.one("SELECT count(*) FROM messages WHERE counts = 1") == 2
    assert app.follower().say("你好").seen == "好。"
    assert Texts().daily_follower in app.follower().say("在吗").seen


def test_where_the_account_is_used_up_nothing_is_heard(app: Speaking) -> None:
    used_up(app, daily_account=1)
    heard = len(app.speech.heard)
    assert Texts().daily_account in speak(app, "菜单。")
    assert len(app.speech.heard) == heard


def test_who_has_used_up_a_character_may_say_that_they_want_another(app: Speaking) -> None:
    app.sections["personas"] = {
        "小美": Persona(prompt="你是小美。", daily=1, default=True),
        "老王": Persona(prompt="你是老王。", greeting="我是老王。"),
    }
    used_up(app, daily_follower=0)
    assert "小美" in speak(app, "今天几号")
    assert app.model.questions == ["问题"]
    assert "我是老王" in speak(app, "角色老王。")
    app.model.will(text="二十三号。")
    assert speak(app, "今天几号") == "二十三号。"
