"""Whether a model's service is there and knows a key, without asking it anything that costs."""

from collections.abc import Mapping

import requests
from gevent import Timeout
from urllib3.exceptions import HTTPError

from integrations.model.errors import KeyRefused, ModelError, ModelSilent
from integrations.model.refusals.network import address, named_after

SECONDS = 10.0


def reach(base_url: str, key: str, *, headers: Mapping[str, str], query: Mapping[str, str]) -> None:
    """Ask for the list of models, which most services have. Raises `ModelError`s.

    Only what is sure is an error: no way there, and a key that is said to be none. Whoever has no
    such list, or shows it to nobody, may answer questions all the same.
    """
    url = f"{base_url}/models"
    cut = Timeout(SECONDS)
    try:
        with cut:
            status = _status(url, {"Authorization": f"Bearer {key}"} | dict(headers), dict(query))
        if status != 401:
            return
        problem: ModelError = KeyRefused(f"HTTP {status}", status=status)
    except Timeout as timeout:
        if timeout is not cut:
            raise
        problem = ModelSilent("no answer in time")
    except (OSError, HTTPError) as exc:
        problem = named_after(exc, answering=False)
    problem.asked = address(url)
    raise problem  # what it came from may hold the key


def _status(url: str, headers: dict[str, str], query: dict[str, str]) -> int:
    with requests.Session() as session:
        # With a proxy of the environment, and without a name and password of `.netrc`.
        around = session.merge_environment_settings(url, {}, True, None, None)
        session.trust_env = False
        with session.get(
            url,
            headers=headers,
            params=query,
            proxies=around["proxies"],
            verify=around["verify"],
            allow_redirects=False,
            stream=True,  # only its status matters
        ) as response:
            return response.status_code
