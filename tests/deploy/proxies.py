"""nginx and Caddy with the samples of `deploy/`, but for ports and folders."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.processes import free_port
from tests.chaos.processes import wait_until_it_listens
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
NGINX = """
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log stderr notice;
{user}
events {{}}
http {{
    access_log {folder}/access.log;
    {places}
    include {folder}/huixin.conf;
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def found(name: str) -> str:
    """The program; a test that needs it is skipped where it is missing, but not in CI."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if not path and name == "nginx" and os.environ.get("CI"):
        pytest.fail("nginx is missing: apt-get install nginx-light", pytrace=False)
    return path or pytest.skip(f"{name} is missing: apt-get install {name}")


def _sample(name: str, changes: dict[str, str]) -> str:
    text = (DEPLOY / name).read_text(encoding="utf-8")
    for said, instead in changes.items():
        assert said in text, f"deploy/{name} has no {said}"
        text = text.replace(said, instead)
    return text


def _nginx(folder: Path, port: int, upstream: int) -> list[str]:
    changes = {
        "listen 80;": f"listen 127.0.0.1:{port};",
        "127.0.0.1:8080": f"127.0.0.1:{upstream}",
        "/var/log/nginx/": f"{folder}/",
    }
    (folder / "huixin.conf").write_text(_sample("nginx.conf", changes))
    user = "user root;" if os.geteuid() == 0 else ""
    places = "\n".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY)
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, user=user, places=places))
    return [found("nginx"), "-p", str(folder), "-c", str(config), "-e", "stderr"]


# A site as panels (宝塔, 1Panel) make it; docs/going-live.md says what is put into it, and how.
PANEL = """
server {{
    listen 127.0.0.1:{port};
    server_name wechat.example.com;
    index index.html;
    root {folder};
    error_page 404 /404.html;
    error_page 502 /502.html;
{pasted}
    location ~ .*\\.(gif|jpg|png)$ {{
        expires 30d;
    }}
}}
"""


def _panel(folder: Path, port: int, upstream: int) -> list[str]:
    command = _nginx(folder, port, upstream)
    sample = (folder / "huixin.conf").read_text()
    locations = re.findall(
        r"^    location (?:~ \^/wechat/\?\$|@gone) {\n.+?^    }\n", sample, re.M | re.S
    )
    pasted = re.sub(r"error_log .+;", "error_log /dev/null crit;", "\n".join(locations))
    (folder / "502.html").write_text("a page of the panel's own")
    (folder / "huixin.conf").write_text(PANEL.format(port=port, folder=folder, pasted=pasted))
    return command


def _caddy(folder: Path, port: int, upstream: int) -> list[str]:
    changes = {
        "\nwechat.example.com {": f"\nhttp://127.0.0.1:{port}, http://wechat.example.com:{port} {{",
        "127.0.0.1:8080": f"127.0.0.1:{upstream}",
        "{\n\t# What Caddy logs": "{\n\tadmin off\n\t# What Caddy logs",
    }
    config = folder / "Caddyfile"
    config.write_text(_sample("Caddyfile", changes))
    return [found("caddy"), "run", "--config", str(config), "--adapter", "caddyfile"]


PROXIES = {"nginx": _nginx, "caddy": _caddy}
SITES = {**PROXIES, "panel": _panel}


@contextmanager
def in_front(name: str, folder: Path, upstream: int) -> Iterator[int]:
    """One of them before the server on that port, for the length of a block: its own port."""
    port = free_port()
    command = SITES[name](folder, port, upstream)
    homes = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (folder / "said.log").open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, **homes})
    try:
        wait_until_it_listens(port)
        yield port
    finally:
        process.terminate()
        process.wait(30)
