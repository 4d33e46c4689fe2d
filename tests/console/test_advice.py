"""Each entry says why, and what to type next."""

import re
from collections.abc import Iterator

from console.output import Table
from console.pages.attention import of_attention
from fsm.reasons import ADVICE, advice, cause, of_keys, of_models, service
from integrations.model.errors import ModelError
from integrations.speech.errors import SpeechError
from settings.schema import KEYS
from store import processes
from store.processes import Process
from tests.console.story import Story


def test_each_entry_says_why_and_what_to_type_next(story: Story) -> None:
    process = Process("host/1/100", "host", 1)
    story.answers(story.is_asked(story.says(who="o-one")), "x" * 1200)
    story.fails(story.is_asked(story.says(who="o-two")), "ModelSilent: nothing for 60 s")
    stuck = story.is_asked(story.says(who="o-three"))
    behind = story.says(who="o-three")
    story.now += 300
    processes.beat(story.db, process, at=story.now, lease=8)
    for commands, mend in (((), f"show {stuck.id}"), (("retry",), f"retry {stuck.id} (or")):
        page = of_attention(story.look(), commands=commands, typed="inspect --db x")
        entries = [row for part in page.parts if isinstance(part, Table) for row in part.rows]
        assert len(entries) == 5
        assert all(what and why and then for what, why, then in entries)
        by_what = {what.split(",")[0]: (why, then) for what, why, then in entries}
        why, then = by_what[f"message {stuck.id}"]
        assert "model asked once, and it has said nothing so far" in why
        assert then.startswith(mend)
        assert by_what[f"message {behind.id}"][1] == f"show {stuck.id}"
        assert page.parts[-1] == 'Each "next" is typed after: inspect --db x'


def every_failure(family: type[Exception]) -> Iterator[str]:
    for failure in family.__subclasses__():
        yield failure.__name__
        yield from every_failure(failure)


def test_for_every_failure_of_the_model_and_of_speech_there_is_advice() -> None:
    kinds = {*every_failure(ModelError), *every_failure(SpeechError)}
    assert len(kinds) > 15
    assert kinds <= ADVICE.keys()


def test_advice_names_settings_that_there_are() -> None:
    named = re.findall(
        r"\b(openai|azure|wechat|limits)\.(\w+)", " ".join(map(str, ADVICE.values()))
    )
    assert len(named) > 10
    assert {f"{part}.{key}" for part, key in named} <= KEYS.keys()


def test_of_several_models_that_have_failed_it_says_what_to_do_about_each() -> None:
    reason = "NoModelLeft: r1:7b: PortRefused: x, http://h/v1; b: NoKeyLeft: key 1/9f3a: KeyRefused"
    assert advice(reason) == (
        "r1:7b: nobody listens there: start the service, or correct the port in base_url; "
        "b: the key is wrong, revoked or without credit: renew or pay for it (api_keys)"
    )
    assert cause(reason) == "KeyRefused, PortRefused"
    assert service(reason) == "model"


def test_of_what_a_service_said_nothing_is_taken_for_another_model() -> None:
    keys = of_keys({"KeyRefused: HTTP 402, no credit; sorry: pay": ["key 1/9f3a"]})
    reasons = of_models([("a", "PortRefused: x; y: z"), ("b", f"NoKeyLeft: {keys}")])
    assert cause(f"NoModelLeft: {reasons}") == "KeyRefused, PortRefused"


def test_of_several_keys_it_says_what_to_do_about_each() -> None:
    refused, limited = "KeyRefused (HTTP 402, code x, http://h/v1)", "OverTheLimit (HTTP 429)"
    reason = f"NoKeyLeft: key 1/9f3a, key 3/77aa: {refused}, key 2/5db1: {limited}"
    assert cause(reason) == "KeyRefused, OverTheLimit"
    assert advice(reason) == (
        f"KeyRefused: {ADVICE['KeyRefused']}; OverTheLimit: {ADVICE['OverTheLimit']}"
    )
