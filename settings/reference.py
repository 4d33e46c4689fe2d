"""Every setting in a table, from the schema and the comments of the documented file.

`python -m settings.reference` writes `docs/configuration.md` from `config.yml`, and the same in
English from `docs/en/config.yml`.
"""

import json
import re
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from settings.command_line import add_language, speak_as_told
from settings.language import said, speak
from settings.schema import KEYS, Settings, WeChat
from settings.sections.kinds import Secret, expected

HERE = Path(__file__).resolve().parent.parent
LINE = re.compile(r"(?P<indent> *)(?:# (?P<comment>.*)|(?P<name>[a-z_]+):.*|.*)")
EXAMPLE = re.compile(r"\s*# (- |\S+: \{)")  # an item as it would stand there without the sign
KEY_WITHIN = re.compile(r"\n  (?=[a-z_]+[:：])")  # of a section in a list: `#   words: ...`
SET_IN = re.compile(r"\n {4,}")  # what is told of such a key, going on
NO_BLANK = re.compile(
    r"(?<=[，。；：、）])\n(?!  [a-z_]+[:：])|(?<=[一-鿿])\n(?=[一-鿿（“])"
)  # between such lines


@dataclass(frozen=True)
class Language:
    """Where the comments of one language stand, where their table goes, and its own words."""

    name: str
    source: str
    target: str
    head: str
    columns: str


IN_CHINESE = Language(
    "zh",
    "config.yml",
    "docs/configuration.md",
    """# 配置参考

全部设置，一键一行。这个文件由 `python -m settings.reference` 根据 [`config.yml`](../config.yml)
的注释和程序里的定义生成，请不要手改。English: [`en/configuration.md`](en/configuration.md).

“默认”是这一键不写时的值。`"${NAME}"` 读取环境变量；写错的、不认识的键，启动时会连同行号一次列出来。
""",
    "| 键 | 取值 | 默认 | 说明 |",
)
IN_ENGLISH = Language(
    "en",
    "docs/en/config.yml",
    "docs/en/configuration.md",
    """# Configuration reference

Every setting, a row each. `python -m settings.reference` writes this file, from the comments of
[`config.yml`](config.yml) and what the program knows: do not edit it.
中文：[`../configuration.md`](../configuration.md)。

"Default" is what holds where the key is left out. `"${NAME}"` reads an environment variable; keys
that are wrong or unknown are listed at the start, all at once and with their lines.
""",
    "| key | takes | default | means |",
)


def comments_of(text: str) -> dict[str, str]:
    """Every key and section of a settings file with the comment above it, on one line."""
    found: dict[str, str] = {}
    section, above = "", list[str]()
    for line in text.splitlines():
        if EXAMPLE.match(line):
            continue
        part = LINE.fullmatch(line)
        if part and part["comment"]:
            above.append(part["comment"])
            continue
        if part and part["name"]:
            section = section if part["indent"] else part["name"]
            key = f"{section}.{part['name']}" if part["indent"] else section
            joined = NO_BLANK.sub("", SET_IN.sub("\n", "\n".join(above)))
            found[key] = KEY_WITHIN.sub("<br>", joined).replace("\n", " ")
        above = []
    return found


def page(language: Language) -> str:
    """The whole file in that language, which is spoken from then on."""
    speak(language.name)
    comments = comments_of((HERE / language.source).read_text(encoding="utf-8"))
    default = Settings(wechat=WeChat(token=Secret("")))
    whole = [key for key in KEYS if "." not in key]
    lines = [language.head, *_table(whole, default, language, comments)]
    for section in dict.fromkeys(key.partition(".")[0] for key in KEYS if "." in key):
        lines += ["", f"## {section}", ""]
        lines += [comments[section], ""] if comments[section] else []
        own = [key for key in KEYS if key.startswith(f"{section}.")]
        lines += _table(own, default, language, comments)
    return "\n".join(lines) + "\n"


def _table(
    keys: list[str], default: Settings, language: Language, comments: Mapping[str, str]
) -> Iterator[str]:
    yield language.columns
    yield "|---" * (language.columns.count("|") - 1) + "|"
    for key in keys:
        cells = [
            f"`{key}`",
            expected(KEYS[key]),
            f"`{_shown(_value(default, key))}`",
            comments[key],
        ]
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _value(settings: Settings, key: str) -> Any:
    found: Any = settings
    for name in key.split("."):
        found = getattr(found, name)
    return found


def _shown(value: Any) -> str:
    """As it would stand in the file, on one line."""
    if isinstance(value, Path):
        value = "" if value == Path() else str(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False, default=dict)


def main() -> int:
    """Write both files. Returns the exit code."""
    speak_as_told(sys.argv[1:])
    parser = ArgumentParser(prog="python -m settings.reference", description=said(__doc__))
    add_language(parser)
    parser.parse_args()
    for language in (IN_CHINESE, IN_ENGLISH):
        (HERE / language.target).write_text(page(language), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
