"""A spoken question gets a spoken answer, through the real speech SDK and WeChat's media API."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from fsm.tries import Window
from integrations.settings import Secret
from sandbox.follower import Outcome
from sandbox.speech import SpeechStandIn
from sandbox.wechat_api import WeChatApiStandIn
from tests.running import Running

TRY = 1.5  # seconds; speech has its own pace
CLIPS = Path(__file__).parent / "clips"


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
    while not app.all("SELECT number FROM voice_parts"):
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


def test_an_upload_whose_answer_was_lost_is_found_and_deleted(app: Speaking) -> None:
    app.wechat.will_send(b"lost", path="material/add_material", after=True)
    assert app.ask().kind == "text"
    assert len(app.wechat.materials) == 1
    app.huixin.db.write(lambda db: db.execute("UPDATE uploads SET delete_at = 0").rowcount)
    assert app.forgotten()


def test_who_leaves_leaves_no_voice_behind(app: Speaking) -> None:
    app.sections["wechat"]["delete_after_seconds"] = 300.0
    app.restart()
    assert app.ask().media_id
    app.follower().send_event("unsubscribe")
    assert app.forgotten()


@pytest.mark.parametrize("clip", sorted(p.name for p in CLIPS.glob("*.amr*")))
def test_a_voice_that_wechat_did_not_recognize_is_heard(app: Speaking, clip: str) -> None:
    app.wechat.store_media((CLIPS / clip).read_bytes(), "media-1-16k")
    app.speech.will_recognize("今天几号")
    app.model.will(text="二十三号。")
    outcome = app.follower().send_voice(recognition="", media_id="media-1")
    assert outcome.media_id
    assert app.model.questions == ["今天几号"]
    assert app.all("SELECT question FROM messages") == ["今天几号"]


def test_a_voice_without_words_gets_a_kind_sentence(app: Speaking) -> None:
    app.wechat.store_media(b"not a sound at all", "media-1-16k")
    outcome = app.follower().send_voice(recognition="", media_id="media-1")
    assert "没听清" in outcome.seen
    assert app.model.asked == []


def test_the_loop_goes_on_while_voices_are_made(app: Speaking) -> None:
    app.speech.will_delay(0.3)
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
    assert sum(gap > 0.1 for gap in gaps) <= 2, "SDK calls in the loop would stop it for 300 ms"
