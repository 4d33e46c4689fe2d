"""WeChat's API, called as curl would."""

from typing import Any

import requests

APPID, SECRET = "wx5a4db0c5a4db0c5a", "5a4db0c55a4db0c55a4db0c55a4db0c5"
MP3 = b"\xff\xf3\x48\xc4" * 500
DAY = 24 * 3600


class Caller:
    """Calls the API as curl would."""

    def __init__(self, url: str) -> None:
        self.url = url

    def get(self, path: str, **query: str) -> Any:
        return self._answer(requests.get(f"{self.url}/cgi-bin/{path}", params=query, timeout=5))

    def post(self, path: str, content: object, **query: str) -> Any:
        url = f"{self.url}/cgi-bin/{path}"
        return self._answer(requests.post(url, params=query, json=content, timeout=5))

    def upload(
        self, path: str, content: bytes, token: str, *, name: str = "voice.mp3", kind: str = "voice"
    ) -> Any:
        query = {"access_token": token, "type": kind}
        url, files = f"{self.url}/cgi-bin/{path}", {"media": (name, content)}
        return self._answer(requests.post(url, params=query, files=files, timeout=5))

    def stable_token(self, **given: object) -> Any:
        credentials = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
        return self.post("stable_token", credentials | given)

    def plain_token(self) -> Any:
        return self.get("token", grant_type="client_credential", appid=APPID, secret=SECRET)

    def code_for(self, token: str) -> int:
        """The errcode that this token gets, 0 where it works."""
        code = self.get("material/get_materialcount", access_token=token).get("errcode", 0)
        assert isinstance(code, int)
        return code

    @staticmethod
    def _answer(response: requests.Response) -> Any:
        assert response.status_code == 200  # whatever went wrong
        return response.json()
