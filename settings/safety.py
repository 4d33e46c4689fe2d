"""Who may ask, and what must not be asked or answered."""

from pathlib import Path

from settings.kinds import FilePath, Items, PassPhrase
from settings.section import Section


class Moderation(Section):
    """What must not be asked or answered."""

    lists: Items[FilePath] = ()  # files of words, read again when they change


class Access(Section):
    """Who may ask: everyone, unless there are pass phrases, invite codes or a list."""

    words: Items[PassPhrase] = ()
    codes_file: FilePath = Path()
    list_file: FilePath = Path()
    block_file: FilePath = Path()
