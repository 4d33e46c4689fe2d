"""Several accounts in the settings: what each inherits, what it does not, and what is refused."""

import pytest

from settings.accounts import of_each
from settings.models import chain
from settings.requirements import doubtful
from tests.settings.conftest import Problems, Read

LIVE = """
mode: live
server: {path: "/wx"}
wechat: {token: "aToken1", appid: "wx0123456789abcdef", settle_seconds: 2, ip_detection: false}
openai:
  api_keys: ["sk-shared"]
  base_url: "https://one.example/v1"
  save_history: 5
limits: {daily_follower: 7, gaps: 2}
texts: {apology: "抱歉。"}
accounts:
  - name: shop
    wechat: {token: "shopToken1"}
    limits: {daily_follower: 9}
  - name: "club"
    path: "club/"
    wechat: {token: "clubToken1", appid: "wxfedcba9876543210"}
    openai: {base_url: "https://two.example/v1", api_keys: ["sk-club"]}
    texts: {welcome: "欢迎。"}
"""


def test_without_any_that_of_wechat_is_the_only_one(read: Read) -> None:
    settings = read(LIVE.partition("accounts:")[0])
    assert of_each(settings) == (settings,)
    assert settings.account == ""


def test_each_has_its_name_and_its_path(read: Read) -> None:
    each = of_each(read(LIVE))
    assert [one.account for one in each] == ["", "shop", "club"]
    assert [one.server.path for one in each] == ["/wx", "/wx/shop", "/club"]
    assert [one.wechat.token for one in each] == ["aToken1", "shopToken1", "clubToken1"]


def test_what_one_leaves_out_is_as_the_file_has_it_key_by_key(read: Read) -> None:
    _, shop, club = of_each(read(LIVE))
    assert (shop.limits.daily_follower, shop.limits.gaps) == (9, 2)
    assert (club.limits.daily_follower, club.limits.gaps) == (7, 2)
    assert (club.texts.welcome, club.texts.apology) == ("欢迎。", "抱歉。")
    assert (club.openai.save_history, club.openai.base_url) == (5, "https://two.example/v1")
    assert shop.wechat.settle_seconds == 2


def test_credentials_are_never_those_of_another_and_keys_go_to_no_other_address(
    read: Read,
) -> None:
    _, shop, _ = of_each(read(LIVE))
    assert shop.wechat.appid == ""
    elsewhere = LIVE.replace(', api_keys: ["sk-club"]', "").replace("mode: live", "mode: sandbox")
    club = of_each(read(elsewhere).model_copy(update={"mode": "live"}))[2]
    assert club.openai.api_keys == ()


def test_without_a_token_wechat_is_no_account_of_its_own_but_what_all_share(read: Read) -> None:
    shared = LIVE.replace('token: "aToken1", appid: "wx0123456789abcdef", ', "")
    shop, club = of_each(read(shared))
    assert (shop.account, club.account) == ("shop", "club")
    assert shop.wechat.settle_seconds == 2


def test_an_advice_names_where_the_key_stands(read: Read) -> None:
    links = [chain(one)[0] for one in of_each(read(LIVE))]
    advised = [link.advice("check openai.api_keys") for link in links]
    assert advised == [
        "check openai.api_keys",
        "check openai.api_keys",
        "check accounts[1].openai.api_keys",
    ]
    assert [link.account for link in links] == ["", "shop", "club"]
    assert links[1].keys_to == links[0].keys_to, "it is the same key"
    assert links[2].keys_to


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('token: "shopToken1"', 'token: "****"', "13: accounts[0].wechat.token: empty or a pl"),
        ("name: shop", "name: 商店", "12: accounts[0].name: not accepted, expected 1 to 30"),
        ("- name: shop\n    ", "- ", "12: accounts[0].name: missing, expected text (in quotes)"),
        ('"club"', '"shop"', "11: accounts: not accepted, expected another name for each"),
        ('"club/"', '"/wx/shop"', "16: accounts[1].path: the same as accounts[0].path, expected"),
        ('"club/"', '"/readyz/"', "16: accounts[1].path: /readyz is a page for monitors, "),
        ('"/wx"', '"healthz"', "3: server.path: /healthz is a page for monitors, expected another"),
        ('"club/"', '"/wx"', "16: accounts[1].path: the same as server.path, expected another"),
        ("wxfedcba9876543210", "wx0123456789abcdef", "17: accounts[1].wechat.appid: the same as w"),
        ("wxfedcba9876543210", "gh_0123", "17: accounts[1].wechat.appid: this is the account's"),
        ('["sk-club"]', "[]", "18: accounts[1].openai.api_keys: empty, expected at least one key"),
        ('["sk-shared"]', '["****"]', "6: openai.api_keys[0]: empty or a placeholder"),
        ("welcome:", "welcom:", "19: accounts[1].texts.welcom: unknown key, did you mean welcome"),
        ("daily_follower: 9", "daily_follower: -1", "14: accounts[0].limits.daily_follower: not"),
        ("daily_follower: 9}", "gaps: 2}\n    azure: {trans_to_voice: true}", "13: accounts[0].w"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_on_its_line(
    problems: Problems, before: str, after: str, told: str
) -> None:
    assert before in LIVE
    lines = problems(LIVE.replace(before, after))
    assert [line for line in lines if line.startswith(told)], lines
    assert len(lines) == len(set(lines))


def test_what_several_lack_is_told_at_once(problems: Problems) -> None:
    lines = problems(LIVE.replace("shopToken1", "****").replace("clubToken1", "ab"))
    assert [line.partition(": ")[2].partition(":")[0] for line in lines] == [
        "accounts[0].wechat.token",
        "accounts[1].wechat.token",
    ]


def test_the_sandbox_plays_that_of_wechat_and_says_so(read: Read, problems: Problems) -> None:
    played = LIVE.replace("mode: live", "mode: sandbox")
    settings = read(played)
    assert [one.account for one in of_each(settings)] == [""]
    assert "accounts" in dict(doubtful(settings))
    lines = problems(played.replace('token: "aToken1", ', ""))
    assert [line for line in lines if "wechat.token: missing: mode sandbox" in line]
