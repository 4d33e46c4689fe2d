"""What a push is answered with (protocol sheet 3.1): pure, values in and bytes out."""

from collections.abc import Callable
from dataclasses import dataclass

from integrations.wechat.elements import NOT_IN_XML

HANDING_OVER = "transfer_customer_service"  # the kind that takes a follower to people


@dataclass(frozen=True)
class Article:
    """A picture with words that leads to a page; each of them is one line."""

    title: str
    description: str
    picture: str  # an address, or empty
    url: str

    @property
    def lines(self) -> str:
        """All of it as one text, the empty ones too; what is no line is made one."""
        parts = (self.title, self.description, self.picture, self.url)
        return "\n".join(" ".join(part.split()) for part in parts)

    @classmethod
    def of(cls, lines: str) -> "Article":
        """What gave those lines."""
        return cls(*lines.split("\n"))


def render(kind: str, content: str, *, to_open_id: str, from_account: str, at: int) -> bytes:
    """A reply of that kind; `at` in seconds since 1970. The same input gives the same bytes.

    `content`: a text, the media id of a "voice" or "image", the lines of an `Article`, "news". It
    matters not in `HANDING_OVER`.
    """
    return (
        f"<xml><ToUserName>{cdata(to_open_id)}</ToUserName>"
        f"<FromUserName>{cdata(from_account)}</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType>{cdata(kind)}</MsgType>"
        f"{PAYLOADS[kind](content)}</xml>"
    ).encode()


def _news(lines: str) -> str:
    article = Article.of(lines)
    return (
        f"<ArticleCount>1</ArticleCount><Articles><item><Title>{cdata(article.title)}</Title>"
        f"<Description>{cdata(article.description)}</Description>"
        f"<PicUrl>{cdata(article.picture)}</PicUrl><Url>{cdata(article.url)}</Url></item></Articles>"
    )


def cdata(text: str) -> str:
    """The text as XML that reads as the same text, less the characters XML cannot hold (3.3)."""
    return "<![CDATA[" + NOT_IN_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>") + "]]>"


PAYLOADS: dict[str, Callable[[str], str]] = {
    "text": lambda text: f"<Content>{cdata(text)}</Content>",
    "voice": lambda media_id: f"<Voice><MediaId>{cdata(media_id)}</MediaId></Voice>",
    "image": lambda media_id: f"<Image><MediaId>{cdata(media_id)}</MediaId></Image>",
    "news": _news,
    HANDING_OVER: lambda _: "",
}
