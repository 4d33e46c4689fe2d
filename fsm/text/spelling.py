"""A command's words as people type, say and tap them: `“繼續”`, `请继续吧～`, `继续。`, `/NEW`.

Whatever is not a letter or a digit may stand around the word, and the few words that people put
before and behind it; anything else makes a sentence of it, which is no command.
"""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 60  # characters: what is longer is no command

APART = r"[\W_]*"
EMOJI = re.compile(r"\[\w{1,8}\]|/:\S{1,7}")  # as WeChat writes those of its own
BEFORE = "请你|请您|请|麻烦你|麻烦您|麻烦|回复|点击|我要|再|那就|那|好的|好|嗯|ok|please"
BEHIND = "说|回答|一下|下去|吧|呀|啊|阿|哦|喔|噢|呗|嘛|哈|啦|咯|哟|了|呢|please|谢谢|thanks"

SEPARATORS = "：:，,、。—"  # between the word and what stands behind it
CLOSING = "”’」』）)】》\"'"

# The characters that commands are made of, traditional and simplified by turns.
PAIRS = (
    "繼继續续說说講讲著着頁页對对話话語语請请煩烦謝谢開开關关幫帮導导刪删數数據据單单"
    "聲声讀读後后個个這这條条復复從从來来為为麼么時时問问轉转換换選选設设樂乐"
)
SIMPLIFIED = str.maketrans(PAIRS[::2], PAIRS[1::2])


@dataclass(frozen=True)
class Spelling:
    """The words of one command, in whatever form they come."""

    pattern: re.Pattern[str]

    @classmethod
    def of(cls, words: tuple[str, ...]) -> "Spelling":
        """Of the words as the settings have them; each may be said twice, as in 继续继续."""
        spelled = [_spelled(folded(word).strip()) for word in words]
        twice = "|".join(one for one in spelled if _may_be_said_twice(one)) or r"\b\B"
        before, behind = (rf"(?:(?:{some}){APART})*" for some in (BEFORE, BEHIND))
        word = rf"(?:(?:(?:{twice}){APART})+|(?:{'|'.join(spelled)}){APART})"
        return cls(re.compile(f"{APART}{before}{word}{behind}"))

    def fits(self, text: str) -> bool:
        """Whether the text is one of the words, and nothing else."""
        if len(text) > LONGEST:
            return False
        said = folded(text)
        return any(self.pattern.fullmatch(form) for form in (said, EMOJI.sub(" ", said)))

    def rest(self, text: str) -> str | None:
        """What stands apart behind one of the words, as it was written; None where nothing does."""
        if not self.pattern.match(folded(text[:LONGEST])):  # as a rule, and it costs little
            return None
        for end in range(1, min(len(text), LONGEST)):
            if self.fits(text[:end]):
                behind = text[end:]
                if text[0] in "“‘「『（(【《\"'":
                    behind = behind.lstrip(CLOSING).rstrip(CLOSING)
                if not behind or behind[0].isspace() or behind[0] in SEPARATORS:
                    return behind.strip().lstrip(SEPARATORS).strip().removesuffix("。")
        return None


def folded(text: str) -> str:
    """The text in one form of its characters: width, case, traditional or simplified."""
    return unicodedata.normalize("NFKC", text).translate(SIMPLIFIED).casefold()


def _spelled(word: str) -> str:
    """A pattern of the word: its letters may stand apart, its signs are as they are."""
    runs = re.findall(r"[^\W_]+|[\W_]+", word)
    return "".join(APART.join(run) if run.isalnum() else re.escape(run) for run in runs)


def _may_be_said_twice(spelled: str) -> bool:
    """Not 1 or ok: 11 is something else."""
    return not spelled.isascii() and APART in spelled
