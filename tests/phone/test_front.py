"""What is not the page's goes through to the server, as through a proxy in front."""

import time
from pathlib import Path

import gevent

from sandbox.follower import Follower
from tests.phone.sandbox import PATIENCE, sandbox


def test_the_server_answers_behind_the_page_and_hears_who_hangs_up(tmp_path: Path) -> None:
    with sandbox(tmp_path) as page:
        page.until(lambda facts: facts["server"]["state"] == "up")
        assert page.ask("GET", "/healthz")[0] == 200
        assert page.ask("GET", "/nothing")[0] == 404
        assert page.ask("POST", "/wechat", "<xml/>")[0] == 403, "not signed, and so says the server"
        page.do("control/speed", to="20 s")
        impatient = Follower(f"{page.url}wechat", "****", try_seconds=0.5, tries=1)
        assert impatient.say("你好").delivered is None
        give_up_at = time.monotonic() + PATIENCE
        while "event=try_ended" not in (log := page.log.read_text()):
            assert time.monotonic() < give_up_at, log
            gevent.sleep(0.05)
        assert "outcome=dropped" in log
