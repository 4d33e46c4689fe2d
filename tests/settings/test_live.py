"""What `mode: live` needs."""

import pytest

from tests.settings.conftest import LIVE, Problems, Read


def test_placeholders_are_fine_in_the_sandbox(read: Read) -> None:
    assert read("mode: sandbox\nwechat: {token: '****'}\n").openai.api_keys == ()


@pytest.mark.parametrize("token", ["", "****"])
def test_live_refuses_a_token_that_is_none(problems: Problems, token: str) -> None:
    assert problems(LIVE.replace("a-token", token)) == [
        "3: wechat.token: empty or a placeholder, expected the real one, because mode is live"
    ]


def test_a_file_that_names_no_mode_is_live(problems: Problems) -> None:
    text = LIVE.replace("mode: live\n", "").replace("a-token", "")
    assert [problem[:16] for problem in problems(text)] == ["2: wechat.token:"]


@pytest.mark.parametrize("key", ["****", "sk-****", "Bearer sk-****", "Bearer "])
def test_live_refuses_placeholders_for_keys(problems: Problems, key: str) -> None:
    text = LIVE.replace('["sk-one"]', f'\n   - "sk-one"\n   - "{key}"')
    assert problems(text) == [
        "7: openai.api_keys[1]: empty or a placeholder, expected the real one, because mode is live"
    ]


@pytest.mark.parametrize("given", ["openai:\n  api_keys: []\n", "openai:\n", ""])
def test_live_needs_at_least_one_key(problems: Problems, given: str) -> None:
    [problem] = problems('wechat:\n  token: "a-token"\n' + given)
    assert problem.endswith(
        "openai.api_keys: empty, expected at least one key, because mode is live"
    )


def test_checking_addresses_needs_the_accounts_own_keys(problems: Problems) -> None:
    text = LIVE.replace("wechat:", 'wechat:\n  ip_detection: true\n  secret: "****"')
    why = "empty or a placeholder, expected the real one, because wechat.ip_detection is on"
    assert problems(text) == [f"2: wechat.appid: {why}", f"4: wechat.secret: {why}"]


def test_voice_needs_the_accounts_and_the_speech_services_keys(problems: Problems) -> None:
    why = "empty or a placeholder, expected the real one, because azure.trans_to_voice is on"
    assert problems(LIVE + "azure: {trans_to_voice: true}") == [
        f"2: wechat.appid: {why}",
        f"2: wechat.secret: {why}",
        f"6: azure.region: {why}",
        f"6: azure.subscription: {why}",
    ]


def test_without_voice_and_checking_those_keys_may_be_placeholders(read: Read) -> None:
    text = LIVE.replace("wechat:", 'wechat:\n  appid: "****"\n  secret: "****"')
    assert read(text + 'azure: {subscription: "****"}').mode == "live"
