"""`python -m service.setup` as a script runs it: what it writes, and what it refuses."""

import stat
from pathlib import Path

import pytest
import yaml

from sandbox.model import ModelStandIn
from service.setup.__main__ import main
from service.setup.cleaning import cleaned, host
from service.setup.providers import SERVICES
from settings.loading import load
from settings.schema import KEYS
from settings.writing import DEFAULTS
from tests.setting_up.conftest import SetUp


def test_a_file_for_its_owner_alone_with_the_keys_that_differ(
    set_up: SetUp, tmp_path: Path, model: ModelStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set_up() == 0
    path = tmp_path / "my.yml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = yaml.safe_load(path.read_text())
    token = written["wechat"].pop("token")
    assert written == {
        "mode": "live",
        "store": {"path": str(tmp_path / "var" / "my.db")},
        "wechat": {},
        "openai": {"base_url": model.url, "api_keys": ["sk-one"], "model": "m"},
        "server": {"trusted_proxies": ["127.0.0.1"]},
    }
    assert load(path, {}).wechat.token == token
    said = capsys.readouterr().out
    assert "✓ the model: first word after " in said
    assert "域名与消息推送配置" in said
    assert "URL             http://wechat.example.com/wechat" in said
    assert f"Token           {token}" in said
    assert "sk-one" not in said
    assert len(model.asked) == 1


def test_a_model_that_does_not_answer_is_told_and_nothing_is_written(
    set_up: SetUp, tmp_path: Path, model: ModelStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    model.will(status=401)
    assert set_up() == 2
    assert list(tmp_path.iterdir()) == []
    assert "→ the key is wrong, revoked or without credit" in capsys.readouterr().out
    assert set_up("--no-call") == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"token": "ab"}, "--token: not accepted, expected 3 to 32 letters and digits"),
        ({"aes_key": "short"}, "--aes-key: not accepted, expected 43 letters and digits"),
        ({"aes_key": "A" * 43}, "--appid: empty or a placeholder"),
        ({"ip_detection": "y", "appid": "gh_1"}, "--appid: this is the account's original id"),
        ({"ip_detection": "perhaps"}, "--ip-detection: y or n"),
        ({"port": "70000"}, "--port: a number from 1 to 65535"),
        ({"port": "0"}, "--port: a number from 1 to 65535"),
        ({"port": "80"}, "--port: the proxy listens on 80 and 443 itself"),
        ({"key": ""}, "--key: empty"),
        ({"model": ""}, "--model: it cannot be left away"),
        ({"domain": "微信.com"}, "--domain: a name like"),
        ({"proxy": "apache"}, "--proxy: nginx, caddy, none"),
        ({"domain": "192.168.1.5"}, "--domain: a name like"),
        ({"domain": "localhost"}, "--domain: a name like"),
        (
            {"ip_detection": "y", "appid": "wx0123456789abcdef", "secret": "abc"},
            "--secret: no AppSecret: WeChat's have 32",
        ),
        ({"service": "99"}, "--service: a number or a name of the list: deepseek, "),
    ],
)
def test_what_the_settings_would_refuse_is_refused_with_its_option_and_nothing_is_written(
    set_up: SetUp,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    given: dict[str, str],
    words: str,
) -> None:
    assert set_up("--no-call", **given) == 2
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_twice_changes_only_what_is_given_and_keeps_the_file_before(
    set_up: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my.yml"
    assert set_up("--no-call", key="${MODEL_KEY}", port="9001", proxy="caddy") == 2, "no such key"
    assert set_up("--no-call", port="9001", proxy="caddy") == 0
    tree = yaml.safe_load(path.read_text()) | {
        "limits": {"gap_seconds": 9},
        "texts": {"more": "…{link}"},
    }
    path.write_text("# URL: https://wechat.example.com/wechat\n" + yaml.safe_dump(tree))
    assert set_up("--no-call") == 2
    assert "change it with --change" in capsys.readouterr().err
    nothing = dict.fromkeys(("service", "base_url", "key", "domain"))
    assert set_up("--no-call", "--change", **nothing, model="other") == 0
    tree["openai"]["model"] = "other"
    assert yaml.safe_load(path.read_text()) == tree
    assert "https://wechat.example.com/wechat" in capsys.readouterr().out
    assert yaml.safe_load((tmp_path / "my.yml.old").read_text())["openai"]["model"] == "m"


def test_another_service_takes_its_settings_along_and_leaves_none_behind(
    set_up: SetUp, tmp_path: Path
) -> None:
    def openai() -> dict[str, object]:
        return dict(yaml.safe_load((tmp_path / "my.yml").read_text())["openai"])

    own = {"base_url": None, "model": None}
    assert set_up("--no-call", service="kimi", **own) == 0
    kimi = openai()
    assert (kimi["temperature"], kimi["model"]) == (None, "kimi-k2.6")
    assert kimi["extra_body"] == {"thinking": {"type": "disabled"}}
    assert set_up("--no-call", "--change", service="2", **own) == 0
    assert openai() == {
        "base_url": "https://dashscope.aliyuncs.com/compatible-mode/v1",
        "extra_body": {"enable_thinking": False},
        "api_keys": ["sk-one"],
        "model": "qwen-plus",
    }


@pytest.mark.parametrize("service", [s.name for s in SERVICES if s.models and s.base_url])
def test_each_service_makes_settings_that_are_taken(
    set_up: SetUp, tmp_path: Path, service: str
) -> None:
    assert set_up("--no-call", service=service, base_url=None, model=None) == 0
    assert load(tmp_path / "my.yml", {}).mode == "live"


def test_a_voice_needs_the_account_and_the_speech_service(
    set_up: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"voice": "是", "speech_key": "k", "speech_region": "eastasia"}
    given |= {"appid": "wx0123456789abcdef"}
    assert set_up("--no-call", **given) == 2
    assert "--secret: empty" in capsys.readouterr().err
    assert set_up("--no-call", **given, secret="5a4db0c5" * 4) == 0
    settings = load(tmp_path / "my.yml", {})
    assert settings.azure.trans_to_voice
    assert (settings.azure.region, settings.wechat.appid) == ("eastasia", "wx0123456789abcdef")
    assert "IP whitelist" in capsys.readouterr().out


def test_a_file_that_is_wrong_already_is_not_gone_through(
    set_up: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my.yml"
    for text, words in (
        ("a: [", "cannot be read"),
        ("wechat: {tokens: x}\n", "is wrong in wechat."),
    ):
        path.write_text(text)
        assert set_up("--no-call", "--change") == 2
        assert words in capsys.readouterr().err
        assert path.read_text() == text


def test_directly_on_port_80_nothing_stands_in_front(set_up: SetUp, tmp_path: Path) -> None:
    assert set_up("--no-call", proxy="none") == 0
    settings = load(tmp_path / "my.yml", {})
    assert (settings.server.host, settings.server.port) == ("0.0.0.0", 80)
    assert settings.server.trusted_proxies == ()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("  sk-one\n", "sk-one"),
        ("“sk-one”", "sk-one"),
        ("Bearer sk-one", "sk-one"),
        ("ｓｋ－ｏｎｅ", "sk-one"),
        ("http：／／127.0.0.1：9000/v1", "http://127.0.0.1:9000/v1"),
        ("`gpt-5.4-mini`,", "gpt-5.4-mini"),
        ("sk-\u200bone\u3000", "sk-one"),
        ("sk-o ne", "sk-one"),
    ],
)
def test_an_answer_is_taken_as_it_was_meant(typed: str, meant: str) -> None:
    assert cleaned(typed) == meant


@pytest.mark.parametrize(
    "typed", ["wechat.example.com", "https://wechat.example.com/wechat", "Wechat。Example。com/"]
)
def test_a_domain_is_found_in_what_is_pasted(typed: str) -> None:
    assert host(typed) == "wechat.example.com"


def test_the_defaults_that_are_left_away_are_all_there_are() -> None:
    assert DEFAULTS.keys() == KEYS.keys() - {"mode", "wechat.token"}


def test_a_folder_that_is_not_there_is_told_before_the_model_is_asked(
    set_up: SetUp, tmp_path: Path, model: ModelStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set_up("--config", str(tmp_path / "no" / "my.yml")) == 1
    assert capsys.readouterr().err == f"✗ {tmp_path}/no: No such file or directory\n"
    assert model.asked == []


def test_answers_that_would_go_unused_are_not_passed_over(
    set_up: SetUp, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set_up("--no-call") == 0
    assert main(["--yes", "--lang=en", "--model=another"]) == 2, "it would start the server"
    assert capsys.readouterr().err == "✗ my.yml is there: change it with --change\n"


def test_with_nothing_in_front_no_file_for_a_proxy_lies_about(
    set_up: SetUp, tmp_path: Path
) -> None:
    def made() -> set[str]:
        return {path.name for path in (tmp_path / "var" / "deploy").iterdir()}

    assert set_up("--no-call") == 0
    assert made() == {"nginx.conf", "Caddyfile", "huixin.service"}
    assert set_up("--no-call", "--change", proxy="none") == 0
    assert made() == {"huixin.service"}


def test_help_names_the_answers_that_there_are_to_choose_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        main(["--lang=zh", "--help"])
    told = "".join(capsys.readouterr().out.split())
    assert "用哪家的模型？:deepseek，qwen，" in told
    assert "语音提问要用语音回答吗？需要Azure语音资源、AppID和AppSecret:y，n" in told
