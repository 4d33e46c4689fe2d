"""Characters in the settings file."""

import pytest

from settings.schema import Persona
from tests.settings.conftest import Problems, Read

FILE = """
mode: sandbox
wechat: {token: "a-token"}
personas:
  小美: {prompt: "你是小美。", daily: 5}
  诗人: {prompt: "你是诗人。", default: true}
"""


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        ('prompt: "你是小美。", ', "", "prompt: missing"),
        ('"你是小美。"', '""', "not accepted"),
        ("daily: 5", "daily: -1", "not accepted"),
        ("daily: 5", "dialy: 5", "did you mean daily?"),
        ("daily: 5", "default: true", "default: true under one of them at most"),
        ("小美:", "这个名字实在是太长了太长了太长了太长了太长了:", "1 to 20 characters"),
    ],
)
def test_what_is_wrong_with_a_character_is_told_at_start(
    problems: Problems, before: str, after: str, wrong: str
) -> None:
    assert before in FILE
    told = problems(FILE.replace(before, after))
    assert [line for line in told if wrong in line]


def test_characters_are_read_in_their_order_with_defaults(read: Read) -> None:
    settings = read(FILE)
    assert [*settings.personas] == ["小美", "诗人"]
    assert settings.personas["小美"] == Persona(prompt="你是小美。", daily=5)
