"""An answer of 25,000 characters is made plain, cut and judged while everybody else goes on."""

import gc

import pytest

from fsm.text.plain_text import to_plain
from fsm.text.slices import fit
from fsm.voice.spoken_text import sentences, spoken_text
from tests.ticking import longest_turn

CHARACTERS = 25_000
HELD_UP = 0.05  # seconds, at most: invariant 8 of the design

TABLE = "| 甲 | 乙 |\n|---|---|\n| **1** | `2` |\n"
LIVELY = f"# 标题\n\n- **甲**：`code` 与 [链接](https://a.b/c)\n{TABLE}\n\\(y\\)\n"
ANSWERS = {
    "of prose": "这是一个很长的回答，没有任何标记。\n",
    "of one line": "这是一个很长的回答，没有任何标记。",
    "of one line with marks": "**重点：**如下，再看 `code`，",
    "of everything": LIVELY,
    "of a table": TABLE,
    "of code": "```\nx = a[b[0]] * 2  # why\n```\n",
    "of addresses": "见 https://example.com/a_b?c=1&d=2 和 [这里](https://example.com)。",
    "of thoughts": "<think>想</think>说。",
    "of words": "word and word ",
    "of stars": "*a **b ",
}


@pytest.fixture(autouse=True)
def nothing_old_is_looked_through() -> None:
    """As `server.py` has it, which has less in its memory than the tests."""
    gc.freeze()


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("finished", [True, False], ids=["whole", "being written"])
def test_a_long_answer_holds_nobody_up(kind: str, finished: bool) -> None:
    text = (ANSWERS[kind] * CHARACTERS)[:CHARACTERS]
    made: list[str] = []
    assert longest_turn(lambda: made.append(to_plain(text, finished=finished))) < HELD_UP
    [plain] = made

    def read_on() -> None:
        fit(plain, len(plain) // 2, characters=600, footer="更多")
        sentences(plain, 0, finished=finished)
        spoken_text(plain)

    assert plain
    assert longest_turn(read_on) < HELD_UP
