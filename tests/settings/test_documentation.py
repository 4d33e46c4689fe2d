"""The shipped `config.yml`: every key, explained, with its default; and what is made from it."""

import re

import pytest
import yaml

from settings.reference import IN_CHINESE, IN_ENGLISH, Language, comments_of, page
from settings.schema import KEYS, OWN_FILE, AccountSettings, Secret, Settings, Store, WeChat
from settings.sections.section import names_within
from tests.conftest import ROOT
from tests.settings.conftest import SECRETS, Read, looked_up, shipped

NAMED = re.compile(r"<br>(\w+)[:：]")


def documented() -> dict[str, str]:
    """Every key of the shipped file with its comment."""
    return comments_of(shipped())


def test_every_key_stands_in_the_shipped_file_with_a_comment_in_chinese() -> None:
    comments = documented()
    assert [key for key in KEYS if not re.search("[一-鿿]", comments.get(key, ""))] == []


@pytest.mark.parametrize("source", [IN_CHINESE.source, IN_ENGLISH.source])
def test_every_key_of_the_sections_in_a_list_has_its_line_in_the_comment(source: str) -> None:
    comments = comments_of((ROOT / source).read_text(encoding="utf-8"))
    within = {f"{key}: {name}" for key, hint in KEYS.items() for name in names_within(hint)}
    of_others = {key.rpartition(".")[2] for key in KEYS if "." in key}
    of_others |= {
        name for key, hint in KEYS.items() if key != "accounts" for name in names_within(hint)
    }
    own = set(AccountSettings.model_fields)  # whose sections are documented as those of all
    within -= {f"accounts: {name}" for name in of_others - own}
    told = {f"{key}: {name}" for key in KEYS for name in NAMED.findall(comments[key])}
    assert within - told == set()


def test_every_key_of_the_shipped_file_is_a_key() -> None:
    sections = {key.partition(".")[0] for key in KEYS if "." in key}
    assert documented().keys() - KEYS.keys() == sections


def test_the_shipped_file_shows_the_defaults(read: Read) -> None:
    file = read(shipped())
    default = Settings(
        mode="sandbox",
        wechat=WeChat(token=Secret("****")),
        store=Store(path=OWN_FILE["sandbox"]),
    )
    differing = [key for key in KEYS if looked_up(file, key) != looked_up(default, key)]
    placeholders = {"****", ("****",)}
    assert [key for key in differing if looked_up(file, key) not in placeholders] == []


def test_no_secret_is_written_in_the_shipped_file(read: Read) -> None:
    file = read(shipped())
    assert {looked_up(file, key) for key in SECRETS} <= {"****", ("****",), "", ()}


def test_the_english_file_has_the_same_values_and_a_comment_for_every_key() -> None:
    english = (ROOT / IN_ENGLISH.source).read_text(encoding="utf-8")
    assert yaml.safe_load(english) == yaml.safe_load(shipped())
    comments = comments_of(english)
    assert [key for key in KEYS if not re.search("[a-z]", comments.get(key, ""))] == []


@pytest.mark.parametrize("language", [IN_CHINESE, IN_ENGLISH], ids=lambda language: language.target)
def test_the_reference_is_what_the_generator_writes(language: Language) -> None:
    written = (ROOT / language.target).read_text(encoding="utf-8")
    assert written == page(language), "write it anew: python -m settings.reference"


def test_lines_of_a_comment_are_joined_as_their_language_does() -> None:
    text = """
    # 第一行，
    # 第二行 live
    # 用它
    key: 1  # - 别的

    # a line
    # and another
    other: 2
    """
    joined = comments_of(text)
    assert list(joined.values()) == ["第一行，第二行 live 用它", "a line and another"]


def test_a_key_of_a_section_in_a_list_begins_a_line_of_its_own() -> None:
    text = """
# each has
#   words: what is said,
#     in full
#   text: the answer
# - {words: [hours], text: "9 to 5"}
# 小美: {prompt: "hi"}
replies: []
"""
    assert comments_of(text) == {
        "replies": "each has<br>words: what is said, in full<br>text: the answer"
    }


@pytest.mark.parametrize("source", [IN_CHINESE.source, IN_ENGLISH.source])
def test_each_example_is_taken_without_its_sign_in_the_place_of_nothing(
    read: Read, source: str
) -> None:
    text = (ROOT / source).read_text(encoding="utf-8")
    example = re.compile(r"^((?:# (?:- |\S+: \{).*\n)+)(\w+): (?:\[\]|\{\})\n", re.M)
    keys = [key for _, key in example.findall(text)]
    assert keys == ["models", "personas", "replies", "accounts"]
    shown = example.sub(lambda found: f"{found[2]}:\n" + re.sub("(?m)^# ", "  ", found[1]), text)
    settings = read(re.sub(r"\$\{\w+\}", "aToken", shown))
    assert all(len(getattr(settings, key)) for key in keys)
