"""What is left to do by hand: the console's page, and files for the proxy and for systemd."""

import getpass
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from integrations.wechat.errors import KEYS_PAGE
from service.setup.draft import Draft
from settings.language import said
from settings.writing import write_private

ROOT = Path(__file__).resolve().parent.parent.parent
CONSOLE = "https://developers.weixin.qq.com/platform"
PAGE = "微信开发者平台 › 我的业务 › 公众号 › 基础信息 › 域名与消息推送配置"  # protocol sheet 1.6
UNIT = "huixin.service"
SAMPLES = ("nginx.conf", "Caddyfile", UNIT)
INSTALL = {
    "nginx": "sudo cp {file} /etc/nginx/conf.d/huixin.conf && sudo nginx -s reload",
    "caddy": "sudo cp {file} /etc/caddy/Caddyfile && sudo systemctl reload caddy",
    "systemd": (
        "sudo cp {file} /etc/systemd/system/ && sudo systemctl daemon-reload"
        " && sudo systemctl enable --now huixin"
    ),
}


def written(draft: Draft, config: Path) -> dict[str, Path]:
    """Write the proxy's and systemd's files beside the database, each by its name.

    Where the server has port 80 itself there is none for a proxy. Raises `OSError`.
    """
    folder = config.absolute().parent / "var" / "deploy"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = {name: folder / name for name in (SAMPLES if draft.proxy != "none" else (UNIT,))}
    for name, path in made.items():
        write_private(path, filled(name, draft, config))
    for name in set(SAMPLES) - made.keys():
        (folder / name).unlink(missing_ok=True)
    return made


def filled(name: str, draft: Draft, config: Path) -> str:
    """A sample of `deploy/` with this setting in it."""
    text = (ROOT / "deploy" / name).read_text(encoding="utf-8")
    for said_there, instead in _changes(name, draft, config).items():
        literally = instead.replace("\\", "\\\\")
        text, changed = re.subn(said_there, literally, text, flags=re.MULTILINE)
        if not changed:
            raise LookupError(f"deploy/{name} has no {said_there}")
    return text


def _changes(name: str, draft: Draft, config: Path) -> dict[str, str]:
    port = str(draft.says("server.port") or 8080)
    if name != UNIT:
        return {
            r"wechat\.example\.com": draft.domain,
            r"127\.0\.0\.1:8080": f"127.0.0.1:{port}",
            r"(?<=[ ^])/wechat(?=[ /])": draft.path,
        }
    config, store = config.absolute(), Path(str(draft.says("store.path") or "var")).absolute()
    return {
        r"\A(?:#.*\n)+": "# " + said("Made for {config}", config=config) + "\n",
        r"^User=.*$": f"User={getpass.getuser()}",
        r"^Group=.*\n": "",
        r"^WorkingDirectory=.*$": f"WorkingDirectory={config.parent}",
        r"/opt/huixin/\.venv/bin/python": sys.executable,
        r"/opt/huixin": str(ROOT),
        r"/etc/huixin/my\.yml": str(config),
        r"/var/lib/huixin": str(store.parent),
        r"^StateDirectory=.*\n": "",
        r"^StateDirectoryMode=.*$": f"ReadWritePaths={store.parent}",
        r"^ProtectHome=.*$": "ProtectHome=read-only",
    }


def steps(draft: Draft, made: dict[str, Path]) -> Iterator[str]:
    """What is to be done now, line by line."""
    if draft.proxy != "none":
        sample = made["nginx.conf" if draft.proxy == "nginx" else "Caddyfile"]
        yield said("The proxy: {command}", command=INSTALL[draft.proxy].format(file=sample))
    unit = INSTALL["systemd"].format(file=made[UNIT])
    yield said("Later, to have it started with the machine: {command}", command=unit)
    yield ""
    yield said("Enter this in the console: {page}", page=PAGE)
    yield f"  {CONSOLE}"
    yield f"  URL             {draft.url}"
    yield f"  Token           {draft.says('wechat.token')}"
    if draft.says("wechat.encoding_aes_key"):
        yield said("  EncodingAESKey  the one that you gave here; 安全模式")
    else:
        yield said("  EncodingAESKey  any (随机生成); 明文模式")
    yield said("Saving asks the URL: leave the server running, and the proxy in front of it.")
    if draft.needs_account:
        yield said("Enter this machine's address in the IP whitelist: {page}", page=KEYS_PAGE)
