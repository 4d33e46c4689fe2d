"""The Chinese of what the program says, a file for each part of it, by the English."""

from settings.chinese import (
    attention,
    checks,
    command_line,
    console,
    console_help,
    failures,
    moving,
    names,
    postgresql,
    pushes,
    rules,
    server,
    services,
    set_up,
    settings,
    slips,
)

PARTS = (
    attention,
    checks,
    command_line,
    console,
    console_help,
    failures,
    moving,
    names,
    postgresql,
    pushes,
    rules,
    server,
    services,
    set_up,
    settings,
    slips,
)

CHINESE: dict[str, str] = {
    english: chinese for part in PARTS for english, chinese in part.CHINESE.items()
} | failures.KINDS
