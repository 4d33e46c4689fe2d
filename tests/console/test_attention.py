"""What needs an operator's attention, and nothing else, is shown first."""

from collections.abc import Callable
from pathlib import Path

import pytest

from console.inspect import main
from fsm import moves
from store import cool_downs, processes, voices
from store.messages import State
from store.outcomes import Outcome
from store.processes import Process
from tests.console.story import HOUR, NOW, WORDING, Story
from tests.console.terminal import Ran, rows


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
    assert "process host/1 has it, last heard of 5 min ago, up for 5 min" in out
    assert "process host/2 is dead, last heard of 5 min ago" in out
    assert "process host/3 is gone" in out
    assert "nobody works on it" in out
    assert "1 server process alive" in out


def test_a_settled_answer_that_was_not_collected_shows_how_much_is_unread(story: Story) -> None:
    message = story.answers(story.is_asked(story.says()), "x" * 1200)
    story.now += 15
    [unread] = story.look().unread
    assert (unread.message_id, unread.unread, unread.length) == (message.id, 1200, 1200)
    story.tries(message, Outcome.REPLIED)
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
    today.tries(message, Outcome.REPLIED)
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
    assert "openai.api_keys, key 2/5db1, for 9 min" in out
    assert f"{cool_downs.key_name('sk-old')}, for 8 min" in out
    assert "key 1/" not in out
    assert "sk-" not in out


def test_a_model_that_rests_is_named_as_it_is_in_the_settings(
    today: Story, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url = "https://one.example/v1"
    model, key = cool_downs.model_name(f"{url} big"), cool_downs.key_name("sk-one", f"{url} big")
    wrong = cool_downs.model_name(f"{url}/wrong big")
    for name, reason in (
        (model, "NoFirstWord"),
        (wrong, "WrongAddress"),
        (key, "KeyRefused"),
    ):
        cool_downs.rest(today.db, name, until=today.now + 30, reason=reason)
    config = tmp_path / "mine.yml"
    config.write_text(
        f'store: {{path: "{today.path}"}}\nwechat: {{token: "token"}}\n'
        f'models: [{{name: 主力, model: big, base_url: "{url}", api_keys: ["sk-one"]}},\n'
        f'  {{name: 备用, model: big, base_url: "{url}/wrong", api_keys: ["sk-one"]}}]\n'
    )
    assert main(["--config", str(config), "--check"]) == 1
    out = capsys.readouterr().out
    assert "model 主力, for 30 s" in out and "raise its takeover_seconds" in out
    assert "models[0].api_keys, key 1/" in out and "pay for it (models[0].api_keys)" in out
    assert "model 备用, for 30 s" in out and "correct models[1].base_url" in out


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
