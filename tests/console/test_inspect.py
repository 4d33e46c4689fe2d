"""The operator finds a stuck conversation in seconds, and nothing can be harmed by looking."""

import contextlib
import json
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
import termios
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from console.advice import ADVICE
from console.attention_page import of_attention
from console.inspect import main
from console.output import Column, Page, Table, as_json, as_plain, shown
from console.times import NoTime, age, clock, moment, parse_since, span
from console.views import (
    attention,
    conversation,
    life,
    listing,
    lookup,
    statistics,
    stuck,
)
from console.views.conversation import ModelContext
from console.views.listing import STATES, Wanted
from fsm import moves
from fsm.text.texts import Wording
from fsm.transitions import Event, State, apply
from integrations.model.errors import ModelError
from integrations.speech.errors import SpeechError
from settings.schema import Secret, Settings, WeChat
from store import cool_downs, history, messages, processes, reading, voices
from store.errors import StoreUnavailable
from store.messages import Arrival, Message
from store.processes import Process
from store.sqlite.database import SqliteDatabase
from store.sqlite.migrations import migrate
from store.sqlite.opening import looking
from tests.conftest import MIGRATIONS

ROOT = MIGRATIONS.parent
WORDING = Wording.of(Settings(wechat=WeChat(token=Secret("token"))))
NOW = 1_700_000_000.0
HOUR = 3600.0


class Story:
    """A real database, filled as the server fills it. `now` only moves when it is told to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOW
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA foreign_keys = ON")
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = OFF")
        migrate(self.db, MIGRATIONS)
        self._said = 0

    def says(self, text: str = "hello", *, who: str = "o-anna", kind: str = "text") -> Message:
        self._said += 1
        msg_id = str(24_000_000_000_000_000 + self._said)
        arrival = Arrival("gh", who, f"gh {msg_id}", msg_id, kind, text)
        return messages.receive(self.db, arrival, at=self.now)[0]

    def is_asked(self, message: Message) -> Message:
        picked_up = moves.pick_up(self.db, message, session_seconds=600, at=self.now)
        return messages.model_called(self.db, picked_up)

    def answers(self, message: Message, text: str = "hi there") -> Message:
        return moves.answer(self.db, message, text, WORDING, at=self.now)

    def fails(self, message: Message, reason: str) -> Message:
        return moves.give_up(self.db, message, reason, "sorry", at=self.now)

    def tries(self, message: Message, outcome: str, *, seconds: float = 0.0) -> None:
        number = reading.begin_try(self.db, message.id, at=self.now)
        self.now += seconds
        reading.end_try(self.db, message.id, number, outcome=outcome, at=self.now)

    def tells(self, question: str, answer: str, *, who: str = "o-anna") -> Message:
        """A question that is answered at once and read."""
        message = self.answers(self.is_asked(self.says(question, who=who)), answer)
        self.tries(message, "replied")
        return message

    def puts(self, message: Message, state: State) -> Message:
        """Move a new message on to an unfinished state."""
        if state is State.RECEIVED:
            return message
        message = self.is_asked(message)
        if state is State.GENERATING:
            return message
        learned = {"answer": "hi"}
        message = apply(self.db, message, Event.ANSWERED_TO_SPEAK, at=self.now, learned=learned)
        if state is State.SYNTHESIZING:
            return message
        voice = {"media_id": "m", "uploaded_at": self.now}
        return apply(self.db, message, Event.VOICE_UPLOADED, at=self.now, learned=voice)

    def look(self, *, limit: int = 20) -> attention.Attention:
        return attention.look(self.db, at=self.now, limit=limit)


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path / "huixin.db")
    yield told
    told.db.close()


@pytest.fixture
def today(story: Story) -> Story:
    """A story told now, for commands that look at the clock themselves."""
    story.now = time.time()
    return story


Ran = tuple[int, str, str]


@pytest.fixture
def inspect(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Ran]:
    """Run a command line in this process: exit code, standard output and error."""

    def run(*words: str) -> Ran:
        try:
            code = main(["--db", str(tmp_path / "huixin.db"), *words])
        except SystemExit as exit:
            code = int(str(exit.code))
        out, err = capsys.readouterr()
        return code, out, err

    return run


def command(path: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "store.inspect", "--db", str(path), *words]


def run(path: Path, *words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(path, *words), cwd=ROOT, capture_output=True, text=True, check=False, **options
    )


def rows(table: str) -> list[str]:
    return table.splitlines()


# What needs attention


def test_where_nothing_needs_attention_one_line_says_so(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.tells("hello", "hi")
    code, out, err = inspect()
    assert (code, err) == (0, "")
    [line] = rows(out)
    assert line.startswith("Nothing needs attention: 0 unfinished")
    assert "1 message in 24 h" in line


@pytest.mark.parametrize(
    ("state", "seconds"),
    [("RECEIVED", 30), ("GENERATING", 120), ("SYNTHESIZING", 60), ("UPLOADED", 60)],
)
def test_a_message_is_past_its_time_by_its_state(story: Story, state: str, seconds: float) -> None:
    message = story.puts(story.says(), State(state))
    story.now += seconds - 1
    assert story.look().overdue == []
    story.now += 2
    [overdue] = story.look().overdue
    assert (overdue.message_id, overdue.state, overdue.late) == (message.id, state, 1)
    assert overdue.since == NOW


def test_the_time_counts_from_the_last_move(story: Story) -> None:
    message = story.says()
    story.now += 100
    story.is_asked(message)
    story.now += 119
    assert story.look().overdue == []


def test_what_is_most_past_its_time_comes_first(story: Story) -> None:
    asked = story.is_asked(story.says(who="o-one"))
    story.now += 80
    waiting = story.says(who="o-two")
    story.now += 41
    assert [overdue.message_id for overdue in story.look().overdue] == [waiting.id, asked.id]


def test_a_message_behind_another_of_its_follower_names_it(story: Story) -> None:
    first, second = story.says(), story.says()
    story.now += 31
    assert [overdue.behind for overdue in story.look().overdue] == [None, first.id]
    [queue] = story.look().queues
    assert (queue.messages, queue.head, queue.head_since) == (2, first.id, NOW)
    assert second.follower_id == queue.follower_id


def test_a_follower_with_one_unfinished_message_is_no_queue(story: Story) -> None:
    story.says(who="o-one")
    story.says(who="o-two")
    story.tells("more", "text", who="o-two")
    assert story.look().queues == []


def test_the_owner_of_what_is_stuck_is_named_with_whether_it_lives(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    living, dead = Process("host/1/100", "host", 1), Process("host/2/100", "host", 2)
    buried = Process("host/3/100", "host", 3)
    for process, lease in ((living, 1000), (dead, 8), (buried, 8)):
        processes.beat(today.db, process, at=today.now - 300, lease=lease)
        message = today.says(who=f"o-{process.pid}")
        assert processes.claim(today.db, message, process, new=True, at=today.now - 300)
    today.says(who="o-nobody")
    processes.bury(today.db, buried)
    today.db.execute("UPDATE messages SET arrived_at = arrived_at - 300")
    owners = {o.follower_id: o.owner for o in today.look().overdue}
    alive = {follower: owner and owner.alive for follower, owner in owners.items()}
    assert alive == {1: True, 2: False, 3: False, 4: None}
    out = inspect()[1]
    assert "process host/1 has it, alive and up for 5 min" in out
    assert "process host/2 is dead, last heard of 4 min ago" in out
    assert "process host/3 is gone" in out
    assert "nobody works on it" in out
    assert "1 server process alive" in out


def test_failures_of_the_last_hour_are_counted_by_reason(story: Story) -> None:
    story.fails(story.is_asked(story.says()), "an old one")
    story.now += 3601
    for reason in ("KeyRefused: 401", "ModelUnavailable: 503", "ModelUnavailable: 503"):
        last = story.fails(story.is_asked(story.says()), reason)
    found = story.look().failures
    assert [(f.reason, f.messages) for f in found] == [
        ("ModelUnavailable: 503", 2),
        ("KeyRefused: 401", 1),
    ]
    assert found[0].last_message_id == last.id


def test_a_settled_answer_that_was_not_collected_shows_how_much_is_unread(story: Story) -> None:
    message = story.answers(story.is_asked(story.says()), "x" * 1200)
    story.now += 15
    [unread] = story.look().unread
    assert (unread.message_id, unread.unread, unread.length) == (message.id, 1200, 1200)
    story.tries(message, "replied")
    [unread] = story.look().unread
    assert message.reply_end
    assert unread.unread == 1200 - message.reply_end


def test_what_was_read_to_its_end_is_not_unread(story: Story) -> None:
    story.tells("hello", "hi")
    story.now += 60
    assert story.look().unread == []


def test_an_answer_that_wechat_may_still_fetch_is_not_called_unread(story: Story) -> None:
    story.answers(story.is_asked(story.says()))
    story.now += 14
    assert story.look().unread == []


def test_an_answer_that_expired_is_not_called_unread(story: Story) -> None:
    story.answers(story.is_asked(story.says()))
    story.now += 24 * HOUR - 1
    assert len(story.look().unread) == 1
    story.now += 1
    assert story.look().unread == []


def test_what_nobody_is_there_to_finish_is_said_before_it_is_past_its_time(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.says()
    code, out, _ = inspect("--check")
    assert (code, today.look().totals.overdue) == (1, 0)
    assert out.startswith("No server is running on this database: start it")
    process = Process("host/1/100", "host", 1)
    processes.beat(today.db, process, at=today.now, lease=1000)
    assert inspect("--check") == (0, "", "")


def test_a_voice_that_failed_says_why_though_the_message_was_answered(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    message = today.puts(today.says(kind="voice"), State.SYNTHESIZING)
    reason = "SpeechRefused: Forbidden"
    moves.voice_failed(today.db, message, WORDING, reason, at=today.now)
    today.tries(message, "replied")
    [mute] = today.look().mute
    assert (mute.reason, mute.messages, mute.last_message_id) == (reason, 1, message.id)
    assert today.look().failures == []
    code, out, _ = inspect("--check")
    assert code == 1
    assert "check azure.subscription and azure.region; show 1" in out
    today.now += HOUR + 1
    assert today.look().mute == []


def test_a_key_that_rests_is_named_by_its_place_in_the_settings(
    today: Story, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for key, seconds in (("sk-two", 570), ("sk-old", 510), ("sk-one", -1)):
        name, until = cool_downs.key_name(key), today.now + seconds
        cool_downs.rest(today.db, name, until=until, reason="KeyRefused")
    config = tmp_path / "mine.yml"
    config.write_text(
        f'store: {{path: "{today.path}"}}\nwechat: {{token: "token"}}\n'
        'openai: {api_keys: ["Bearer sk-one", "sk-two"]}\n'
    )
    assert main(["--config", str(config), "--check"]) == 1
    out = capsys.readouterr().out
    assert "openai.api_keys, key 2, for 9 min" in out
    assert f"{cool_downs.key_name('sk-old')}, for 8 min" in out
    assert "key 1," not in out
    assert "sk-" not in out


def test_voices_that_should_be_gone_at_wechat_wait_to_be_deleted(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    message = today.tells("hello", "hi")
    lent = (("refused", True, 300), ("kept", True, 300), ("temporary", False, -90))
    for name, permanent, seconds in lent:
        delete_at = today.now + seconds
        voices.begin_upload(today.db, message, name=name, permanent=permanent, delete_at=delete_at)
    voices.end_upload(today.db, "refused", "m1", delete_at=today.now)
    voices.not_deleted(today.db, "refused", again_at=today.now + 5)
    [found] = today.look().undeleted
    assert (found.message_id, found.failures, found.uploaded) == (message.id, 1, True)
    assert today.look().totals.voices_at_wechat == 2
    code, out, _ = inspect("--check", "--only", "undeleted")
    assert code == 1
    assert "voice of message 1" in out
    assert "not deleted, tried once" in out
    assert "2 voices at WeChat" in out
    today.now += 361
    assert [(found.failures, found.uploaded) for found in today.look().undeleted] == [
        (1, True),
        (0, False),
    ]


def test_each_entry_says_why_and_what_to_type_next(story: Story) -> None:
    process = Process("host/1/100", "host", 1)
    story.answers(story.is_asked(story.says(who="o-one")), "x" * 1200)
    story.fails(story.is_asked(story.says(who="o-two")), "ModelSilent: nothing for 60 s")
    stuck = story.is_asked(story.says(who="o-three"))
    behind = story.says(who="o-three")
    story.now += 300
    processes.beat(story.db, process, at=story.now, lease=8)
    for commands, mend in (((), f"show {stuck.id}"), (("retry",), f"retry {stuck.id} (or")):
        page = of_attention(story.look(), commands=commands, typed="inspect --db x")
        entries = [row for part in page.parts if isinstance(part, Table) for row in part.rows]
        assert len(entries) == 5
        assert all(what and why and then for what, why, then in entries)
        by_what = {what.split(",")[0]: (why, then) for what, why, then in entries}
        why, then = by_what[f"message {stuck.id}"]
        assert "model asked once, and it has said nothing so far" in why
        assert then.startswith(mend)
        assert by_what[f"message {behind.id}"][1] == f"show {stuck.id}"
        assert page.parts[-1] == 'Each "next" is typed after: inspect --db x'


def every_failure(family: type[Exception]) -> Iterator[str]:
    for failure in family.__subclasses__():
        yield failure.__name__
        yield from every_failure(failure)


def test_for_every_failure_of_the_model_and_of_speech_there_is_advice() -> None:
    kinds = {*every_failure(ModelError), *every_failure(SpeechError)}
    assert len(kinds) > 15
    assert kinds <= ADVICE.keys()


def test_advice_names_settings_that_there_are() -> None:
    shipped = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    named = re.findall(r"\b(openai|azure|wechat|limits)\.(\w+)", " ".join(ADVICE.values()))
    assert len(named) > 10
    assert [f"{part}.{key}" for part, key in named if key not in shipped[part]] == []


def test_a_limit_cuts_the_lists_and_not_the_totals(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.now -= 300
    for n in range(5):
        today.says(who=f"o-{n}")
    found = today.look(limit=2)
    assert (len(found.overdue), found.totals.overdue) == (0, 0)
    _, out, _ = inspect("--limit", "2")
    assert "and 3 more" in out
    assert "5 unfinished (5 past their time)" in out


def test_check_says_by_its_exit_code_whether_something_needs_attention(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.tells("hello", "hi")
    assert inspect("--check") == (0, "", "")
    today.fails(today.is_asked(today.says()), "KeyRefused: 401")
    code, out, _ = inspect("--check")
    assert code == 1
    assert "KeyRefused: 401" in out
    assert inspect()[0] == 0, "only --check is for programs"


def test_only_some_kinds_can_be_looked_at_and_checked(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.fails(today.is_asked(today.says()), "KeyRefused: 401")
    assert inspect("--check", "--only", "overdue,unread")[0] == 0
    assert "KeyRefused" not in inspect("--only", "overdue")[1]
    assert inspect("--check", "--only", "failures,overdue")[0] == 1


# Lists


def test_messages_are_listed_the_newest_first(story: Story) -> None:
    first = story.tells("hello", "hi")
    story.now += 10
    second = story.fails(story.is_asked(story.says(who="o-ben")), "KeyRefused: 401")
    listed = listing.look(story.db, Wanted(), texts=False)
    assert [message.message_id for message in listed] == [second.id, first.id]
    assert (listed[1].tries, listed[1].outcome, listed[1].read_to) == (1, "replied", 2)
    assert listed[0].failure == "KeyRefused: 401"


@pytest.mark.parametrize("state", State)
def test_a_list_can_be_of_one_state(story: Story, state: State) -> None:
    wanted = {}
    for n, each in enumerate(State):
        message = story.says(who=f"o-{n}")
        if each is State.REPLIED:
            message = story.answers(story.is_asked(message))
        elif each is State.FAILED:
            message = story.fails(story.is_asked(message), "why")
        else:
            message = story.puts(message, each)
        wanted[each] = message.id
    for asked in (Wanted(state), Wanted(state, since=NOW), Wanted(state, message.follower_id)):
        listed = listing.look(story.db, asked, texts=False)
        right = asked.follower_id in (None, listed[0].follower_id if listed else None)
        assert [m.message_id for m in listed] == ([wanted[state]] if right and listed else [])
    assert listing.look(story.db, Wanted(state), texts=False)[0].state == state


def test_the_states_of_a_list_are_those_of_the_machine() -> None:
    assert set(STATES) == set(State)
    assert stuck.PAST_ITS_TIME.keys() == {s for s in State if s not in ("REPLIED", "FAILED")}


def test_a_list_can_be_of_one_follower_by_number_or_open_id(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.tells("hello", "hi", who="o-anna")
    bens = today.tells("hello", "hi", who="o-ben")
    for name in ("o-ben", str(bens.follower_id)):
        [listed] = json.loads(inspect("list", "--follower", name, "--json")[1])
        assert listed["message_id"] == bens.id


def test_a_list_can_begin_at_a_time_and_end_at_a_number(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.now -= 3 * HOUR
    today.tells("hello", "hi")
    today.now += 2 * HOUR
    late = [today.tells("hello", "hi").id for _ in range(3)]
    listed = json.loads(inspect("list", "--since", "2h", "--json")[1])
    assert [message["message_id"] for message in listed] == late[::-1]
    listed = json.loads(inspect("list", "--limit", "1", "--json")[1])
    assert [message["message_id"] for message in listed] == late[-1:]


def test_an_empty_list_says_so(today: Story, inspect: Callable[..., Ran]) -> None:
    assert inspect("list") == (0, "No such message.\n", "")


# One message


def test_the_whole_life_of_a_message_is_on_one_time_line(story: Story) -> None:
    message = story.says()
    story.now += 0.5
    asked = story.is_asked(message)
    story.tries(message, "dropped", seconds=5)
    story.tries(message, "thinking", seconds=4)
    story.now += 3
    story.answers(asked, "x" * 800)
    more = story.says("继续")
    collected = moves.collect(story.db, more, WORDING, at=story.now)
    assert collected
    story.now += 1
    story.tries(collected, "replied")
    found = life.look(story.db, message.id, at=story.now, texts=False)
    assert [(m.what, m.gap) for m in found.moments] == [
        ("arrived", None),
        ("try 1 began", 0.5),
        ("RECEIVED → GENERATING", 0),
        ("try 2 began", 5),
        ("try 1 ended", 0),
        ("try 2 ended", 4),
        ("GENERATING → REPLIED", 3),
        ("collected", 1),
    ]
    assert [moment.note for moment in found.moments[-4:]] == [
        "dropped",
        "thinking",
        "answered",
        f"by message {more.id}, up to character {collected.reply_end}",
    ]
    assert [(s.how, s.length, s.text) for s in found.seen] == [
        ("try 2: thinking", 0, None),
        (f"message {more.id}", len(collected.reply or ""), None),
    ]
    assert found.saved.read_to == collected.reply_end
    assert found.saved.turns == ["user", "assistant"]


def test_what_is_unfinished_says_how_long_it_has_not_moved(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.now -= 300
    today.is_asked(today.says())
    out = inspect("show", "1")[1]
    assert re.search(r"late +3 min past its time", out)
    assert re.search(r"owner +nobody", out)
    assert re.search(r"\+5 min +now +still GENERATING", out)


def test_a_failed_message_says_why(today: Story, inspect: Callable[..., Ran]) -> None:
    today.fails(today.is_asked(today.says()), "KeyRefused: 401 for each key")
    out = inspect("show", "1")[1]
    assert re.search(r"failure +KeyRefused: 401 for each key", out)
    assert re.search(r"in the history +no turn", out)


def test_what_the_operator_did_is_told_from_what_the_server_did(story: Story) -> None:
    message = story.fails(story.is_asked(story.says()), "given up by hand")
    story.db.execute("UPDATE moves SET made_by = 'operator' WHERE event = 'gave_up'")
    found = life.look(story.db, message.id, at=story.now, texts=False)
    assert [moment.note for moment in found.moments if "→" in moment.what] == [
        "picked_up",
        "gave_up, by the operator",
    ]


def test_a_voice_is_told_by_what_it_says(today: Story, inspect: Callable[..., Ran]) -> None:
    message = today.puts(today.says(kind="voice"), State.UPLOADED)
    today.db.execute("UPDATE messages SET answer = 'words and more', voiced_to = 5")
    message = messages.get(today.db, message.id)
    settled = moves.voice_settled(today.db, message, at=today.now)
    today.tries(settled, "replied")
    found = life.look(today.db, message.id, at=today.now, texts=True)
    assert [(seen.spoken, seen.text) for seen in found.seen] == [(True, "words")]
    [exchange] = look_at_follower(today, message.follower_id).exchanges
    assert (exchange.spoken, exchange.read) == (True, "words")
    for words in (["show", "1", "--text"], ["follower", "1", "--text"]):
        assert "(a voice) words" in inspect(*words)[1]


def test_a_voice_that_waits_is_unread_though_its_text_was_read(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    message = today.puts(today.says(kind="voice"), State.UPLOADED)
    today.db.execute("UPDATE messages SET given = 'hi', voiced_to = 2")
    moves.voice_settled(today.db, messages.get(today.db, message.id), at=today.now)
    assert "its voice not heard" in inspect("follower", "1")[1]


def test_a_try_that_never_ended_says_so(story: Story) -> None:
    message = story.says()
    reading.begin_try(story.db, message.id, at=story.now)
    found = life.look(story.db, message.id, at=story.now, texts=False)
    assert found.moments[-1].note == "open still, or the process died meanwhile"


def test_a_message_is_found_by_its_msg_id(story: Story) -> None:
    message = story.says()
    assert message.msg_id
    assert lookup.message_id(story.db, message.msg_id) == message.id
    assert lookup.message_id(story.db, str(message.id)) == message.id


def test_the_words_that_were_shown_are_told_with_text_only(story: Story) -> None:
    message = story.tells("my question", "my answer")
    told = life.look(story.db, message.id, at=story.now, texts=True)
    assert [seen.text for seen in told.seen] == ["my answer"]
    assert (told.question, told.answer) == ("my question", "my answer")
    silent = life.look(story.db, message.id, at=story.now, texts=False)
    assert [(seen.text, seen.length) for seen in silent.seen] == [(None, 9)]


# One follower


def look_at_follower(story: Story, follower_id: int, **asked: Any) -> conversation.Conversation:
    return conversation.look(
        story.db, follower_id, ModelContext(**asked), at=story.now, limit=20, texts=True
    )


def test_a_conversation_reads_as_the_follower_saw_it(story: Story) -> None:
    first = story.tells("one", "first")
    partly = story.is_asked(story.says("two"))
    moves.show(story.db, partly, "the beginning")
    story.tries(partly, "partial", seconds=4.6)
    failed = story.fails(story.is_asked(story.says("three")), "KeyRefused: 401")
    story.tries(failed, "replied")
    story.says("four")
    found = look_at_follower(story, first.follower_id)
    assert [(e.question, e.read, e.outcome) for e in found.exchanges] == [
        ("one", "first", "replied"),
        ("two", "the beginning", "partial"),
        ("three", "sorry", "replied"),
        ("four", "", None),
    ]
    assert found.unfinished == 2


def test_the_history_is_what_the_next_question_would_be_asked_with(story: Story) -> None:
    for n in range(15):
        story.now += 1
        story.tells(f"question {n}", f"answer {n}")
    for last in (1, 2, 5, 6, 21):
        found = look_at_follower(story, 1, save_history=last)
        story.db.execute("BEGIN")
        asked = story.is_asked(story.says("next"))
        turns = history.turns(story.db, asked, last=last)
        story.db.execute("ROLLBACK")
        assert [(turn.role, turn.text) for turn in found.history] == [
            (turn["role"], turn["content"]) for turn in turns[:-1]
        ]


def test_after_a_silence_the_next_question_has_no_history(story: Story) -> None:
    story.tells("hello", "hi")
    story.now += 600
    assert len(look_at_follower(story, 1).history) == 2
    story.now += 1
    found = look_at_follower(story, 1)
    assert found.session_over
    assert found.history == []


def test_what_is_unread_is_what_more_would_bring(story: Story) -> None:
    story.answers(story.is_asked(story.says()), "x" * 700)
    story.fails(story.is_asked(story.says()), "an apology waits until the next question")
    story.now += 20
    assert [u.unread for u in look_at_follower(story, 1).unread] == [700, len("sorry")]
    read = story.answers(story.is_asked(story.says()), "y" * 100)
    story.tries(read, "replied")
    assert [u.unread for u in look_at_follower(story, 1).unread] == [700]


def test_a_follower_who_has_nothing_stored_can_be_looked_at(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.says()
    today.db.execute("DELETE FROM messages")
    code, out, _ = inspect("follower", "o-anna")
    assert code == 0
    assert "No message is stored." in out


# Figures


def test_figures_say_how_it_went(story: Story) -> None:
    story.tells("too old", "to count")
    story.now += 2 * HOUR
    since = story.now
    for seconds in (1, 2, 3, 20):
        began = story.now
        asked = story.is_asked(story.says())
        story.now += seconds
        story.tries(story.answers(asked), "replied")
        story.now = began
    for reason in ("KeyRefused: 401", "KeyRefused: 403"):
        failed = story.fails(story.is_asked(story.says()), reason)
        story.tries(failed, "replied")  # with an apology, which is no answer
    story.is_asked(story.says())
    story.now += 60
    found = statistics.look(story.db, since=since, at=story.now, limit=100)
    assert found.messages == 7
    assert found.by_state == {"GENERATING": 1, "REPLIED": 4, "FAILED": 2}
    assert (found.answered_in_window, found.windows_closed) == (3, 7)
    assert found.by_tries == {0: 1, 1: 6}
    stages = {stage.state: (stage.messages, stage.p50, stage.p95) for stage in found.stages}
    assert stages["GENERATING"] == (6, 1, 20)
    assert stages[statistics.END_TO_END] == (6, 1, 20)
    results = {r.result: (r.messages, r.model_calls) for r in found.results}
    assert results == {"answered": (4, 4), "KeyRefused": (2, 2), "unfinished": (1, 1)}


def test_figures_are_of_so_many_messages_at_most_and_say_so(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    for _ in range(5):
        today.now += 1
        today.tells("hello", "hi")
    for limit, counted, cut in ((4, 4, True), (5, 5, False), (6, 5, False)):
        found = statistics.look(today.db, since=0.0, at=today.now, limit=limit)
        assert (found.messages, found.cut) == (counted, cut)
    assert "older ones are left out" in inspect("stats", "--limit", "4")[1]


def test_figures_of_no_message_are_one_line(today: Story, inspect: Callable[..., Ran]) -> None:
    code, out, _ = inspect("stats")
    assert code == 0
    assert out.startswith("0 messages since ")


@given(st.lists(st.floats(0, 100), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(
    values: list[float], share: float
) -> None:
    found = statistics.percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6


# What is shown, and how

EVERY_COMMAND = [
    [],
    ["list"],
    ["list", "--state", "FAILED"],
    ["show", "1"],
    ["show", "2"],
    ["show", "3"],
    ["follower", "1"],
    ["stats"],
]


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=" ".join)
@pytest.mark.parametrize("form", [[], ["--json"]], ids=["plain", "json"])
def test_what_was_written_is_shown_to_nobody_who_did_not_ask(
    today: Story, inspect: Callable[..., Ran], words: list[str], form: list[str]
) -> None:
    today.tells("their words", "their words")
    today.fails(today.is_asked(today.says("their words")), "KeyRefused: 401")
    messages.checkpoint(today.db, today.is_asked(today.says("their words")), "their words")
    code, out, _ = inspect(*words, *form)
    assert code == 0
    assert "their words" not in out
    if (words and words[0] in ("show", "follower")) or words == ["list"]:
        assert "their words" in inspect(*words, *form, "--text")[1]


WICKED = "a\x1b[31mb\r\nc\u202ed\x9b2Je[red]f\u2028g\x00h\U000e0041i:smile:"


def obeyed(text: str) -> set[str]:
    """The characters that a terminal might obey, but for the ends of our own lines."""
    bad = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return {c for c in text if unicodedata.category(c) in bad and c not in "\n\u200c\u200d"}


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["plain", "json"])
def test_wicked_text_is_shown_and_never_obeyed(
    today: Story, inspect: Callable[..., Ran], form: list[str]
) -> None:
    today.tells(WICKED, WICKED)
    for words in (["list"], ["show", "1"], ["follower", "1"]):
        _, out, _ = inspect(*words, "--text", *form)
        assert not obeyed(out)
        assert "[red]f" in out
        assert ":smile:" in out


def test_a_row_is_one_line_whatever_it_holds(today: Story, inspect: Callable[..., Ran]) -> None:
    today.tells("one\ntwo\r\nthree", "four\n\nfive")
    title, head, row = rows(inspect("list", "--text")[1])
    assert title == "Messages, the newest first"
    assert head.split()[0] == "message"
    assert "one\\ntwo\\r\\nthree" in row


def test_json_keeps_every_character(today: Story, inspect: Callable[..., Ran]) -> None:
    today.tells(WICKED, "答案")
    out = inspect("list", "--text", "--json")[1]
    [listed] = json.loads(out)
    assert listed["question"] == WICKED
    assert "答案" in out


@given(st.text())
def test_nothing_that_is_shown_can_be_obeyed(text: str) -> None:
    assert not obeyed(shown(text))
    assert "\n" not in shown(text)
    page = Page([Table("t", (Column("c"), Column("d", words=True)), [(text, text)])], {"k": text})
    assert not obeyed(as_plain(page))
    assert len(rows(as_plain(page))) == 3
    assert not obeyed(as_json(page))
    assert json.loads(as_json(page)) == {"k": text}


def test_wide_characters_keep_the_columns_straight() -> None:
    table = Table("t", (Column("a"), Column("b")), [("答案", "x"), ("hi", "x")])
    assert rows(as_plain(Page([table], None)))[2:] == ["答案  x", "hi    x"]


def on_terminal(path: Path, *words: str, columns: int, stop_after: bytes = b"") -> tuple[int, str]:
    """What a command writes on a terminal so wide, and its exit code."""
    ours, its = os.openpty()
    termios.tcsetwinsize(its, (24, columns))
    environ = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES", "NO_COLOR")}
    with subprocess.Popen(
        command(path, *words), cwd=ROOT, stdin=its, stdout=its, env={**environ, "TERM": "xterm"}
    ) as process:
        os.close(its)
        out = b""
        with contextlib.suppress(OSError):  # how a terminal ends
            # Waited for with `select`, so that the loop goes on and `its` is really closed.
            while select.select([ours], [], [], 30)[0] and (piece := os.read(ours, 65536)):
                out += piece
                if stop_after and stop_after in out:
                    process.send_signal(signal.SIGINT)
                    stop_after = b""
    os.close(ours)
    return process.returncode, out.decode().replace("\r\n", "\n")


COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("columns", [60, 130])
def test_a_terminal_gets_colours_and_lines_that_fit(today: Story, columns: int) -> None:
    today.now -= 300
    today.tells(WICKED * 5, "答案" * 100)
    today.fails(today.is_asked(today.says()), "ModelUnavailable: " + "reason " * 10)
    today.is_asked(today.says("[red]stuck"))
    today.now += 299
    for words in ([], ["list", "--text"], ["show", "1", "--text"], ["follower", "1", "--text"]):
        code, out = on_terminal(today.path, *words, columns=columns)
        assert code == 0
        assert COLOURS.search(out)
        written = COLOURS.sub("", out)
        assert not obeyed(written)
        for line in rows(written):
            assert sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in line) <= columns
        assert "┃" not in as_plain(Page([], None)) + written


def test_a_pipe_gets_no_colours_and_no_boxes(today: Story) -> None:
    today.fails(today.is_asked(today.says()), "KeyRefused: 401")
    out = run(today.path).stdout
    assert not obeyed(out)
    assert not re.search(r"[─━│┃═║]", out)


# Times


def test_times_are_local_with_seconds(story: Story) -> None:
    assert re.fullmatch(r"2023-11-1[45] \d\d:\d\d:20", moment(NOW))
    assert re.fullmatch(r"\d\d:\d\d:20\.250", clock(NOW + 0.25, NOW))
    assert clock(NOW + 86_400, NOW).startswith("2023-11-1")
    assert moment(None) == "-"
    assert moment(1e20) == "1e+20"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s ago"),
        (59.9, "59 s ago"),
        (200, "3 min ago"),
        (7500, "2 h 5 min ago"),
        (86_400, "1 d ago"),
        (100_000, "1 d 3 h ago"),
        (-5, "in 5 s"),
    ],
)
def test_ages_are_in_words(seconds: float, words: str) -> None:
    assert age(NOW - seconds, NOW) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.00219, "0.002 s"),
        (0.25, "0.25 s"),
        (5.08, "5.1 s"),
        (12.4, "12 s"),
        (59.7, "1 min"),
        (185, "3 min 5 s"),
        (-3, "-3 s"),
    ],
)
def test_spans_are_in_words(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("word", "seconds"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1.5h", 5400), ("3d", 259_200)]
)
def test_since_takes_an_age(word: str, seconds: float) -> None:
    assert parse_since(word, NOW) == NOW - seconds


def test_since_takes_an_iso_time_local_unless_it_says_otherwise() -> None:
    assert parse_since("2023-11-14T22:13:20Z", 0.0) == NOW
    assert parse_since(moment(NOW), 0.0) == NOW


@pytest.mark.parametrize("word", ["", "h", "2", "-2h", "2 hours", "yesterday", "nan", "0001-01-01"])
def test_since_refuses_nonsense(word: str) -> None:
    with pytest.raises(NoTime):
        parse_since(word, NOW)


# A view that refreshes


def test_watch_shows_a_pipe_one_page_after_another_until_it_is_interrupted(today: Story) -> None:
    with subprocess.Popen(
        command(today.path, "--watch", "0.1"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline().startswith("Nothing needs attention: 0 unfinished")
        today.says()
        for line in process.stdout:
            if "1 unfinished" in line:
                break
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
        assert process.stderr.read() == ""


def test_watch_gives_the_terminal_back(today: Story) -> None:
    code, out = on_terminal(
        today.path, "--watch", columns=80, stop_after=b"Nothing needs attention"
    )
    assert code == 0
    assert out.index("\x1b[?1049h") < out.index("\x1b[?1049l")


# A look harms nothing


def test_looking_changes_nothing_and_cannot(story: Story) -> None:
    story.tells("hello", "hi")
    with looking(story.path, MIGRATIONS) as db, pytest.raises(sqlite3.OperationalError):
        db.execute("DELETE FROM messages")
    with (
        pytest.raises(StoreUnavailable, match="read-only"),
        looking(story.path, MIGRATIONS) as db,
    ):
        db.execute("DELETE FROM messages")
    assert story.db.execute("SELECT count(*) FROM messages").fetchone()[0] == 1


def test_a_server_writes_on_while_somebody_looks(db: SqliteDatabase) -> None:
    arrival = Arrival("gh", "o-anna", "gh 1", "1", "text", "hello")
    db.write(messages.receive, arrival, at=NOW)
    with looking(db.path, MIGRATIONS) as connection:
        before = listing.look(connection, Wanted(), texts=False)
        db.write(messages.receive, replace(arrival, dedup_key="gh 2"), at=NOW)
        assert listing.look(connection, Wanted(), texts=False) == before, "one moment"
    with looking(db.path, MIGRATIONS) as connection:
        assert len(listing.look(connection, Wanted(), texts=False)) == 2


def test_what_a_killed_server_left_can_be_looked_at(story: Story, tmp_path: Path) -> None:
    story.says("hello")
    left = tmp_path / "left"
    left.mkdir()
    for file in (story.path, story.path.with_name("huixin.db-wal")):
        (left / file.name).write_bytes(file.read_bytes())
    assert "1 unfinished" in run(left / "huixin.db").stdout


def test_the_database_of_a_server_that_was_stopped_can_be_looked_at(db: SqliteDatabase) -> None:
    db.write(messages.receive, Arrival("gh", "o", "gh 1", "1", "text", "hello"), at=NOW)
    db.close()
    assert not db.path.with_name("huixin.db-wal").exists()
    assert "1 unfinished" in run(db.path).stdout


def test_it_starts_without_the_server_s_libraries() -> None:
    heavy = "{'gevent', 'requests', 'yaml', 'rich.console', 'integrations'}"
    program = f"import sys, store.inspect; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


# No view walks everything

SMALL_INDEXES = "messages_unfinished|messages_failed|messages_uncollected"
EVERYTHING = re.compile(
    rf"SCAN (messages|moves|tries)\b(?! USING (COVERING )?INDEX ({SMALL_INDEXES})\b)"
)


def every_view(db: sqlite3.Connection) -> None:
    attention.look(db, at=NOW, limit=20)
    for state in (None, *STATES):
        for follower_id in (None, 1):
            for since in (0.0, NOW - 10):
                wanted = Wanted(state, follower_id, since)
                listing.look(db, wanted, texts=True)
    life.look(db, lookup.message_id(db, "24000000000000001"), at=NOW, texts=True)
    follower_id = lookup.follower_id(db, "o-anna")
    conversation.look(db, follower_id, ModelContext(), at=NOW, limit=20, texts=True)
    statistics.look(db, since=NOW - HOUR, at=NOW, limit=100)


def test_no_view_walks_all_messages_moves_or_tries(story: Story) -> None:
    story.tells("hello", "hi")
    story.says("stuck")
    statements: set[str] = set()
    story.db.set_trace_callback(statements.add)
    every_view(story.db)
    story.db.set_trace_callback(None)
    assert len(statements) > 20
    walks = [
        (row["detail"], statement)
        for statement in statements
        for row in story.db.execute(f"EXPLAIN QUERY PLAN {statement}")
        if EVERYTHING.search(row["detail"])
    ]
    assert not walks


@pytest.mark.parametrize(
    ("index", "select"),
    [
        ("messages_failed", "SELECT id FROM messages WHERE state = 'FAILED' AND settled_at > 0"),
        ("messages_by_msg_id", "SELECT id FROM messages WHERE msg_id = '1'"),
        (
            "messages_uncollected",
            "SELECT id FROM messages WHERE state = 'REPLIED' AND reply_of = id"
            " AND read_to < length(answer) AND settled_at > 0",
        ),
    ],
)
def test_each_index_is_there_for_a_view(story: Story, index: str, select: str) -> None:
    plan = [row["detail"] for row in story.db.execute(f"EXPLAIN QUERY PLAN {select}")]
    assert any(index in detail for detail in plan)


# What can be wrong


def refusal(done: Ran, code: int) -> str:
    """The one line on stderr of a command that could not be done."""
    assert done[0] == code
    assert done[1] == ""
    [line] = done[2].splitlines()
    assert line.startswith("inspect: ")
    assert "Traceback" not in line
    return line


def test_a_database_that_is_missing(inspect: Callable[..., Ran], tmp_path: Path) -> None:
    assert str(tmp_path / "huixin.db") in refusal(inspect(), 3)
    assert list(tmp_path.iterdir()) == [], "nor was one made"


def test_a_folder_in_the_place_of_the_database(inspect: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "huixin.db").mkdir()
    assert "no database" in refusal(inspect(), 3)


def test_a_file_in_the_place_of_a_folder(inspect: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "huixin.db").touch()
    assert "no database" in refusal(inspect("--db", str(tmp_path / "huixin.db" / "x.db")), 3)


def test_an_empty_file(inspect: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "huixin.db").touch()
    assert "no server has used it yet" in refusal(inspect(), 3)


def test_a_file_that_is_no_database(inspect: Callable[..., Ran], tmp_path: Path) -> None:
    (tmp_path / "huixin.db").write_bytes(b"these are not the bytes of a database" * 100)
    assert "backup" in refusal(inspect(), 3)


def test_a_damaged_database(story: Story, inspect: Callable[..., Ran]) -> None:
    story.tells("hello", "hi")
    select = "SELECT rootpage FROM sqlite_master WHERE name = 'messages'"
    root = story.db.execute(select).fetchone()[0]
    story.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    story.db.close()
    with story.path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    assert "backup" in refusal(inspect("show", "1"), 3)


def test_a_database_that_lacks_a_table(story: Story, inspect: Callable[..., Ran]) -> None:
    story.db.execute("DROP TABLE tries")
    assert "not as this version made it" in refusal(inspect("list"), 3)


def test_a_database_that_an_older_version_made(story: Story, inspect: Callable[..., Ran]) -> None:
    story.db.execute("DELETE FROM migrations WHERE name = '0004_inspect_indexes.sql'")
    line = refusal(inspect(), 3)
    assert "has not seen 0004_inspect_indexes.sql" in line
    assert "start the server" in line


def test_a_database_that_a_newer_version_made(story: Story, inspect: Callable[..., Ran]) -> None:
    story.db.execute("INSERT INTO migrations (name, at) VALUES ('9999_future.sql', 'later')")
    assert "has seen 9999_future.sql" in refusal(inspect(), 3)


def test_a_database_that_another_process_has_locked(
    story: Story, inspect: Callable[..., Ran]
) -> None:
    story.db.execute("PRAGMA locking_mode = EXCLUSIVE")
    story.db.execute("BEGIN EXCLUSIVE")
    story.says()
    assert "locked" in refusal(inspect(), 3)


@pytest.mark.parametrize("word", ["99", "-1", "oops", "9" * 40, "9" * 5000, "\u0663", "x\x1b[2J"])
@pytest.mark.parametrize("words", [["show"], ["follower"], ["list", "--follower"]], ids=" ".join)
def test_an_unknown_message_or_follower(
    story: Story, inspect: Callable[..., Ran], words: list[str], word: str
) -> None:
    story.tells("hello", "hi")
    done = inspect(*words[:-1], f"{words[-1]}={word}") if words[-1:] == ["--follower"] else None
    done = done or inspect(*words, "--", word)
    assert not obeyed(refusal(done, 4))


@pytest.mark.parametrize(
    "words",
    [
        ["--since", "2h"],
        ["list", "--since", "yesterday"],
        ["list", "--since", "0001-01-01"],
        ["list", "--limit", "0"],
        ["list", "--limit", "many"],
        ["list", "--limit", "9" * 30],
        ["list", "--state", "LOST"],
        ["--watch", "0"],
        ["--watch", "nan"],
        ["--only", "everything"],
        ["--check", "list"],
        ["--check", "--watch"],
        ["show"],
        ["tell"],
        ["list", "more\x1b[2J"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_line(inspect: Callable[..., Ran], words: list[str]) -> None:
    assert not obeyed(refusal(inspect(*words), 2))


@pytest.mark.parametrize("words", [[], ["list"], ["show"], ["follower"], ["stats"]], ids=" ".join)
def test_help_is_there(inspect: Callable[..., Ran], words: list[str]) -> None:
    code, out, _ = inspect(*words, "--help")
    assert code == 0
    assert "usage: python -m store.inspect" in out
    if not words:
        assert "exit codes:" in out
        assert "show 4711" in out


def test_a_reader_who_has_read_enough_is_no_error(today: Story) -> None:
    today.tells("hello", "hi")
    ours, its = os.pipe()
    os.close(ours)
    done = subprocess.run(
        command(today.path, "list"), cwd=ROOT, stdout=its, stderr=subprocess.PIPE, check=False
    )
    os.close(its)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_who_reads_the_beginning_is_no_error(today: Story) -> None:
    for _ in range(20):
        today.tells("x" * 10_000, "hi")
    with subprocess.Popen(
        command(today.path, "list", "--text"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == b"Messages, the newest first\n"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_check_counts_even_where_nobody_reads_it(today: Story) -> None:
    today.fails(today.is_asked(today.says()), "KeyRefused: 401")
    ours, its = os.pipe()
    os.close(ours)
    done = subprocess.run(command(today.path, "--check"), cwd=ROOT, stdout=its, check=False)
    os.close(its)
    assert done.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_output_that_cannot_be_written(today: Story) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run(
            command(today.path), cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 5
    [line] = done.stderr.splitlines()
    assert line.startswith("inspect: the output cannot be written")


def test_an_output_that_is_closed_is_no_error(today: Story) -> None:
    words = " ".join(command(today.path))
    done = subprocess.run(f"{words} >&-", shell=True, cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_that_knows_only_ascii_is_told_by_escapes(today: Story) -> None:
    today.tells("你好", "hi")
    done = run(today.path, "list", "--text", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u4f60\\u597d" in done.stdout


# Where the database is


def test_the_settings_say_where_the_database_is(
    today: Story, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    today.says()
    config = tmp_path / "mine.yml"
    config.write_text(f'store:\n  path: "{today.path}"\nwechat:\n  token: "t"\nmode: sandbox\n')
    assert main(["--config", str(config), "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_options_may_stand_before_and_after_the_command(
    today: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    today.says()
    path = str(today.path)
    for words in (["--json", "--db", path, "list"], ["list", "--db", path, "--json"]):
        assert main(words) == 0
        assert len(json.loads(capsys.readouterr().out)) == 1


def test_settings_that_cannot_be_used_are_one_line_without_their_secrets(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "mine.yml"
    config.write_text("wechat:\n  token: [secret]\n  unknown: secret\n")
    assert main(["--config", str(config)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert re.search(r"and \d more", line)
    assert "--db PATH" in line
    assert "secret" not in line
