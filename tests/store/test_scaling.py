"""What docs/scaling.md has an operator type into psql does what it says."""

import re
from datetime import datetime

from fsm import moves
from store import followers, messages
from store.database import Connection
from store.messages import Arrival
from store.postgresql.database import PostgresDatabase
from tests.conftest import ROOT
from tests.postgresql import PostgresServer

NOVEMBER = datetime.fromisoformat("2026-11-15T12:00:00+08:00").timestamp()
MONTH = 30 * 24 * 3600.0


def blocks(page: str) -> list[str]:
    return re.findall("```sql\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def test_both_languages_have_the_same_statements() -> None:
    assert blocks("docs/scaling.md") == blocks("docs/en/scaling.md")


def test_old_messages_are_kept_by_month_and_go_with_their_follower_or_their_month(
    shared: PostgresDatabase, postgres: PostgresServer, url: str
) -> None:
    name = url.rpartition("/")[2]
    often, once, monthly, daily, gone = blocks("docs/scaling.md")

    def answered(db: Connection, who: str, at: float) -> None:
        key = f"{who} {at}"
        arrival = Arrival("gh", who, key, key, "text", "hello")
        message, _ = messages.receive(db, arrival, at=at)
        moves.reply_at_once(db, message, "hi", at=at)

    def archived(table: str = "messages") -> int:
        [row] = postgres.execute(f"SELECT count(*) AS n FROM archive.{table}", name)
        return int(str(row["n"]))

    for statements in (often, once, monthly):
        postgres.execute(statements, name)
    for who in ("o-one", "o-two"):
        for at in (NOVEMBER - 2 * MONTH, NOVEMBER):
            shared.write(answered, who, at)
    for _ in range(2):
        postgres.execute(daily, name)
        assert archived() == 4
    assert archived("messages_2026_11") == 2
    shared.write(lambda db: db.execute("DELETE FROM messages", {}).rowcount)
    postgres.execute(daily, name)
    assert archived() == 4, "what the server deletes is kept"
    shared.write(followers.erase, "gh", "o-two", at=NOVEMBER)
    postgres.execute(daily, name)
    assert archived() == 2
    postgres.execute(gone, name)
    assert archived() == 1
