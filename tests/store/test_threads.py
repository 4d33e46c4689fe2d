"""A thread with work of its own: in order, in batches, patiently, and to the end."""

import sys
from functools import partial
from types import ModuleType
from typing import Any, cast

import gevent
import gevent.monkey
import pytest

from settings.announcements import where
from store.database import WorkResult
from store.errors import StoreUnavailable
from store.postgresql import later
from store.postgresql.later import Later
from store.sqlite import threads
from store.sqlite.threads import BatchThread


def doubled(jobs: list[int]) -> list[WorkResult]:
    return [(2 * job, None) for job in jobs]


def out_of_memory(jobs: list[int]) -> list[WorkResult]:
    raise MemoryError


def test_each_piece_gets_its_own_outcome() -> None:
    thread = BatchThread(doubled)
    results = [thread.submit(number) for number in range(50)]
    assert [result.get() for result in results] == [2 * number for number in range(50)]
    thread.close()


def test_the_loop_goes_on_while_the_thread_works() -> None:
    gate = gevent.monkey.get_original("threading", "Event")()

    def held_up(jobs: list[int]) -> list[WorkResult]:
        gate.wait(10)
        return doubled(jobs)

    thread = BatchThread(held_up)
    waiting = thread.submit(1)
    gevent.sleep(0.01)
    assert not waiting.ready()
    assert thread.behind() > 0
    gate.set()
    assert waiting.get() == 2
    assert thread.behind() == 0
    thread.close()


def test_beside_a_busy_loop_it_gets_a_turn_far_more_often_than_python_gives_one() -> None:
    BatchThread(doubled).close()
    assert sys.getswitchinterval() < 0.001


def test_what_comes_while_it_is_busy_is_one_batch() -> None:
    gate = gevent.monkey.get_original("threading", "Event")()
    batches: list[list[int]] = []

    def held_up(jobs: list[int]) -> list[WorkResult]:
        batches.append(list(jobs))
        gate.wait(10)
        return doubled(jobs)

    thread = BatchThread(held_up)
    first = thread.submit(0)
    while not batches:
        gevent.sleep(0)
    others = [thread.submit(number) for number in range(1, 5)]
    gate.set()
    assert [result.get() for result in (first, *others)] == [0, 2, 4, 6, 8]
    assert batches == [[0], [1, 2, 3, 4]]
    thread.close()


def test_what_is_put_off_keeps_its_place_before_what_is_waited_for() -> None:
    seen: list[int] = []

    def noting(jobs: list[int]) -> list[WorkResult]:
        seen.extend(jobs)
        return doubled(jobs)

    thread = BatchThread(noting)
    thread.put_off(1)
    thread.put_off(2)
    thread.submit(3).get()
    assert seen == [1, 2, 3]
    thread.close()


def test_what_is_put_off_is_done_though_nobody_comes() -> None:
    thread = BatchThread(doubled)
    assert thread.put_off(4).get(timeout=5) == 8
    thread.close()


@pytest.mark.parametrize("engine", [threads, later])
def test_what_is_put_off_has_all_of_its_time_also_where_others_have_been_before(
    engine: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[list[int]] = []

    def noting(jobs: list[int]) -> list[WorkResult]:
        batches.append(list(jobs))
        return doubled(jobs)

    monkeypatch.setattr(engine, "LATER", 0.001)
    if engine is threads:
        thread = BatchThread(noting)
        put_off, now, close = thread.put_off, partial(thread.submit, 3), thread.close
    else:
        works: Any = Later(cast(Any, noting), cast(Any, print))
        put_off, now, close = works.put, works.hand_in, works.close
    put_off(1).get(timeout=30)
    monkeypatch.setattr(engine, "LATER", 3600.0)
    second = put_off(2)
    for _ in range(3):
        gevent.sleep(0.002)
    assert batches == [[1]]
    now()
    assert second.get(timeout=30) == 4
    close()


def test_what_is_put_off_is_tried_until_it_can_be_done() -> None:
    attempts: list[int] = []

    def locked_at_first(jobs: list[int]) -> list[WorkResult]:
        attempts.append(len(jobs))
        if len(attempts) < 3:
            return [(None, StoreUnavailable("locked"))] * len(jobs)
        return doubled(jobs)

    thread = BatchThread(locked_at_first)
    patient = thread.put_off(1)
    with pytest.raises(StoreUnavailable):
        thread.submit(2).get()
    assert patient.get(timeout=5) == 2
    assert attempts == [2, 1, 1]
    thread.close()


def test_an_error_of_the_work_itself_is_everybody_s() -> None:
    thread = BatchThread(out_of_memory)
    with pytest.raises(MemoryError):
        thread.submit(1).get()
    with pytest.raises(MemoryError):
        thread.submit(2).get()  # it lives on
    thread.close()


def test_an_error_keeps_the_place_in_the_thread_where_it_happened() -> None:
    thread = BatchThread(out_of_memory)
    with pytest.raises(MemoryError) as failed:
        thread.submit(1).get()
    raised_in = out_of_memory.__code__.co_firstlineno + 1
    assert where(failed.value) == f"MemoryError in test_threads.py:{raised_in}"
    thread.close()


def test_closing_waits_for_what_was_handed_in_and_ends_the_thread() -> None:
    def slow(jobs: list[int]) -> list[WorkResult]:
        gevent.monkey.get_original("time", "sleep")(0.05)
        return doubled(jobs)

    thread = BatchThread(slow)
    put_off = thread.put_off(1)
    thread.close()
    thread.close()
    assert put_off.get(block=False) == 2


def test_after_the_end_nothing_is_taken_and_nobody_waits_for_ever() -> None:
    thread = BatchThread(doubled)
    thread.close()
    for late in (thread.submit(1), thread.put_off(2)):
        with pytest.raises(StoreUnavailable, match="closed"):
            late.get(timeout=5)
