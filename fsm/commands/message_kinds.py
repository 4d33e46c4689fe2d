"""What is said to a message whose kind, and not its words, has an answer."""

from fsm.text.plain_text import VISIBLE
from integrations.wechat.protocol import stands_for_a_sticker
from settings.schema import Texts
from store.messages import Message

# The kind of a message -> the text of the configuration that answers it; others are `unsupported`.
FIXED = {
    "image": "image",
    "video": "video",
    "shortvideo": "video",
    "location": "location",
    "link": "link",
    "subscribe": "welcome",
}
# The kinds that may be questions -> the text that answers one without words.
UNHEARD = {"click", "scan"}  # where no rule is about what was tapped or scanned
WORDLESS = {"text": "empty_message", "voice": "not_heard"}


def said_to_kind(message: Message, texts: Texts) -> str | None:
    """What is said to its kind; "" is nothing, None leaves it to its words."""
    if message.kind in UNHEARD:
        return ""
    if message.kind not in WORDLESS:
        name = FIXED.get(message.kind, "unsupported")
    elif not VISIBLE.search(message.question):
        name = WORDLESS[message.kind]
    elif stands_for_a_sticker(message.question):
        name = "sticker"
    else:
        return None
    return str(getattr(texts, name))
