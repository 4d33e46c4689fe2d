"""The command line of `server.py` -> settings, and which part in serving them this process has.

With `server.workers` a supervisor starts the workers, and in mode sandbox the sandbox starts the
server: with its own command line, and words for their part that no person types.
"""

import argparse
import json
import os
import sys
from argparse import SUPPRESS
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from settings.command_line import WideParser, add_language, speak_as_told
from settings.file.text import SettingsError, text_of
from settings.language import Sentence, said
from settings.loading import load
from settings.schema import Limits, Secret, Settings

# What is meant of all workers together.
AT_ONCE = ("model_calls", "speech_calls", "open_tries", "unfinished")


@dataclass(frozen=True)
class CommandLine:
    """What the command line asks for."""

    settings: Settings
    text: str  # of the file that they are from
    prepare: bool  # only make the database ready
    adopt: bool  # take the database over from another account
    config: Path
    check: bool  # look at everything outside, and serve nothing
    url: str  # the public one, to be checked; "" for none
    inherited: tuple[int, int] | None  # open files: what to accept from, and the supervisor's life

    @property
    def several(self) -> bool:
        """Whether there are several processes that serve; the sandbox has one."""
        return self.settings.server.workers > 1 and self.settings.mode != "sandbox"

    @property
    def first(self) -> bool:
        """Whether an operator started it, and no other process."""
        return not (self.prepare or self.inherited)

    @property
    def play(self) -> bool:
        """Whether this process is the sandbox, and another one the server in it."""
        return self.settings.mode == "sandbox" and self.first

    @property
    def supervise(self) -> bool:
        """Whether others do the work."""
        return self.several and self.first


def read_arguments(
    words: Sequence[str], environ: Mapping[str, str], *, about: Sentence, config: Path
) -> CommandLine:
    """Read the command line and the settings file, by default `config`.

    Where one of them is wrong it says so and ends the process with exit code 2.
    """
    speak_as_told(words)
    parser = _parser(about, config)
    options = parser.parse_args(words)
    try:
        text = text_of(options.config) if options.settings is None else held(options.settings)
        settings = load(options.config, environ, text)
    except SettingsError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    if options.voice and settings.mode != "sandbox":
        parser.error(said("--voice is for the sandbox: set azure.trans_to_voice"))
    if options.url and not options.check:
        parser.error(said("--url goes with --check"))
    if options.port is not None and not 0 <= options.port <= 65_535:
        parser.error(said("--port: a number from 0 to 65535"))
    settings = _changed(settings, options)
    inherited = tuple(options.inherited) if options.inherited else None
    return CommandLine(
        settings=_share_of(settings) if inherited else settings,
        text=text,
        prepare=options.prepare,
        adopt=options.adopt and not inherited,  # which is done
        config=options.config,
        check=options.check,
        url=options.url,
        inherited=inherited,
    )


def held(number: int) -> str:
    """What the open file of this number holds, from its beginning."""
    return os.pread(number, os.fstat(number).st_size, 0).decode()


def _parser(about: Sentence, config: Path) -> argparse.ArgumentParser:
    parser = WideParser(prog="server.py", description=str(about))
    add_language(parser)
    parser.add_argument("--config", type=Path, default=config)
    parser.add_argument("--host", help=said("instead of server.host"))
    parser.add_argument("--port", type=int, help=said("instead of server.port; 0 takes a free one"))
    parser.add_argument(
        "--voice",
        action="store_true",
        help=said("in the sandbox, as if azure.trans_to_voice were on"),
    )
    parser.add_argument(
        "--adopt",
        action="store_true",
        help=said("take over what another account has in store.path"),
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help=said("look at everything outside that a live server needs, and say what to do"),
    )
    parser.add_argument(
        "--url", default="", help=said("with --check: the public URL in the console")
    )
    parser.add_argument("--prepare", action="store_true", help=SUPPRESS)
    parser.add_argument("--settings", type=int, help=SUPPRESS)
    parser.add_argument("--inherited", nargs=2, type=int, help=SUPPRESS)
    parser.add_argument("--outside", type=json.loads, help=SUPPRESS)
    return parser


def _changed(settings: Settings, options: argparse.Namespace) -> Settings:
    """What the command line says stands instead of what the file says."""
    address = {"host": options.host, "port": options.port}
    address = {name: value for name, value in address.items() if value is not None}
    settings = settings.but(server=address, azure={"trans_to_voice": True} if options.voice else {})
    return against(settings, options.outside) if options.outside else settings


def against(settings: Settings, outside: Mapping[str, Mapping[str, str]]) -> Settings:
    """The settings with what stands for the real services, by section and key.

    Never of a live server: a key to the model is not asked for there, and one stands where the file
    gives none.
    """
    changed: dict[str, dict[str, object]] = {
        section: {name: Secret(value) for name, value in keys.items()}
        for section, keys in outside.items()
    }
    keys = settings.openai.api_keys or (Secret("sandbox-key"),)
    openai = changed["openai"] = changed.get("openai", {}) | {"api_keys": keys}
    models = [
        model.model_copy(update=openai | {"api_keys": model.api_keys or keys})
        for model in settings.models
    ]
    return settings.but(**changed, models=tuple(models))


def _share_of(settings: Settings) -> Settings:
    """What one of the workers may take on: what may run at once is meant of all together."""
    if settings.mode == "sandbox":  # which has one
        return settings
    workers = settings.server.workers
    accounts = tuple(
        account.model_copy(update={"limits": _divided(account.limits, workers, own=True)})
        if "limits" in account.model_fields_set
        else account
        for account in settings.accounts
    )
    return settings.model_copy(
        update={"limits": _divided(settings.limits, workers), "accounts": accounts}
    )


def _divided(limits: Limits, workers: int, *, own: bool = False) -> Limits:
    """The share of one of the workers; `own`: what is left out is as the file has it for all."""
    divided = limits.model_fields_set if own else AT_ONCE
    share = {name: ceil(getattr(limits, name) / workers) for name in AT_ONCE if name in divided}
    return limits.model_copy(update=share)
