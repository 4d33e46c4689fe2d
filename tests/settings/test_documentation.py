"""The shipped `config.yml`: every key, explained, with its default."""

import re

from settings.schema import KEYS, OWN_FILE, Secret, Settings, Store, WeChat
from tests.settings.conftest import SECRETS, Read, looked_up, shipped


def documented() -> dict[str, str]:
    """Every key of the shipped file with the comment above it or beside it."""
    comments: dict[str, str] = {}
    section, above = "", ""
    for line in shipped().splitlines():
        key = re.match(r"( *)([a-z_]+):(.*)", line)
        if key:
            section = section if key[1] else key[2]
            path = f"{section}.{key[2]}" if key[1] else key[2]
            comments[path] = above + "".join(re.findall(r" # (.+)", key[3]))
        above = line.strip(" #") if line.strip().startswith("#") else ""
    return comments


def test_every_key_stands_in_the_shipped_file_with_a_comment_in_chinese() -> None:
    comments = documented()
    assert [key for key in KEYS if not re.search("[一-鿿]", comments.get(key, ""))] == []


def test_every_key_of_the_shipped_file_is_a_key() -> None:
    sections = {key.partition(".")[0] for key in KEYS if "." in key}
    assert documented().keys() - KEYS.keys() == sections


def test_the_shipped_file_shows_the_defaults(read: Read) -> None:
    file = read(shipped())
    default = Settings(
        mode="sandbox",
        wechat=WeChat(token=Secret("****")),
        store=Store(path=OWN_FILE["sandbox"]),
    )
    differing = [key for key in KEYS if looked_up(file, key) != looked_up(default, key)]
    placeholders = {"****", ("****",)}
    assert [key for key in differing if looked_up(file, key) not in placeholders] == []


def test_no_secret_is_written_in_the_shipped_file(read: Read) -> None:
    file = read(shipped())
    assert {looked_up(file, key) for key in SECRETS} <= {"****", ("****",), ""}
