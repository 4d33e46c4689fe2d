"""Two versions of the server on one database: the older goes on, and does not start again."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import gevent
import pytest

from service.own_store import open_store
from settings.schema import Secret
from store.errors import SchemaTooNew
from store.postgresql import migrations as of_postgresql
from store.postgresql.database import PostgresDatabase
from store.sqlite.database import SqliteDatabase
from tests.conftest import MIGRATIONS
from tests.speaking import TRY, Speaking, running_with_speech, wait_for

TABLES = (
    *("messages", "followers", "history", "moves", "tries", "uploads", "voice_parts", "facts"),
    *("processes", "signatures", "cool_downs"),
)
FUTURE = "".join(
    f"ALTER TABLE {table} ADD COLUMN future TEXT NOT NULL DEFAULT '';\n" for table in TABLES
)


def newer(scripts: Path, folder: Path) -> Path:
    """The scripts of a version to come."""
    folder.mkdir()
    for script in scripts.glob("*.sql"):
        (folder / script.name).write_bytes(script.read_bytes())
    (folder / "9999_future.sql").write_text(f"{FUTURE}CREATE TABLE future (a TEXT PRIMARY KEY);")
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def bring_forward(
    request: pytest.FixtureRequest, tmp_path: Path
) -> tuple[dict[str, object], Callable[[], None]]:
    """The store of a server, and what a newer one does to it when it starts."""
    if request.param == "sqlite":
        path, scripts = tmp_path / "huixin.db", newer(MIGRATIONS, tmp_path / "scripts")
        open_it = partial(SqliteDatabase, path, migrations=scripts)
        return {"path": path}, lambda: open_it().close()
    url = request.getfixturevalue("url")
    scripts = newer(of_postgresql.SCRIPTS, tmp_path / "scripts")
    return {"url": Secret(url)}, lambda: PostgresDatabase(url, scripts=scripts).close()


def answered_by_voice(app: Speaking, open_id: str) -> bool:
    """Also when it is late, on a busy machine."""
    return app.ask(open_id=open_id).tries[-1].reply is not None


def test_an_older_server_goes_on_beside_a_newer_one_and_is_told_what_to_do_when_it_starts_again(
    bring_forward: tuple[dict[str, object], Callable[[], None]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store, newer_starts = bring_forward
    with running_with_speech(tmp_path, store=store) as app:
        app.model.will(text="先问的。", after=0.6 * TRY)
        asking = gevent.spawn(app.follower("o-one").say, "先问")
        wait_for(lambda: app.model.asked)
        newer_starts()
        app.model.always(text="后问的。")
        assert asking.get().seen == "先问的。"
        assert app.follower("o-one").say("后问").seen == "后问的。"
        assert answered_by_voice(app, "o-two")
        wait_for(app.speech.spoken.copy)
        assert app.forgotten(), "voices are deleted at WeChat as ever"
        assert app.huixin.heartbeat.trouble == ""
        assert "event=fault" not in caplog.text
        with pytest.raises(SchemaTooNew, match="update Huixin on this host"):
            open_store(app.settings())
