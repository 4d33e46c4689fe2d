"""Who asks for a person is handed over, where there is one."""

from pathlib import Path
from typing import Any

import gevent

from sandbox.wire import new_msg_id
from tests.modes import SEALED, in_each_mode, tell, typed_or_spoken
from tests.running import Running, running
from tests.speaking import wait_for


@typed_or_spoken
@in_each_mode
def test_who_asks_for_a_person_is_handed_over(
    tmp_path: Path, how: dict[str, Any], spoken: bool
) -> None:
    with running(tmp_path, wechat=SEALED | {"customer_service": True}) as app:
        assert tell(app, "转人工", spoken=spoken, **how).kind == "transfer_customer_service"
        assert app.model.asked == []
        assert app.one("SELECT state FROM messages") == "REPLIED"


def test_each_try_hands_over_also_after_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, wechat={"customer_service": True}) as app:
        msg_id = new_msg_id()
        fate = app.follower(overlap=(0, 0, 0)).say("人工客服", msg_id=msg_id)
        app.restart()
        again = app.follower().say("人工客服", msg_id=msg_id)
        bodies = {one.body for one in [*fate.tries, *again.tries] if one.body}
        assert len(bodies) == 1
        assert again.seen == "[transfer_customer_service]"


def test_nobody_waits_for_an_answer_before_they_are_handed_over(tmp_path: Path) -> None:
    with running(tmp_path, wechat={"customer_service": True}) as app:
        app.model.will(text="慢慢来", after=60.0)
        asking = gevent.spawn(app.follower(tries=1).say, "很难的问题")
        wait_for(lambda: app.model.asked)
        assert app.follower().say("找人工").seen == "[transfer_customer_service]"
        asking.kill()


def told(app: Running, words: str) -> str:
    return app.follower().say(words).seen


def test_where_there_is_nobody_it_says_so(tmp_path: Path) -> None:
    with running(tmp_path, texts={"human": "请打 12345。"}) as app:
        assert told(app, "人工") == "请打 12345。"
        assert app.model.asked == []
        told(app, "人工智能是什么？")
        assert app.model.questions == ["人工智能是什么？"]
    with running(tmp_path / "off", texts={"human_words": ()}) as app:
        told(app, "人工")
        assert app.model.questions == ["人工"]
