"""The page in a real browser: `tests.phone.scenes` says what is done and seen there."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.phone.sandbox import Page, sandbox

SCENES = [
    "a_chat_by_keyboard_alone",
    "an_answer_survives_the_kill",
    "a_link_in_a_reply_is_tapped",
    "voices_are_held_typed_and_played",
    "followers_come_go_and_send_pictures",
    "what_is_written_is_text_and_nothing_else",
    "pictures_and_articles_of_the_operator_are_shown",
    "it_fits_a_phone_and_a_desk",
    "it_speaks_english_where_that_is_asked_for",
]

# Its WeChat tries again after a moment, and not only when it hangs up.
IMPATIENT = """
import runpy, sys
from functools import partial
from sandbox.phone import chats
chats.Follower = partial(chats.Follower, gap_seconds=0.2)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

REPLIES = [
    {"words": "海报", "image": "media-of-the-library"},
    {
        "words": "课程",
        "news": {
            "title": "<b>这个月</b>",
            "description": "点开看时间",
            "picture": "https://a.example/图.jpg",
            "url": "https://a.example/?a=1&b=2",
        },
    },
]


def chromium() -> str:
    """The program; what needs it is skipped where it is missing, but not in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if not path and os.environ.get("CI"):
        pytest.fail("chromium is missing: apt-get install chromium fonts-noto-cjk", pytrace=False)
    return path or pytest.skip("chromium is missing: apt-get install chromium fonts-noto-cjk")


@pytest.fixture(scope="module")
def browser() -> Iterator["subprocess.Popen[str]"]:
    """One for all scenes of this process: it plays what is written to it."""
    command = [sys.executable, "-m", "tests.phone.browser", chromium()]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """One for all scenes, each of which has a follower of its own."""
    with sandbox(tmp_path_factory.mktemp("page"), REPLIES) as page:
        yield page


@pytest.mark.parametrize("scene", SCENES)
def test_on_the_page(browser: "subprocess.Popen[str]", page: Page, scene: str) -> None:
    play(browser, page, scene)


def test_a_server_that_stays_away_is_the_grey_line(
    browser: "subprocess.Popen[str]", tmp_path: Path
) -> None:
    with sandbox(tmp_path, program=IMPATIENT) as page:
        play(browser, page, "a_server_that_stays_away_is_the_grey_line")


def play(browser: "subprocess.Popen[str]", page: Page, scene: str) -> None:
    assert browser.stdin and browser.stdout
    browser.stdin.write(json.dumps({"scene": scene, "url": page.url}) + "\n")
    browser.stdin.flush()
    if trouble := json.loads(browser.stdout.readline()):
        pytest.fail(f"{trouble}\n{page.log.read_text()}", pytrace=False)
