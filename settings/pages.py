"""Addresses of pages and pictures, as people copy them from somewhere."""

from urllib.parse import quote, urlsplit

LONGEST = 1000  # characters
STANDS_FOR_ITSELF = "%/:?@!$&'()*+,;=~-._"


def page_address_of(text: str) -> str | None:
    """With what an address cannot hold percent-encoded, as a browser does; None: it is none."""
    if not text.strip():
        return ""
    try:
        parts = urlsplit(text.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    rest = parts._replace(
        netloc=host + port,
        path=quote(parts.path, safe=STANDS_FOR_ITSELF),
        query=quote(parts.query, safe=STANDS_FOR_ITSELF),
        fragment=quote(parts.fragment, safe=STANDS_FOR_ITSELF),
    )
    return rest.geturl() if len(rest.geturl()) <= LONGEST else None
