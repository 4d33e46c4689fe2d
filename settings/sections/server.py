"""What is of the server alone, whatever accounts it has: where it listens, stores and logs."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from settings.sections.kinds import (
    DatabaseUrl,
    FilePath,
    Items,
    Network,
    Number,
    OneOf,
    Secret,
    SomeWord,
    TextFiles,
    TimeZone,
    UrlPath,
    Whole,
)
from settings.sections.rules import between
from settings.sections.section import Section

FOR_MONITORS = ("/healthz", "/readyz", "/metrics")  # pages that stand before any account's path


class Server(Section):
    """Where it listens, with how many processes, and how long a stop waits for open tries."""

    host: SomeWord = "127.0.0.1"
    port: Annotated[Whole, between(0, 65_535)] = 8080  # 0: any free one
    path: UrlPath = "/wechat"  # kept with a slash in front, none behind
    text_files: TextFiles = Field(default_factory=dict)  # name -> what is served at /name
    workers: Annotated[Whole, between(1, 32)] = 1  # processes on the one port
    stop_seconds: Annotated[Number, between(0, 600)] = 8.0
    trusted_proxies: Items[Network] = ()
    time_zone: TimeZone = "Asia/Shanghai"  # whose midnight begins a day
    health: OneOf[Literal["loopback", "anyone", "off"]] = "loopback"  # who may ask /readyz
    language: OneOf[Literal["auto", "zh", "en"]] = "auto"  # of what the operator reads


class Store(Section):
    """Where messages are kept."""

    url: DatabaseUrl = Secret("")  # of PostgreSQL; where it is given, `path` counts for nothing
    path: FilePath = Path()  # that is, `OWN_FILE` of the mode: `settings.loading` puts it there
    keep_days: Annotated[Number, between(2, 36_500)] = 30.0

    @property
    def named(self) -> str | Path:
        """The one of both that counts, for `store.place.place`."""
        return self.url or self.path


class Log(Section):
    """What is logged."""

    level: OneOf[Literal["debug", "info", "warning", "error"]] = "info"
    format: OneOf[Literal["key=value", "json"]] = "key=value"
