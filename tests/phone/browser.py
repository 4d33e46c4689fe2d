"""Plays scenes in Chromium: `python -m tests.phone.browser CHROMIUM`, in a process without gevent.

Each line that comes is a JSON object with the `scene` and the `url` of the page; each that goes is
`null`, or why it did not go as it should.
"""

import json
import sys
import traceback
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Request, expect, sync_playwright

from tests.phone import scenes

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
BLOCKED_ON_PURPOSE = "https://example.org/"  # a scene asks for it, and the policy forbids it
ON_PURPOSE = (BLOCKED_ON_PURPOSE, "400 (Bad Request)")  # what a scene sends that cannot be sent


class Unwanted(Exception):
    """The page did what it should not, whatever was seen of it."""


def main() -> None:
    """Play what is asked for, until nothing more comes."""
    expect.set_options(timeout=scenes.SLOW)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=sys.argv[1], args=ARGUMENTS)
        stage = Stage(browser)
        for line in sys.stdin:
            asked = json.loads(line)
            if why := stage.played(asked["scene"], asked["url"]):
                stage = Stage(browser)
            print(json.dumps(why), flush=True)
        browser.close()


class Stage:
    """A page for scenes that go as they should: one of its own takes each as long as to play."""

    def __init__(self, browser: Browser) -> None:
        self._unwanted: list[str] = []
        context = browser.new_context(
            locale="zh-CN", permissions=["microphone"], reduced_motion="reduce"
        )
        self._page = context.new_page()
        self._page.set_default_timeout(scenes.SLOW)
        self._page.on("console", self._on_console)
        self._page.on("pageerror", lambda error: self._unwanted.append(f"error: {error}"))
        self._page.on("request", self._on_request)

    def played(self, scene: str, url: str) -> str | None:
        """None, or what went wrong."""
        page = self._page
        try:
            page.set_viewport_size({"width": 1280, "height": 800})
            page.goto(url)
            page.locator("#pill.up").wait_for()
            scenes.newcomer(page)
            getattr(scenes, scene)(page)
            page.evaluate("localStorage.clear()")
            if self._unwanted:
                raise Unwanted("; ".join(self._unwanted))
        except Exception:
            shown = page.locator("body").inner_text()
            return f"{traceback.format_exc()}\nthe page:\n{shown}\nunwanted: {self._unwanted}"
        return None

    def _on_console(self, message: ConsoleMessage) -> None:
        meant = any(words in message.text for words in ON_PURPOSE)
        if message.type in ("error", "warning") and not meant:
            self._unwanted.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", "") and request.url[:5] != "blob:":
            if not request.url.startswith(BLOCKED_ON_PURPOSE):
                self._unwanted.append(f"asked for {request.url}")


if __name__ == "__main__":
    main()
