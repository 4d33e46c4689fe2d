"""All that is outside of the server, in one process: WeChat, the model, speech, and the page.

The server is another process, started from here with the stand-ins' addresses, as in real use.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import gevent
from gevent.event import Event

from sandbox.model import ModelBehaviour
from sandbox.phone.board import Board
from sandbox.phone.calls import FAILS, SPEEDS, Calls
from sandbox.phone.chats import Chats, NotPossible
from sandbox.phone.front import Front
from sandbox.phone.guard import guarded
from sandbox.phone.lives import Glance, Lives
from sandbox.phone.page import Page
from sandbox.phone.server_process import ServerProcess
from sandbox.sealing import AES_KEY, Seal
from sandbox.speech_turns import SpeechBehaviour
from sandbox.stand_ins import StandIns
from sandbox.wechat_api import APPID


@dataclass(frozen=True)
class Account:
    """The account and the server that it is set to, as WeChat's console has them."""

    token: str
    path: str  # of the server's URL
    aes_key: str = ""  # "": it has none, and the sandbox's own is taken
    only_sealed: bool = False  # in the safe mode


@dataclass
class Switches:
    """What the page's controls are set to."""

    speed: str = "normal"
    model_fails: bool = False
    speech_fails: bool = False
    voice: bool = False  # whether spoken questions are answered by voice
    sealed: bool = False
    must_be_sealed: bool = False


class Sandbox:
    """`server` are the words that start the server, to which the stand-ins' addresses are added.

    It is given `stop_seconds` to stop. `glance` tells what it has saved of a message.
    """

    def __init__(
        self,
        server: Sequence[str],
        account: Account,
        glance: Glance,
        *,
        port: int,
        stop_seconds: float,
        voice: bool = False,
    ) -> None:
        self._board, self._account = (board := Board()), account
        self._switches = Switches(
            voice=voice, sealed=account.only_sealed, must_be_sealed=account.only_sealed
        )
        self._calls = Calls(board)
        self._stand_ins = StandIns(self._calls.watch)
        self._server = ServerProcess(server, self._show_server, stop_seconds=stop_seconds)
        host, behind = self._server.address
        self._chats = Chats(
            board,
            self._stand_ins.wechat,
            url=f"http://{host}:{behind}{account.path}",
            token=account.token,
            seal=Seal(account.token, account.aes_key or AES_KEY, APPID),
            only_sealed=account.only_sealed,
            on_news=lambda: self._lives.wake(),
        )
        self._lives = Lives(board, glance, lambda: list(self._chats.entries.values()))
        page = Page(board, self._chats, self._controls())
        self.front = Front(port, guarded(page.application()), self._server.address)

    def start(self) -> None:
        """Listen, and start the server. Raises `OSError` where the port cannot be had."""
        self.front.init_socket()
        outside = self._stand_ins.start().settings(has_aes_key=bool(self._account.aes_key))
        self._server.words += ["--outside", json.dumps(outside)]
        self._apply()
        self._lives.start()
        self._start_server()
        self.front.start()

    def serve(self, stopping: Event) -> int:
        """Until then, or until the server ends of itself. Returns its exit code.

        As soon as it can be used, the terminal is told what to do.
        """
        ends = [stopping, self._server.ended]
        gevent.wait([self._server.first_up, *ends], count=1)
        if self._server.first_up.is_set():
            print(self._welcome, flush=True)
        gevent.wait(ends, count=1)
        code = self._server.stop() or self._server.exit_code  # open tries pass through until then
        self.front.stop(timeout=0)
        self._stand_ins.stop()
        return code

    def hang_up(self) -> bool:
        """Pass SIGHUP on to the server: it reads again what it can."""
        self._server.hang_up()
        return True

    @property
    def addresses(self) -> dict[str, str]:
        """Where everything is; known once it listens."""
        return {"page": f"{self.front.url}/", **self._stand_ins.addresses}

    @property
    def _welcome(self) -> str:
        url = f"{self.front.url}{self._account.path}"
        return f"""
模拟环境已在本机运行，请用浏览器打开：  The sandbox runs, on this machine only. Open in a browser:

    {self.front.url}/

或在另一个终端里发一句：  Or be a follower in another terminal:

    .venv/bin/python -m sandbox.wechat --url {url} 你好
"""

    def _controls(self) -> dict[str, Callable[[Any], object]]:
        return {
            "speed": lambda to: self._set(speed=_one_of(SPEEDS, to)),
            "model_fails": lambda to: self._set(model_fails=bool(to)),
            "speech_fails": lambda to: self._set(speech_fails=bool(to)),
            "sealed": lambda to: self._set(sealed=bool(to)),
            "voice": self._set_voice,
            "kill": lambda _: self._kill(),
            "start": lambda _: self._start_server(),
            "kill_and_start": lambda _: self._kill_and_start(),
        }

    def _set(self, **switches: Any) -> None:
        for name, value in switches.items():
            setattr(self._switches, name, value)
        self._apply()

    def _apply(self) -> None:
        """Have the stand-ins behave as the switches are set."""
        switches = self._switches
        switches.sealed |= switches.must_be_sealed
        out_of_order = ModelBehaviour(status=FAILS)
        usual = out_of_order if switches.model_fails else SPEEDS[switches.speed]
        self._stand_ins.model.usual = usual
        refuse = FAILS if switches.speech_fails else 0
        self._stand_ins.speech.behave(SpeechBehaviour(refuse=refuse))
        self._chats.sealed = switches.sealed
        self._board.put("switches", asdict(switches))

    def _set_voice(self, on: object) -> None:
        """It is a setting of the server, which reads them when it starts."""
        if bool(on) != self._switches.voice:
            self._switches.voice = bool(on)
            self._apply()
            self._server.stop()
            self._start_server()

    def _start_server(self) -> None:
        self._server.more = ["--voice"] if self._switches.voice else []
        self._server.start()

    def _kill(self) -> None:
        self._server.kill()
        self._calls.break_off()

    def _kill_and_start(self) -> None:
        self._kill()
        self._start_server()

    def _show_server(self) -> None:
        self._board.put("server", self._server.shown)


def _one_of(known: dict[str, Any], name: object) -> str:
    if name not in known:
        raise NotPossible(f"one of {', '.join(known)}")
    return str(name)
