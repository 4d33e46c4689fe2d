"""What `mode: live` needs."""

import pytest

from settings.file.text import SettingsError
from settings.requirements import doubtful
from tests.settings.conftest import LIVE, Problems, Read


def test_placeholders_are_fine_in_the_sandbox(read: Read) -> None:
    assert read("mode: sandbox\nwechat: {token: '****'}\n").openai.api_keys == ()


@pytest.mark.parametrize("token", ["", "****"])
def test_live_refuses_a_token_that_is_none(problems: Problems, token: str) -> None:
    assert problems(LIVE.replace("aToken1", token)) == [
        "3: wechat.token: empty or a placeholder, expected the real one, because mode is live"
    ]


def test_a_file_that_names_no_mode_is_live(problems: Problems) -> None:
    text = LIVE.replace("mode: live\n", "").replace("aToken1", "")
    assert [problem[:16] for problem in problems(text)] == ["2: wechat.token:"]


@pytest.mark.parametrize("token", ["ab", "a" * 33, "a.token", "a+b=c", "ab-cd_ef"])
def test_live_refuses_a_token_that_wechat_does_not_take(problems: Problems, token: str) -> None:
    assert problems(LIVE.replace("aToken1", token)) == [
        "3: wechat.token: not accepted, expected 3 to 32 letters and digits, as WeChat does"
    ]


@pytest.mark.parametrize("token", ["abc", "a" * 32, "aToken1"])
def test_live_takes_a_token_that_wechat_takes(read: Read, token: str) -> None:
    assert read(LIVE.replace("aToken1", token)).wechat.token == token


def test_a_file_of_old_that_names_no_mode_keeps_its_token_which_is_doubted(read: Read) -> None:
    text = LIVE.replace("mode: live\n", "").replace("aToken1", "ab-cd_ef")
    assert [key for key, _ in doubtful(read(text))] == ["wechat.token"]


@pytest.mark.parametrize("appid", ["myapp", "wx0123", "wx0123456789ABCDEF", "wxxxxxxxxxxxxxxxxx"])
def test_live_refuses_an_appid_that_is_none(problems: Problems, appid: str) -> None:
    assert problems(LIVE.replace("wechat:", f"wechat:\n  appid: {appid}")) == [
        "3: wechat.appid: not accepted, expected an AppID: wx and 16 digits or letters a to f"
    ]


def test_the_original_id_of_an_account_is_told_from_its_appid(problems: Problems) -> None:
    assert problems(LIVE.replace("wechat:", "wechat:\n  appid: gh_97417a04a28d")) == [
        "3: wechat.appid: this is the account's original id (gh_...), expected the AppID, "
        "which begins with wx"
    ]


@pytest.mark.parametrize("secret", ["abc", '"{0}"', "{0}0", "wx0123456789abcdef", "a1B" * 14])
def test_a_secret_that_wechat_never_gave_is_doubted(read: Read, secret: str) -> None:
    good = "0123456789abcdef" * 2
    text = LIVE.replace("wechat:", "wechat:\n  appid: wx0123456789abcdef\n  secret: '{}'")
    assert list(doubtful(read(text.format(good)))) == []
    [(key, what)] = doubtful(read(text.format(secret.format(good))))
    assert key == "wechat.secret"
    assert what == "no AppSecret: WeChat's have 32 digits or letters a to f"


PLACEHOLDERS = ["****", "sk-****", "Bearer sk-****", "Bearer ", "your-api-key", "sk-xxx", "XXXXXX"]
PLACEHOLDERS += ["sk-your-key", "YOUR_API_KEY", "<key>", "sk-...", "change-me", "sk-xxxx-xxxx"]
PLACEHOLDERS += ["$OPENAI_API_KEY"]


@pytest.mark.parametrize("key", PLACEHOLDERS)
def test_live_refuses_placeholders_for_keys(problems: Problems, key: str) -> None:
    text = LIVE.replace('["sk-one"]', f'\n   - "sk-one"\n   - "{key}"')
    assert problems(text) == [
        "7: openai.api_keys[1]: empty or a placeholder, expected the real one, because mode is live"
    ]


@pytest.mark.parametrize("key", ["ollama", "sk-no-key-required", "sk-aXXXb", "x", "sk-yourself1"])
def test_live_takes_any_other_key(read: Read, key: str) -> None:
    assert read(LIVE.replace("sk-one", key)).openai.api_keys == (key,)


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


@pytest.mark.parametrize("name", ["****", "your-model", "<model>", "xxx"])
def test_live_refuses_a_placeholder_for_a_model(problems: Problems, name: str) -> None:
    why = "empty or a placeholder, expected the real one, because mode is live"
    assert problems(f'{LIVE}  model: "{name}"\n') == [f"6: openai.model: {why}"]
    models = f'{LIVE}models:\n  - {{model: "a"}}\n  - {{model: "{name}"}}\n'
    assert problems(models) == [f"8: models[1].model: {why}"]


def test_a_model_s_address_without_a_path_is_taken_and_doubted(read: Read) -> None:
    text = LIVE + "  base_url: http://127.0.0.1:9000"
    assert [key for key, _ in doubtful(read(text))] == ["openai.base_url"]
    assert list(doubtful(read(text + "/any"))) == list(doubtful(read(LIVE))) == []


@pytest.mark.parametrize(
    "path",
    [
        *("/v1/messages", "/api/chat", "/api/generate/", "/v1/responses", "/api", "/anthropic"),
        *("/v1beta/models/gemini:streamGenerateContent", "/v1/embeddings", "/completions"),
    ],
)
def test_so_is_one_of_another_protocol(read: Read, path: str) -> None:
    text = f"{LIVE}  base_url: http://127.0.0.1:9000{path}"
    assert [key for key, _ in doubtful(read(text))] == ["openai.base_url"]


def test_a_pattern_of_moderation_that_refuses_everything_is_doubted_or_refused(read: Read) -> None:
    text = LIVE + "\nmoderation:\n  patterns: {号码: '1[0-9]{10}', 全部: '%s'}"
    assert list(doubtful(read(text % "[赌毒]"))) == []
    [(key, what)] = doubtful(read(text % ".+"))
    assert key == "moderation.patterns"
    assert what == "“全部” is found in any text: all are refused"
    with pytest.raises(SettingsError, match=r"moderation\.patterns.*none that finds an empty text"):
        read(text % "赌博|毒品|")


@pytest.mark.parametrize("key", ["service_answers: true", "failing: refuse"])
def test_what_a_service_should_do_that_there_is_not_is_doubted(read: Read, key: str) -> None:
    text = f"{LIVE}\nmoderation:\n  {key}\n"
    [(where, what)] = doubtful(read(text))
    assert where == f"moderation.{key.partition(':')[0]}"
    assert "without moderation.service_url" in what
    assert list(doubtful(read(f"{text}  service_url: http://127.0.0.1:9/v1\n"))) == []
