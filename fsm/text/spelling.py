"""A command's words as people type, say and tap them: `“繼續”`, `请继续吧～`, `继续。`, `/NEW`.

Whatever is not a letter or a digit may stand around the word, and the few words that people put
before and behind it; anything else makes a sentence of it, which is no command.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from fsm.text.characters import one_form

LONGEST = 60  # characters: what is longer is no command

APART = r"[\W_]*"
SIGNS = re.compile(r"[\W_]+")
NOTHING = r"\b\B"  # a pattern that fits nowhere
EMOJI = re.compile(r"\[\w{1,8}\]|/:[!-~]{1,9}")  # as WeChat writes those of its own
BEFORE = (
    "请你|请您|请|麻烦你|麻烦您|麻烦|回复|点击|我要|我想|开始|开启|再|那就|那|好的|好|嗯|ok|please"
    "|let's|and"
)
BEHIND = (
    "说|讲|看|读|念|写|答|回答|一下|下去"
    "|吧|呀|啊|阿|哦|喔|噢|呗|嘛|哈|啦|咯|哟|了|呢|please|谢谢|thanks"
)

# Between the word and what stands behind it. A sentence may go on behind the first ones.
PAUSES = "，,、。.！!；;…"
SEPARATORS = f"{PAUSES}：:—–－-~～+＋/／|｜#＃>＞→·"
OPENING = "“‘「『（(【《〈[\"'"
CLOSING = "”’」』）)】》〉]\"'"
APART_BY = SEPARATORS + OPENING
IN_DOUBT = re.compile(
    "怎么|怎样|如何|咋|什么|啥|为何|哪|谁|几|多少|吗|是不是|是否|[能会要好可行对有难]不|有没|呢$|么$"
)
ABOUT_IT = re.compile(
    "(?:要|该|应该|我?想知道|请问)?(?:怎么|如何|怎样|咋)(?:才|能|可以)?"
    "(?:练|学|用|提高|提升|开始|进行|玩|弄|收费|训练|办|样|回事|写|翻译|[?]|$)"
    "|(?:是|有|算|指)?(?:什么|啥|哪些)(?:意思|用|区别|好处|软件|东西|技巧|方法|[?]|$)"
    "|(?:太|好|很|真|有点|比较|挺|难不)?难(?:吗|啊|了|不难|[?]|$)|(?:不|别|没|算了|结束|停止?$|退出)"
)


@dataclass(frozen=True)
class Spelling:
    """The words of one command, in whatever form they come."""

    pattern: re.Pattern[str]
    letters: tuple[str, ...]  # of each word: what fits has those of one

    @staticmethod
    @lru_cache(maxsize=100)
    def of(words: tuple[str, ...]) -> "Spelling":
        """Of the words as the settings have them; each may be said twice, as in 继续继续.

        Most accounts have the same.
        """
        spelled = [_spelled(one_form(word).strip()) for word in words]
        twice = "|".join(one for one in spelled if _may_be_said_twice(one)) or NOTHING
        once = "|".join(spelled) or NOTHING
        before, behind = (rf"(?:(?:{some}){APART})*" for some in (BEFORE, BEHIND))
        word = rf"(?:(?:(?:{twice}){APART})+|(?:{once}){APART})"
        letters = tuple(SIGNS.sub("", one_form(word)) for word in words)
        return Spelling(re.compile(f"{APART}{before}{word}{behind}"), letters)

    def fits(self, text: str) -> bool:
        """Whether the text is one of the words, and nothing else."""
        if len(text) > LONGEST:
            return False
        return any(
            self._may_be_in(letters) and self.pattern.fullmatch(form) is not None
            for form, letters in _forms(text)
        )

    def rest(self, text: str) -> str | None:
        """What stands apart behind one of the words, as it was written; None where nothing does."""
        form, letters = _forms(text[:LONGEST])[0]
        if not (self._may_be_in(letters) and self.pattern.match(form)):  # as a rule
            return None
        for end in range(1, min(len(text), LONGEST)):
            if self.fits(text[:end]):
                behind = text[end:]
                if text[0] in OPENING:
                    behind = behind.lstrip(CLOSING).rstrip(CLOSING)
                if not behind or behind[0].isspace() or behind[0] in APART_BY:
                    return None if asks(behind) else _bare(behind)
        return None

    def is_first(self, text: str) -> bool:
        """Whether it is the first of the words, as the server's own texts offer it."""
        return self.letters[:1] == (SIGNS.sub("", one_form(text)),)

    def _may_be_in(self, letters: str) -> bool:
        """Of nearly every text it is not, and that is soon found out."""
        return any(own in letters for own in self.letters)


@dataclass(frozen=True)
class WithNames(Spelling):
    """Words with names that may be joined to them: 角色小美, as it comes when it is spoken."""

    words: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def known(cls, words: tuple[str, ...], names: Iterable[str]) -> "WithNames":
        """Of the words and names as the settings have them."""
        alone = Spelling.of(words)
        return cls(alone.pattern, alone.letters, words, tuple(names))

    def rest(self, text: str) -> str | None:
        """What stands apart behind one of the words, or the name that is joined to it, or None."""
        if (apart := super().rest(text)) is not None:
            return apart
        if not (self._may_be_in(_forms(text[:LONGEST])[0][1]) and self._joined.fits(text)):
            return None
        return next((name for name in self.names if self._joined_to(name).fits(text)), None)

    @cached_property
    def _joined(self) -> Spelling:
        return self._joined_to(*self.names)

    def _joined_to(self, *names: str) -> Spelling:
        return Spelling.of(tuple(word + name for word in self.words for name in names))


def asks(behind: str) -> bool:
    """Whether a word and this behind it are a sentence about what the word names."""
    said = one_form(behind.strip())
    if ABOUT_IT.search(said.lstrip(SEPARATORS).strip()):
        return True
    in_doubt, marked = IN_DOUBT.search(said) is not None, said.endswith("?")
    return in_doubt or marked if said[:1] in PAUSES and said else in_doubt and marked


def _bare(behind: str) -> str:
    behind = behind.strip().lstrip(SEPARATORS).strip().removesuffix("。")
    in_quotes = len(behind) > 1 and behind[0] in OPENING and behind[-1] in CLOSING
    inside = behind[1:-1]
    once = in_quotes and not any(sign in OPENING + CLOSING for sign in inside)
    return inside.strip() if once else behind


def in_english(text: str) -> bool:
    """Whether it is said in English: letters, all of them Latin ones. Not so /new, or 1.

    WeChat's emoji are no letters, though their names are.
    """
    said = EMOJI.sub(" ", one_form(text)).strip()
    letters = [letter for letter in said if letter.isalpha()]
    return bool(letters) and all(map(str.isascii, letters)) and not said.startswith("/")


@lru_cache(maxsize=100)
def _forms(text: str) -> tuple[tuple[str, str], ...]:
    """In one form, and also without WeChat's emoji; each with its letters and digits alone."""
    said = one_form(text)
    forms = dict.fromkeys((said, EMOJI.sub(" ", said)))
    return tuple((form, SIGNS.sub("", form)) for form in forms)


def _spelled(word: str) -> str:
    """A pattern of the word: its letters may stand apart, its signs are as they are."""
    runs = re.findall(r"[^\W_]+|[\W_]+", word)
    return "".join(APART.join(run) if run.isalnum() else re.escape(run) for run in runs)


def _may_be_said_twice(spelled: str) -> bool:
    """Not 1 or ok: 11 is something else."""
    return not spelled.isascii() and APART in spelled
