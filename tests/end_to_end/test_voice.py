"""A spoken question gets a spoken answer, through the real speech SDK and WeChat's media API."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import gevent
import pytest

from fsm.window import Window
from sandbox.follower import RECORDING, VOICE, Outcome
from sandbox.speech import SpeechStandIn
from sandbox.speech_turns import SpeechBehaviour
from sandbox.wechat_api import Upload, WeChatApiStandIn
from sandbox.wire import to_xml
from settings.schema import Secret
from tests.conftest import CLIPS
from tests.running import Running

TRY = 1.5  # seconds; speech has its own pace


class Speaking(Running):
    """A server with speech switched on, and the services for it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.speech = SpeechStandIn()
        self.wechat = WeChatApiStandIn(upload_seconds=0.05)
        self.window = Window(try_seconds=TRY, tries=3, margin=0.3)
        self.try_seconds = TRY

    def start(self) -> None:
        self.sections |= {
            "azure": {
                "trans_to_voice": True,
                "endpoint": self.speech.url,
                "subscription": Secret("s"),
            },
            "wechat": {
                "api_base": self.wechat.url,
                "appid": "wx-sandbox",
                "secret": Secret("sandbox-secret"),
                "settle_seconds": 0.2,
                "delete_after_seconds": 0.5,
            },
        }
        super().start()

    def ask(self, text: str = "你好吗？", **how: Any) -> Outcome:
        return self.follower(**how).send_voice(recognition=text)

    def forgotten(self) -> bool:
        """Whether WeChat holds nothing of ours any more, after some time."""
        for _ in range(60):
            if not self.wechat.materials and self.one("SELECT count(*) FROM uploads") == 0:
                return True
            gevent.sleep(0.1)
        return False


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Speaking]:
    app = Speaking(tmp_path)
    for stand_in in (app.model, app.speech, app.wechat):
        stand_in.start()
    app.start()
    yield app
    app.stop()
    for stand_in in (app.model, app.speech, app.wechat):
        stand_in.stop()


def wait_for(happened: Callable[[], Any]) -> None:
    """Wait for something, as long as there is patience."""
    with gevent.Timeout(15):
        while not happened():
            gevent.sleep(0.02)


def spoken(app: Speaking) -> str:
    return "".join(text for _, text in app.speech.spoken)


def test_a_voice_is_answered_by_a_voice_and_deleted_after_it(app: Speaking) -> None:
    app.model.will(text="我很好，谢谢。")
    outcome = app.ask()
    assert outcome.media_id in [upload.media_id for upload in app.wechat.uploads]
    assert app.all("SELECT event FROM moves ORDER BY id") == [
        "picked_up",
        "answered_to_speak",
        "voice_uploaded",
        "voice_settled",
    ]
    assert app.all("SELECT role FROM history ORDER BY id") == ["user", "assistant"]
    assert spoken(app) == "我很好，谢谢。"
    assert app.model.bodies[0]["max_tokens"] == 80
    assert app.forgotten()
    assert app.wechat.deleted == [outcome.media_id]


@pytest.mark.parametrize(
    ("answer", "voice"),
    [("今天天气真好 okay", "zh-CN-XiaoyanNeural"), ("It is a nice day.", "en-US-AriaNeural")],
)
def test_the_voice_speaks_the_language_of_the_answer(
    app: Speaking, answer: str, voice: str
) -> None:
    app.model.will(text=answer)
    assert app.ask().media_id
    assert [name for name, _ in app.speech.spoken] == [voice]


def test_finished_sentences_are_spoken_while_the_model_still_writes(app: Speaking) -> None:
    app.model.will(text="第一句话在这里。第二句话在这里。第三句话在这里。", pace=0.15)
    outcome = app.ask()
    assert outcome.media_id
    assert len(app.speech.spoken) > 1
    assert spoken(app) == "第一句话在这里。第二句话在这里。第三句话在这里。"
    ended = app.model.asked[0].ended_at
    settled = app.one("SELECT settled_at FROM messages")
    assert ended and settled - ended < 1.0


def test_a_written_question_is_answered_in_writing(app: Speaking) -> None:
    app.model.will(text="写给你。")
    assert app.follower().say("你好").seen == "写给你。"
    assert app.speech.spoken == []


def test_whatever_fails_in_speaking_the_follower_gets_the_text(app: Speaking) -> None:
    faults: list[Callable[[], object]] = [
        lambda: app.speech.will_refuse(401),
        lambda: app.speech.will_refuse(429),
        lambda: app.speech.will_cut_after(500),
        lambda: app.speech.will_answer_empty(),
        lambda: app.wechat.will_answer(45009, path="material/add_material"),
        lambda: app.wechat.will_answer(40007, path="material/add_material"),
        lambda: app.wechat.will_send(b"no json", path="material/add_material"),
    ]
    for number, fault in enumerate(faults):
        fault()
        app.wechat.will_answer(48001, path="media/upload")
        app.model.will(text=f"第{number}句。")
        assert app.ask(open_id=f"o-{number}").seen == f"第{number}句。"
        app.speech.will_behave()
        app.wechat.behave()
        app.huixin.db.write(lambda db: db.execute("DELETE FROM cool_downs").rowcount)
    assert app.one("SELECT count(*) FROM messages WHERE state = 'REPLIED'") == len(faults)


@pytest.mark.parametrize("answer", ["😀😀😀", "```\ncode\n```"])
def test_an_answer_that_cannot_be_said_is_read(app: Speaking, answer: str) -> None:
    app.model.will(text=answer)
    outcome = app.ask()
    assert outcome.kind == "text"


def test_a_rejected_token_is_replaced_within_the_upload(app: Speaking) -> None:
    app.ask(open_id="o-first")
    app.wechat.kill_token()
    assert app.ask(open_id="o-second").media_id


def test_where_permanent_media_are_not_granted_temporary_ones_are_used_and_it_is_remembered(
    app: Speaking,
) -> None:
    app.wechat.will_answer(48001, path="material/add_material", times=1)
    assert app.ask(open_id="o-one").media_id
    app.restart()
    assert app.ask(open_id="o-two").media_id
    paths = [upload.path for upload in app.wechat.uploads]
    assert paths == ["media/upload", "media/upload"]


def test_a_voice_that_is_not_ready_is_read_first_and_heard_later(app: Speaking) -> None:
    app.speech.will_delay(3.2 * TRY)
    app.model.will(text="我慢慢说给你听。")
    follower = app.follower()
    outcome = follower.send_voice(recognition="你好")
    assert outcome.seen.startswith("我慢慢说给你听。")
    assert "语音还在准备" in outcome.seen
    heard = follower.say("继续")
    assert heard.media_id in [upload.media_id for upload in app.wechat.uploads]
    assert app.forgotten()


def test_a_restart_while_speaking_asks_the_model_no_more_and_says_nothing_twice(
    app: Speaking,
) -> None:
    app.model.will(text="第一句已经说完了。第二句要说很久很久。", pace=0.1)
    follower = app.follower(tries=1)
    asked = gevent.spawn(follower.send_voice, recognition="你好", msg_id="7")
    while not app.all("SELECT number FROM voice_parts WHERE length(mp3) > 0"):
        gevent.sleep(0.02)
    app.speech.will_delay(5.0)
    while app.one("SELECT state FROM messages") != "SYNTHESIZING":
        gevent.sleep(0.02)
    app.speech.will_behave()
    said = len(app.speech.spoken)
    app.restart()
    asked.get()
    outcome = app.follower(tries=1).send_voice(recognition="你好", msg_id="7")
    assert outcome.media_id
    assert len(app.model.asked) == 1
    assert not any("第一句" in text for _, text in app.speech.spoken[said:])


def test_a_restart_while_a_voice_settles_uploads_nothing_again(app: Speaking) -> None:
    app.sections["wechat"] = {"settle_seconds": 0.8}
    asked = gevent.spawn(app.follower(tries=1).send_voice, recognition="你好", msg_id="8")
    while not app.all("SELECT id FROM messages WHERE state = 'UPLOADED'"):
        gevent.sleep(0.02)
    app.restart()
    asked.get()
    assert app.follower(tries=1).send_voice(recognition="你好", msg_id="8").media_id
    assert len(app.wechat.uploads) == 1


def test_a_voice_whose_upload_was_not_confirmed_is_found_among_the_accounts_and_given(
    app: Speaking,
) -> None:
    app.wechat.will_send(b"lost", path="material/add_material", after=True)
    outcome = app.ask()
    assert outcome.media_id
    assert [upload.media_id for upload in app.wechat.uploads] == [outcome.media_id]
    assert app.forgotten()


def test_a_voice_that_could_not_be_found_is_looked_for_again_and_deleted(app: Speaking) -> None:
    app.wechat.will_send(b"lost", path="material/add_material", after=True)
    app.wechat.will_answer(45009, path="material/batchget_material")
    app.wechat.materials["the-operators-own"] = b"a voice"
    app.wechat.uploads.append(
        Upload("the-operators-own", "material/add_material", 7, 0.0, "own.mp3")
    )
    assert app.ask().kind == "text"
    assert len(app.wechat.materials) == 2
    app.huixin.db.write(lambda db: db.execute("UPDATE uploads SET delete_at = 0").rowcount)
    wait_for(lambda: list(app.wechat.materials) == ["the-operators-own"])
    wait_for(lambda: app.one("SELECT count(*) FROM uploads") == 0)


@pytest.mark.parametrize("errcode", [-1, 40013, 45009, 48001])
def test_what_wechat_refuses_is_written_down_no_longer(app: Speaking, errcode: int) -> None:
    app.wechat.will_answer(errcode, path="material/add_material", times=0)
    app.wechat.will_answer(errcode, path="media/upload", times=0)
    assert app.ask().kind == "text"
    assert app.one("SELECT count(*) FROM uploads") == 0
    assert app.wechat.uploads == []


@pytest.mark.parametrize("errcode", [-1, 40001, 42001])
def test_a_refusal_that_passes_costs_no_voice(app: Speaking, errcode: int) -> None:
    app.wechat.will_answer(errcode, path="material/add_material")
    assert app.ask().media_id
    assert len(app.wechat.uploads) == 1


def test_an_upload_that_is_never_answered_gives_the_text_in_time(app: Speaking) -> None:
    app.wechat.will_hang("material/add_material")
    app.model.will(text="等不到的声音。")
    assert app.ask().seen.startswith("等不到的声音。")


def test_without_an_access_token_the_text_is_given(app: Speaking) -> None:
    app.wechat.will_hang_up("stable_token", times=0)
    app.model.will(text="没有令牌。")
    assert app.ask().seen == "没有令牌。"
    app.wechat.behave()
    app.wechat.will_hang("stable_token")
    app.model.will(text="还是没有。")
    assert app.ask(open_id="o-two").seen.startswith("还是没有。")


@pytest.mark.parametrize("at_connect", [False, True])
def test_a_mute_speech_service_costs_the_voice_and_not_the_answer(
    app: Speaking, at_connect: bool
) -> None:
    app.speech.will_be_mute(at_connect=at_connect)
    app.model.will(text="写给你看。")
    assert app.ask().seen.startswith("写给你看。")


def test_the_recording_of_the_sandbox_can_be_heard(app: Speaking) -> None:
    app.wechat.store_media(RECORDING.read_bytes(), f"{VOICE}-16k")
    assert app.follower().send_voice(recognition="").media_id


def test_who_was_promised_a_voice_that_fails_can_read_the_answer_again(app: Speaking) -> None:
    app.speech.behave(SpeechBehaviour(delay=3.2 * TRY, empty=True))
    app.model.will(text="只有文字了。")
    follower = app.follower()
    assert "语音还在准备" in follower.send_voice(recognition="你好").seen
    assert follower.say("继续").seen == "只有文字了。"
    assert len(app.model.asked) == 1


def test_two_spoken_questions_of_one_follower_both_get_a_voice(app: Speaking) -> None:
    app.model.will(text="第一个回答。")
    app.model.will(text="第二个回答。")
    asked = [gevent.spawn(app.ask, "问一"), gevent.spawn(app.ask, "问二")]
    ids = {one.get().media_id for one in asked}
    assert len(ids) == 2 and None not in ids
    assert [text for _, text in app.speech.spoken] == ["第一个回答。", "第二个回答。"]
    assert app.forgotten()


@pytest.mark.parametrize(
    ("characters", "kind"),
    [(268, "voice"), (278, "text"), (3600, "text")],
    ids=["59 seconds", "61 seconds", "3 MB"],
)
def test_a_sentence_longer_than_a_voice_may_be_is_read(
    app: Speaking, characters: int, kind: str
) -> None:
    app.model.will(text="啊" * characters)
    assert app.ask().kind == kind
    assert all(upload.size <= 240_000 for upload in app.wechat.uploads)


def test_a_long_voice_ends_at_a_sentence_and_the_rest_is_read(app: Speaking) -> None:
    said = [f"这是第{number}句，它和别的句子一样，不长也不短。" for number in range(1, 81)]
    app.model.will(text="".join(said))
    follower = app.follower()
    assert follower.send_voice(recognition="说长一点").media_id
    [upload] = app.wechat.uploads
    assert 40 * 4000 < upload.size <= 60 * 4000
    to = app.one("SELECT voiced_to FROM messages")
    heard, rest = "".join(said)[:to], "".join(said)[to:]
    assert heard.endswith("。")
    assert all(sentence in spoken(app) for sentence in said if sentence in heard)
    assert follower.say("继续").seen.startswith(rest[:100])
    assert len(app.model.asked) == 1
    assert len(spoken(app)) < 0.75 * len("".join(said)), "what nobody will hear is not paid for"


@pytest.mark.parametrize(
    ("media", "path"),
    [("permanent", "material/add_material"), ("temporary", "media/upload")],
)
def test_the_operator_may_say_how_voices_are_uploaded(app: Speaking, media: str, path: str) -> None:
    app.sections["wechat"]["media"] = media
    app.huixin.stop(app.server)
    Running.start(app)
    assert app.ask().media_id
    app.wechat.will_answer(48001, path=path)
    assert app.ask(open_id="o-two").kind == "text"
    assert [upload.path for upload in app.wechat.uploads] == [path]


def test_permanent_media_rest_for_the_day_once_their_quota_is_used_up(app: Speaking) -> None:
    app.wechat.will_answer(45009, path="material/add_material")
    assert app.ask(open_id="o-one").media_id
    app.restart()
    assert app.ask(open_id="o-two").media_id
    assert [upload.path for upload in app.wechat.uploads] == ["media/upload"] * 2
    until = app.one("SELECT until FROM cool_downs")
    assert (until + 8 * 3600) % (24 * 3600) == 0, "midnight in China"


def test_who_leaves_while_their_voice_is_uploaded_leaves_none_behind(app: Speaking) -> None:
    app.wechat.upload_seconds = 3.0
    gevent.spawn(app.follower(tries=1).send_voice, recognition="你好")
    wait_for(lambda: app.one("SELECT count(*) FROM uploads"))
    app.follower().send_event("unsubscribe")
    wait_for(lambda: app.wechat.materials)
    gevent.sleep(0.2)
    assert app.one("SELECT count(*) FROM uploads") == 1, "it is still known"
    app.huixin.db.write(lambda db: db.execute("UPDATE uploads SET delete_at = 0").rowcount)
    assert app.forgotten()


def test_many_voices_that_are_due_at_once_are_deleted_soon(app: Speaking) -> None:
    def fill(db: Connection) -> None:
        insert = "INSERT INTO uploads VALUES (?, 1, 1, ?, ?, 0)"
        db.executemany(insert, [(f"{n}.mp3", f"id-{n}", n) for n in range(100)])

    app.wechat.materials |= {f"id-{number}": b"a voice" for number in range(100)}
    app.huixin.db.write(fill)
    began = time.monotonic()
    assert app.forgotten()
    assert time.monotonic() - began < 6, "twenty every two seconds would be ten"
    assert sorted(app.wechat.deleted) == sorted(f"id-{number}" for number in range(100))


def test_a_deletion_that_fails_is_tried_again(app: Speaking) -> None:
    app.wechat.will_answer(-1, path="material/del_material", times=3)
    assert app.ask().media_id
    wait_for(lambda: app.one("SELECT max(failures) FROM uploads"))
    app.huixin.db.write(lambda db: db.execute("UPDATE uploads SET delete_at = 0").rowcount)
    assert app.forgotten()
    assert len(app.wechat.deleted) == 1


def test_who_leaves_leaves_no_voice_behind(app: Speaking) -> None:
    app.sections["wechat"]["delete_after_seconds"] = 300.0
    app.restart()
    assert app.ask().media_id
    app.follower().send_event("unsubscribe")
    assert app.forgotten()


HEARD = ["hello.amr", "hello-wb.amr", "hello.speex", "hello.spx"]


@pytest.mark.parametrize("clip", HEARD)
def test_a_voice_that_wechat_did_not_recognize_is_heard(app: Speaking, clip: str) -> None:
    app.wechat.store_media((CLIPS / clip).read_bytes(), "media-1-16k")
    app.speech.will_recognize("今天几号")
    app.model.will(text="二十三号。")
    outcome = app.follower().send_voice(recognition="", media_id="media-1")
    assert outcome.media_id
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
    outcome = app.follower().send_voice(recognition="")
    assert "没听清" in outcome.seen
    assert app.model.asked == []


def test_recognizing_can_be_switched_off(app: Speaking) -> None:
    app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "media-1-16k")
    app.sections["azure"]["recognize"] = "off"
    app.huixin.stop(app.server)
    Running.start(app)
    assert "没听清" in app.follower().send_voice(recognition="").seen
    assert app.speech.heard == []
    assert app.ask("WeChat 听见了").media_id


@pytest.mark.parametrize("fault", [401, 429])
def test_a_voice_that_cannot_be_heard_gets_an_apology_in_time(app: Speaking, fault: int) -> None:
    app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "media-1-16k")
    app.speech.will_refuse(fault)
    assert "抱歉" in app.follower().send_voice(recognition="").seen


def test_a_spoken_command_is_one_though_it_ends_in_a_full_stop(app: Speaking) -> None:
    assert "重新开始" in app.ask("新对话。").seen
    app.model.will(text="迟到的。", after=3.3 * TRY)
    follower = app.follower()
    follower.say("问")
    assert follower.send_voice(recognition="继续。").seen == "迟到的。"


def test_a_voice_without_words_gets_a_kind_sentence(app: Speaking) -> None:
    app.wechat.store_media(b"not a sound at all", "media-1-16k")
    outcome = app.follower().send_voice(recognition="", media_id="media-1")
    assert "没听清" in outcome.seen
    assert app.model.asked == []


def test_the_loop_goes_on_while_voices_are_made(app: Speaking) -> None:
    app.speech.will_delay(0.6)
    gaps: list[float] = []

    def tick() -> None:
        loop = gevent.get_hub().loop
        while True:
            before = loop.now()
            gevent.sleep(0.01)
            loop.update_now()
            gaps.append(loop.now() - before)

    ticker = gevent.spawn(tick)
    asked = [gevent.spawn(app.ask, "你好", open_id=f"o-{n}") for n in range(10)]
    assert all(one.get().media_id for one in asked)
    ticker.kill()
    assert sum(gap > 0.25 for gap in gaps) <= 2, "SDK calls in the loop would stop it for 600 ms"
