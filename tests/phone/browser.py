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
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=sys.argv[1], args=ARGUMENTS)
        for line in sys.stdin:
            asked = json.loads(line)
            print(json.dumps(played(browser, asked["scene"], asked["url"])), flush=True)
        browser.close()


def played(browser: Browser, scene: str, url: str) -> str | None:
    """None, or what went wrong."""
    context = browser.new_context(
        locale="zh-CN", viewport={"width": 1280, "height": 800}, permissions=["microphone"]
    )
    unwanted: list[str] = []
    page = context.new_page()
    page.set_default_timeout(scenes.SLOW)
    expect.set_options(timeout=scenes.SLOW)

    def on_console(message: ConsoleMessage) -> None:
        meant = any(words in message.text for words in ON_PURPOSE)
        if message.type in ("error", "warning") and not meant:
            unwanted.append(f"console: {message.text}")

    def on_request(request: Request) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", "") and request.url[:5] != "blob:":
            if not request.url.startswith(BLOCKED_ON_PURPOSE):
                unwanted.append(f"asked for {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: unwanted.append(f"error: {error}"))
    page.on("request", on_request)
    try:
        page.goto(url)
        page.locator("#pill.up").wait_for()
        scenes.newcomer(page)
        getattr(scenes, scene)(page)
        if unwanted:
            raise Unwanted("; ".join(unwanted))
    except Exception:
        shown = page.locator("body").inner_text()
        return f"{traceback.format_exc()}\nthe page:\n{shown}\nunwanted: {unwanted}"
    finally:
        context.close()
    return None


if __name__ == "__main__":
    main()
