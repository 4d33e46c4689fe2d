"""What is known so far of the settings to be, and what follows from it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.setup.providers import BY_NAME, Provider, at
from settings.language import language
from settings.writing import SettingsFile

QUIRKS = {name for service in BY_NAME.values() for name in service.quirks}
URL_LINE = re.compile(r"^# URL: (https?)://([^/\s]+)", re.MULTILINE)
PROXIES = ("nginx", "caddy", "none")


@dataclass
class Draft:
    """The file to be, and what is asked beside it: `proxy` stands in front, `domain` is public."""

    file: SettingsFile
    environ: Mapping[str, str] = field(repr=False)
    service: Provider
    domain: str = ""
    proxy: str = "nginx"

    @classmethod
    def new(cls, config: Path, environ: Mapping[str, str]) -> "Draft":
        """Nothing but what nobody is asked."""
        file = SettingsFile()
        file.force("mode", "live")
        file.put("store.path", str(config.absolute().parent / "var" / f"{config.stem}.db"))
        file.put("wechat.token", secrets.token_hex(12))
        if language() == "zh":  # the server is started where no environment says so
            file.put("server.language", "zh")
        return cls(file, environ, BY_NAME["deepseek"])

    @classmethod
    def of(cls, config: Path, environ: Mapping[str, str]) -> "Draft":
        """What stands in a file. Raises `OSError`, `ValueError`."""
        file = SettingsFile.read(config)
        service = at(str(file.get("openai.base_url") or "https://api.openai.com/v1"))
        draft = cls(file, environ, service or BY_NAME["other"])
        if found := URL_LINE.search(config.read_text(encoding="utf-8")):
            draft.proxy, draft.domain = "caddy" if found[1] == "https" else "nginx", found[2]
        if file.get("server.host") == "0.0.0.0":
            draft.proxy = "none"
        return draft

    def choose(self, service: Provider) -> None:
        """Take another service, with all that it wants set; the same one changes nothing."""
        if service == self.service and self.file.get("openai.api_keys"):
            return
        self.service = service
        for name in ("base_url", "model", "api_keys", *QUIRKS):
            self.file.put(f"openai.{name}", None)
        self.file.put("openai.base_url", service.base_url or None)
        for name, value in service.quirks.items():
            self.file.force(f"openai.{name}", value)

    def stand_behind(self, proxy: str) -> None:
        """What is in front of the server, and where it listens for it."""
        directly_before = self.says("server.host") == "0.0.0.0"
        self.proxy = proxy
        self.file.put("server.trusted_proxies", None if proxy == "none" else ["127.0.0.1"])
        self.file.put("server.host", "0.0.0.0" if proxy == "none" else None)
        if proxy == "none" or directly_before:
            self.file.put("server.port", 80 if proxy == "none" else None)

    def says(self, key: str) -> Any:
        """What the file says of a dotted key, None for nothing."""
        return self.file.get(key)

    @property
    def url(self) -> str:
        """The public one, as the console wants it."""
        scheme = "https" if self.proxy == "caddy" else "http"
        return f"{scheme}://{self.domain}{self.path}"

    @property
    def path(self) -> str:
        """Where the server is, behind its name."""
        return f"/{str(self.says('server.path') or '/wechat').strip('/')}"

    @property
    def needs_account(self) -> bool:
        """Whether the account's AppID and secret are needed to call WeChat's API."""
        return bool(self.says("wechat.ip_detection") or self.says("azure.trans_to_voice"))
