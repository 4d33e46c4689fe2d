"""The sandbox as `make run` starts it, and its page as a browser asks it."""

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import gevent
import yaml

from tests.serving import serving
from tests.settings.conftest import shipped

PATIENCE = 30.0


class Page:
    """The page's own requests."""

    def __init__(self, url: str, log: Path) -> None:
        self.url, self.log = url, log
        self.host = urlsplit(url).netloc

    def ask(
        self, method: str, path: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        """The status and the body; what a browser sends with it unless `headers` say otherwise."""
        own = {"Host": self.host, "Origin": f"http://{self.host}", "Sec-Fetch-Site": "same-origin"}
        with closing(HTTPConnection(self.host, timeout=PATIENCE)) as connection:
            connection.request(method, path, body.encode(), {**own, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def do(self, act: str, **what: Any) -> None:
        """Something that a follower does, or a control that is set `to` something."""
        status, said = self.ask("POST", f"/phone/{act}", json.dumps(what))
        assert status == 200, said

    def facts(self) -> dict[str, Any]:
        """All that the page shows now."""
        with closing(HTTPConnection(self.host, timeout=PATIENCE)) as connection:
            connection.request("GET", "/phone/events")
            stream = connection.getresponse()
            while not (line := stream.readline()).startswith(b"data: "):
                assert line
            return dict(json.loads(line.removeprefix(b"data: ")))

    def until(self, is_so: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """What the page shows as soon as it is so."""
        give_up_at = time.monotonic() + PATIENCE
        while time.monotonic() < give_up_at:
            if is_so(facts := self.facts()):
                return facts
            gevent.sleep(0.02)
        raise AssertionError(f"{self.facts()}\n{self.log.read_text()}")


@contextmanager
def sandbox(
    folder: Path,
    replies: Sequence[object] = (),
    program: str = "",
    **sections: Mapping[str, object],
) -> Iterator[Page]:
    """With the settings that ship, but for some keys of `sections`, and with fixed answers.

    A `program` runs it, see `serving`.
    """
    settings = yaml.safe_load(shipped())
    for section, keys in sections.items():
        settings[section] |= keys
    settings["replies"] = list(replies)
    config = folder / "config.yml"
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    with serving(config, folder, program=program) as (_, log):
        [url] = re.findall(r"event=sandbox page=(\S+)", log.read_text())
        yield Page(url, log)
