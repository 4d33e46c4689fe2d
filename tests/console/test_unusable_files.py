"""Files of the operator's that a server cannot read again are shown as long as it is so."""

from collections.abc import Callable

from store import last_good
from tests.console.story import Story
from tests.console.terminal import Ran


def test_a_process_that_is_gone_tells_of_nothing_for_long(story: Story) -> None:
    last_good.tell(story.db, "words.txt", ["words.txt:3: no word"], at=story.now)
    story.now += last_good.UNUSABLE_ENDS - 1
    assert len(story.look().files) == 1
    story.now += 2
    assert story.look().files == []


def test_inspect_shows_it_first_thing(today: Story, inspect: Callable[..., Ran]) -> None:
    last_good.tell(today.db, "var/words.txt", ["words.txt:3: no word", "x"], at=today.now - 30)
    code, out, _ = inspect("--check", "--only", "files")
    said = " ".join(out.split())
    assert code == 1
    assert "Files that cannot be used as they are: what was right before goes on (1)" in said
    assert "var/words.txt, found 30 s ago" in said
    assert "words.txt:3: no word (and 1 more)" in said
