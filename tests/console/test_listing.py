"""Messages are listed the newest first, by state, follower and time."""

import json
from collections.abc import Callable

import pytest

from console.views import listing
from console.views.listing import Filter
from store import messages
from store.messages import Arrival, State
from tests.console.story import HOUR, NOW, Story
from tests.console.terminal import Ran


def test_messages_are_listed_the_newest_first(story: Story) -> None:
    first = story.tells("hello", "hi")
    story.now += 10
    second = story.fails(story.is_asked(story.says(who="o-ben")), "KeyRefused: 401")
    listed = listing.look(story.db, Filter(), texts=False)
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
    for asked in (Filter(state), Filter(state, since=NOW), Filter(state, message.follower_id)):
        listed = listing.look(story.db, asked, texts=False)
        right = asked.follower_id in (None, listed[0].follower_id if listed else None)
        assert [m.message_id for m in listed] == ([wanted[state]] if right and listed else [])
    assert listing.look(story.db, Filter(state), texts=False)[0].state == state


def test_a_list_can_be_of_one_follower_by_number_or_open_id(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    today.tells("hello", "hi", who="o-anna")
    bens = today.tells("hello", "hi", who="o-ben")
    for name in ("o-ben", str(bens.follower_id)):
        [listed] = json.loads(inspect("list", "--follower", name, "--json")[1])
        assert listed["message_id"] == bens.id


def test_a_list_names_the_account_where_there_are_several_and_can_be_of_one(
    today: Story, inspect: Callable[..., Ran]
) -> None:
    before = today.says()
    assert "account" not in inspect("list")[1]
    arrival = Arrival("gh_shop", "o-anna", "1", "1", "text", "hello", of_account="shop")
    message, _ = messages.receive(today.db, arrival, at=today.now)
    table = inspect("list")[1]
    assert "account" in table and table.count("shop") == 1
    for name, number in (("shop", message.id), ("", before.id)):
        [listed] = json.loads(inspect("list", "--account", name, "--json")[1])
        assert (listed["message_id"], listed["of_account"]) == (number, name)
    assert "shop" in inspect("show", str(message.id))[1]


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
