"""What followers read in a chaos run: of each answer all, in its order, by its follower alone.

A piece names its question, or it is found out whose it is: where the reply is settled the store
says so, and where it showed an answer that was being written, what goes on with it.
"""

import re
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

from fsm.text.plain_text import to_plain
from sandbox.model import at_length
from store.outcomes import Outcome
from tests.chaos.story import ASKS_ON, SentMessage, Story, as_seen
from tests.shown import EARLIER_WAITS, LATER_WAITS, MORE, REST, STILL_THINKING

TAG = re.compile(r"第\d{5}号")
FOOTERS = (MORE, REST, EARLIER_WAITS, LATER_WAITS, STILL_THINKING)
FOOTER = re.compile(rf"\s*(?:{'|'.join(map(re.escape, FOOTERS))})[^\n]*(?=$|\s)")
SAVED_WITHIN = 1.5  # seconds from a reply on its way to the note that it has gone
SEEN_WITHIN = 1.0  # seconds from the moment in which a reply is put together
AT_ONCE = 0.1  # seconds between two last tries of which neither process knows what the other shows

Row = dict[str, Any]


class Answer:
    """What one question was answered, and how far its follower has read it."""

    def __init__(
        self,
        row: Row,
        killed_between: Callable[[float, float], int],
        at_once: float,
        own_at: float,
    ) -> None:
        self.row = row
        self.shown_again = 0
        self._own_at = own_at  # when the first of its tries came that brought its reply
        self._killed_between = killed_between
        self._at_once = at_once
        self._text = _solid(row["answer"] or "")
        self._read = 0
        self._seen_at = 0.0
        self._partial = False
        self._own_seen = False
        self._collected_at = inf  # when the first 继续 was settled with it that was seen

    def goes_on_with(self, said: SentMessage) -> bool:
        """Whether this shows what comes next of it."""
        return self._text.startswith(_piece(said), self._read)

    def take(self, said: SentMessage, brought: Row | None) -> Iterator[str]:
        """It was seen next; in words, what is wrong with that.

        `brought`: whose settled reply it was, where it was not an answer that is being written.
        """
        piece = _piece(said)
        nobody_could_know = brought is not None and self._had_to_come_twice(brought)
        if self.goes_on_with(said):
            self._read += len(piece)
        elif (said.again or nobody_could_know) and self._text.startswith(piece):
            self._read = max(self._read, len(piece))  # the same reply, read once more
        elif (at := self._text.find(piece)) == -1 or at > self._read:
            yield f"message {self.row['id']}: {said.msg_id} shows what does not come next"
        else:
            self.shown_again += 1
            until = self.row["settled_at"] if self._partial else self._seen_at + SAVED_WITHIN
            killed = self._killed_between(self._seen_at - SAVED_WITHIN, until)
            if not (killed or self._shown_at_once_with(said)):
                yield f"message {self.row['id']}: {said.msg_id} shows what was read before"
            self._read = at + len(piece)  # from here on it is read anew
        self._seen_at, self._partial = said.seen_at, MORE in as_seen(said)

    def _had_to_come_twice(self, brought: Row) -> bool:
        """Whether its own reply and that of a 继续 both had to bring it; this is the second.

        WeChat had hung up on it, so that it was collected, and only then came with another try.
        """
        if brought is self.row:
            self._own_seen = True
            return self._collected_at < self._own_at
        self._collected_at = min(self._collected_at, brought["settled_at"])
        return self._own_seen and brought["settled_at"] < self._own_at

    def _shown_at_once_with(self, said: SentMessage) -> bool:
        """The window of a question and that of a 继续 sent with it close in the same moment."""
        partial = self._partial and MORE in as_seen(said)
        return partial and said.seen_at - self._seen_at < self._at_once

    def ends(self) -> Iterator[str]:
        """What is wrong with it where nothing more is read."""
        number, question = self.row["id"], self.row["question"]
        if re.search("长|慢慢说", question) and self._text != _solid(to_plain(at_length(question))):
            yield f"message {number}: the answer is not what the model said"
        if self._read < len(self._text):
            yield f"message {number}: {self._read} of {len(self._text)} characters were read"


class Reading:
    """Of all followers. `killed_between`: how many kills there were from one moment to another."""

    def __init__(
        self,
        messages: list[Row],
        story: Story,
        killed_between: Callable[[float, float], int],
        *,
        tries: list[Row],
        processes: int,
    ) -> None:
        at_once = AT_ONCE if processes > 1 else 0.0
        own_at: dict[int, float] = {}
        for one in tries:
            if one["outcome"] == Outcome.REPLIED:
                own_at[one["message_id"]] = min(
                    one["arrived_at"], own_at.get(one["message_id"], inf)
                )
        self._messages = messages
        self._story = story
        self._by_msg_id = {row["msg_id"]: row for row in messages}
        self._answers = {
            tag[0]: Answer(row, killed_between, at_once, own_at.get(row["id"], -inf))
            for row in messages
            if (tag := TAG.search(row["question"]))
        }
        self._last: dict[str, set[str]] = {}  # whose answer a follower has read of last

    @property
    def shown_again(self) -> int:
        """How many pieces were."""
        return sum(answer.shown_again for answer in self._answers.values())

    def broken(self) -> Iterator[str]:
        """Read all of it once; every promise that was broken, in words."""
        open_ids = {said.msg_id: said.open_id for said in self._story.said}
        for said in sorted(self._story.said, key=lambda said: said.seen_at):
            tags = set(TAG.findall(FOOTER.sub("", as_seen(said))))
            if len(tags) > 1:
                yield f"{said.msg_id} saw several answers at once: {sorted(tags)}"
            tags = tags or self._whose(said)
            for answer in [self._answers[tag] for tag in sorted(tags & self._answers.keys())]:
                if said.open_id != open_ids[answer.row["msg_id"]]:
                    yield f"{said.open_id} saw the answer of message {answer.row['id']}"
                if answer.row["state"] == "REPLIED":
                    yield from answer.take(said, self._brought(said))
            self._last[said.open_id] = tags or self._last.get(said.open_id, set())
        for answer in self._answers.values():
            if answer.row["state"] == "REPLIED":
                yield from answer.ends()

    def _brought(self, said: SentMessage) -> Row | None:
        """The message of it, where what was seen is what that was settled with."""
        row = self._by_msg_id.get(said.msg_id)
        return row if row and as_seen(said) == row["reply"] else None

    def _whose(self, said: SentMessage) -> set[str]:
        """Whose answer a piece is of that does not name its question."""
        more_to_come = MORE in as_seen(said)
        if brought := self._brought(said):
            return self._as_stored(brought)
        if said.text != ASKS_ON:
            return set(TAG.findall(said.text)) if more_to_come else set()
        last = self._last.get(said.open_id, set())
        for tag in [*last, *self._had_words(said)]:
            if _piece(said) and tag in self._answers and self._answers[tag].goes_on_with(said):
                return {tag}
        row = self._by_msg_id.get(said.msg_id)
        its_own = row is not None and row["reply_of"] == row["id"]  # the model was asked to go on
        return last if more_to_come and not its_own else set()

    def _as_stored(self, row: Row) -> set[str]:
        about = next((other for other in self._messages if other["id"] == row["reply_of"]), None)
        return (
            set(TAG.findall(about["question"])) if about and about["state"] == "REPLIED" else set()
        )

    def _had_words(self, said: SentMessage) -> list[str]:
        """What 继续 may have shown before its turn: what was being answered, or was and waited.

        They are answered one at a time, in the order they came. What waits is read newest first.
        """
        reader = self._by_msg_id.get(said.msg_id)
        before: list[str] = []
        just_then: list[str] = []
        for row in self._messages:
            if not reader or row["follower_id"] != reader["follower_id"]:
                continue
            if row["id"] >= reader["id"]:
                break
            settled_at = row["settled_at"] or inf
            maybe_written = settled_at > said.seen_at - SEEN_WITHIN
            (just_then if maybe_written else before).extend(TAG.findall(row["question"]))
            if settled_at > said.seen_at:
                break
        return [*just_then, *reversed(before)]


def _piece(said: SentMessage) -> str:
    return _solid(FOOTER.sub("", as_seen(said)))


def _solid(text: str) -> str:
    """A text without its spaces and line ends, at which it may have been cut."""
    return re.sub(r"\s+", "", text)
