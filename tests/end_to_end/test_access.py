"""Who may ask: what lets a follower in, what keeps one out, and that it costs nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
import pytest

from fsm.access.patience import GUESSES
from settings.schema import Secret, Texts
from tests.conftest import CLIPS
from tests.modes import SEALED, in_each_mode, tell, typed_or_spoken
from tests.running import Running, running
from tests.speaking import running_with_speech

ASKED = Texts().access_asked
GRANTED = Texts().access_granted
CLOSED = Texts().not_listed


@contextmanager
def guarded(folder: Path, files: dict[str, str] | None = None, **access: Any) -> Iterator[Running]:
    """A server with a file for each of `files`, by the key that names it."""
    named = {key: folder / f"{key}.txt" for key in files or {}}
    for key, path in named.items():
        path.write_text((files or {})[key], encoding="utf-8")
    texts = {"blocked": "不能为你服务。"}
    with running(folder, access={**named, **access}, texts={"ai_label": "", **texts}) as app:
        app.model.always(text="答。")
        yield app


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Running]:
    words = (Secret("芝麻开门"), Secret("Open Sesame"))
    with guarded(tmp_path, words=words) as app:
        yield app


def test_everyone_may_ask_where_nothing_else_is_set(tmp_path: Path) -> None:
    with guarded(tmp_path) as app:
        assert app.follower().say("问").seen == "答。"


@pytest.mark.parametrize(
    "said",
    [
        "芝麻开门",
        "芝 麻 開門！",
        "open-sesame",
        "ＯＰＥＮ ＳＥＳＡＭＥ。",
        "芝麻开门[微笑]",
        "我的口令是：芝麻开门",
    ],
)
def test_a_pass_phrase_lets_a_follower_in_for_good(app: Running, said: str) -> None:
    follower = app.follower()
    assert follower.say("问").seen == ASKED
    assert follower.say("继续").seen == ASKED
    assert app.model.asked == []
    granted = follower.say(said)
    assert granted.seen == GRANTED
    assert follower.say(said, msg_id=granted.msg_id).seen == GRANTED
    assert follower.say("问").seen == "答。"
    app.restart()
    follower = app.follower()
    assert follower.say("再问").seen == "答。"
    assert app.follower("o-two").say("问").seen == ASKED
    assert app.all("SELECT question FROM messages WHERE counts = 0") == [""]
    assert app.model.questions == ["问", "再问"]


def test_a_pass_phrase_is_said_as_well(tmp_path: Path) -> None:
    words = (Secret("芝麻开门"),)
    with running_with_speech(tmp_path, access={"words": words}) as app:
        assert app.ask("你好").seen == ASKED
        assert app.ask("芝麻开门。").seen == GRANTED
        app.model.will(text="你好！")
        assert app.ask("你好").media_id


def test_who_is_not_let_in_is_told_to_type_as_their_voice_is_not_listened_to(
    tmp_path: Path,
) -> None:
    with running_with_speech(tmp_path, access={"words": (Secret("芝麻开门"),)}) as app:
        app.wechat.store_media((CLIPS / "hello.amr").read_bytes(), "said")
        asked = app.follower().send_voice(recognition="", media_id="said").seen
        assert Texts().access_asked in asked
        assert app.speech.heard == [], "a stranger costs nothing"


@typed_or_spoken
@in_each_mode
def test_in_each_mode_a_stranger_is_asked_let_in_and_kept_from_what_is_refused(
    tmp_path: Path, how: dict[str, Any], spoken: bool
) -> None:
    words = tmp_path / "words.txt"
    words.write_text("红苹果派\n", encoding="utf-8")
    access, moderation = {"words": (Secret("芝麻开门"),)}, {"lists": (words,)}
    with running(tmp_path, access=access, moderation=moderation, wechat=SEALED) as app:
        app.model.always(text="答。")
        seen = [
            tell(app, words, spoken=spoken, **how).seen
            for words in ("你好", "芝麻开门", "红苹果派", "你好")
        ]
        assert seen == [ASKED, GRANTED, Texts().refused, "答。"]


def test_who_is_not_let_in_hears_so_three_times_and_leaves_nothing(app: Running) -> None:
    follower = app.follower()
    first = follower.say("问一")
    assert follower.say("问一", msg_id=first.msg_id).seen == ASKED
    assert [follower.say(f"问{number}").seen for number in range(2, 6)] == [ASKED, ASKED, "", ""]
    assert app.follower("o-two").say("问").seen == ASKED
    app.huixin.db.write(lambda db: None)
    for table in ("followers", "messages", "moves", "tries", "signatures"):
        assert app.one(f"SELECT count(*) FROM {table}") == 0
    assert follower.say("芝麻开门").seen == GRANTED


def test_whoever_guesses_is_not_heard_for_a_while(app: Running) -> None:
    follower = app.follower()
    seen = [follower.say(f"芝麻{number}").seen for number in range(GUESSES)]
    assert seen == [ASKED] * 3 + [""] * (GUESSES - 3)
    assert follower.say("芝麻开门").seen == ""
    assert app.follower("o-two").say("芝麻开门").seen == GRANTED
    assert app.one("SELECT count(*) FROM followers") == 1


def test_who_comes_anew_is_welcomed_and_asked_anew(app: Running) -> None:
    follower = app.follower()
    assert "很高兴" in follower.send_event("subscribe").seen
    follower.say("芝麻开门")
    follower.send_event("unsubscribe")
    follower.send_event("subscribe")
    assert follower.say("问").seen == ASKED


def test_an_invite_code_lets_in_as_many_as_it_says(tmp_path: Path) -> None:
    codes = "# for the spring\nSPRING-2026 2\n独一无二\n"
    with guarded(tmp_path, {"codes_file": codes}) as app:
        assert app.follower("o-one").say("spring 2026").seen == GRANTED
        assert app.follower("o-one").say("SPRING-2026").seen == GRANTED, "it is used once"
        app.restart()
        assert app.follower("o-two").say("SPRING-2026").seen == GRANTED
        assert app.follower("o-three").say("SPRING-2026").seen == ASKED
        assert app.follower("o-three").say("独一无二").seen == GRANTED
        assert app.follower("o-four").say("独一无二").seen == ASKED
        assert app.all("SELECT used FROM invites ORDER BY used") == [1, 2]
        (tmp_path / "codes_file.txt").write_text("SPRING-2026 3\n")
        assert app.huixin.rereading.read_all()
        assert app.follower("o-four").say("SPRING-2026").seen == GRANTED
        saved = app.all("SELECT let_in_by || open_id FROM followers") + app.all(
            "SELECT question FROM messages"
        )
        assert not [one for one in saved if "SPRING" in one.upper() or "独一" in one]


def test_of_many_who_use_the_last_of_a_code_one_comes_in(tmp_path: Path) -> None:
    with guarded(tmp_path, {"codes_file": "LAST-ONE\n"}) as app:
        followers = [app.follower(f"o-{number}") for number in range(12)]
        asking = [gevent.spawn(one.say, "LAST-ONE") for one in followers]
        seen = [one.get().seen for one in asking]
        assert sorted(seen) == sorted([GRANTED] + [ASKED] * 11)
        assert app.one("SELECT count(*) FROM followers") == 1


def test_who_is_on_the_list_needs_no_word_and_who_is_taken_off_it_is_outside(
    tmp_path: Path,
) -> None:
    with guarded(tmp_path, {"list_file": "o-one\n"}) as app:
        assert app.follower("o-one").say("问").seen == "答。"
        assert app.follower("o-two").say("问").seen == CLOSED
        (tmp_path / "list_file.txt").write_text("# nobody\no-two\n")
        assert app.huixin.rereading.read_all()
        assert app.follower("o-two").say("问").seen == "答。"
        assert app.follower("o-one").say("问").seen == CLOSED


def test_who_is_blocked_gets_one_text_whatever_else_lets_them_in(tmp_path: Path) -> None:
    files = {"block_file": "o-one\n", "list_file": "o-one\no-two\n"}
    with guarded(tmp_path, files) as app:
        assert app.follower("o-one").say("问").seen == "不能为你服务。"
        assert app.follower("o-two").say("问").seen == "答。"
        assert app.model.questions == ["问"]
        assert app.one("SELECT count(*) FROM followers") == 1


def test_of_refused_questions_a_few_are_saved(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("红苹果派\n", encoding="utf-8")
    with running(tmp_path, moderation={"lists": (words,)}) as app:
        seen = [app.follower().say("红苹果派").seen for _ in range(14)]
        assert seen == [Texts().refused] * 13 + [""]
        assert app.one("SELECT count(*) FROM messages") == 10
