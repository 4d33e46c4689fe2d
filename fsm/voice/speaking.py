"""What spoken answers need: saying the answer, and lending its voice to WeChat."""

import secrets
import time
from dataclasses import dataclass

from fsm import events
from fsm.failures import NowhereToUpload
from fsm.moderation.judge import Judge
from fsm.personas import Personas
from fsm.text.label import without_label
from fsm.voice.spoken_text import spoken_text
from fsm.voice.voicing import Voicing
from integrations import IntegrationError
from integrations.speech.azure import Speech
from integrations.wechat.api import WeChatApi
from integrations.wechat.errors import ApiNotGranted, DailyQuotaUsedUp, UploadUnsure, WeChatError
from integrations.wechat.protocol import next_day
from settings.schema import Settings
from store import cool_downs, followers, history, voices
from store.database import Database
from store.messages import Message
from store.unread import EXPIRES
from store.voices import Lent

UPLOAD_SECONDS = 20.0
LOOKING_SECONDS = 5.0
NOT_GRANTED_RESTS = cool_downs.LONGEST  # seconds until an API that was not granted is tried again


@dataclass(frozen=True)
class Speaking:
    """Speech and WeChat's media for one account."""

    db: Database
    speech: Speech
    api: WeChatApi
    settings: Settings
    personas: Personas
    judge: Judge

    def wanted(self, message: Message) -> bool:
        """Whether a message is to be answered aloud."""
        return self.db.read(followers.wants_voice, message.follower_id, message.kind)

    def voicing(self, message: Message, note: str) -> Voicing:
        """The voice of an answer that begins now; `note` is said behind it, before the label."""
        zh_voice, en_voice = self._voices(message)
        says_label = self.settings.azure.say_label and message.by_model
        label = self.settings.texts.ai_label if says_label else ""
        closing = "\n".join(filter(None, map(spoken_text, (note, label))))
        return Voicing(self.db, self.speech, message, zh_voice, en_voice, self._sayable, closing)

    def _sayable(self, text: str) -> str:
        """What of the beginning of an answer may be said."""
        label = self.settings.texts.ai_label
        return without_label(self.judge.showable(text), label, finished=False)

    def _voices(self, message: Message) -> tuple[str, str]:
        """The Chinese and the English voice: those of the character that is asked, if it is one."""
        azure, persona = self.settings.azure, None
        if self.settings.personas:
            said_in = self.db.read(history.said_in, message)
            persona = self.personas.persona(said_in.persona)
            persona = None if said_in.lesson else persona  # also of its last words
        if persona is None:
            return azure.zh_model, azure.en_model
        return persona.zh_voice or azure.zh_model, persona.en_voice or azure.en_model

    def lend(self, message: Message, mp3: bytes) -> Lent:
        """Lend a voice to WeChat, until a day after which nobody may collect it.

        What is uploaded is written down before, so that it can be found and deleted whatever
        happens; what an earlier process has uploaded is used. Raises `IntegrationError`s.
        """
        if lent := self._lent_before(message):
            return lent
        last: IntegrationError = NowhereToUpload("neither permanent nor temporary media")
        for permanent in self._ways():
            try:
                return self._upload(message, mp3, permanent)
            except (ApiNotGranted, DailyQuotaUsedUp) as error:
                last = error
                self._remember(permanent, error)
        raise last

    def _upload(self, message: Message, mp3: bytes, permanent: bool) -> Lent:
        name = f"huixin-{message.id}-{secrets.token_hex(6)}.mp3"
        gone_by = self.db.clock() + 2 * UPLOAD_SECONDS
        self.db.write(
            voices.begin_upload, message, name=name, permanent=permanent, delete_at=gone_by
        )
        deadline = time.monotonic() + UPLOAD_SECONDS
        try:
            media_id = self.api.add_voice(mp3, name=name, permanent=permanent, deadline=deadline)
        except UploadUnsure:
            if lent := self._lent_before(message):
                return lent
            raise
        except WeChatError:
            self.db.write(voices.deleted, name)  # it never got there
            raise
        return self._lent(name, media_id)

    def _lent_before(self, message: Message) -> Lent | None:
        """A voice of this message that WeChat has, though the upload's answer was lost."""
        unsure = self.db.read(voices.unsure, message)
        if not unsure:
            return None
        try:
            listed = self.api.voices(deadline=time.monotonic() + LOOKING_SECONDS)
        except WeChatError as error:
            events.not_looked_up(message, error)
            return None
        found = [(one.name, listed[one.name]) for one in unsure if one.name in listed]
        return self._lent(*found[0]) if found else None

    def _lent(self, name: str, media_id: str) -> Lent:
        keep = EXPIRES + self.settings.wechat.delete_after_seconds
        return Lent(name, media_id, self.db.clock() + keep)

    def _ways(self) -> list[bool]:
        """Permanent or not, in the order to try; what WeChat has refused rests."""
        choice = self.settings.wechat.media
        if choice != "auto":
            return [choice == "permanent"]
        resting = self.db.read(cool_downs.resting, at=self.db.clock())
        return [way for way in (True, False) if self._stored_as(way) not in resting]

    def _stored_as(self, permanent: bool) -> str:
        """What the store knows that way by: each account has its own."""
        account = self.settings.account
        return _name(permanent) + (f" of {account}" if account else "")

    def _remember(self, permanent: bool, error: WeChatError) -> None:
        now = self.db.clock()
        until = now + NOT_GRANTED_RESTS
        if isinstance(error, DailyQuotaUsedUp):
            until = next_day(now)
        reason = type(error).__name__
        self.db.write(cool_downs.rest, self._stored_as(permanent), until=until, reason=reason)
        events.upload_refused(_name(permanent), self.settings.account, advice=error.advice)


def _name(permanent: bool) -> str:
    return "permanent media" if permanent else "temporary media"
