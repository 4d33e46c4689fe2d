"""What a reply looks like, whatever is in it."""

from xml.etree import ElementTree

import hypothesis.strategies as st
from hypothesis import example, given
from wechatpy.replies import deserialize_reply

from integrations.wechat.messages import render_text, render_voice
from tests.integrations.pushed import addresses, anything, readable

AWKWARD = ["]]>", "]]", "]", ">", "<![CDATA[", "&amp;", "<a href='x'>", "\r\n", "\r", "\0", "\x1b"]
contents = st.lists(anything | st.sampled_from([*AWKWARD, "\ud800", "\ufffe", "😀"])).map("".join)


def test_a_reply_in_words_looks_as_in_the_documentation() -> None:
    body = render_text(to_open_id="o", from_account="gh", content="你好 <&>", at=1714112446)
    assert body.decode() == (
        "<xml><ToUserName><![CDATA[o]]></ToUserName><FromUserName><![CDATA[gh]]></FromUserName>"
        "<CreateTime>1714112446</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        "<Content><![CDATA[你好 <&>]]></Content></xml>"
    )


def test_a_reply_by_voice_looks_as_in_the_documentation() -> None:
    body = render_voice(to_open_id="o", from_account="gh", media_id="m-1", at=1714112446)
    assert body.decode() == (
        "<xml><ToUserName><![CDATA[o]]></ToUserName><FromUserName><![CDATA[gh]]></FromUserName>"
        "<CreateTime>1714112446</CreateTime><MsgType><![CDATA[voice]]></MsgType>"
        "<Voice><MediaId><![CDATA[m-1]]></MediaId></Voice></xml>"
    )


@given(content=contents, to=contents, sender=contents)
@example(content="]]>", to="]]]>>", sender="]]]]>><![CDATA[")
@example(content="]\0]\0>", to="]\ud800]>", sender="")
def test_any_reply_is_read_as_it_was_meant_less_what_xml_cannot_hold(
    content: str, to: str, sender: str
) -> None:
    body = render_text(to_open_id=to, from_account=sender, content=content, at=7)
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
    assert body == render_text(to_open_id=to, from_account=sender, content=content, at=7)


@given(content=contents, to=addresses, sender=addresses, at=st.integers(0, 10**11))
def test_wechatpy_reads_our_replies(content: str, to: str, sender: str, at: int) -> None:
    text = deserialize_reply(
        render_text(to_open_id=to, from_account=sender, content=content, at=at)
    )
    assert (text.type, text.target, text.source, text.time) == ("text", to, sender, at)
    assert (text.content or "") == readable(content).strip()  # it strips

    voice = deserialize_reply(
        render_voice(to_open_id=to, from_account=sender, media_id="m-1", at=at)
    )
    assert (voice.type, voice.target, voice.media_id) == ("voice", to, "m-1")
