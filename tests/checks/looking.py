"""`--check` as an operator sees it: what it tells of a server in front of the stand-ins."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from gevent.pywsgi import WSGIServer

from service import own_files
from service.checks.run import check
from settings.schema import Secret, Settings
from tests.speaking import Speaking

SECRETS = ("aToken1", "sk-one", "sk-two", "5a4db0c55a4db0c55a4db0c55a4db0c5", "speech-key")


class Looking(Speaking):
    """A server that speaks, and the check of it."""

    def settings(self) -> Settings:
        keys = {"subscription": Secret("speech-key")}
        return super().settings().but(azure=keys)

    def checked(
        self, capsys: pytest.CaptureFixture[str], url: str = "", **sections: Any
    ) -> tuple[int, list[str]]:
        """The exit code, and each line; a cure is on the line of what it cures."""
        config = self.folder / "my.yml"
        if not config.exists():
            config.touch(0o600)
        settings = self.settings().but(server={"port": self.server.server_port}).but(**sections)
        capsys.readouterr()
        code = check(settings, config, url, own_files.check(settings))
        said = capsys.readouterr().out
        assert not [secret for secret in SECRETS if secret in said]
        return code, said.replace("\n    →", " →").splitlines()


@contextmanager
def answering(application: Any) -> Iterator[str]:
    """A WSGI application on loopback, for the length of a block: its URL."""
    server = WSGIServer(("127.0.0.1", 0), application, log=None, error_log=None)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/wechat"
    finally:
        server.stop(timeout=0)


@contextmanager
def looking(folder: Path) -> Iterator[Looking]:
    """A server for the length of a block."""
    app = Looking(folder)
    stand_ins = (app.model, app.speech, app.wechat)
    for stand_in in stand_ins:
        stand_in.start()
    app.start()
    try:
        yield app
    finally:
        app.stop()
        for stand_in in stand_ins:
            stand_in.stop()
