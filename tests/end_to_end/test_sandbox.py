"""The sandbox as it ships: a server, and stand-ins for everything outside."""

from pathlib import Path

import gevent

from sandbox.follower import Follower
from tests.serving import serving, url_of
from tests.settings.conftest import shipped


def test_a_follower_is_answered_in_words_and_with_voice_by_a_spoken_answer(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text(shipped(), encoding="utf-8")
    with serving(config, tmp_path, "--voice") as (port, _):
        writes, speaks = [Follower(url_of(port), "****", open_id=f"o-{n}") for n in range(2)]
        written = gevent.spawn(writes.say, "你好")
        assert speaks.send_voice("你好").kind == "voice"
        assert written.get().kind == "text"
