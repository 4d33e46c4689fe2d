"""What time it is elsewhere, by the date that any HTTP service puts on its answers."""

import time
from email.utils import parsedate_to_datetime

import requests
from gevent import Timeout
from urllib3.exceptions import HTTPError

from integrations import IntegrationError

SECONDS = 5.0
HALF = 0.5  # seconds: a date is cut to whole ones


class NoDate(IntegrationError):
    """The service could not be asked, or says no date."""

    retryable = True


def ahead(url: str) -> float:
    """How many seconds this machine's clock is ahead of the service's, to about one second.

    Nothing secret is sent, and what it answers does not matter. Raises `NoDate`.
    """
    cut = Timeout(SECONDS)
    before = time.time()
    try:
        with cut:
            # With an own `auth` that adds nothing, or a password of `.netrc` would go along.
            response = requests.head(url, allow_redirects=False, auth=lambda request: request)
        return (before + time.time()) / 2 - HALF - _date(response.headers.get("Date", ""))
    except Timeout as timeout:
        if timeout is not cut:
            raise
        reason = "no answer in time"
    except (OSError, HTTPError, ValueError) as exc:
        reason = type(exc).__name__
    raise NoDate(reason)


def _date(written: str) -> float:
    return parsedate_to_datetime(written).timestamp()
