"""Where a database is, as its address says: with a password, which nobody is shown."""

import re
from dataclasses import dataclass, field

from psycopg import Error
from psycopg.conninfo import conninfo_to_dict

from settings.language import said
from store.errors import StoreUnavailable


@dataclass(frozen=True)
class Address:
    """`url` is handed to the driver alone; `shown` is the host, the port and the database."""

    url: str = field(repr=False)
    shown: str
    hidden: tuple[str, ...] = field(repr=False)  # what may stand in no line

    @classmethod
    def of(cls, url: str) -> "Address":
        """Raises `StoreUnavailable` where it is no address of PostgreSQL: what is wrong with it."""
        try:
            parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value}
        except Error as error:
            raise StoreUnavailable(_unread(str(error), url)) from None
        if wrong := _misread(parts):
            raise StoreUnavailable(wrong)
        hosts = parts.get("host") or parts.get("hostaddr") or "localhost"
        shown = f"{hosts}:{parts.get('port', '5432')}/{parts.get('dbname', parts.get('user', ''))}"
        secrets = (parts.get(name) for name in ("password", "sslpassword", "user"))
        return cls(url, shown, tuple(secret for secret in secrets if secret))

    def without_secrets(self, text: str) -> str:
        """What the driver or the database says, in one line, without what is hidden."""
        for secret in (self.url, *self.hidden):
            text = text.replace(secret, "***")
        return " ".join(text.split())


def _unread(problem: str, url: str) -> str:
    """Which part the driver cannot read; its own words repeat what may be a password."""
    if problem.startswith(("invalid percent-encoded", "unexpected spaces")):
        return _to_be_encoded()
    option = re.search(r'invalid URI query parameter: "(\w+)"', problem)
    if option and option[1] in url.rpartition("@")[2].partition("?")[2]:
        return said("store.url: PostgreSQL knows no option {name} (after the ?)", name=option[1])
    return said("store.url is no address like postgresql://USER:PASSWORD@HOST:5432/DATABASE")


def _misread(parts: dict[str, str]) -> str:
    """What has been taken for something else, as the characters of a password may be."""
    if any("@" in parts.get(name, "") for name in ("host", "port", "dbname")):
        return _to_be_encoded()
    ports = [port for port in parts.get("port", "").split(",") if port]
    if not all(re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 65536 for port in ports):
        return said("store.url: the port is no number from 1 to 65535 (HOST:PORT/DATABASE)")
    return ""


def _to_be_encoded() -> str:
    return said(
        "store.url: the user or the password has a character that means something in an address;"
        " write @ as %40, : as %3A, / as %2F, % as %25, a space as %20"
    )
