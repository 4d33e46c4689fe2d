"""The errors of the driver, named as the store names them.

Where it cannot connect the driver has no code, and the words are those of the server, which may
speak any language: what is not known by them is told as it is.
"""

import re

import psycopg

from settings.language import Sentence
from store.errors import DatabaseMissing, DiskFull, StoreAway, StoreUnavailable
from store.postgresql.address import Address

# https://www.postgresql.org/docs/current/errcodes-appendix.html
READ_ONLY = Sentence(
    "PostgreSQL only reads, as a replica does: store.url must lead to the primary"
    " (target_session_attrs=read-write finds it among several hosts)"
)
RESTARTING = Sentence("PostgreSQL is starting, stopping or has just been restarted")
PASSWORD = Sentence(
    "PostgreSQL refuses the user or the password of store.url (in it @ is written %40, : %3A,"
    " / %2F, % %25)"
)
NO_DATABASE = Sentence("PostgreSQL has no such database: make it with createdb")
TOO_MANY = Sentence("PostgreSQL has no connection left: raise max_connections")
FULL = Sentence("the disk of PostgreSQL is full: free some space")
LOST = Sentence("the connection to PostgreSQL was lost")
NOT_CONNECTED = Sentence("PostgreSQL cannot be reached")
STATEMENT_MODE = Sentence(
    "PgBouncer is in statement mode, where nothing can be saved together: set its pool_mode to"
    " session, or to transaction"
)
POOLED = "statement pooling mode"  # PgBouncer's own words
ADVICE = {
    "25006": READ_ONLY,
    "28": PASSWORD,
    "3D000": NO_DATABASE,
    "40": Sentence("others changed the same at the same time"),
    "42501": Sentence("the user of store.url lacks a right: have it own the database"),
    "53100": FULL,
    "53300": TOO_MANY,
    "53": Sentence("PostgreSQL lacks memory or room"),
    "55P03": Sentence("somebody else holds what is needed locked"),
    "57014": Sentence("a statement took too long"),
    "57P": RESTARTING,
    "08": LOST,
    "58": Sentence("PostgreSQL cannot read or write its files"),
}
# What may pass, or is known by its name; all else is `StoreUnavailable`.
KINDS: dict[Sentence, type[StoreUnavailable]] = {
    RESTARTING: StoreAway,
    LOST: StoreAway,
    NO_DATABASE: DatabaseMissing,
    FULL: DiskFull,
}
WRONG_OPTION = Sentence("store.url: an option after the ? has a wrong value")
WORDS = (
    (r"password|role .* does not exist|pg_hba|authentication|SCRAM", PASSWORD),
    (r"database .* does not exist", NO_DATABASE),
    (r"too many|remaining connection slots", TOO_MANY),
    (r"is starting up|is shutting down|recovery", RESTARTING),
    (r"session is read-only|read-only|not in hot standby", READ_ONLY),
)
DONE_AGAIN = ("40001", "40P01")  # serialization failure, deadlock: it was rolled back


def named(error: Exception, address: Address) -> Exception:
    """The error of ours for one of the driver's; a broken rule of the schema stays itself."""
    if isinstance(error, OSError):
        return StoreAway(f"{NOT_CONNECTED} ({address.shown}): {error.strerror}")
    if not isinstance(error, psycopg.Error):
        return error
    if error.sqlstate:
        return _by_code(error, error.sqlstate, address)
    said_of_it = address.without_secrets(str(error))
    if re.search(r"\b(bad|invalid)( \S+)? value", said_of_it):
        return StoreUnavailable(f"{WRONG_OPTION}: {said_of_it}")
    if not isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError)):
        return error
    for pattern, advice in WORDS:
        if re.search(pattern, said_of_it):
            return KINDS.get(advice, StoreUnavailable)(f"{advice} ({address.shown})")
    what = NOT_CONNECTED if re.search("connection (failed|is bad)|resolve", said_of_it) else LOST
    return StoreAway(f"{what} ({address.shown}): {said_of_it}")


def _by_code(error: psycopg.Error, code: str, address: Address) -> Exception:
    if POOLED in str(error):
        return StoreUnavailable(f"{code}: {STATEMENT_MODE} ({address.shown})")
    for family, advice in ADVICE.items():
        if code.startswith(family):
            kind = KINDS.get(advice, StoreUnavailable)
            return kind(f"{code}: {advice} ({address.shown})")
    return error


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone: another one may do."""
    if not isinstance(error, psycopg.OperationalError):
        return isinstance(error, (OSError, psycopg.InterfaceError))
    if POOLED in str(error):
        return False  # so it will be each time
    return not error.sqlstate or error.sqlstate.startswith(("57P", "08"))


def may_be_done_again(error: BaseException) -> bool:
    """Whether it was rolled back because others were at the same."""
    return isinstance(error, psycopg.Error) and error.sqlstate in DONE_AGAIN
