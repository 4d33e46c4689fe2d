"""What WeChat's API says where it refuses: an errcode, its message and a rid."""

import secrets
from typing import Any

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40004: "invalid media type",
    40005: "invalid file type",
    40007: "invalid media_id",
    40013: "invalid appid",
    40066: "invalid url",
    40125: "invalid appsecret",
    40164: "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    44001: "empty media data",
    45001: "media size out of limit",
    45007: "playtime out of limit",
    45009: "reach max api daily quota limit",
    47001: "data format error",
    48001: "api unauthorized",
}
Json = dict[str, Any]


class Refusal(Exception):
    """WeChat refuses, with an errcode."""


def refused(errcode: int) -> Json:
    """WeChat's answer with an errcode; its HTTP status says that all is well."""
    rid = "-".join(secrets.token_hex(4) for _ in range(3))
    return {"errcode": errcode, "errmsg": f"{MESSAGES.get(errcode, 'error')} rid: {rid}"}
