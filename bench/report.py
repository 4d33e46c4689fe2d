"""Results as JSON, as a table in Markdown, and as a chart."""

import json
import math
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.figures import Row, Target

BEGIN, END = "<!-- figures -->", "<!-- end of the figures -->"
MET = {True: "✓", False: "✗", None: ""}


@dataclass(frozen=True)
class Measured:
    """The rows of a scenario, and on what: `others` is how many cores something else had."""

    rows: list[Row]
    machine: str
    others: float


Results = dict[str, Measured]  # by scenario

TITLES = {
    "overhead": "每条消息的开销 · Overhead of a message",
    "highest": "不丢消息的最高速率 · Highest rate without loss",
    "overload": "过载 · Overload",
    "in_flight": "同时很多、模型要 12 秒 · Many in flight, a model of 12 s",
    "streams": "长的流 · Long streams",
    "collecting": "继续 · Collecting with 继续",
    "growth": "存了很多以后 · Much stored",
    "resume": "重启时有 1,000 条没答完 · 1,000 unfinished at the start",
    "workers": "几个进程 · Several processes",
    "connections": "连接 · Connections",
    "tls": "模型走 TLS · TLS to the model",
    "slow_disk": "慢的磁盘 · A slow disk",
    "voice": "语音 · Voice",
    "idle": "空闲 · Idle",
    "memory": "内存 · Memory",
}


def as_markdown(results: Results) -> str:
    """A table for each scenario, with what it ran on."""
    parts = []
    for machine in sorted({one.machine for one in results.values()}):
        parts.append(f"{machine}\n")
        for name in (name for name in TITLES if name in results):
            if (one := results[name]).machine == machine and one.rows:
                others = (
                    f"同时在忙别的 Beside it the machine did other work: {one.others:.2f} cores"
                )
                parts.append(f"### {TITLES[name]}\n\n{_table(one.rows)}\n\n{others}\n")
    return "\n".join(parts)


def _table(rows: list[Row]) -> str:
    lines = ["| | | 回信 Huixin | 相比 beside it | 比 ratio | 目标 target | |"]
    lines += ["|---|---|---|---|---|---|---|"]
    previous = ""
    for row in rows:
        case, previous = ("" if row.case == previous else row.case), row.case
        ratio = _times(row.ratio)
        beside = "" if row.beside is None else f"{shown(row.beside, row.unit)} ({row.against})"
        value, target = shown(row.value, row.unit), _target(row)
        cells = (case, row.figure, value, beside, ratio, target, MET[row.met])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _target(row: Row) -> str:
    if not row.target:
        return ""
    return f"{row.target}{' ' + row.unit if row.target.of == 'value' else ''}".strip()


def _times(ratio: float | None) -> str:
    return "" if ratio is None or not math.isfinite(ratio) else f"{ratio:.2f} x"


def shown(value: float, unit: str) -> str:
    """A figure with its unit, with as many digits as mean something."""
    if not math.isfinite(value):
        return "-"
    digits = 0 if abs(value) >= 100 or value == round(value) else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()


def as_line(name: str, row: Row) -> str:
    """A row for the terminal."""
    beside = "" if row.beside is None else f"{row.against} {shown(row.beside, row.unit)}"
    ratio = _times(row.ratio)
    value, target = shown(row.value, row.unit), f"{_target(row)} {MET[row.met]}".strip()
    return f"{name:12}{row.case:34} {row.figure:38}{value:>14}  {beside:30}{ratio:9}{target}"


def read(path: Path) -> Results:
    """What earlier runs wrote."""
    if not path.exists():
        return {}
    found = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Measured([_row(row) for row in one["rows"]], one["machine"], one["others"])
        for name, one in found.items()
    }


def _row(found: dict[str, Any]) -> Row:
    target = found.pop("target")
    bounds = {key: float(value) for key, value in (target or {}).items() if key != "of"}
    for key in ("value", "beside"):
        found[key] = None if found[key] is None else float(found[key])
    return Row(**found, target=Target(target["of"], **bounds) if target else None)


def write(results: Results, folder: Path) -> None:
    """`benchmarks.json` anew, and in `benchmarks.md` what stands between the marks."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        name: {
            "machine": one.machine,
            "others": round(one.others, 2),
            "rows": [_plain(asdict(row)) for row in one.rows],
        }
        for name, one in results.items()
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (folder / "benchmarks.json").write_text(text + "\n", encoding="utf-8")
    page = folder / "benchmarks.md"
    before = page.read_text(encoding="utf-8") if page.exists() else f"{BEGIN}\n{END}\n"
    tables = f"{BEGIN}\n{as_markdown(results)}{END}"
    between = re.compile(f"{BEGIN}.*{END}", re.DOTALL)
    page.write_text(between.sub(lambda _: tables, before), encoding="utf-8")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """With infinities, which JSON does not have, as words; a bound that is none is left out."""
    if row["target"]:
        bounds = {key: value for key, value in row["target"].items() if not _none(value)}
        row["target"] = bounds
    return {key: _word(value) for key, value in row.items()}


def _none(bound: object) -> bool:
    return isinstance(bound, float) and math.isinf(bound)


def _word(value: object) -> object:
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
