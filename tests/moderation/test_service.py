"""A service that judges questions and answers, over a real socket and within a bound."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.pywsgi import WSGIServer

from console.views import outside
from fsm.window import Window
from service.checks.finding import Mark
from service.checks.moderation import judge_of
from settings.language import speak
from settings.schema import Secret, Settings, Texts, WeChat
from tests.running import ONE_TRY, WINDOW, Running, running
from tests.shown import STILL_THINKING

REFUSED = Texts().refused
ANSWER_REFUSED = Texts().answer_refused
SHORT = 0.3  # seconds


class Service:
    """Flags whatever holds 坏, or answers as a test has it."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.answers: tuple[str, bytes] | None = None
        self.after = 0.0
        self._server = WSGIServer(("127.0.0.1", 0), self._answer, log=None, error_log=None)
        self._server.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def stop(self) -> None:
        self._server.stop(timeout=0)

    def _answer(self, environ: Any, start_response: Any) -> list[bytes]:
        assert environ["PATH_INFO"] == "/v1/moderations"
        asked = json.loads(environ["wsgi.input"].read())
        self.asked.append(asked)
        self.keys.append(environ.get("HTTP_AUTHORIZATION", ""))
        gevent.sleep(self.after)
        flagged = "坏" in asked["input"]
        categories = {"violence": flagged, "hate/threatening": flagged, "sexual": False}
        usual = {"id": "m", "results": [{"flagged": flagged, "categories": categories}]}
        status, body = self.answers or ("200 OK", json.dumps(usual).encode())
        headers = [("Content-Type", "application/json")]
        if body == GZIPPED:
            headers.append(("Content-Encoding", "gzip"))
        start_response(status, headers)
        return [body]


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.stop()


@contextmanager
def judged(
    folder: Path, service: Service, window: Window = WINDOW, **moderation: Any
) -> Iterator[Running]:
    own = {"service_url": service.url, "service_key": Secret("s-key"), "service_model": "m-1"}
    with running(folder, window=window, moderation=own | moderation) as app:
        app.model.always(text="答。")
        yield app


def test_what_it_flags_is_not_asked_and_leaves_no_trace(tmp_path: Path, service: Service) -> None:
    with judged(tmp_path, service) as app:
        follower = app.follower()
        assert follower.say("好问题").seen == "答。"
        fate = follower.say("坏问题")
        assert fate.seen == REFUSED
        assert follower.say("坏问题", msg_id=fate.msg_id).seen == REFUSED
        assert app.model.questions == ["好问题"]
        assert [one["input"] for one in service.asked] == ["好问题", "坏问题"]
        assert service.asked[0]["model"] == "m-1"
        assert service.keys[0] == "Bearer s-key"
        assert app.all("SELECT text FROM history WHERE role = 'user'") == ["好问题"]
        assert app.all("SELECT question || counts FROM messages ORDER BY id") == ["好问题1", "0"]
        assert (
            app.one("SELECT max(refused_by) FROM messages") == "service:hate/threatening,violence"
        )


GZIPPED = b"\x1f\x8b, it says"

BROKEN = {
    "an error": ("500 No", b"{}"),
    "a page": ("200 OK", b"<html>"),
    "something else": ("200 OK", b'{"choices": []}'),
    "results that are none": ("200 OK", b'{"results": [{"flagged": "yes"}]}'),
    "a move": ("302 Found", b""),
    "thousands of brackets": ("200 OK", b"[" * 100_000),
    "more than anybody needs": ("200 OK", b'{"results": [{"flagged": true}]}' + b" " * 300_000),
    "another encoding": ("200 OK", '{"results": "审核"}'.encode("gb18030")),
    "what is not compressed": ("200 OK", GZIPPED),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_question_that_it_did_not_judge_is_asked_or_refused_as_the_operator_says(
    tmp_path: Path, service: Service, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    service.answers = BROKEN[how]
    with judged(tmp_path, service) as app:
        assert app.follower().say("问").seen == "答。"
    with judged(tmp_path, service, failing="refuse") as app:
        assert app.follower("o-two").say("问").seen == REFUSED
        assert app.one("SELECT max(refused_by) FROM messages") == "service:failed"
    assert caplog.text.count("event=not_judged") == 2
    assert "check moderation.service_url" in caplog.text


def test_while_it_does_not_judge_the_first_screen_says_so(tmp_path: Path, service: Service) -> None:
    service.answers = BROKEN["an error"]
    with judged(tmp_path, service, failing="refuse") as app:
        db = app.huixin.db

        def amiss() -> list[tuple[str, str, str]]:
            db.write(lambda _: None)  # behind what was saved without waiting
            found = db.read(outside.amiss, at=db.clock())[1]
            return [(one.by, one.found, one.cure[:4]) for one in found]

        app.follower().say("问")
        not_judged = "moderation does not judge, and what is asked is refused: HTTP 500"
        assert amiss() == [("questions", not_judged, "chec")]
        speak("zh")
        [(_, said, cure)] = amiss()
        assert said.startswith("审核服务没有结果，") and cure == "检查 m", (
            "in the reader's language"
        )
        service.answers = None
        app.follower().say("再问")
        assert amiss() == []


def test_it_is_looked_at_by_the_check_and_at_the_start(service: Service) -> None:
    own = {"service_url": service.url, "service_key": Secret("s-key")}
    without = Settings(wechat=WeChat(token=Secret("aToken1")))
    settings = without.but(moderation=own)
    assert [finding.mark for finding in judge_of(settings)] == [Mark.FINE]
    service.answers = ("401 No", b"{}")
    [finding] = judge_of(settings)
    assert (finding.mark, finding.found) == (Mark.WRONG, "ModerationFailed: HTTP 401")
    assert list(judge_of(without)) == []


def test_a_service_that_hangs_is_not_waited_for(tmp_path: Path, service: Service) -> None:
    service.after = 3 * SHORT
    with judged(tmp_path, service, service_seconds=SHORT) as app:
        assert app.follower().say("问").seen == "答。"
        assert app.one("SELECT settled_at - arrived_at FROM messages") < 2.5 * SHORT


def test_what_needs_no_model_is_not_shown_to_it(tmp_path: Path, service: Service) -> None:
    with judged(tmp_path, service) as app:
        app.follower().say("新对话")
        app.follower().send_event("subscribe")
        assert service.asked == []


def test_an_answer_that_it_flags_is_replaced_and_nothing_of_it_is_shown_before(
    tmp_path: Path, service: Service
) -> None:
    with judged(tmp_path, service, ONE_TRY, service_answers=True) as app:
        app.model.always(text="这样做：坏事。", lasts=app.try_seconds)
        follower = app.follower()
        at_the_end = follower.say("问")
        assert (at_the_end.seen or "").startswith(STILL_THINKING)
        collected = follower.say("继续")
        assert collected.seen == ANSWER_REFUSED
        assert service.asked[-1]["input"] == "这样做：坏事。"
        assert app.all("SELECT text FROM history") == []
        app.model.always(text="答。")
        assert follower.say("再问").seen == "答。"
