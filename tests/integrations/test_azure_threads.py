"""Neither the loop, nor the threads, nor the end of the process are held up by the SDK."""

import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from gevent.pool import Pool

from integrations.speech.azure import Speech
from integrations.speech.errors import SpeechError, SpeechTooLate
from sandbox.speech import SpeechStandIn
from tests.conftest import ROOT
from tests.integrations.azure_calls import (
    BOTH,
    KEY,
    STOOD_STILL,
    THREE_SECONDS,
    ZH,
    native_threads,
    until,
    within,
)
from tests.ticking import longest_stall


def test_the_loop_goes_on_while_speech_is_made_stopped_and_released(
    stand_in: SpeechStandIn,
) -> None:
    speech = Speech(subscription=KEY, endpoint=stand_in.url, retries=0)

    def work() -> None:
        stand_in.will_delay(2 * STOOD_STILL)
        Pool(8).map(lambda _: speech.speak("你好", ZH, deadline=within(5)), range(8))
        stand_in.will_be_mute()
        with pytest.raises(SpeechTooLate):
            speech.speak("你好", ZH, deadline=within(0.1))
        stand_in.will_behave()
        speech.recognize(THREE_SECONDS, languages=BOTH, deadline=within(5))

    stall = longest_stall(work)
    speech.close()
    assert stall < STOOD_STILL


def test_no_thread_is_left_behind(stand_in: SpeechStandIn) -> None:
    Speech(subscription=KEY, endpoint=stand_in.url).close()
    before = native_threads()
    speech = Speech(subscription=KEY, endpoint=stand_in.url, retries=0)
    for behave in (
        stand_in.will_behave,
        lambda: stand_in.will_refuse(401),
        lambda: stand_in.will_cut_after(1440),
        stand_in.will_be_mute,
        lambda: stand_in.will_be_mute(at_connect=True),
    ):
        behave()
        for call in (
            lambda: speech.speak("你好" * 9, ZH, deadline=within(0.15)),
            lambda: speech.recognize(THREE_SECONDS, languages=BOTH, deadline=within(0.15)),
        ):
            Pool(4).map(_outcome, [call] * 4)
    speech.close()
    until(lambda: native_threads() <= before)


def _outcome(call: Callable[[], object]) -> object:
    try:
        return call()
    except SpeechError as error:
        return error


LEAVING = """
from gevent import monkey; monkey.patch_all()
import sys, time, gevent
from gevent.socket import wait_read
from integrations.speech.azure import Speech
speech = Speech(subscription="K", endpoint=sys.argv[1])
gevent.spawn({call})
wait_read(0)
sys.exit(3)
"""


SPEAKING = "speech.speak, 'abc', 'en-US-AriaNeural', deadline=time.monotonic() + 60"
HEARING = "speech.recognize, bytes(96000), languages=['zh-CN'], deadline=time.monotonic() + 60"


def leave_in_the_middle(call: str, service: SpeechStandIn) -> float:
    """Have a process exit while it makes the call; how long it took to, in seconds."""
    command = [sys.executable, "-c", LEAVING.format(call=call), service.url]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    until(lambda: bool(service.spoken or service.heard), seconds=20)
    told = time.monotonic()
    printed = process.communicate("leave\n", timeout=20)
    assert (process.returncode, *printed) == (3, "", "")
    return time.monotonic() - told


@pytest.mark.parametrize("call", [SPEAKING, HEARING])
def test_a_process_can_exit_in_the_middle_of_a_call(call: str, stand_in: SpeechStandIn) -> None:
    stand_in.will_be_mute()
    assert leave_in_the_middle(call, stand_in) < 2


def test_a_process_can_exit_while_phrases_come_in(stand_in: SpeechStandIn) -> None:
    # Twice what sockets take before it is told; the SDK reads no phrases over 1,024 bytes.
    stand_in.will_recognize(*["你好，" * 100 + "。"] * 10_000)
    leave_in_the_middle(HEARING, stand_in)
