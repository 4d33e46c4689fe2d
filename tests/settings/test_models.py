"""A chain of models in the settings: what each inherits, and what it does not."""

import pytest

from settings.arguments import against
from settings.models import chain
from settings.requirements import doubtful
from tests.settings.conftest import Problems, Read

LIVE = """
mode: live
wechat: {token: "atoken"}
openai:
  api_keys: ["sk-shared"]
  base_url: "https://one.example/v1"
  model: "big"
  read_seconds: 20
  temperature: 0.5
  extra_headers: {x-org: "ours"}
models:
  - name: 主力
    temperature: null
  - model: "small"
    calls: 3
  - name: "spare"
    base_url: "https://two.example/v1"
    api_keys: ["sk-spare"]
"""


def test_without_any_that_of_openai_is_the_only_one(read: Read) -> None:
    [only] = chain(read(LIVE.partition("models:")[0]))
    assert (only.name, only.place, only.service.model) == ("big", "openai", "big")
    assert only.keys_to == ""


def test_what_one_leaves_out_is_as_in_openai(read: Read) -> None:
    main, small, spare = chain(read(LIVE))
    assert [link.name for link in (main, small, spare)] == ["主力", "small", "spare"]
    assert (main.service.model, main.service.temperature) == ("big", None)
    assert (small.service.model, small.service.temperature, small.calls) == ("small", 0.5, 3)
    assert {link.service.read_seconds for link in (main, small, spare)} == {20.0}
    assert main.service.api_keys == small.service.api_keys == ("sk-shared",)
    assert main.service.extra_headers == {"x-org": "ours"}


def test_what_is_meant_for_one_address_goes_to_no_other(read: Read) -> None:
    spare = chain(read(LIVE))[2]
    assert (spare.service.api_keys, spare.service.extra_headers) == (("sk-spare",), {})


def test_the_same_key_of_two_models_is_two(read: Read) -> None:
    main, small, _ = chain(read(LIVE))
    assert main.keys_to != small.keys_to


def test_to_ask_the_next_beside_the_only_one_is_doubtful(read: Read) -> None:
    hedged = LIVE.replace("  read_seconds: 20", "  hedge_seconds: 2")
    assert list(doubtful(read(hedged))) == []
    [(key, what)] = doubtful(read(hedged.partition("models:")[0]))
    assert (key, what[:28]) == ("openai.hedge_seconds", "it does nothing with one mod")


def test_where_one_of_them_is_wrong_no_key_is_missed_that_none_of_them_needs(
    problems: Problems,
) -> None:
    own = 'models: [{model: "x", api_keys: ["sk-x"], base_url: "https://x.example/v1", %s: 3}]\n'
    [found] = problems('mode: live\nwechat: {token: "atoken"}\n' + own % "call")
    assert "models[0].call: unknown key" in found


def test_names_that_nobody_gave_differ_all_the_same(read: Read) -> None:
    text = LIVE.replace("name: 主力", "calls: 1").replace('model: "small"', "read_seconds: 9")
    assert [link.name for link in chain(read(text))] == ["big", "big-2", "spare"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('    api_keys: ["sk-spare"]\n', "", "16: models[2].api_keys: empty, expected at least"),
        ('["sk-spare"]', '["****"]', "18: models[2].api_keys[0]: empty or a placeholder"),
        ('"spare"', '"主力"', "11: models: not accepted, expected another name for each"),
        ('"spare"', '"a spare"', "16: models[2].name: not accepted, expected at most 60 char"),
        ("calls: 3", "call: 3", "15: models[1].call: unknown key, did you mean calls?"),
        ('"https://two.example/v1"', "two", "17: models[2].base_url: not accepted"),
    ],
)
def test_what_is_wrong_with_one_is_told_on_its_line(
    problems: Problems, before: str, after: str, told: str
) -> None:
    assert before in LIVE
    lines = problems(LIVE.replace(before, after))
    assert [line for line in lines if line.startswith(told)], lines


def test_of_openai_itself_no_key_is_wanted_where_each_has_its_own(read: Read) -> None:
    text = LIVE.replace('"sk-shared"', '"****"').replace(
        "    temperature: null", '    api_keys: ["sk-main"]'
    )
    text = text.replace("    calls: 3", '    api_keys: ["sk-small"]')
    assert [link.service.api_keys for link in chain(read(text))] == [
        ("sk-main",),
        ("sk-small",),
        ("sk-spare",),
    ]


def test_a_character_that_names_no_model_is_doubtful(read: Read) -> None:
    text = LIVE + 'personas: {小美: {prompt: "你是小美。", model: "spear"}}\n'
    [(key, what)] = doubtful(read(text))
    assert key == "personas.小美.model"
    assert what.endswith("expected one of 主力, small, spare")
    assert list(doubtful(read(text.replace("spear", "spare")))) == []


def test_in_the_sandbox_each_is_the_stand_in(read: Read) -> None:
    text = LIVE.replace("mode: live", "mode: sandbox")
    url = "http://127.0.0.1:9/v1"
    links = chain(against(read(text), {"openai": {"base_url": url}}))
    assert [link.service.base_url for link in links] == [url] * 3
    assert all(link.service.api_keys for link in links)
