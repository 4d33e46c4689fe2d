"""Every setting: its kind, what it must be, and its default.

A new key is one line in a section here and one documented line in `config.yml`. What a kind says of
itself (`settings.sections.kinds`) is what errors say was expected.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr

from settings.sections import rules
from settings.sections.access_and_moderation import Access as Access
from settings.sections.access_and_moderation import Moderation as Moderation
from settings.sections.kinds import (
    AccountName,
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
    ModelLabel,
    ModelName,
    Name,
    Number,
    OneOf,
    OrNull,
    Personas,
    Prompt,
    Query,
    Seconds,
    SecretWord,
    SomeWord,
    SpeechAddress,
    UrlPath,
    WebAddress,
    Whole,
    Word,
)
from settings.sections.kinds import Secret as Secret
from settings.sections.lessons import LessonSettings as LessonSettings
from settings.sections.origin import Origin
from settings.sections.personas import Persona as Persona
from settings.sections.replies import ReplyRule
from settings.sections.rules import between
from settings.sections.section import Section, keys_of, names_within, of_own_names
from settings.sections.server import Log as Log
from settings.sections.server import Server as Server
from settings.sections.server import Store as Store
from settings.sections.texts import Texts as Texts

NO_SECRET = Secret("")

# The sandbox's messages are nobody's business in live, and the other way round.
OWN_FILE = {"sandbox": Path("var/sandbox.db"), "live": Path("var/huixin.db")}


class WeChat(Section):
    """The account, as its console has it. `settings.requirements` says what `live` asks besides."""

    token: SecretWord
    ip_detection: Flag = False
    appid: Word = ""
    secret: SecretWord = NO_SECRET
    encoding_aes_key: AesKey = NO_SECRET
    previous_aes_key: AesKey = NO_SECRET
    encryption: OneOf[Literal["auto", "safe"]] = "auto"
    api_base: WebAddress = "https://api.weixin.qq.com"
    media: OneOf[Literal["auto", "permanent", "temporary"]] = "auto"
    customer_service: Flag = False  # whoever asks for a person is handed over to it
    settle_seconds: Annotated[Number, between(0, 10)] = 1.2
    delete_after_seconds: Annotated[Number, between(20, 86_400)] = 300.0


class ModelService(Section):
    """One model's service, and how it is asked."""

    api_keys: Items[ModelKey] = ()  # kept without "Bearer "
    base_url: ModelAddress = "https://api.openai.com/v1"  # kept without a last slash
    model: ModelName = "gpt-3.5-turbo"
    max_tokens: Count = 1000
    token_limit_name: Name = "max_tokens"  # what the request calls that limit
    temperature: OrNull[Annotated[Number, between(0, 2)]] = 0.8  # None: not sent
    stream_response: Flag = True
    connect_seconds: Seconds = 5.0
    read_seconds: Seconds = 60.0  # silence between two pieces
    answer_seconds: Seconds = 120.0  # the whole answer
    # Of one that has another behind it in the chain: so long without a first word, or any sign.
    hedge_seconds: Annotated[Number, between(0, 600)] = 0.0  # the next is asked beside it; 0: never
    takeover_seconds: Annotated[Number, between(0, 600)] = 6.0  # without a sign; 0: never
    extra_body: JsonObject = Field(default_factory=dict)
    extra_headers: Headers = Field(default_factory=dict)
    extra_query: Query = Field(default_factory=dict)


class ModelSettings(ModelService):
    """One of several; what it leaves out is as in `openai:`, see `settings.models`."""

    name: ModelLabel = ""  # what it is called here; "": as the service calls it
    calls: Annotated[Whole, between(0, 1_000_000)] = 0  # at once; 0: limits.model_calls


Models = Annotated[Items[ModelSettings], rules.names_differ]
Characters = Personas[Persona]


class OpenAI(ModelService):
    """The model, or what several have in common, and what is asked with each question."""

    rsize: Annotated[Whole, between(20, 2000)] = 500  # characters of one reply
    save_history: Count = 21  # entries
    history_characters: Annotated[Whole, between(100, 10_000_000)] = 6000  # of them together
    session_seconds: Seconds = 600.0
    suggestions: Annotated[Whole, between(0, 3)] = 0  # questions to tap below an answer
    system_prompt: Prompt = (
        "你是一个微信公众号的助手。请用对方的语言，简洁、友好地回答；只用纯文本，不用 Markdown。"
    )
    lesson_prompt: Lesson = (
        "你是一位耐心的英语老师，正和学生练习英语口语，话题是“{topic}”。"
        "用简单自然的英语对话，一次只说两三句并提一个问题；"
        "学生有错时先用一句中文和气地指出来，再接着用英语聊。{level}"
    )


class Azure(Section):
    """The speech service."""

    trans_to_voice: Flag = False
    max_token: Count = 80
    subscription: SecretWord = NO_SECRET
    region: Word = ""
    endpoint: SpeechAddress = ""
    recognize: OneOf[Literal["auto", "off"]] = "auto"
    pronunciation: OneOf[Literal["auto", "off"]] = "auto"  # of what is said in lessons
    zh_model: SomeWord = "zh-CN-XiaoyanNeural"
    en_model: SomeWord = "en-US-AriaNeural"
    say_label: Flag = False  # texts.ai_label, at the end of each voice


class Limits(Section):
    """How much is taken on at once."""

    follower_queue: Count = 3  # questions of one follower that wait at once
    model_calls: Count = 1000  # at once
    speech_calls: Annotated[Whole, between(1, 200)] = 32  # at once
    open_tries: Count = 4000  # past it a question is told that there is no room
    unfinished: Count = 4000  # messages of all followers; the same
    # What is ready waits so long for its turn: past it a question is told that there is no room.
    turn_seconds: Annotated[Number, between(0, 10)] = 0.3  # 0: however long
    gaps: Count = 3  # between a follower's last questions; the limit is on their average
    gap_seconds: Annotated[Number, between(0, 3600)] = 5.0  # 0: no limit
    daily_follower: Annotated[Whole, between(0, 1_000_000)] = 0  # questions a day; 0: no limit
    daily_tokens_follower: Annotated[Whole, between(0, 1_000_000_000)] = 0  # a day
    daily_account: Annotated[Whole, between(0, 100_000_000)] = 0
    take_ups: Count = 20  # of one unfinished message, by later processes


class AccountSections(Section):
    """What an account has of its own, or what the file has for all of them."""

    wechat: WeChat
    openai: OpenAI = OpenAI()
    models: Models = ()  # none: that of openai alone
    personas: Characters = Field(default_factory=dict)  # none: openai.system_prompt alone
    lessons: LessonSettings = LessonSettings()
    azure: Azure = Azure()
    limits: Limits = Limits()
    access: Access = Access()
    moderation: Moderation = Moderation()
    texts: Texts = Texts()
    replies: Items[ReplyRule] = ()
    replies_file: FilePath = Path()  # more of them, read again when it changes


class AccountIdentity(Section):
    """Which of several accounts it is."""

    name: AccountName  # what it is called in the log and in inspect
    path: UrlPath = ""  # "": its name behind server.path


class ServerSections(Section):
    """What there is once, before anything of an account."""

    mode: OneOf[Literal["sandbox", "live"]] = "live"  # the predecessor's files name none
    server: Server = Server()
    store: Store = Store()


# The keys of what stands last come first.
class AccountSettings(AccountSections, AccountIdentity):
    """One of several; what it leaves out is as in the file's own. See `settings.accounts`."""


class Settings(AccountSections, ServerSections):
    """Everything that the operator can set."""

    # None: that of wechat alone.
    accounts: Annotated[Items[AccountSettings], rules.names_differ] = ()
    log: Log = Log()
    _origin: Origin = PrivateAttr(Origin())

    @property
    def account(self) -> str:
        """The name of the account that these are of, among several; "": that of `wechat:`."""
        return self._origin.name

    @property
    def doubted(self) -> tuple[tuple[str, str], ...]:
        """Keys of the file that may not say what was meant, and why."""
        return self._origin.doubted

    def place_of(self, key: str) -> str:
        """Where a key of this account stands in the file: with it, or in a section for all."""
        own = key.partition("[")[0].partition(".")[0] in self._origin.own
        return f"{self._origin.place}.{key}" if own else key

    def of(self, origin: Origin, **sections: Any) -> "Settings":
        """A copy for one account: in some sections it has other values, taken as they are."""
        copy = self.but(**sections)
        copy._origin = origin
        return copy

    def but(self, **sections: Any) -> "Settings":
        """A copy in which sections have some other values, taken as they are; lists are new."""
        changed: dict[str, object] = {}
        for name, values in sections.items():
            section = getattr(self, name)
            if not isinstance(section, Section):
                changed[name] = values
                continue
            if unknown := values.keys() - type(section).model_fields:
                raise TypeError(f"{name} has no {', '.join(sorted(unknown))}")
            changed[name] = section.model_copy(update=values)
        return self.model_copy(update=changed)


# The predecessor's README has this key in the other section.
ALSO_READ_AT = {"azure.stream_response": "openai.stream_response"}

KEYS = dict(keys_of(Settings))  # dotted path -> annotation
SECTIONS = {key.partition(".")[0] for key in KEYS if "." in key}
NAMES = {name for key in KEYS for name in key.split(".")}  # of all keys and sections
NAMES |= {name for hint in KEYS.values() for name in names_within(hint)}
OF_OWN = {own for key, hint in KEYS.items() for own in of_own_names(hint, key.rpartition(".")[2])}
