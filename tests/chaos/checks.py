"""What must hold after a chaos run: from the database, the model's log and what followers saw.

A follower may be shown words again only where a server was ended just after it had shown them:
whether they had arrived was then not saved. Or where two servers show the beginning of an answer
in the same moment; or where WeChat had hung up on an answer and asks for it once more after a 继续
has collected it. Nothing may be missing, whatever happened.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any

from fsm.transitions import TRANSITIONS, MoveEvent
from settings.schema import Texts
from store.database import Connection
from store.messages import State
from store.opening import engine
from store.place import Where
from tests.chaos.processes import ServerProcess
from tests.chaos.reading import FOOTER, Reading, Row
from tests.chaos.story import ASKS_ON, Plan, SentMessage, Story, as_seen
from tests.shown import STILL_THINKING

NOTE = rf"\n{re.escape(Texts().broken_off)}$"
MEANT_TO_FAIL = re.compile("出错|断流")
ANSWER_SAVED_WITHIN = 0.5  # seconds from the model's last word to the move that saves it


@dataclass
class Result:
    """A run that is over."""

    plan: Plan
    database: Where
    story: Story
    servers: list[ServerProcess]
    asked: list[dict[str, Any]]
    away: list[float] = field(default_factory=list)  # when the database was ended

    def __post_init__(self) -> None:
        self.kills = [kill for server in self.servers for kill in server.kills]
        with engine(self.database).looking() as db:
            self.messages = _rows(db, "SELECT * FROM messages ORDER BY id")
            self.moves = _rows(db, "SELECT * FROM moves ORDER BY id")
            self.tries = _rows(db, "SELECT * FROM tries ORDER BY id")
            self.history = _rows(db, "SELECT * FROM history ORDER BY follower_id, id")
        self.by_msg_id = {row["msg_id"]: row for row in self.messages}
        self.calls: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for asked in self.asked:
            self.calls[asked["question"]].append(asked)
        self.shown_again = 0
        self.finished_twice = 0

    def broken(self) -> list[str]:
        """Every promise that was broken, in words."""
        return [
            *self._ends(),
            *self._model_calls(),
            *self._same_bytes(),
            *self._order(),
            *self._moves_lead_to_the_state(),
            *self._history(),
            *self._everything_read(),
            *self._faults(),
        ]

    def seen(self, number: int) -> str:
        """All that the follower of a message sent and saw, for who looks into what is broken."""
        row = next(row for row in self.messages if row["id"] == number)
        whose = next(one.open_id for one in self.story.said if one.msg_id == row["msg_id"])
        lines = [f"message {number}: {row['state']}, {len(row['answer'] or '')} characters"]
        for said in sorted(self.story.said, key=lambda said: said.sent_at):
            if said.open_id == whose:
                stored = self.by_msg_id.get(said.msg_id)
                what = stored and {name: stored[name] for name in ("id", "reply_of", "reply_end")}
                lines.append(f"{said.sent_at:.2f} {said.text[:20]!r} again={said.again} {what}")
                for one in said.fate.tries:
                    shown = one.reply and (len(one.reply.content), one.reply.content[-30:])
                    lines.append(f"    {one.number} {one.result} {one.seconds:.2f} s {shown}")
        kills = ", ".join(f"{kill.at:.2f} to {kill.ended_at:.2f}" for kill in self.kills)
        return "\n".join([*lines, f"kills: {kills}"])

    def figures(self) -> str:
        """What happened, for people."""
        questions = [row for row in self.messages if row["question"] != ASKS_ON]
        restarts = sorted(s for server in self.servers for s in server.restarts())
        firsts = [said for said in self.story.said if said.text != ASKS_ON and not said.again]
        fates = Counter(self._fate(said) for said in firsts)
        last_kill = max((kill.ended_at for kill in self.kills), default=0.0)
        settled = max((row["settled_at"] or 0.0) for row in questions)
        lines = [
            f"messages        {len(questions)} questions, "
            f"{len(self.messages) - len(questions)} times 继续",
            f"kills           {len(self.kills)}; up again after (median, worst) "
            + (f"{restarts[len(restarts) // 2]:.1f}, {restarts[-1]:.1f} s" if restarts else "-"),
            *([f"database        ended {len(self.away)} times"] if self.away else []),
            f"in the window   {dict(fates)}",
            f"model calls     {len(self.asked)}, the most for one message "
            f"{max((len(c) for q, c in self.calls.items() if q != ASKS_ON), default=0)}",
            f"taken up        {max(row['take_ups'] for row in self.messages)} times at most",
            f"failed          {sum(row['state'] == 'FAILED' for row in questions)}",
            f"shown again     {self.shown_again} pieces, after a kill",
            f"asked again     {self.finished_twice} questions, killed between answer and move",
            f"all settled     {settled - last_kill:.0f} s after the last kill",
            f"all read        {self.story.read_at - last_kill:.0f} s after the last kill",
        ]
        return "\n".join(lines)

    def _fate(self, said: SentMessage) -> str:
        seen = as_seen(said)
        if not seen:
            return "nothing" if said.reached else "not reached"
        return "thinking" if seen.startswith(STILL_THINKING) else "words"

    def _killed_between(self, begin: float, end: float) -> int:
        return sum(kill.at <= end and kill.ended_at >= begin for kill in self.kills)

    def _ends(self) -> Iterator[str]:
        for row in self.messages:
            if row["state"] not in ("REPLIED", "FAILED"):
                yield f"message {row['id']} is still {row['state']}"
            elif row["state"] == "FAILED" and not MEANT_TO_FAIL.search(row["question"]):
                yield f"message {row['id']} failed: {row['failure']}"
        for open_id in self.story.still_reading:
            yield f"{open_id} came to no end with 继续"
        for said in self.story.said:
            if said.reached and said.msg_id not in self.by_msg_id and said.seen_something:
                yield f"{said.msg_id} was answered and not stored"
        for server in self.servers:
            if server.did_not_stop:
                yield f"{server.name} did not stop in time, {server.did_not_stop} times"

    def _model_calls(self) -> Iterator[str]:
        for row in self.messages:
            calls = self.calls.get(row["question"], [])
            if row["question"] == ASKS_ON:
                continue
            lived = self._killed_between(row["arrived_at"] - 0.1, (row["settled_at"] or 0) + 0.1)
            at_once = 2 if MEANT_TO_FAIL.search(row["question"]) else 1  # it is tried once more
            if len(calls) > at_once * (1 + lived):
                yield f"message {row['id']}: {len(calls)} model calls, {lived} kills"
            ended = sorted(call["ended_at"] for call in calls if call["ended_at"])
            if len(ended) > 1:
                self.finished_twice += 1
                for end in ended[:-1]:
                    if not self._killed_between(end - 0.1, end + ANSWER_SAVED_WITHIN):
                        yield f"message {row['id']}: {len(ended)} finished model calls"

    def _same_bytes(self) -> Iterator[str]:
        bodies: dict[str, set[bytes]] = defaultdict(set)
        for said in self.story.said:
            row = self.by_msg_id.get(said.msg_id)
            for one in said.fate.tries:
                if one.result == "malformed" and one.status is not None:  # else it was cut off
                    yield f"{said.msg_id} got {one.detail}"
                if row and one.reply and one.reply.content == row["reply"]:
                    bodies[said.msg_id].add(one.body)
                elif one.reply and said.text != ASKS_ON and not FOOTER.search(one.reply.content):
                    yield f"{said.msg_id} got a reply that is not its own"
        for msg_id, different in bodies.items():
            if len(different) > 1:
                yield f"{msg_id} got {len(different)} different replies"

    def _order(self) -> Iterator[str]:
        """Each follower's messages one at a time, in the order they came."""
        spans: dict[int, list[int]] = defaultdict(list)
        for move in self.moves:
            if move["event"] != MoveEvent.TOLD_TO_WAIT:
                spans[move["message_id"]].append(move["id"])
        last: dict[int, tuple[int, int]] = {}
        for row in self.messages:
            span = spans.get(row["id"])
            if not span:
                continue
            before = last.get(row["follower_id"])
            if before and span[0] < before[1]:
                yield f"message {row['id']} was begun before {before[0]} had ended"
            last[row["follower_id"]] = (row["id"], span[-1])

    def _moves_lead_to_the_state(self) -> Iterator[str]:
        states: dict[int, State] = {}
        for move in self.moves:
            state = states.get(move["message_id"], State.RECEIVED)
            to_state = TRANSITIONS.get((state, MoveEvent(move["event"])))
            if move["from_state"] != state or move["to_state"] != to_state:
                yield f"message {move['message_id']}: {move['event']} while {state}"
            states[move["message_id"]] = State(move["to_state"])
        for row in self.messages:
            if states.get(row["id"], State.RECEIVED) != row["state"]:
                yield f"message {row['id']} is {row['state']}; its moves lead elsewhere"

    def _history(self) -> Iterator[str]:
        messages = {row["id"]: row for row in self.messages}
        for (whose, _), entries in groupby(self.history, itemgetter("follower_id", "session")):
            turns = list(entries)
            roles = [turn["role"] for turn in turns]
            if roles != ["user", "assistant"] * (len(turns) // 2):
                yield f"follower {whose}: the history does not alternate: {roles}"
            for one, other in pairwise(turns):
                if one["role"] == "user" and one["message_id"] != other["message_id"]:
                    yield f"follower {whose}: a turn answers another's question"
            for turn in turns:
                row = messages[turn["message_id"]]
                text = row["question"] if turn["role"] == "user" else row["answer"]
                notes = "" if turn["role"] == "user" else NOTE
                if row["state"] != "REPLIED" or turn["text"] != re.sub(notes, "", text):
                    yield f"follower {whose}: the history holds what message {row['id']} is not"

    def _everything_read(self) -> Iterator[str]:
        """Of each answer: all of it was seen, in its order, by its follower alone."""
        processes = self.plan.servers * self.plan.workers
        reading = Reading(
            self.messages,
            self.story,
            self._killed_between,
            tries=self.tries,
            processes=processes,
        )
        yield from reading.broken()
        self.shown_again = reading.shown_again

    def _faults(self) -> Iterator[str]:
        for server in self.servers:
            for line in server.faults()[:10]:
                yield f"{server.name} says: {line}"


def _rows(db: Connection, select: str) -> list[Row]:
    return [dict(row) for row in db.execute(select, {})]
