"""What a server's log says, read back."""

import json
import re
from collections.abc import Mapping

PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')


def read(line: str) -> Mapping[str, str]:
    """The fields of a line, whatever `log.format` is; none where it is no line of the log."""
    if line.startswith("{"):
        try:
            return {name: str(value) for name, value in json.loads(line).items()}
        except ValueError:
            return {}
    if not line.startswith("time="):
        return {}
    return {name: _bare(value) for name, value in PAIR.findall(line)}


def _bare(value: str) -> str:
    if not value.startswith('"'):
        return value
    return value[1:-1].replace('\\"', '"').replace("\\x3d", "=").replace("\\\\", "\\")
