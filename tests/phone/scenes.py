"""What somebody does on the page, and what they see: each scene begins with a page just loaded.

Run by `tests.phone.browser` in a process without gevent, which Playwright does not go with.
"""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

SLOW = 25_000  # milliseconds, on a busy machine
WHOLE = 30_000
PICTURE = Path(__file__).resolve().parent.parent.parent / "docs" / "phone.png"


def theirs(page: Page) -> str:
    """The last bubble of the account, as soon as there is one after the last of our own."""
    bubble = page.locator(".line:last-child .theirs .bubble")
    expect(bubble).to_be_visible()
    return bubble.inner_text()


def write(page: Page, text: str) -> None:
    """Send it, and wait until it stands in the chat."""
    before = page.locator(".row.mine").count()
    page.fill("#text", text)
    page.press("#text", "Enter")
    expect(page.locator(".row.mine")).to_have_count(before + 1)


def newcomer(page: Page) -> None:
    """Somebody whose chat is empty, once it is theirs: that of the one before may be, too."""
    people = page.locator(".person")
    people.first.wait_for(state="attached")  # one alone is not shown
    before = people.count()
    page.click("#more")
    page.click("#newcomer")
    expect(people).to_have_count(before + 1)
    expect(people.last).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#chat .line")).to_have_count(0)
    expect(page.locator("#hints")).to_be_visible()


def speed(page: Page, name: str) -> None:
    page.check(f"[name=speed][value='{name}']", force=True)


def a_chat_by_keyboard_alone(page: Page) -> None:
    """The question, its tries, its states, the model's words and the history are all shown."""
    speed(page, "normal")
    page.focus("#text")
    page.keyboard.type("你好")
    page.keyboard.press("Enter")
    assert "你刚才说的是“你好”" in theirs(page)
    expect(page.locator("#state-REPLIED")).to_have_attribute("aria-current", "step")
    expect(page.locator("#timeline .span.reply")).to_be_visible()
    expect(page.locator("#said")).to_contain_text("你刚才说的是“你好”")
    expect(page.locator("#history .user").last).to_contain_text("你好")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")  # the microphone's button: a voice is held by the space bar
    hold = page.locator("#hold")
    expect(hold).to_be_focused()
    page.keyboard.down(" ")
    expect(page.locator("#recording")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#recording")).to_be_hidden()
    page.keyboard.up(" ")
    expect(page.locator(".mine .voice")).to_have_count(0)


def an_answer_survives_the_kill(page: Page) -> None:
    speed(page, "normal")
    write(page, "我还在吗")
    expect(page.locator("#said")).to_contain_text("模拟模型")
    page.click("#kill-and-start")
    expect(page.locator("#timeline .down")).to_be_visible()
    assert "你刚才说的是“我还在吗”" in theirs(page)
    expect(page.locator("#calls .call.broken")).to_have_count(1)
    expect(page.locator("#calls .call.done")).to_have_count(1)
    expect(page.locator("#timeline .span.cut")).to_have_count(1)


def a_link_in_a_reply_is_tapped(page: Page) -> None:
    speed(page, "at once")
    write(page, "长")
    first = theirs(page)
    page.locator(".theirs .link").click()
    expect(page.locator(".mine .bubble").last).to_have_text("继续")
    assert theirs(page) not in first


def voices_are_held_typed_and_played(page: Page) -> None:
    speed(page, "at once")
    pill = page.locator("#pill")
    before = pill.inner_text()
    page.check("#switch-voice")
    expect(pill).not_to_have_text(before)  # the process before
    page.click("#voice-mode")
    hold = page.locator("#hold")
    expect(hold).to_be_visible()
    hold.hover()
    page.mouse.down()
    page.wait_for_timeout(1200)  # somebody speaks
    page.mouse.up()
    answer = page.locator(".line:last-child .theirs .voice")
    expect(answer).to_be_visible(timeout=WHOLE)
    expect(page.locator(".mine .heard")).to_contain_text("请介绍一下你自己")
    for state in ("SYNTHESIZING", "UPLOADED"):
        expect(page.locator(f"#state-{state}")).to_have_class("passed")
    answer.click()
    expect(answer).to_have_class(re.compile("playing"))
    page.click("#typed")
    write(page, "说给你听")
    expect(page.locator(".mine .voice")).to_have_count(2)
    expect(page.locator(".mine .heard").last).to_contain_text("说给你听")


def a_server_that_stays_away_is_the_grey_line(page: Page) -> None:
    page.click("#kill")
    expect(page.locator("#pill")).to_have_class(re.compile("down"))
    write(page, "有人吗")
    expect(page.locator(".system.fault")).to_have_text("该公众号提供的服务出现故障，请稍后再试")
    expect(page.locator("#timeline .span.timeout")).to_have_count(3)
    page.click("#start")
    expect(page.locator("#pill")).to_have_class(re.compile(r"\bup\b"))


def followers_come_go_and_send_pictures(page: Page) -> None:
    speed(page, "at once")
    page.set_input_files("#picture", PICTURE)
    expect(page.locator(".mine .picture")).to_be_visible()
    assert "图片" in theirs(page)
    page.set_input_files("#picture", Path(__file__))
    expect(page.locator("#toast")).to_have_text("没有成功：图片要是 PNG、JPEG 或 GIF")
    page.click("#more")
    page.click("#follow")
    expect(page.locator(".line:last-child .system")).to_contain_text("已删除")
    expect(page.locator("#text")).to_be_disabled()
    page.click("#more")
    page.click("#follow")
    assert "很高兴认识你" in theirs(page)
    page.check("#switch-sealed")
    write(page, "加密")
    assert "加密" in theirs(page)
    page.uncheck("#switch-sealed")
    page.locator(".person").first.click()
    expect(page.locator("#chat")).not_to_contain_text("很高兴认识你")


def pictures_and_articles_of_the_operator_are_shown(page: Page) -> None:
    write(page, "海报")
    assert "media-of-the-library" in theirs(page)
    write(page, "课程")
    assert "<b>这个月</b>\n点开看时间\n" in theirs(page).replace("\n\n", "\n")
    article = page.locator(".line:last-child a.article")
    assert article.get_attribute("href") == "https://a.example/?a=1&b=2"


def what_is_written_is_text_and_nothing_else(page: Page) -> None:
    speed(page, "at once")
    write(page, "<img src=x onerror=alert(1)><b>粗</b><script>alert(1)</script>")
    assert "<script>alert(1)</script>" in theirs(page)
    assert page.locator("#chat img[src=x], #chat b, #chat script").count() == 0
    assert page.locator("#said *, #history img").count() == 0
    assert page.evaluate("fetch('https://example.org/').then(() => 'out', () => 'in')") == "in"


def it_fits_a_phone_and_a_desk(page: Page) -> None:
    speed(page, "at once")
    write(page, "https://example.org/" + "x" * 300)
    theirs(page)
    for width, height in ((390, 844), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") == width
        box = page.locator("#send").bounding_box()
        assert box and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height
    page.set_viewport_size({"width": 390, "height": 844})
    page.click("#to-behind")
    expect(page.locator("#state-REPLIED")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.keyboard.press("Escape")
    expect(page.locator("#composer")).to_be_visible()


def it_speaks_english_where_that_is_asked_for(page: Page) -> None:
    page.click("#language")
    expect(page.locator("#send")).to_have_text("Send")
    page.reload()
    expect(page.locator("#kill-and-start")).to_have_text("kill -9 and start again")
    assert page.evaluate("document.documentElement.lang") == "en"
    # What an account says is its operator's, and may be that of a scene before.
    page.evaluate("document.querySelectorAll('.bubble').forEach((one) => one.remove())")
    left = page.evaluate("document.body.innerText.match(/[\\u4e00-\\u9fff]+/g)")
    assert left == ["中文"], left
