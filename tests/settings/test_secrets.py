"""No secret of the settings is shown by them or by an error, whatever is in the file."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from settings.file.text import SettingsError
from settings.loading import load
from settings.schema import KEYS, Access, Azure, Moderation, OpenAI, Secret, Settings, Store, WeChat
from tests.conftest import ROOT
from tests.settings.conftest import SECRETS, Read, Write, nested


def test_the_secret_keys_and_no_others_are_held_as_secrets() -> None:
    sections = (Store, WeChat, OpenAI, Azure, Access, Moderation)
    types = {name: hint for section in sections for name, hint in get_type_hints(section).items()}
    held = [key for key in KEYS if types.get(key.partition(".")[2]) in (Secret, tuple[Secret, ...])]
    assert held == SECRETS


def test_a_secret_is_not_shown_by_a_repr_and_is_itself_in_use() -> None:
    settings = Settings(wechat=WeChat(token=Secret("s3cret-word")))
    assert "s3cret-word" not in repr(settings)
    assert "***" in repr(settings)
    assert f"Bearer {settings.wechat.token}" == "Bearer s3cret-word"


def test_an_error_of_the_sections_themselves_shows_no_value() -> None:
    with pytest.raises(ValidationError) as refused:
        WeChat(token=Secret("two s3cret words"), secret=Secret("a s3cret"))
    assert "wechat" in str(refused.value).lower()
    assert_nowhere_in("s3cret", refused.value)


@pytest.mark.parametrize("key", SECRETS)
def test_a_secret_is_not_shown_by_the_settings(read: Read, key: str) -> None:
    secret = "S3CRETxyz" * 4 + "S3CRETx"  # as long as an EncodingAESKey
    kinds = {"openai.api_keys": [secret], "store.url": f"postgresql://{secret}@host/huixin"}
    kinds["access.words"] = [secret]
    value = kinds.get(key, secret)
    settings = read(yaml.safe_dump(nested(key, value)))
    assert "S3CRETxyz" not in repr(settings) + str(settings)


@pytest.mark.parametrize("key", ["extra_headers", "extra_query", "extra_body"])
def test_what_goes_with_each_request_is_not_shown(read: Read, key: str) -> None:
    settings = read(yaml.safe_dump(nested(f"openai.{key}", {"api-key": "S3CRETxyz"})))
    assert getattr(settings.openai, key) == {"api-key": "S3CRETxyz"}
    assert "S3CRETxyz" not in repr(settings) + str(settings)


SLIPPED = [
    "wechat: {token: S3CRETxyz, token: S3CRETxyz}",
    "wechat: {S3CRETxyz}",
    "wechat: {S3CRETxyz, S3CRETxyz}",
    "wechat:\n  token: *S3CRETxyz\n",
    "wechat:\n  token: !S3CRETxyz\n",
    "wechat:\n  token: !S3CRETxyz!S3CRETxyz x\n",
    "wechat:\n  token: &S3CRETxyz &S3CRETxyz\n  secret: &S3CRETxyz",
    "wechat:\n  token: @S3CRETxyz\n",
    "wechat:\n  token: %S3CRETxyz\n",
    "wechat:\n  token: 'S3CRETxyz\n",
    "wechat:\n  token: S3CRETxyz: S3CRETxyz\n",
    "%TAG !S3CRETxyz! a\n%TAG !S3CRETxyz! b\n---\nmode: live",
    "wechat:\n  token: '\0S3CRETxyz'\n",
    "wechat: S3CRETxyz",
    "S3CRETxyz",
    "openai: {api_keys: S3CRETxyz}",
    "openai: {api_keys: {S3CRETxyz: S3CRETxyz}}",
    "openai: {extra_headers: {S3CRETxyz}, extra_query: S3CRETxyz, extra_body: [S3CRETxyz]}",
    "openai: {extra_headers: {'S3CRETxyz ': S3CRETxyz}, extra_query: {a: [S3CRETxyz]}}",
    "openai: {extra_body: {a: !S3CRETxyz S3CRETxyz}}",
    "openai: {extra_body: {messages: S3CRETxyz}}",
    "openai: {base_url: 'https://S3CRETxyz:S3CRETxyz@host'}",
]


@pytest.mark.parametrize("content", SLIPPED)
def test_a_secret_in_a_broken_place_is_not_repeated(write: Write, content: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(write(content), {})
    assert_nowhere_in("S3CRETxyz", refused.value)


def assert_nowhere_in(secret: str, error: BaseException) -> None:
    """Neither in its text nor in an error that a traceback would show before it."""
    shown: BaseException | None = error
    while shown is not None:
        assert secret not in str(shown) + repr(shown)
        shown = shown.__cause__ or shown.__context__


# Whatever is in the file

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.dates()
    | st.binary(max_size=5)
    | st.sampled_from(["${HOME}", "${", "${NONE}", "{link}", "****", "live", "Bearer "])
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | scalars, inner)
    ),
    max_leaves=8,
)


def load_or_refuse(path: Path, environ: Mapping[str, str] = os.environ) -> str:
    """What is shown of the settings or the error; anything but these two fails the test."""
    try:
        return repr(load(path, environ))
    except SettingsError as error:
        assert str(error)
        return str(error)


@given(values=st.dictionaries(st.sampled_from(sorted(KEYS)), anything, max_size=6))
def test_any_value_in_any_place_is_taken_or_refused(
    write: Write, values: dict[str, object]
) -> None:
    file: dict[str, Any] = {}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        place = file.setdefault(section, {}) if section else file
        place[name] = value
    load_or_refuse(write(yaml.safe_dump(file)))


@given(document=anything)
def test_any_document_is_taken_or_refused(write: Write, document: object) -> None:
    load_or_refuse(write(yaml.safe_dump(document)))


@given(content=st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_taken_or_refused(write: Write, content: bytes) -> None:
    load_or_refuse(write(content))


@given(
    content=st.text(alphabet="mode: live\n[]{}\"'&*!%@`|>-?#,${}\\xU0\t~<", max_size=60),
)
def test_any_text_that_looks_like_yaml_is_taken_or_refused(write: Write, content: str) -> None:
    load_or_refuse(write(content))


@given(
    key=st.sampled_from([*SECRETS, "openai", "wechat", "azure"]),
    wrap=st.sampled_from(["{}", "[{}]", "[[{}]]", "{{{}: 1}}", "{{a: {}}}", "'{} {}'", "!!int {}"]),
    mark=st.sampled_from(["", "*", "&", "!", "%", "@", "|", ">", "'", '"', "- ", "${", "{", "? "]),
)
def test_a_secret_is_never_shown_wherever_and_however_it_is_written(
    write: Write, key: str, wrap: str, mark: str
) -> None:
    written = wrap.format(f"{mark}S3CRETxyz", "S3CRETxyz")
    section, _, name = key.rpartition(".")
    text = f"{section}:\n  {name}: {written}\n" if section else f"{name}: {written}\n"
    shown = load_or_refuse(write(text), {})
    # ${NAME} is the name of a variable by what the file says, and is told for that.
    assert "S3CRETxyz" not in shown.replace("${S3CRETxyz}", "").replace("no S3CRETxyz", "")


def test_git_takes_no_file_that_holds_an_operator_s_secrets(tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    (tmp_path / ".gitignore").write_bytes((ROOT / ".gitignore").read_bytes())
    names = [
        *("my.yml", "my.yml.old", "my.yml.bak", "my.yml~", ".my.yml.4711", ".my.yml.swp"),
        *("live.yml", "live-shop.yml.old", ".live.yml.12"),
    ]
    asked = [*git, "check-ignore", *names, "live.example.yml"]
    assert subprocess.run(asked, capture_output=True, text=True).stdout.splitlines() == names
