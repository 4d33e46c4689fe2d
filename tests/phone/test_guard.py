"""The page is for the browser of this machine: behind it are controls that end processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.phone.sandbox import Page, sandbox
from tests.serving import serving

LIVE = "wechat: {token: atoken}\nserver: {port: 0}\nopenai: {api_keys: [x]}\n"
STRANGERS = {
    "a name that leads here": {"Host": "evil.example:8080", "Origin": "http://evil.example:8080"},
    "no name": {"Host": ""},
    "another site's script": {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"},
    "another site's form": {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    "another port of this machine": {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"},
    "no browser": {"Origin": ""},
}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with sandbox(tmp_path_factory.mktemp("guard")) as page:
        yield page


@pytest.mark.parametrize("stranger", STRANGERS)
def test_what_is_done_on_the_page_is_done_by_the_page_alone(page: Page, stranger: str) -> None:
    before = page.until(lambda facts: facts["server"]["up_since"])["server"]
    assert page.ask("POST", "/phone/control/kill", "{}", STRANGERS[stranger])[0] == 403
    assert page.facts()["server"] == before


@pytest.mark.parametrize("stranger", ["a name that leads here", "no name", "another site's form"])
def test_what_is_said_on_the_page_is_read_by_the_page_alone(page: Page, stranger: str) -> None:
    assert page.ask("GET", "/phone/events", headers=STRANGERS[stranger])[0] == 403


def test_the_browser_of_this_machine_is_let_in_by_each_of_its_names(page: Page) -> None:
    port = page.host.rpartition(":")[2]
    for name in ("127.0.0.1", "localhost", "[::1]"):
        host = f"{name}:{port}"
        own = {"Host": host, "Origin": f"http://{host}"}
        assert page.ask("POST", "/phone/control/speed", '{"to": "normal"}', own)[0] == 200


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("say?who=follower-1", '{"text": "  "}'),
        ("say?who=nobody", '{"text": "hello"}'),
        ("say?who=follower-1", "[]"),
        ("say?who=follower-1", "{"),
        ("speak?who=follower-1&seconds=x", ""),
        ("speak?who=follower-1", "no sound"),
        ("show?who=follower-1", "no picture"),
        ("control/speed", '{"to": "warp"}'),
        ("control/speed", '{"to": ["normal"]}'),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(page: Page, act: str, body: str) -> None:
    status, said = page.ask("POST", f"/phone/{act}", body)
    assert status == 400
    assert "reason" in said
    assert "entry 1" not in page.facts()


def test_no_other_file_is_served_than_the_pages_own(page: Page) -> None:
    for path in ("/phone/..%2fpage.py", "/phone/../page.py", "/phone/page.py", "/phone/file/x"):
        assert page.ask("GET", path)[0] == 404


def test_live_has_no_page(tmp_path: Path) -> None:
    (tmp_path / "live.yml").write_text(LIVE, encoding="utf-8")
    with serving(tmp_path / "live.yml", tmp_path) as (port, log):
        live = Page(f"http://127.0.0.1:{port}/", log)
        for path in ("/", "/phone/events", "/phone/page.js"):
            assert live.ask("GET", path)[0] == 404
        assert live.ask("POST", "/phone/control/kill", "{}")[0] == 404
