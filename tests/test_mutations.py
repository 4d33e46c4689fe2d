"""Right and spoilt pushes, some hundreds of them: never a 500, a wrong reply or a traceback."""

from dataclasses import replace
from pathlib import Path

import pytest
from gevent.pool import Pool

from bench.bodies import KINDS, Bodies
from bench.mutations import APPID, KEY, Checker
from integrations.settings import Secret
from sandbox.sealing import Seal
from tests.running import TOKEN, running

SEED, HOW_MANY = 4, 400


@pytest.mark.parametrize("is_sealed", [False, True], ids=["open", "sealed"])
def test_whatever_is_pushed_is_answered_rightly_or_turned_away(
    tmp_path: Path,
    is_sealed: bool,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    seal = Seal(TOKEN, KEY, APPID)
    bodies, checker, pool = Bodies(SEED, "/wechat", TOKEN, seal), Checker(seal), Pool(8)
    made = [bodies.make() for _ in range(HOW_MANY)]
    fitting = [sent for sent in made if ("sealed" in sent.kind) == is_sealed]
    wechat = {"encoding_aes_key": Secret(KEY), "appid": APPID} if is_sealed else {}
    with running(tmp_path, wechat=wechat, limits={"gap_seconds": 0, "follower_queue": 99}) as app:
        app.window = replace(app.window, try_seconds=5.0)
        app.restart()
        for sent in fitting:
            pool.spawn(checker.send, app.server.server_port or 0, sent)
        pool.join()
    outcome = checker.outcome
    assert outcome.wrong == []
    assert {kind for kind, _ in outcome.statuses} == {sent.kind for sent in fitting}
    assert sum(outcome.statuses.values()) == len(fitting)
    assert {status for _, status in outcome.statuses} <= {"200", "400", "403", "413"}
    assert "event=fault" not in caplog.text
    assert "Traceback" not in caplog.text + capfd.readouterr().err


def test_the_same_seed_makes_the_same_bodies_of_every_kind() -> None:
    one, other = (Bodies(1, "/wechat", TOKEN, Seal(TOKEN, KEY, APPID)) for _ in range(2))
    made = [(one.make(), other.make()) for _ in range(200)]
    assert all(a.kind == b.kind for a, b in made)
    assert all(a.body == b.body for a, b in made if a.kind in ("right", "spoilt"))
    assert {a.kind for a, _ in made} == set(KINDS)
