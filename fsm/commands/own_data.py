"""Commands about what is stored of a follower: 我的, 导出, 删除我的数据."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo

from fsm import moves
from fsm.commands.command import Command, Waits
from fsm.days import date, day_of, minute
from fsm.personas import Personas
from fsm.text.spelling import Spelling
from fsm.text.wording import Wording
from integrations.wechat.protocol import REPLY_BYTES, tap_link
from settings.schema import Settings
from store import characters, followers, usage
from store.database import Connection
from store.messages import Message
from store.own_data import Utterance, conversation, stored

LONGEST_EXPORT = 20_000  # characters of what was said
CONFIRM_MINUTES = 5
DAY = 24 * 3600.0
HARMLESS = str.maketrans("<", "＜")  # what somebody typed is no link of ours


@dataclass(frozen=True)
class OwnData:
    """With what the settings say of it, and the lines that stand below a slice."""

    settings: Settings
    personas: Personas
    wording: Wording

    def commands(self) -> list[Command]:
        """Those of this kind."""
        texts = self.settings.texts
        return [
            Command(Spelling.of(texts.mine_words), self._tell, at_once=True),
            Command(Spelling.of(texts.export_words), self._export, waits=Waits.FOR_ITS_TURN),
            Command(Spelling.of(texts.erase_words), self._ask_to_confirm, at_once=True),
            Command(
                self._confirming,
                self._erase,
                leaves=lambda db, message, _, at: not self._confirms(db, message),
                at_once=True,
            ),
        ]

    @cached_property
    def _confirming(self) -> Spelling:
        texts = self.settings.texts
        return Spelling.of(texts.erase_confirm_words if texts.erase_words else ())

    @property
    def _zone(self) -> tzinfo:
        return ZoneInfo(self.settings.server.time_zone)

    def _tell(self, db: Connection, message: Message, rest: str, at: float) -> Message:
        text = ""
        for line in filter(None, self._lines(db, message, at)):
            longer = f"{text}\n{line}".strip()
            text = longer if len(longer.encode()) <= REPLY_BYTES else text
        return moves.reply_at_once(db, message, text, at=at)

    def _lines(self, db: Connection, message: Message, at: float) -> Iterator[str]:
        """What is stored, what was used today, how is answered, and what else can be done."""
        texts, kept = self.settings.texts, stored(db, message.follower_id)
        days = self.settings.store.keep_days
        yield texts.mine.format(
            messages=kept.messages,
            since=date(kept.since, self._zone),
            until=date(kept.since + days * DAY, self._zone),
            days=f"{days:g}",
        )
        yield from self._used_today(db, message, at)
        if self.settings.azure.trans_to_voice:
            chosen = followers.by_voice(db, message.follower_id)
            how = {True: texts.mine_spoken, False: texts.mine_written, None: texts.mine_as_asked}
            yield how[chosen]
        if name := self.personas.answering(characters.persona_of(db, message.follower_id)):
            yield self.personas.told(name)
        words = [own[0] for own in (texts.export_words, texts.erase_words) if own]
        if words:
            yield "  ".join(map(tap_link, words))

    def _used_today(self, db: Connection, message: Message, at: float) -> Iterator[str]:
        texts, limits, day = self.settings.texts, self.settings.limits, day_of(at, self._zone)
        account = message.of_account
        used = usage.counted(db, *day, account=account, follower_id=message.follower_id)
        today = texts.mine_today_of if limits.daily_follower else texts.mine_today
        yield today.format(today=used, limit=limits.daily_follower)
        if most := limits.daily_tokens_follower:
            spent = usage.spent(db, *day, account=account, follower_id=message.follower_id)
            yield texts.mine_tokens.format(percent=min(100, 100 * spent // most))

    def _export(self, db: Connection, message: Message, rest: str, at: float) -> Message:
        texts = self.settings.texts
        turns, whole = conversation(db, message.follower_id, characters=LONGEST_EXPORT)
        if not turns:
            return moves.reply_at_once(db, message, texts.export_nothing, at=at)
        said = "\n\n".join(self._said(turn) for turn in turns)
        text = said if whole else f"{texts.export_cut}\n\n{said}"
        return moves.reply_at_length(db, message, text, self.wording, at=at)

    def _said(self, turn: Utterance) -> str:
        texts = self.settings.texts
        if turn.role == "assistant":
            return f"{texts.export_answer}\n{turn.text}"
        head = texts.export_question.format(time=minute(turn.at, self._zone))
        return f"{head}\n{turn.text.translate(HARMLESS)}".strip()

    def _ask_to_confirm(self, db: Connection, message: Message, rest: str, at: float) -> Message:
        texts = self.settings.texts
        followers.ask_to_erase(db, message.follower_id, until=at + CONFIRM_MINUTES * 60)
        word = texts.erase_confirm_words[0]
        text = texts.erase_asked.format(link=tap_link(word), word=word, minutes=CONFIRM_MINUTES)
        return moves.reply_at_once(db, message, text, at=at)

    def _erase(self, db: Connection, message: Message, rest: str, at: float) -> Message | None:
        """Who was asked too long ago is asked anew; who never was meant something else.

        But not by the very word of the link: that was tapped a second time.
        """
        if not self._confirms(db, message):
            return None
        until = followers.may_erase_until(db, message.follower_id) or 0.0
        if not at <= until <= at + 2 * CONFIRM_MINUTES * 60:  # the clock may have been set
            return self._ask_to_confirm(db, message, rest, at)
        return moves.erase(db, message, self.settings.texts.erase_done, at=at)

    def _confirms(self, db: Connection, message: Message) -> bool:
        was_asked = followers.may_erase_until(db, message.follower_id) is not None
        return was_asked or self._confirming.is_first(message.question)
