"""A store knows its mode and its account, and no other is let in."""

from collections.abc import Sequence
from contextlib import closing

import gevent
import pytest

from sandbox.follower import ACCOUNT
from store import messages
from store.belonging import claim, disown, tie
from store.database import Database
from store.errors import OfAnotherAccount, StoreOfAnotherAccount, StoreOfAnotherMode
from store.messages import Arrival
from store.postgresql.database import PostgresDatabase
from store.sqlite.database import SqliteDatabase

STAND_IN = ACCOUNT  # of the sandbox
OURS, THEIRS = "wx0123456789abcdef", "wxfedcba9876543210"


def claimed(db: SqliteDatabase, mode: str = "live", appid: str = "") -> None:
    db.write(claim, mode=mode, appids=[appid] if appid else [])


def written_to(db: SqliteDatabase, account: str) -> None:
    arrival = Arrival(account, "o-one", f"{account} 1", "1", "text", "hello")
    db.write(messages.receive, arrival, at=db.clock())


@pytest.mark.parametrize(("first", "second"), [("sandbox", "live"), ("live", "sandbox")])
def test_each_mode_keeps_out_the_other(db: SqliteDatabase, first: str, second: str) -> None:
    claimed(db, first)
    claimed(db, first)
    with pytest.raises(StoreOfAnotherMode, match=f"in use by mode {first}"):
        claimed(db, second)
    claimed(db, first)


def test_another_account_is_kept_out_where_both_are_known(db: SqliteDatabase) -> None:
    claimed(db)
    claimed(db, appid=OURS)
    claimed(db)
    with pytest.raises(StoreOfAnotherAccount, match="--adopt"):
        claimed(db, appid=THEIRS)
    claimed(db, appid=OURS)


def test_accounts_may_be_added_and_go_as_long_as_one_stays(db: SqliteDatabase) -> None:
    def started_with(*appids: str) -> None:
        db.write(claim, mode="live", appids=appids)

    third = "wx00000000000000aa"
    started_with(OURS)
    started_with(OURS, THEIRS)
    started_with(THEIRS)
    started_with(OURS)
    with pytest.raises(StoreOfAnotherAccount, match=f"account {OURS}, {THEIRS}, and"):
        started_with(third)
    started_with(third, OURS)


def test_who_was_refused_has_left_no_mark(db: SqliteDatabase) -> None:
    claimed(db, "sandbox")
    with pytest.raises(StoreOfAnotherMode):
        claimed(db, "live", OURS)
    claimed(db, "sandbox", THEIRS)


def test_after_it_was_disowned_the_next_one_gets_it(db: SqliteDatabase) -> None:
    claimed(db, appid=OURS)
    db.write(disown)
    claimed(db, appid=THEIRS)
    with pytest.raises(StoreOfAnotherAccount):
        claimed(db, appid=OURS)


@pytest.mark.parametrize("account", [STAND_IN, "gh_real"])
def test_a_store_without_marks_is_that_of_whoever_starts_live(
    db: SqliteDatabase, account: str
) -> None:
    written_to(db, account)
    claimed(db, "live", OURS)


def test_a_store_without_marks_is_not_the_sandbox_s_if_real_followers_wrote(
    db: SqliteDatabase,
) -> None:
    written_to(db, STAND_IN)
    claimed(db, "sandbox")
    db.write(disown)
    written_to(db, "gh_real")
    with pytest.raises(StoreOfAnotherMode):
        claimed(db, "sandbox")


BOTH = ("", "shop")


def tied(db: Database, original_id: str, account: str, served: Sequence[str] = BOTH) -> None:
    db.write(tie, original_id, account=account, served=served)


def test_an_original_id_is_that_of_the_account_it_first_came_by(either: Database) -> None:
    tied(either, "gh_shop", "shop")
    tied(either, "gh_shop", "shop")
    with pytest.raises(OfAnotherAccount, match="gh_shop is that of shop"):
        tied(either, "gh_shop", "")
    tied(either, "gh_club", "")
    with pytest.raises(OfAnotherAccount, match="gh_club is that of wechat"):
        tied(either, "gh_club", "shop")


def test_what_was_tied_to_an_account_that_is_gone_is_free(either: Database) -> None:
    tied(either, "gh_shop", "shop")
    tied(either, "gh_shop", "store", ("", "store"))
    with pytest.raises(OfAnotherAccount):
        tied(either, "gh_shop", "", ("", "store"))


def test_who_adopts_a_store_frees_what_was_tied_also_by_what_has_come(either: Database) -> None:
    arrival = Arrival("gh_shop", "o-one", "1", "1", "text", "hello", of_account="shop")
    either.write(messages.receive, arrival, at=either.clock())
    with pytest.raises(OfAnotherAccount):
        tied(either, "gh_shop", "")
    tied(either, "gh_shop", "shop")
    either.write(disown)
    tied(either, "gh_shop", "")
    with pytest.raises(OfAnotherAccount):
        tied(either, "gh_shop", "shop")


def test_of_two_that_come_at_once_on_two_hosts_one_has_it(
    shared: PostgresDatabase, url: str
) -> None:
    with closing(PostgresDatabase(url)) as other:
        tying = [
            gevent.spawn(tied, db, f"gh_{number}", account)
            for number in range(10)
            for db, account in ((shared, ""), (other, "shop"))
        ]
        gevent.joinall(tying)
    assert sum(one.successful() for one in tying) == 10
