"""What can go wrong with WeChat's API, named for what happened (protocol sheet 5.3).

- `WeChatError`: `retryable`, `rest_seconds` and `advice` say what comes next
  - `WeChatUnreachable`: it never heard of the call
    - `NoAnswer`: it may have heard of it, but did not answer to the end
  - `WeChatAnswerMalformed`: what answered does not speak WeChat's language
  - `UploadUnsure`: an upload ended without an answer
  - `AnswerTooLarge`: more than any answer of WeChat's has
  - by `errcode`: `Busy`, `TokenRejected`, `CredentialsRejected`, `AddressNotWhitelisted`,
    `AdminMustConfirm`, `AddressRefused` (`AddressRefusedForTheDay`), `DailyQuotaUsedUp`,
    `TooManyPerMinute`, `ApiNotGranted`, `AccountLimited`, `MediaRefused` (`MediaGone`),
    `UnknownWeChatError`

Texts name the call, the code and WeChat's `rid`, never WeChat's own words: a relay in between might
put an address with the token into them.
"""

import re
from ipaddress import IPv6Address, ip_address

from integrations import IntegrationError
from settings.language import Sentence, said

KEYS_PAGE = "微信开发者平台 › 我的业务 › 公众号 › 基础信息 › 开发密钥"  # protocol sheet 1.6


class WeChatError(IntegrationError):
    """WeChat did not do what was asked of it.

    `call` is the path of the API, `errcode` WeChat's code where it gave one. `rest_seconds` is how
    long to leave the same call alone, `advice` one line that tells the operator what to do.
    """

    rest_seconds = 0.0
    advice = Sentence("see the server's log")

    def __init__(self, call: str, reason: str, *, errcode: int | None = None) -> None:
        super().__init__(f"{call}: {reason}")
        self.call = call
        self.errcode = errcode


class WeChatUnreachable(WeChatError):
    """WeChat could not be reached, so nothing was asked of it."""

    retryable = True
    advice = Sentence("check this machine's network and wechat.api_base")


class NoAnswer(WeChatUnreachable):
    """WeChat may have heard of the call and done it, but gave no whole answer in time."""


class WeChatAnswerMalformed(WeChatError):
    """Something answered, but not in the way that WeChat does: mostly a gateway in between."""

    retryable = True
    advice = Sentence(
        "check wechat.api_base and any proxy in between: it does not answer as WeChat does"
    )


class UploadUnsure(WeChatError):
    """An upload ended without an answer: WeChat may keep the voice, under an id nobody knows.

    Not retryable, as each further try could leave one more voice that nobody deletes.
    """

    advice = Sentence(
        "nothing to do; if it happens often, look for stray voices in the material library"
    )


class AnswerTooLarge(WeChatError):
    """An answer, or a recording, is larger than any that WeChat has."""

    advice = Sentence(
        "check wechat.api_base and any proxy in between: it does not answer as WeChat does"
    )


class Busy(WeChatError):
    """WeChat is too busy."""

    retryable = True
    advice = Sentence("nothing to do, it passes")


class TokenRejected(WeChatError):
    """WeChat rejects the access token, and the new one that it gave too."""

    retryable = True
    rest_seconds = 30.0  # sooner it hands out no other one (protocol sheet 5.2)
    advice = Sentence("see whether another program with this AppID keeps forcing new access tokens")


class CredentialsRejected(WeChatError):
    """WeChat rejects the AppID or the AppSecret, or the AppSecret is frozen."""

    rest_seconds = 600.0
    advice = Sentence(
        "compare wechat.appid and wechat.secret with 微信开发者平台 › 我的业务 › 公众号 › 基础信息"
        " › 开发密钥; unfreeze or reset there"
    )


class AddressNotWhitelisted(WeChatError):
    """The account does not let this machine's address call the API.

    `address` is the one that WeChat saw, empty where it did not say.
    """

    rest_seconds = 600.0  # about as long as a change takes to work (protocol sheet 5.3)
    advice = Sentence(
        "add this machine's public address to the IP whitelist (IP白名单): 微信开发者平台"
        " › 我的业务 › 公众号 › 基础信息 › 开发密钥; takes about 10 min"
    )

    def __init__(
        self, call: str, reason: str, *, errcode: int | None = None, address: str = ""
    ) -> None:
        super().__init__(call, reason, errcode=errcode)
        self.address = address
        if address:
            vars(self)["advice"] = said(  # in place of the class's
                "add {address} to the IP whitelist (IP白名单): {page}; takes about 10 min",
                address=address,
                page=KEYS_PAGE,
            )


class AdminMustConfirm(WeChatError):
    """The account's administrator must first allow this machine's address."""

    rest_seconds = 600.0
    advice = Sentence("the account's administrator has to confirm this address, asked in WeChat")


class AddressRefused(WeChatError):
    """The account's administrator refused this machine's address for an hour."""

    rest_seconds = 3600.0
    advice = Sentence(
        "the administrator refused this address: ask them to allow it when WeChat asks again"
    )


class AddressRefusedForTheDay(AddressRefused):
    """The account's administrator refused this machine's address twice: for 24 hours."""

    rest_seconds = 24 * 3600.0


class DailyQuotaUsedUp(WeChatError):
    """The account has used up today's calls of this API."""

    rest_seconds = 3600.0  # the day ends at 00:00 in China, a reset by hand may come sooner
    advice = Sentence(
        "wait for 00:00 (China), or clear the quota: 微信开发者平台 › 接口管理 › 接口权限与额度;"
        " 10 times a month"
    )


class TooManyPerMinute(WeChatError):
    """The account called this API too often within a minute."""

    retryable = True
    rest_seconds = 60.0
    advice = Sentence("nothing to do, it passes within a minute")


class ApiNotGranted(WeChatError):
    """Accounts of this kind may not call this API."""

    rest_seconds = 24 * 3600.0
    advice = Sentence(
        "see what this account may call: 微信开发者平台 › 接口管理 › 接口权限与额度;"
        " switch voice answers off without it"
    )


class AccountLimited(WeChatError):
    """WeChat has banned the account from this API, or limited the account."""

    rest_seconds = 24 * 3600.0
    advice = Sentence("read the notices to the account at mp.weixin.qq.com and appeal there")


class MediaRefused(WeChatError):
    """WeChat does not take this voice: its kind, size or length."""

    advice = Sentence("a voice has to be mp3 or amr, of at most 2 MB and 60 seconds")


class MediaGone(MediaRefused):
    """WeChat has nothing under this media id: deleted, expired, or another account's."""

    advice = Sentence("nothing to do; temporary media expire after 3 days")


class UnknownWeChatError(WeChatError):
    """WeChat answered with a code that is not known here."""

    advice = Sentence(
        "look the errcode up at developers.weixin.qq.com (返回码); its rid is explained 7 days"
    )


BY_ERRCODE: dict[int, type[WeChatError]] = {
    -1: Busy,
    **dict.fromkeys((40001, 40014, 42001), TokenRejected),
    **dict.fromkeys((40013, 40125, 41002, 41004, 40243), CredentialsRejected),
    **dict.fromkeys((40164, 45035, 61004), AddressNotWhitelisted),
    **dict.fromkeys((89501, 89503), AdminMustConfirm),
    89506: AddressRefusedForTheDay,
    89507: AddressRefused,
    45009: DailyQuotaUsedUp,
    45011: TooManyPerMinute,
    48001: ApiNotGranted,
    **dict.fromkeys((48004, 50002), AccountLimited),
    40007: MediaGone,
    # kind, size, length and emptiness of a file
    **dict.fromkeys((40004, 40005, 40006, 40009, 40010, 41005, 44001, 45001, 45007), MediaRefused),
}
# Where a token is asked for, these are about the secret: there is no token yet to be wrong.
BY_ERRCODE_OF_TOKEN_CALLS = BY_ERRCODE | {40001: CredentialsRejected}


def named(call: str, errcode: int, errmsg: str, *, asks_for_token: bool = False) -> WeChatError:
    """The error for what WeChat answered to a call; `errmsg` is read for facts, and not kept."""
    known = BY_ERRCODE_OF_TOKEN_CALLS if asks_for_token else BY_ERRCODE
    kind = known.get(errcode, UnknownWeChatError)
    rid = re.search(r"\brid: ?([0-9a-f-]{1,40})", errmsg)
    reason = f"errcode {errcode}" + (f", rid {rid[1]}" if rid else "")
    if issubclass(kind, AddressNotWhitelisted):
        return kind(call, reason, errcode=errcode, address=address_in(errmsg))
    return kind(call, reason, errcode=errcode)


def address_in(errmsg: str) -> str:
    """The address in "invalid ip 1.2.3.4 ipv6 ::ffff:1.2.3.4, not in whitelist", or nothing."""
    for word in re.findall(r"\bip(?:v6)? ([0-9A-Fa-f.:]{3,45})", errmsg):
        try:
            address = ip_address(word)
        except ValueError:
            continue
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return str(mapped or address)
    return ""
