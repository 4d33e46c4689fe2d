"""Every setting: its kind, what it must be, and its default.

A new key is one line in a section here and one documented line in `config.yml`. What a kind says of
itself (`settings.kinds`) is what errors say was expected.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict

from settings.kinds import (
    AesKey,
    Count,
    FilePath,
    Flag,
    Headers,
    Items,
    JsonObject,
    Lesson,
    ModelAddress,
    ModelKey,
    ModelName,
    Name,
    Network,
    Note,
    NoteWithLink,
    Number,
    OneOf,
    OrNull,
    Prompt,
    Query,
    ReplyOrNone,
    ReplyWithWait,
    Seconds,
    SecretWord,
    SomeWord,
    SpeechAddress,
    SpokenWord,
    SpokenWords,
    TimeZone,
    UrlPath,
    WebAddress,
    Whole,
    WholeReply,
    Word,
)
from settings.kinds import Secret as Secret
from settings.rules import between

NO_SECRET = Secret("")


class Section(BaseModel):
    """Settings that stand together. Nothing is changed in place, and an error shows no value."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True
    )


class Server(Section):
    """Where it listens, with how many processes, and how long a stop waits for open tries."""

    host: SomeWord = "127.0.0.1"
    port: Annotated[Whole, between(0, 65_535)] = 8080  # 0: any free one
    path: UrlPath = "/wechat"  # kept with a slash in front, none behind
    workers: Annotated[Whole, between(1, 32)] = 1  # processes on the one port
    stop_seconds: Annotated[Number, between(0, 600)] = 8.0
    trusted_proxies: Items[Network] = ()
    time_zone: TimeZone = "Asia/Shanghai"  # whose midnight begins a day
    health: OneOf[Literal["loopback", "anyone", "off"]] = "loopback"  # who may ask /readyz


class Store(Section):
    """Where messages are kept."""

    path: FilePath = Path()  # that is, `OWN_FILE` of the mode: `settings.loading` puts it there
    keep_days: Annotated[Number, between(2, 36_500)] = 30.0


# The sandbox's messages are nobody's business in live, and the other way round.
OWN_FILE = {"sandbox": Path("var/sandbox.db"), "live": Path("var/huixin.db")}


class WeChat(Section):
    """The account, as its console has it. `settings.ready` says what `live` asks besides."""

    token: SecretWord
    ip_detection: Flag = False
    appid: Word = ""
    secret: SecretWord = NO_SECRET
    encoding_aes_key: AesKey = NO_SECRET
    previous_aes_key: AesKey = NO_SECRET
    encryption: OneOf[Literal["auto", "safe"]] = "auto"
    api_base: WebAddress = "https://api.weixin.qq.com"
    media: OneOf[Literal["auto", "permanent", "temporary"]] = "auto"
    settle_seconds: Annotated[Number, between(0, 10)] = 1.2
    delete_after_seconds: Annotated[Number, between(20, 86_400)] = 300.0


class OpenAI(Section):
    """The model, and what it is asked with."""

    api_keys: Items[ModelKey] = ()  # kept without "Bearer "
    base_url: ModelAddress = "https://api.openai.com/v1"  # kept without a last slash
    model: ModelName = "gpt-3.5-turbo"
    max_tokens: Count = 1000
    token_limit_name: Name = "max_tokens"  # what the request calls that limit
    temperature: OrNull[Annotated[Number, between(0, 2)]] = 0.8  # None: not sent
    rsize: Annotated[Whole, between(20, 2000)] = 500  # characters of one reply
    save_history: Count = 21  # entries
    history_characters: Annotated[Whole, between(100, 10_000_000)] = 6000  # of them together
    stream_response: Flag = True
    session_seconds: Seconds = 600.0
    system_prompt: Prompt = (
        "你是一个微信公众号的助手。请用对方的语言，简洁、友好地回答；只用纯文本，不用 Markdown。"
    )
    lesson_prompt: Lesson = (
        "你是一位耐心的英语老师，正和学生练习英语口语，话题是“{topic}”。"
        "用简单自然的英语对话，一次只说两三句并提一个问题；"
        "学生有错时先用一句中文指出来，再接着用英语聊。"
    )
    connect_seconds: Seconds = 5.0
    read_seconds: Seconds = 60.0  # silence between two pieces
    answer_seconds: Seconds = 120.0  # the whole answer
    extra_body: JsonObject = {}
    extra_headers: Headers = {}
    extra_query: Query = {}


class Azure(Section):
    """The speech service."""

    trans_to_voice: Flag = False
    max_token: Count = 80
    subscription: SecretWord = NO_SECRET
    region: Word = ""
    endpoint: SpeechAddress = ""
    recognize: OneOf[Literal["auto", "off"]] = "auto"
    zh_model: SomeWord = "zh-CN-XiaoyanNeural"
    en_model: SomeWord = "en-US-AriaNeural"


class Limits(Section):
    """How much is taken on at once."""

    follower_queue: Count = 3  # questions of one follower that wait at once
    model_calls: Count = 1000  # at once
    speech_calls: Annotated[Whole, between(1, 200)] = 32  # at once
    open_tries: Count = 4000  # past it a question is told that there is no room
    unfinished: Count = 4000  # messages of all followers; the same
    gaps: Count = 3  # between a follower's last questions; the limit is on their average
    gap_seconds: Annotated[Number, between(0, 3600)] = 5.0  # 0: no limit
    daily_follower: Annotated[Whole, between(0, 1_000_000)] = 0  # questions a day; 0: no limit
    daily_account: Annotated[Whole, between(0, 100_000_000)] = 0
    take_ups: Count = 20  # of one unfinished message, by later processes


class Texts(Section):
    """What followers read. Those with a way to the rest are for `str.format`, the others as is."""

    continue_words: SpokenWords = (
        "继续",
        "接着说",
        "下一页",
        "more",
    )
    more: NoteWithLink = "…… 还没说完，稍后点击{link}或回复“{word}”接着看"
    rest: NoteWithLink = "（未完，点击{link}或回复“{word}”查看）"
    still_thinking: NoteWithLink = "还在想…… 稍后点击{link}或回复“{word}”取回答"
    earlier_waits: NoteWithLink = "（较早的一条回答还没看完，点击{link}或回复“{word}”查看）"
    later_waits: NoteWithLink = "（后面一条回答也好了，点击{link}或回复“{word}”查看）"
    voice_later: NoteWithLink = "（语音还在准备，稍后点击{link}或回复“{word}”收听）"
    cut_by_length: Note = "（篇幅到上限了，回答到此为止）"
    apology: WholeReply = "抱歉，这次没能答上来，请稍后再问一次。"
    empty_message: ReplyOrNone = "没有收到文字，请再说一遍吧。"
    too_busy: WholeReply = "现在问的人太多，请过一两分钟再发。"
    too_many_waiting: WholeReply = "一条一条来，前面的问题还在想，请稍后再发。"
    text_words: SpokenWords = (
        "文字",
        "看文字",
        "转文字",
    )
    reset_words: SpokenWords = (
        "新对话",
        "/new",
    )
    reset_done: WholeReply = "好的，我们重新开始，前面说的我都放下了。"
    lesson_word: SpokenWord = "英语对话"
    lesson_topic: WholeReply = "想练什么话题？发“英语对话 点餐”这样告诉我吧。"
    welcome: ReplyOrNone = "你好，很高兴认识你！有什么想问的，直接发文字或语音给我就行。"
    image: ReplyOrNone = "图片收到啦，不过我还看不懂图片，用文字告诉我吧。"
    video: ReplyOrNone = "视频收到啦，不过我还看不懂视频，用文字告诉我吧。"
    location: ReplyOrNone = "位置收到啦，想问这里的什么？用文字告诉我吧。"
    link: ReplyOrNone = "链接收到啦，不过我打不开它，把想问的内容发给我吧。"
    sticker: ReplyOrNone = "这个表情我还看不懂，用文字告诉我吧。"
    not_heard: ReplyOrNone = "没听清楚，请再说一遍，或者打字告诉我吧。"
    too_fast: ReplyWithWait = "发送得太快啦，请等{seconds}秒再发。"
    daily_follower: WholeReply = "今天的提问次数用完了，明天再聊吧。"
    daily_account: WholeReply = "今天大家问得太多，我先歇一歇，明天再来吧。"
    unsupported: ReplyOrNone = "暂时只看得懂文字和语音，请用文字问我吧。"


class Log(Section):
    """What is logged."""

    level: OneOf[Literal["debug", "info", "warning", "error"]] = "info"
    format: OneOf[Literal["key=value", "json"]] = "key=value"


class Settings(Section):
    """Everything that the operator can set."""

    mode: OneOf[Literal["sandbox", "live"]] = "live"  # the predecessor's files name none
    server: Server = Server()
    store: Store = Store()
    wechat: WeChat
    openai: OpenAI = OpenAI()
    azure: Azure = Azure()
    limits: Limits = Limits()
    texts: Texts = Texts()
    log: Log = Log()

    def but(self, **sections: Mapping[str, object]) -> "Settings":
        """A copy in which sections have some other values, taken as they are."""
        changed: dict[str, Section] = {}
        for name, values in sections.items():
            section: Section = getattr(self, name)
            if unknown := values.keys() - type(section).model_fields:
                raise TypeError(f"{name} has no {', '.join(sorted(unknown))}")
            changed[name] = section.model_copy(update=values)
        return self.model_copy(update=changed)


# The predecessor's README has this key in the other section.
ALSO_READ_AT = {"azure.stream_response": "openai.stream_response"}


def _keys(model: type[Section], prefix: str = "") -> Iterator[tuple[str, Any]]:
    hints = get_type_hints(model, include_extras=True)
    for name in model.model_fields:
        if isinstance(hints[name], type) and issubclass(hints[name], Section):
            yield from _keys(hints[name], f"{name}.")
        else:
            yield f"{prefix}{name}", hints[name]


KEYS = dict(_keys(Settings))  # dotted path -> annotation
SECTIONS = {key.partition(".")[0] for key in KEYS if "." in key}
