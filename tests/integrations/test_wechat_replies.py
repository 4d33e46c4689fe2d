"""What a reply looks like, whatever is in it."""

from xml.etree import ElementTree

import hypothesis.strategies as st
from hypothesis import example, given
from wechatpy.replies import deserialize_reply

from integrations.wechat.replies import Article, render
from tests.integrations.pushed import addresses, anything, readable

AWKWARD = ["]]>", "]]", "]", ">", "<![CDATA[", "&amp;", "<a href='x'>", "\r\n", "\r", "\0", "\x1b"]
contents = st.lists(anything | st.sampled_from([*AWKWARD, "\ud800", "\ufffe", "😀"])).map("".join)


def test_a_reply_in_words_looks_as_in_the_documentation() -> None:
    body = render("text", "你好 <&>", to_open_id="o", from_account="gh", at=1714112446)
    assert body.decode() == (
        "<xml><ToUserName><![CDATA[o]]></ToUserName><FromUserName><![CDATA[gh]]></FromUserName>"
        "<CreateTime>1714112446</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        "<Content><![CDATA[你好 <&>]]></Content></xml>"
    )


def test_a_reply_by_voice_looks_as_in_the_documentation() -> None:
    body = render("voice", "m-1", to_open_id="o", from_account="gh", at=1714112446)
    assert body.decode() == (
        "<xml><ToUserName><![CDATA[o]]></ToUserName><FromUserName><![CDATA[gh]]></FromUserName>"
        "<CreateTime>1714112446</CreateTime><MsgType><![CDATA[voice]]></MsgType>"
        "<Voice><MediaId><![CDATA[m-1]]></MediaId></Voice></xml>"
    )


def test_a_reply_that_hands_over_looks_as_in_the_documentation() -> None:
    body = render("transfer_customer_service", "", to_open_id="o", from_account="gh", at=1714112446)
    assert body.decode() == (
        "<xml><ToUserName><![CDATA[o]]></ToUserName><FromUserName><![CDATA[gh]]></FromUserName>"
        "<CreateTime>1714112446</CreateTime>"
        "<MsgType><![CDATA[transfer_customer_service]]></MsgType></xml>"
    )


@given(content=contents, to=contents, sender=contents)
@example(content="]]>", to="]]]>>", sender="]]]]>><![CDATA[")
@example(content="]\0]\0>", to="]\ud800]>", sender="")
def test_any_reply_is_read_as_it_was_meant_less_what_xml_cannot_hold(
    content: str, to: str, sender: str
) -> None:
    body = render("text", content, to_open_id=to, from_account=sender, at=7)
    reply = ElementTree.fromstring(body)
    assert [child.tag for child in reply] == [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "Content",
    ]
    assert reply.findtext("Content") == readable(content)
    assert (reply.findtext("ToUserName"), reply.findtext("FromUserName")) == (
        readable(to),
        readable(sender),
    )
    assert body == render("text", content, to_open_id=to, from_account=sender, at=7)


@given(content=contents, to=addresses, sender=addresses, at=st.integers(0, 10**11))
def test_wechatpy_reads_our_replies(content: str, to: str, sender: str, at: int) -> None:
    text = deserialize_reply(render("text", content, to_open_id=to, from_account=sender, at=at))
    assert (text.type, text.target, text.source, text.time) == ("text", to, sender, at)
    assert (text.content or "") == readable(content).strip()  # it strips

    voice = deserialize_reply(render("voice", "m-1", to_open_id=to, from_account=sender, at=at))
    assert (voice.type, voice.target, voice.media_id) == ("voice", to, "m-1")

    image = deserialize_reply(render("image", "m-2", to_open_id=to, from_account=sender, at=at))
    assert (image.type, image.target, image.media_id) == ("image", to, "m-2")


@given(title=contents, description=contents)
def test_an_article_is_read_as_it_was_meant(title: str, description: str) -> None:
    picture, url = "https://a.example/p.jpg?a=1&b=]]>", "https://a.example/<>"
    lines = Article(title, description, picture, url).lines
    body = render("news", lines, to_open_id="o", from_account="gh", at=7)
    xml = ElementTree.fromstring(body)
    read = [xml.findtext(f"Articles/item/{name}") for name in ("Title", "Description")]
    assert read == [readable(" ".join(text.split())) for text in (title, description)]
    assert [xml.findtext(f"Articles/item/{name}") for name in ("PicUrl", "Url")] == [picture, url]
    assert (xml.findtext("MsgType"), xml.findtext("ArticleCount")) == ("news", "1")
    assert Article.of(lines).lines == lines
