"""The operator's files about who may ask, and how patient the server is with others."""

import pytest

from fsm.access.files import fingerprint, invite_codes, open_ids
from fsm.access.patience import GUESSES, KINDLY, REMEMBERED, WITHIN, Patience
from settings.file.watched import Unusable
from tests.conftest import Clock


def problems(read: object, text: str) -> list[int]:
    with pytest.raises(Unusable) as told:
        assert callable(read)
        read(text)
    return [problem.line for problem in told.value.problems]


def test_open_ids_stand_one_a_line() -> None:
    assert open_ids("# friends\r\noABC-1_x\r\n\r\n  oDEF\n") == {"oABC-1_x", "oDEF"}
    assert problems(open_ids, "oABC\noDEF oGHI\n，\n") == [2, 3]


def test_a_code_may_be_used_once_where_no_number_says_more() -> None:
    codes = invite_codes("# spring\nSPRING-2026\t50\n芝麻开门啦\n")
    assert codes == {fingerprint("spring2026"): 50, fingerprint("芝麻开门啦"): 1}


@pytest.mark.parametrize(
    "line",
    ["GOOD，50", "GOOD: 50", "GOOD：50", "GOOD=50", "GOOD , 50", "GOOD 50次", "GOOD\u300050人"],
)
def test_the_number_behind_a_code_may_be_typed_in_other_ways(line: str) -> None:
    assert invite_codes(line) == {fingerprint("good"): 50}


def test_what_is_no_code_is_told_with_its_line() -> None:
    assert problems(invite_codes, "abc\nlong-enough 0\nlong-enough 5 6\nGOOD 1\ngood 2\n") == [
        1,
        2,
        3,
        5,
    ]


def test_whoever_is_kept_out_is_told_a_few_times_and_then_again_much_later() -> None:
    clock = Clock()
    patience = Patience(clock)
    assert [patience.tells("o-one", f"m{n}") for n in range(KINDLY + 2)] == [True] * KINDLY + [
        False
    ] * 2
    assert patience.tells("o-one", "m0"), "another try of it"
    assert patience.tells("o-two", "m9")
    clock.forward(WITHIN)
    assert patience.tells("o-one", "m7")


def test_whoever_tries_too_often_has_to_wait() -> None:
    clock = Clock()
    patience = Patience(clock)
    for number in range(GUESSES):
        assert not patience.is_over("o-one")
        patience.tells("o-one", f"m{number}", tried=True)
        patience.tells("o-two", f"m{number}")
    assert patience.is_over("o-one")
    assert not patience.is_over("o-two"), "who is let in and asks what is refused is heard"
    clock.forward(WITHIN)
    assert not patience.is_over("o-one")


def test_patience_takes_no_more_room_for_more_followers() -> None:
    patience = Patience(Clock())
    for number in range(REMEMBERED + 10):
        patience.tells(f"o-{number}", "m")
    assert len(patience._told) == REMEMBERED
