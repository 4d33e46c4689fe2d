"""Sections in a list, or by names of the operator's: read, and refused, as any other."""

from collections.abc import Iterator
from typing import Literal

import pytest
from pydantic import Field

from settings import loading, schema, validation_errors
from settings.schema import Settings
from settings.sections.kinds import (
    Count,
    Hidden,
    Items,
    Line,
    Named,
    OneOf,
    OrNull,
    ReplyOrNone,
    Secret,
)
from settings.sections.section import Section, keys_of, names_within
from tests.settings.conftest import Problems, Read

WITH_PETS = """
mode: sandbox
wechat: {token: "a-token"}
pets:
  - name: "Bello"
    age: 3
    toys:
      - {what: "ball"}
  - {name: "${CAT}", sound: off, secret: "miaow"}
homes:
  小屋:
    most: 2
"""


class Toy(Section):
    what: Line


class Pet(Section):
    name: Line
    age: Count = 1
    sound: OneOf[Literal["on", "off"]] = "on"
    toys: Items[Toy] = ()
    says: OrNull[ReplyOrNone] = None
    secret: Hidden = Secret("")


class Home(Section):
    most: Count


class WithPets(Settings):
    pets: Items[Pet] = ()
    homes: Named[Home] = Field(default_factory=dict)


@pytest.fixture(autouse=True)
def pets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    keys = dict(keys_of(WithPets))
    monkeypatch.setattr(loading, "Settings", WithPets)
    monkeypatch.setattr(validation_errors, "KEYS", keys)
    names = schema.NAMES | {name for hint in keys.values() for name in names_within(hint)}
    monkeypatch.setattr(loading, "NAMES", names)
    yield


def test_they_are_read_with_their_defaults_and_the_environment(read: Read) -> None:
    settings = read(WITH_PETS, CAT="Minka")
    assert isinstance(settings, WithPets)
    dog, cat = settings.pets
    assert (dog.name, dog.age, dog.toys) == ("Bello", 3, (Toy(what="ball"),))
    assert (cat.name, cat.sound, cat.age) == ("Minka", "off", 1)
    assert settings.homes == {"小屋": Home(most=2)}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("age: 3", "age: three", "6: pets[0].age: found text, expected a whole number"),
        ("age: 3", "agee: 3", "6: pets[0].agee: unknown key, did you mean age?"),
        ("age: 3", "colour: 3", "6: pets[0].colour: unknown key"),
        ("age: 3", "sk-secret: 3", "6: pets[0]: unknown key"),
        ("age: 3", "age: 0", "6: pets[0].age: not accepted, expected 1 to 1000000"),
        ('- name: "Bello"\n    age', "- age", "5: pets[0].name: missing, expected text (in"),
        ('what: "ball"', "what: 5", "8: pets[0].toys[0].what: found a number, expected text"),
        ('what: "ball"', "", "8: pets[0].toys[0].what: missing"),
        ("- {what", "- {says: 1, what", "8: pets[0].toys[0].says: unknown key"),
        ("sound: off", "sound: loud", "9: pets[1].sound: not accepted, expected one of on, off"),
        ("sound: off", 'says: "{x}"', "9: pets[1].says: not accepted, expected no braces"),
        ("most: 2", "most: many", "12: homes.most: found text, expected a whole number"),
        ("    most: 2", "    mots: 2", "12: homes.mots: unknown key, did you mean most?"),
        ("\n    most: 2", " 2", "11: homes: found a number, expected the keys most"),
        ("- {name", '- "Rex"\n  - {name', "9: pets[1]: found text in quotes, expected the keys"),
        ("age: 3", "age： 3", "6: a full-width colon"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_on_its_line(
    problems: Problems, before: str, after: str, told: str
) -> None:
    assert before in WITH_PETS
    lines = problems(WITH_PETS.replace(before, after), CAT="Minka")
    assert [line for line in lines if line.startswith(told)]


def test_a_variable_that_is_not_set_and_other_problems_are_told_together(
    problems: Problems,
) -> None:
    told = problems(WITH_PETS.replace("most: 2", "most: x"))
    assert [line.partition(":")[0] for line in told] == ["9", "12"]


def test_no_value_is_repeated(problems: Problems) -> None:
    told = problems(WITH_PETS.replace('secret: "miaow"', "secret: [miaow]"), CAT="Minka")
    assert told and not any("miaow" in line for line in told)
