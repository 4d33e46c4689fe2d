"""Texts for followers: what may stand in them."""

import pytest

from settings.file.text import SettingsError
from settings.taps import with_links
from tests.settings.conftest import Problems, Read


def test_2000_bytes_are_counted_as_they_are_sent(read: Read, problems: Problems) -> None:
    file = 'wechat: {{token: "t"}}\nmode: sandbox\ntexts:\n  welcome: "{}"\n'
    link = len(with_links("{tap:再来一次}").encode())
    most = 2000 // link
    assert read(file.format("{tap:再来一次}" * most)).texts.welcome
    [told] = problems(file.format("{tap:再来一次}" * (most + 1)))
    assert "texts.welcome: not accepted, expected at most 2000 bytes" in told


@pytest.mark.parametrize("text", ["{tap:}", "{tap: }", "{Tap:x}", "{link}", "{", "{tap:{x}}"])
def test_other_braces_are_refused(read: Read, text: str) -> None:
    with pytest.raises(SettingsError, match=r"texts\.menu: not accepted, expected no braces but"):
        read(f'mode: sandbox\nwechat: {{token: "t"}}\ntexts: {{menu: "{text}"}}')
