"""The pieces of an answer, from services that say again with a piece what they had said before.

Most send what is new. Some send all there is by then with each piece, some once more at the end.
"""

LONG_ENOUGH = 8  # characters that no answer says twice by chance, in several pieces and in one
SURE = 2  # pieces, each of which began with all of the one before


class Pieces:
    """Tells what of each piece is new. While that is open, the few pieces there are are held."""

    def __init__(self) -> None:
        self._taken: list[str] = []  # what was new
        self._length = 0  # characters of it
        self._grows = True  # as far as anybody can know, each piece is all there is by then
        self._whole = ""  # the last of those pieces
        self._grown = 0  # how many were longer than the one before
        self._held: list[str] = []

    @property
    def several(self) -> bool:
        """Whether more than one has come."""
        return len(self._taken) > 1 or bool(self._held)

    def new_in(self, piece: str, *, last: bool = False) -> str:
        """What is to be added for a piece; `last`: it says that the answer ends with it."""
        if self._grows:
            return self._added(self._new_in_whole(piece))
        if len(piece) >= self._length and self._says_all_again(piece, last):
            return ""
        return self._added(piece)

    def rest(self) -> str:
        """What is held, once no more comes or something else does."""
        if not self._held:
            return ""
        grown = self._grown and len(self._taken[0]) > 1 and self._goes_on
        again = not self._grown and self._length >= 2 * LONG_ENOUGH
        new = self._whole[self._length :] if grown or again else "".join(self._held)
        self._held.clear()
        self._grows = self._grows and bool(grown)
        return self._added(new)

    def _added(self, new: str) -> str:
        if new:
            self._taken.append(new)
            self._length += len(new)
        return new

    def _new_in_whole(self, piece: str) -> str:
        if not self._taken:
            self._whole = piece
            return piece
        if self._grown >= SURE and self._goes_on:
            if not piece.startswith(self._whole[: (min(len(piece), self._length) + 1) // 2]):
                self._grows = False  # it only looked so: the whole begins as it did
                return piece
            self._whole = piece  # a character of it may have changed: its place counts
            return piece[self._length :]
        if not piece.startswith(self._whole):
            self._grows = False
            held, self._held = "".join(self._held), []
            return held + piece
        self._grown += len(piece) > len(self._whole)
        self._held.append(piece)
        self._whole = piece
        if self._grown < SURE or not self._goes_on:
            return ""
        self._held.clear()
        return piece[self._length :]

    @property
    def _goes_on(self) -> bool:
        """Whether it is more than its beginning again and again, as a laugh is, or a line."""
        return bool(self._whole.replace(self._taken[0], ""))

    def _says_all_again(self, piece: str, last: bool) -> bool:
        if len(self._taken) < 2 or not (last or self._length >= LONG_ENOUGH):
            return False
        return piece == "".join(self._taken) and bool(piece.replace(self._taken[0], ""))
