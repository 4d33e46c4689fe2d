"""Text in UTF-8 that a gateway has read as Latin-1: `你` has come as three letters and signs.

It is what many a library takes for the character set where none is named. No text that is meant so
reads as Chinese when it is read the other way round.
"""

import codecs

from integrations.model.body.charsets import TWO_BYTES_LONG, UTF_8


class Mending:
    """Makes it what it was, piece by piece; what is well is left as it is."""

    def __init__(self) -> None:
        self._is_well = self._is_known = False  # as far as is known by now
        self._held = ""  # the beginning of a character, perhaps

    def mended(self, piece: str) -> str:
        """A piece of the text, as it is to be read by now."""
        if self._is_well or (piece.isascii() and not self._held):
            return piece
        text, self._held = self._held + piece, ""
        utf_8 = codecs.getincrementaldecoder(UTF_8)()
        try:
            read = utf_8.decode(text.encode("latin-1"))
        except UnicodeError:
            self._is_well = True
            return text
        torn = len(utf_8.getstate()[0])
        self._held = text[len(text) - torn :]
        self._is_known = self._is_known or max(read, default="") > TWO_BYTES_LONG
        return read if self._is_known else text[: len(text) - torn]

    def rest(self) -> str:
        """What is held, once no more comes."""
        held, self._held = self._held, ""
        return held
