"""What is owed to a follower's pronunciation, on each engine: found out once, told once."""

from store import changes, messages, processes, pronunciations, tries
from store.database import Connection, Database
from store.messages import Arrival, Message, State
from store.outcomes import Outcome
from store.processes import Process
from tests.conftest import Clock

HERE, ELSEWHERE = Process("here/1/1", "here", 1), Process("elsewhere/2/2", "elsewhere", 2)


def came(db: Connection, key: str, at: float) -> Message:
    arrival = Arrival("gh", "o-one", key, key, "voice", "Hello", recording="m")
    message, _ = messages.receive(db, arrival, at=at)
    return message


def owed(db: Connection, key: str, at: float) -> Message:
    message = came(db, key, at)
    pronunciations.owe(db, message)
    pronunciations.owe(db, message)
    return message


def test_one_process_finds_it_out_until_it_dies(either: Database, clock: Clock) -> None:
    at = clock()
    one = either.write(owed, "1", at)
    for process in (HERE, ELSEWHERE):
        either.write(processes.beat, process, at=at, lease=20.0)
    taken = either.write(pronunciations.take, one.id, ELSEWHERE, at=at)
    assert taken and taken.attempts == 1
    assert either.write(pronunciations.take, one.id, HERE, at=at) is None
    assert either.read(pronunciations.left, HERE, "", most=9, at=at) == []
    either.write(processes.bury, ELSEWHERE)
    assert either.read(pronunciations.left, HERE, "", most=9, at=at) == [one]
    again = either.write(pronunciations.take, one.id, HERE, at=at)
    assert again and again.attempts == 2
    either.write(pronunciations.save, one.id, "well said")
    assert either.write(pronunciations.take, one.id, HERE, at=at) is None


def test_who_begins_a_message_has_time_to_take_it(either: Database, clock: Clock) -> None:
    at = clock()
    one = either.write(owed, "1", at)
    assert either.read(pronunciations.left, HERE, "", most=9, at=at + 1) == []
    assert either.read(pronunciations.left, HERE, "", most=9, at=at + 60) == [one]


def test_the_newest_line_is_told_once_it_was_carried_away(either: Database, clock: Clock) -> None:
    at = clock()
    first, second = either.write(owed, "1", at), either.write(owed, "2", at + 1)
    assert either.read(pronunciations.awaited, first.follower_id, at=at + 2)
    for message, line in ((first, "one"), (second, "two")):
        either.write(pronunciations.save, message.id, line)
    told = either.write(came, "3", at + 2)
    assert either.write(pronunciations.told_along, told, at=at + 2) == "two"
    assert either.read(pronunciations.untold, first.follower_id, at=at + 3) == "two", (
        "nobody has it"
    )
    either.write(_carried_away, told)
    assert either.read(pronunciations.untold, first.follower_id, at=at + 3) == ""
    assert not either.read(pronunciations.awaited, first.follower_id, at=at + 3)
    assert either.read(pronunciations.any_of, first.follower_id)


def test_what_is_part_of_an_answer_is_told(either: Database, clock: Clock) -> None:
    at = clock()
    one = either.write(owed, "1", at)
    either.write(pronunciations.save, one.id, "well said")
    answer = either.write(came, "2", at)
    assert either.write(pronunciations.told_along, answer, at=at) == "well said"
    either.write(_answered, answer)
    assert either.read(pronunciations.untold, one.follower_id, at=at) == ""


def test_what_is_a_day_old_is_told_no_more(either: Database, clock: Clock) -> None:
    one = either.write(owed, "1", clock())
    either.write(pronunciations.save, one.id, "well said")
    late = clock() + pronunciations.KEPT + 1
    assert either.read(pronunciations.untold, one.follower_id, at=late) == ""
    assert not either.read(pronunciations.awaited, one.follower_id, at=late)


def _carried_away(db: Connection, message: Message) -> None:
    number = tries.begin(db, message.id, at=1.0)
    tries.end(db, message.id, number, outcome=Outcome.REPLIED, at=1.0)


def _answered(db: Connection, message: Message) -> None:
    learned = {"reply": "x", "reply_of": message.id, "reply_end": 1, "settled_at": 1.0}
    changes.move(db, message, event="test", to_state=State.REPLIED, at=1.0, learned=learned)
