"""The console lets an owner of a domain download a file, and looks for it (protocol sheet 1.6)."""

from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.running import running


def test_a_file_of_the_settings_is_found_at_its_name_and_no_other_is(tmp_path: Path) -> None:
    files = {"MP_verify_abc123.txt": "abc123"}
    with running(tmp_path, server={"port": 0, "text_files": files}) as app:
        site = app.url.removesuffix("/wechat")
        with urlopen(f"{site}/MP_verify_abc123.txt", timeout=5) as found:
            assert found.read() == b"abc123"
            assert found.headers["Content-Type"] == "text/plain; charset=utf-8"
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"{site}/other.txt", timeout=5)
