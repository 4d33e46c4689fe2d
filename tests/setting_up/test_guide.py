"""The proxy's and systemd's files for exactly one setting: as those that read them see it."""

import sys
from pathlib import Path

import pytest

from service.setup.draft import Draft
from service.setup.guide import ROOT, SAMPLES, filled
from tests.deploy.systemd import analyzed


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    draft = Draft.new(tmp_path / "my.yml", {})
    draft.domain = "chat.example.org"
    draft.stand_behind("nginx")
    draft.file.put("server.port", 9001)
    draft.file.put("server.path", "/wx")
    return draft


@pytest.mark.parametrize("name", SAMPLES)
def test_no_word_of_the_sample_is_left(draft: Draft, tmp_path: Path, name: str) -> None:
    text = filled(name, draft, tmp_path / "my.yml")
    for word in ("example.com", "8080", "/etc/huixin/my.yml", "/opt/huixin", "/var/lib", "/wechat"):
        assert word not in text


def test_a_proxy_passes_on_this_path_to_this_port(draft: Draft, tmp_path: Path) -> None:
    nginx = filled("nginx.conf", draft, tmp_path / "my.yml")
    assert "server_name chat.example.org;" in nginx
    assert "location ~ ^/wx/?$ {" in nginx
    assert "proxy_pass http://127.0.0.1:9001;" in nginx
    caddy = filled("Caddyfile", draft, tmp_path / "my.yml")
    assert "\nchat.example.org {" in caddy
    assert "@push path /wx /wx/\n" in caddy
    assert "reverse_proxy 127.0.0.1:9001 {" in caddy


def test_systemd_finds_nothing_wrong_with_the_unit(draft: Draft, tmp_path: Path) -> None:
    unit = tmp_path / "huixin.service"
    unit.write_text(filled("huixin.service", draft, tmp_path / "my.yml"), encoding="utf-8")
    assert f"--config {tmp_path}/my.yml" in unit.read_text()
    assert f"ReadWritePaths={tmp_path}/var" in unit.read_text()
    assert f"ExecStart={sys.executable} {ROOT}/server.py" in unit.read_text()
    ran = analyzed("verify", "--man=no", str(unit))
    assert (ran.returncode, [line for line in ran.stderr.splitlines() if "huixin" in line]) == (
        0,
        [],
    )
