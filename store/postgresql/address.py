"""Where a database is, as its address says: with a password, which nobody is shown."""

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
        """Raises `StoreUnavailable` where it is no address of PostgreSQL."""
        try:
            parts = {name: str(value) for name, value in conninfo_to_dict(url).items() if value}
        except Error:
            raise StoreUnavailable(
                said("store.url is no address like postgresql://USER:PASSWORD@HOST:5432/DATABASE")
            ) from None
        hosts = parts.get("host") or parts.get("hostaddr") or "localhost"
        shown = f"{hosts}:{parts.get('port', '5432')}/{parts.get('dbname', parts.get('user', ''))}"
        secrets = (parts.get(name) for name in ("password", "sslpassword", "user"))
        return cls(url, shown, tuple(secret for secret in secrets if secret))

    def without_secrets(self, text: str) -> str:
        """What the driver or the database says, in one line, without what is hidden."""
        for secret in (self.url, *self.hidden):
            text = text.replace(secret, "***")
        return " ".join(text.split())
