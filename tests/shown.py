"""How the texts begin that lead to a rest, in the default settings: up to their link."""

from settings.schema import Texts


def _begun(text: str) -> str:
    return text.partition("{")[0]


MORE = _begun(Texts().more)
REST = _begun(Texts().rest)
STILL_THINKING = _begun(Texts().still_thinking)
EARLIER_WAITS = _begun(Texts().earlier_waits)
LATER_WAITS = _begun(Texts().later_waits)
VOICE_LATER = _begun(Texts().voice_later)
