"""What must hold whatever happens in whatever order: random lives of messages on a real database.

Crashes are free here: a move is one transaction, so between any two rules it may have died.
"""

from collections.abc import Callable
from itertools import zip_longest

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pytest import raises

from fsm import moves
from fsm import shown as shown_to
from fsm.text.wording import Wording
from fsm.transitions import TRANSITIONS, MoveEvent, TransitionNotAllowed
from integrations.wechat.protocol import REPLY_BYTES
from settings.schema import Texts
from store import changes, followers, history, messages, tries, unread
from store.database import Connection
from store.errors import MessageMovedOn
from store.messages import FINAL, Arrival, Message, State
from store.outcomes import Outcome
from tests import migrated, stored
from tests.postgresql import PostgresServer
from tests.stored import close

WORDING = Wording(
    texts=Texts(),
    rest="（未完，回复“继续”）",
    more_to_come="…… 还没说完",
    still_thinking="还在想",
    voice_later="（语音稍后）",
    earlier_waits="（较早的还没看完）",
    later_waits="（后面的也好了）",
    label="",
    reply_characters=40,
)
FOLLOWERS = st.sampled_from(["o-one", "o-two"])
ANSWERS = st.text("答案甲乙丙。，\n ab", min_size=1, max_size=150).map(str.strip).filter(bool)


class Life(RuleBasedStateMachine):
    """Two followers, one database, and a model of what each of them must have read."""

    @initialize()
    def open(self) -> None:
        self.db = self.opened()
        self.now = 1_000.0
        self.number = 0
        self.stale: list[Message] = []  # what a worker had in hand when the operator came

    def opened(self) -> Connection:
        return migrated.in_memory()

    def teardown(self) -> None:
        close(self.db)

    def _next(self) -> Message | None:
        """The message that a worker would take: the first unfinished one of some follower."""
        heads: dict[int, Message] = {}
        for message in stored.unfinished(self.db):
            heads.setdefault(message.follower_id, message)
        return next(iter(heads.values()), None)

    def _carry(self, message: Message) -> None:
        number = tries.begin(self.db, message.id, at=self.now)
        tries.end(self.db, message.id, number, outcome=Outcome.REPLIED, at=self.now)

    @rule(open_id=FOLLOWERS, asks_on=st.booleans(), later=st.floats(0, 400))
    def a_message_comes(self, open_id: str, asks_on: bool, later: float) -> None:
        self.now += later
        self.number += 1
        text = "继续" if asks_on else f"question {self.number}"
        arrival = Arrival("gh", open_id, f"gh {self.number}", str(self.number), "text", text)
        message, new = messages.receive(self.db, arrival, at=self.now)
        assert new
        again, new = messages.receive(self.db, arrival, at=self.now + 5)
        assert (again, new) == (message, False)

    @precondition(lambda self: self._next())
    @rule()
    def it_is_picked_up(self) -> None:
        message = self._next()
        assert message
        if message.state != State.RECEIVED:
            return
        if message.question == "继续":
            waiting = unread.collectable(self.db, message, at=self.now)
            collected = moves.collect(self.db, message, WORDING, at=self.now)
            assert (collected is None) == (not waiting)
            if collected:
                assert collected.reply_of == waiting[0], "what was shown last is read on"
                return
        moves.pick_up(self.db, message, session_seconds=600, at=self.now)

    @precondition(lambda self: self._next())
    @rule(text=ANSWERS, shown=st.integers(0, 60))
    def it_is_answered(self, text: str, shown: int) -> None:
        message = self._next()
        assert message
        if message.state == State.GENERATING:
            shown_to.show(self.db, message, text[:shown].rstrip())
            settled = moves.answer(self.db, message, text, WORDING, at=self.now)
            assert settled.readable[: settled.read_to] == text[:shown].rstrip()

    @precondition(lambda self: self._next())
    @rule()
    def it_fails(self) -> None:
        message = self._next()
        assert message
        moves.give_up(self.db, message, "the model is down", "抱歉", at=self.now)

    @precondition(lambda self: self._next())
    @rule(text=ANSWERS, fails=st.booleans())
    def its_answer_is_to_be_spoken(self, text: str, fails: bool) -> None:
        message = self._next()
        assert message
        if message.state == State.GENERATING:
            text = message.answer or text
            message = moves.answer_to_speak(self.db, message, text, at=self.now)
        if message.state == State.SYNTHESIZING and fails:
            moves.voice_failed(self.db, message, WORDING, "the voice is gone", at=self.now)

    @rule(last=st.integers(0, 5))
    def the_operator_retries(self, last: int) -> None:
        for message in self._last(last):
            if message.state == State.REPLIED:
                with raises(TransitionNotAllowed):
                    moves.retry(self.db, message, at=self.now)
                return
            retried = moves.retry(self.db, message, at=self.now)
            assert not retried.settled
            assert retried.answer == message.answer, "nothing that was paid for is lost"
            assert (retried.take_ups, retried.resume_at) == (0, 0)
            self.stale.append(message)

    @rule(last=st.integers(0, 5))
    def the_operator_fails(self, last: int) -> None:
        for message in self._last(last):
            if not message.settled:
                reason = "operator: enough"
                moves.give_up(self.db, message, reason, "抱歉", at=self.now, by_operator=True)
                self.stale.append(message)

    @rule(open_id=FOLLOWERS)
    def the_operator_erases(self, open_id: str) -> None:
        followers.erase(self.db, "gh", open_id, at=self.now)

    @precondition(lambda self: self.stale)
    @rule(text=ANSWERS)
    def what_was_under_way_before_the_operator_came_is_void(self, text: str) -> None:
        message, at = self.stale.pop(), self.now
        before = stored.everything(self.db)
        late: dict[State, Callable[[], Message]] = {
            State.RECEIVED: lambda: moves.pick_up(self.db, message, session_seconds=600, at=at),
            State.GENERATING: lambda: moves.answer(self.db, message, text, WORDING, at=at),
            State.SYNTHESIZING: lambda: moves.voice_failed(self.db, message, WORDING, "", at=at),
        }
        if message.state in late:
            with stored.undone(self.db), raises(MessageMovedOn):
                late[State(message.state)]()
        changes.checkpoint(self.db, message, text)
        assert stored.everything(self.db) == before

    def _last(self, offset: int) -> list[Message]:
        """One of the last messages, if there are so many."""
        select = "SELECT * FROM messages ORDER BY id DESC LIMIT 1 OFFSET :offset"
        return [Message.of(row) for row in self.db.execute(select, {"offset": offset})]

    @rule(last=st.integers(0, 30))
    def a_try_carries_a_reply_away(self, last: int) -> None:
        select = """
            SELECT * FROM messages WHERE settled_at IS NOT NULL ORDER BY id DESC
             LIMIT 1 OFFSET :last
        """
        rows = self.db.execute(select, {"last": last}).fetchall()
        for row in rows:
            self._carry(Message.of(row))

    @invariant()
    def the_history_alternates_and_holds_no_trace_of_failures(self) -> None:
        rows = self.db.execute(
            """SELECT h.*, m.state FROM history AS h JOIN messages AS m ON m.id = h.message_id
                ORDER BY h.follower_id, h.session, h.id""",
            {},
        ).fetchall()
        for row, after in zip_longest(rows, rows[1:]):
            assert row["state"] not in (State.RECEIVED, State.FAILED)
            same = after and (after["follower_id"], after["session"]) == (
                row["follower_id"],
                row["session"],
            )
            if row["role"] == "user":
                assert row["state"] != State.REPLIED or (
                    same
                    and after["role"] == "assistant"
                    and after["message_id"] == row["message_id"]
                )
            elif same:
                assert after["role"] == "user"

    @invariant()
    def turns_begin_with_the_follower_and_end_with_the_question(self) -> None:
        for message in stored.unfinished(self.db):
            if message.state == State.GENERATING:
                turns, _ = history.turns(self.db, message, last=5, characters=6000)
                roles = [turn["role"] for turn in turns]
                assert roles == ["user", "assistant"] * (len(turns) // 2) + ["user"]
                assert turns[-1]["content"] == message.question

    @invariant()
    def every_reply_fits_and_belongs_to_its_follower(self) -> None:
        rows = self.db.execute(
            """SELECT m.*, t.follower_id AS whose FROM messages AS m
                 LEFT JOIN messages AS t ON t.id = m.reply_of WHERE m.reply IS NOT NULL""",
            {},
        ).fetchall()
        for row in rows:
            assert row["whose"] in (None, row["follower_id"])
            assert len(row["reply"].encode()) <= REPLY_BYTES
            readable = messages.get(self.db, row["id"]).readable
            assert 0 <= row["read_to"] <= len(readable)

    @invariant()
    def the_log_of_moves_leads_to_the_state(self) -> None:
        for row in self.db.execute("SELECT id, state FROM messages", {}).fetchall():
            state = State.RECEIVED
            for event in stored.moves(self.db, row["id"]):
                state = TRANSITIONS[state, MoveEvent(event)]
            assert state == row["state"]

    @invariant()
    def what_is_unread_can_be_read_to_its_end(self) -> None:
        """With 继续 after 继续, until nothing is left: all of it came, once."""
        with stored.undone(self.db):
            for follower in self.db.execute("SELECT * FROM followers", {}).fetchall():
                self._read_everything(self.db, follower["open_id"])

    def _read_everything(self, db: Connection, open_id: str) -> None:
        for n in range(1000):
            arrival = Arrival("gh", open_id, f"{open_id} reads {n}", "0", "text", "继续")
            message, _ = messages.receive(db, arrival, at=self.now)
            waiting = unread.collectable(db, message, at=self.now)
            before = {one.id: one for one in messages.get_all(db, waiting)}
            collected = moves.collect(db, message, WORDING, at=self.now)
            if collected is None:
                assert not waiting
                return
            was = before[waiting[0]]
            assert collected.reply and collected.reply_end and collected.reply_end > was.read_to
            assert was.state == State.REPLIED or was.readable == "抱歉"
            piece = was.readable[was.read_to : collected.reply_end].strip()
            assert collected.reply.lstrip().startswith(piece)  # a line keeps its indent
            number = tries.begin(db, message.id, at=self.now)
            tries.end(db, message.id, number, outcome=Outcome.REPLIED, at=self.now)
        raise AssertionError("继续 never came to an end")


Life.TestCase.settings = settings(stateful_step_count=40)
TestLife = Life.TestCase


def test_the_same_holds_on_postgresql(postgres: PostgresServer) -> None:
    class OnPostgres(Life):
        def opened(self) -> Connection:
            return postgres.emptied()

    run_state_machine_as_test(OnPostgres, settings=settings(max_examples=6))


def test_only_the_operator_leads_away_from_a_final_state_and_never_from_a_reply() -> None:
    assert {state for state, _ in TRANSITIONS} == set(State) - {State.REPLIED}
    leading_away = {(state, event) for state, event in TRANSITIONS if state in FINAL}
    assert leading_away == {(State.FAILED, MoveEvent.RETRIED)}
