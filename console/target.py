"""Which database is meant, and what else of the settings matters to whoever looks into it."""

import os
import re
from argparse import ArgumentTypeError
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from console.views.conversation import ModelContext
from settings.language import said
from settings.sections.urls import DATABASES
from store.cool_downs import key_label, key_name, model_name
from store.place import Where, place

if TYPE_CHECKING:
    from settings.models import Link
    from settings.schema import Settings

CONFIG = Path(__file__).resolve().parent.parent / "config.yml"


class SettingsUnusable(Exception):
    """The settings do not say where the database is."""


def typed(named: str) -> Where:
    """The database that an operator names. Raises `ArgumentTypeError`, without the name.

    What only looks like the address of a server would be taken for a new file.
    """
    where = place(named)
    like_one = rf"\w{{2,}}:/|({'|'.join(DATABASES)})//"
    if isinstance(where, Path) and re.match(like_one, named, re.IGNORECASE):
        raise ArgumentTypeError(
            said(
                "expected the name of a file, or an address like"
                " postgresql://USER:PASSWORD@HOST/DATABASE"
            )
        )
    return where


@dataclass(frozen=True)
class InSettings:
    """What the store knows by a fingerprint: what it is `called`, and the model whose it is."""

    called: str
    link: "Link"


@dataclass(frozen=True)
class Target:
    """Where the database is, and the settings unless it was named without them."""

    where: Where
    settings: "Settings | None" = None

    def context(self, account: str) -> ModelContext:
        """What the model of an account is asked with: without settings, as they ship."""
        if not (settings := self._of(account)):
            return ModelContext()
        model = settings.openai
        return ModelContext(model.save_history, model.session_seconds, model.history_characters)

    def apology(self, account: str) -> str:
        """What a follower is told whose message fails; `account` is the name of one of several."""
        from settings.schema import Texts

        settings = self._of(account)
        return (settings.texts if settings else Texts()).apology

    def _of(self, account: str) -> "Settings | None":
        """Those of one that is gone are the shared ones."""
        return next((one for one in self._accounts() if one.account == account), self.settings)

    @property
    def accounts(self) -> tuple[str, ...]:
        """The names of those that the settings have; "" is that of `wechat:`."""
        return tuple(one.account for one in self._accounts())

    def _accounts(self) -> "tuple[Settings, ...]":
        from settings.accounts import of_each  # slow, and only needed here

        return of_each(self.settings) if self.settings else ()

    @property
    def keys(self) -> dict[str, InSettings]:
        """Keys and models of the settings, by the names that the store knows them by."""
        from settings.models import chain  # slow, and only needed here

        named: dict[str, InSettings] = {}
        for link in (link for one in self._accounts() for link in chain(one)):
            for n, key in enumerate(link.service.api_keys, 1):
                label, where = key_label(n, key, link.keys_to), f"{link.place}.api_keys"
                told = said("{place}, key {key}", place=where, key=label)
                named[key_name(key, link.keys_to)] = InSettings(told, link)
            told = said("model {model}", model=link.name)
            named[model_name(link.identity)] = InSettings(told, link)
        return named


def target_of(db: Where | None, config: Path | None) -> Target:
    """What an operator says: the database, the settings that name it, both, or nothing.

    Raises `SettingsUnusable`.
    """
    if db and not config:
        return Target(db)
    from settings.file.text import SettingsError
    from settings.loading import load

    try:
        settings = load(config or CONFIG, os.environ)
    except SettingsError as error:
        first, *rest = str(error).splitlines()
        more = said(" (and {count} more)", count=len(rest)) if rest else ""
        how = said("; or name the database: --db PATH")
        raise SettingsUnusable(first + more + how) from error
    return Target(db or place(settings.store.named), settings)
