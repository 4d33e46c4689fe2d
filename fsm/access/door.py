"""Whether a follower is let in, as their message comes: before anything is asked."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from fsm import moves
from fsm.access.files import fingerprint
from fsm.text.folding import folded_word
from fsm.text.spelling import EMOJI
from settings.schema import Settings
from store import invited
from store.database import Connection
from store.messages import Arrival, Message

NOT_LET_IN = "not let in"
CALLED_SO = re.compile(r"^\W*(?:我的)?(?:口令|密码|暗号|邀请码)\s*[是为]?")  # 口令：芝麻开门

OpenIds = Callable[[], Collection[str]]
Codes = Callable[[], Mapping[str, int]]


class NotTakenIn(Exception):
    """Nothing of a message is stored. `why` is a word, `text` what its follower is told."""

    def __init__(self, why: str, text: str) -> None:
        super().__init__(why)
        self.why = why
        self.text = text


@dataclass(frozen=True)
class Door:
    """Who may ask one account, with the operator's files as they are just now.

    `listed` and `codes` are None where there is no such file.
    """

    settings: Settings
    blocked: OpenIds = frozenset
    listed: OpenIds | None = None
    codes: Codes | None = None
    words: frozenset[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        said = frozenset(map(folded_word, self.settings.access.words))
        object.__setattr__(self, "words", said)

    @property
    def open(self) -> bool:
        """Whether everyone may come in who is not blocked."""
        return not (self.words or self.listed or self.codes)

    def turn_away_blocked(self, arrival: Arrival) -> None:
        """Raises `NotTakenIn` for who is on the block list."""
        if arrival.open_id in self.blocked():
            raise NotTakenIn("blocked", self.settings.texts.blocked)

    def pass_through(self, db: Connection, message: Message, *, at: float) -> Message:
        """The message as it came, or settled where it is what lets its follower in.

        Raises `NotTakenIn` where they have to stay outside; then nothing may be saved.
        """
        if self.open:
            return message
        letters = self._letters(message.question)
        code = fingerprint(letters)
        uses = self.codes().get(code, 0) if self.codes and letters else 0
        inside = self._is_inside(db, message)
        if not inside and not self._let_in(db, message, letters, code, uses, at=at):
            raise NotTakenIn(NOT_LET_IN, self._asked())
        if letters and (letters in self.words or uses):
            return moves.let_in(db, message, self.settings.texts.access_granted, at=at)
        return message

    def _letters(self, said: str) -> str:
        """Of what was said; of a pass phrase or a code also where it is called so."""
        bare = EMOJI.sub("", said)
        forms = [folded_word(one) for one in (bare, CALLED_SO.sub("", bare), said)]
        codes = self.codes() if self.codes else {}
        known = (one for one in forms if one and (one in self.words or fingerprint(one) in codes))
        return next(known, forms[0])

    def _is_inside(self, db: Connection, message: Message) -> bool:
        who = invited.who(db, message.follower_id)
        listed = self.listed() if self.listed else ()
        return who.let_in_by is not None or who.open_id in listed

    def _let_in(
        self, db: Connection, message: Message, letters: str, code: str, uses: int, *, at: float
    ) -> bool:
        if letters and letters in self.words:
            by = "words"
        elif uses and invited.use(db, code, most=uses):
            by = f"code {code}"
        else:
            return False
        invited.let_in(db, message.follower_id, by=by, at=at)
        return True

    def _asked(self) -> str:
        texts = self.settings.texts
        return texts.access_asked if self.words or self.codes else texts.not_listed
