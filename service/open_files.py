"""The files that this process may have open, shared out among what needs them.

Each connection is one, of WeChat's and of ours to the model. Who takes them all leaves nothing for
a try, or for its answer.
"""

import resource
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from settings.announcements import announce
from settings.language import said
from settings.schema import Limits, Settings

OTHERS = 24  # database, log, event loop, WeChat's API; and some to spare
OF_A_SPEECH_CALL = 3
TAKE_FILES = ("model_calls", "speech_calls", "open_tries")
SPARE_PLACES = 100  # for connections that bring no try, or one that is answered at once


@dataclass(frozen=True)
class Share:
    """What there is room for. `wanted`: so many files would leave the limits as they are set."""

    places: int  # connections at once
    fewer: dict[str, int]  # limits, where they have to be less than they are set
    wanted: int


def shared_out(accounts: Sequence[Settings]) -> tuple[Sequence[Settings], int]:
    """The settings of each account with the limits that there are files for, and how many
    connections at once."""
    most = Limits().model_copy(update={name: _sum(accounts, name) for name in TAKE_FILES})
    shared = share(most, files := raised())
    if not shared.fewer:
        return accounts, shared.places
    tell_of_few(shared, files)
    parts = {name: fewer / getattr(most, name) for name, fewer in shared.fewer.items()}
    return [_of(one, parts) for one in accounts], shared.places


def _of(settings: Settings, parts: Mapping[str, float]) -> Settings:
    limits = settings.limits
    fewer = {name: max(1, round(getattr(limits, name) * part)) for name, part in parts.items()}
    return settings.but(limits=fewer)


def _sum(accounts: Iterable[Settings], name: str) -> int:
    return sum(getattr(one.limits, name) for one in accounts)


def raised() -> int:
    """How many files may be open, once the limit is raised as far as it goes."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def share(limits: Limits, files: int) -> Share:
    """Share out `files`, -1 for any number. Where they are few, calls get about a third of them."""
    speaking = OF_A_SPEECH_CALL * limits.speech_calls
    places = limits.open_tries + SPARE_PLACES
    wanted = OTHERS + limits.model_calls + speaking + places
    if not 0 <= files < wanted:
        return Share(places, {}, wanted)
    free = max(files - OTHERS, 20)
    model_calls = min(limits.model_calls, free // 4)
    speech_calls = min(limits.speech_calls, max(1, free // 10 // OF_A_SPEECH_CALL))
    places = min(places, free - model_calls - OF_A_SPEECH_CALL * speech_calls)
    open_tries = min(limits.open_tries, places - min(SPARE_PLACES, places // 4))
    fewer = {"model_calls": model_calls, "speech_calls": speech_calls, "open_tries": open_tries}
    return Share(places, fewer, wanted)


def tell_of_few(share: Share, files: int) -> None:
    """Announce which limits are less than they are set, and what to raise."""
    announce(
        "few_files",
        "warning",
        limit=files,
        connections=share.places,
        open_tries=share.fewer["open_tries"],
        model_calls=share.fewer["model_calls"],
        advice=said(
            "raise the limit of open files to {wanted}: ulimit -n, or LimitNOFILE of systemd",
            wanted=share.wanted,
        ),
    )
