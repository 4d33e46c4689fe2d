"""Only what WeChat signed is signed."""

import pytest
from hypothesis import given
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.utils import check_signature

from integrations.wechat.messages import is_signed, signature
from tests.integrations.pushed import anything, legal, words


@pytest.mark.parametrize(
    ("timestamp", "nonce", "expected"),
    [
        ("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        ("1714112445", "415670741", "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
    ],
)
def test_the_signatures_of_the_documentation_are_right(
    timestamp: str, nonce: str, expected: str
) -> None:
    assert signature("AAAAA", timestamp, nonce) == expected
    assert signature(nonce, "AAAAA", timestamp) == expected  # whatever the order
    assert is_signed("AAAAA", signature=expected, timestamp=timestamp, nonce=nonce)


@pytest.mark.parametrize(
    "other",
    [
        {"signature": "f464b24fc39322e44b38aa78f5edd27bd1441697"},
        {"signature": "F464B24FC39322E44B38AA78F5EDD27BD1441696"},
        {"signature": ""},
        {"signature": "签名"},
        {"signature": "\ud800"},
        {"timestamp": "1714036505"},
        {"timestamp": ""},
        {"nonce": "1514711493"},
        {"nonce": "\ud800"},
    ],
)
def test_anything_else_than_the_signature_is_no_signature(other: dict[str, str]) -> None:
    right = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "timestamp": "1714036504",
        "nonce": "1514711492",
    }
    assert not is_signed("AAAAA", **(right | other))


def test_another_token_makes_another_signature() -> None:
    signed = signature("AAAAA", "1714036504", "1514711492")
    assert not is_signed("AAAAB", signature=signed, timestamp="1714036504", nonce="1514711492")


def test_nothing_is_signed_by_an_empty_token() -> None:
    anybody = signature("", "1714036504", "1514711492")
    assert not is_signed("", signature=anybody, timestamp="1714036504", nonce="1514711492")


@given(token=anything.filter(bool), timestamp=anything, nonce=anything, given_instead=anything)
def test_any_text_can_be_checked(
    token: str, timestamp: str, nonce: str, given_instead: str
) -> None:
    signed = signature(token, timestamp, nonce)
    assert is_signed(token, signature=signed, timestamp=timestamp, nonce=nonce)
    assert not is_signed(token, signature=given_instead, timestamp=timestamp, nonce=nonce)


@given(token=words, timestamp=legal, nonce=legal)
def test_wechatpy_agrees_about_signatures(token: str, timestamp: str, nonce: str) -> None:
    check_signature(token, signature(token, timestamp, nonce), timestamp, nonce)
    with pytest.raises(InvalidSignatureException):
        check_signature(token, signature(token + "x", timestamp, nonce), timestamp, nonce)
