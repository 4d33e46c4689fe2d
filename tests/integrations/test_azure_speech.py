"""Speaking with the real SDK, against a service that can fail in every way."""

import traceback

import gevent
import pytest
from gevent.pool import Pool

from integrations.speech.audio import decode, joined, mp3_seconds
from integrations.speech.azure import Speech
from integrations.speech.errors import (
    NothingSpoken,
    SpeechError,
    SpeechOverLimit,
    SpeechRefused,
    SpeechRejected,
    SpeechTooLate,
    SpeechUnavailable,
)
from sandbox.speech import SpeechStandIn
from tests.integrations.azure_calls import BOTH, EN, KEY, SECRET, THREE_SECONDS, ZH, until, within

# Speaking


def test_a_text_becomes_mp3_that_can_be_heard(speech: Speech, stand_in: SpeechStandIn) -> None:
    mp3 = speech.speak("你好，世界。", ZH, deadline=within(5))
    assert mp3_seconds(mp3) > 0.5
    assert any(decode(mp3))
    assert stand_in.spoken == [(ZH, "你好，世界。")]
    assert stand_in.keys == [KEY]


@pytest.mark.parametrize("text", ["1 < 2 & 3", "\"a\" 'b'", "第一行\n第二行", "你好" * 2000])
def test_every_text_arrives_as_it_is(text: str, speech: Speech, stand_in: SpeechStandIn) -> None:
    speech.speak(text, ZH, deadline=within(5))
    assert stand_in.spoken == [(ZH, text)]


def test_a_speaker_says_sentence_after_sentence_over_one_connection_opened_ahead(
    speech: Speech, stand_in: SpeechStandIn
) -> None:
    with speech.speaker(EN) as speaker:
        until(lambda: stand_in.connections == 1)
        gevent.sleep(0.05)  # for the SDK to notice
        parts = [speaker.say(text, deadline=within(5)) for text in ("One.", "Two.", "Three.")]
    assert stand_in.connections == 1
    assert stand_in.spoken == [(EN, "One."), (EN, "Two."), (EN, "Three.")]
    whole = joined(parts)
    assert mp3_seconds(whole) == pytest.approx(sum(mp3_seconds(part) for part in parts))
    assert len(decode(whole)) == pytest.approx(32_000 * mp3_seconds(whole), abs=2_000)


def test_one_text_needs_one_connection(speech: Speech, stand_in: SpeechStandIn) -> None:
    speech.speak("你好", ZH, deadline=within(5))
    assert stand_in.connections == 1


def test_twenty_at_once_each_get_their_own_answer(stand_in: SpeechStandIn) -> None:
    stand_in.will_delay(0.3)  # one after the other, the last would be too late
    speech = Speech(subscription=KEY, endpoint=stand_in.url, at_once=20)
    texts = ["你好" * (1 + number) for number in range(20)]
    spoken = Pool(20).map(lambda text: speech.speak(text, ZH, deadline=within(5)), texts)
    for text, mp3 in zip(texts, spoken, strict=True):
        assert mp3_seconds(mp3) == pytest.approx(0.22 * len(text), abs=0.04)
    speech.close()


def test_no_more_than_the_limit_run_at_once_and_those_that_wait_keep_their_deadline(
    stand_in: SpeechStandIn,
) -> None:
    stand_in.will_delay(0.3)
    speech = Speech(subscription=KEY, endpoint=stand_in.url, at_once=2)
    first = [gevent.spawn(speech.speak, "你好", ZH, deadline=within(5)) for _ in range(2)]
    gevent.sleep(0.1)
    with pytest.raises(SpeechTooLate) as error:
        speech.speak("太晚了", ZH, deadline=within(0.1))
    assert error.value.retryable
    assert all(greenlet.get() for greenlet in first)
    assert speech.speak("再见", ZH, deadline=within(5))
    assert "太晚了" not in [text for _, text in stand_in.spoken]
    speech.close()


# Failing

REFUSALS = {
    400: SpeechRejected,
    401: SpeechRefused,
    403: SpeechRefused,
    404: SpeechUnavailable,
    408: SpeechUnavailable,
    429: SpeechOverLimit,
    500: SpeechUnavailable,
    503: SpeechUnavailable,
}
CLOSE_CODES = {
    1001: SpeechUnavailable,
    1007: SpeechRejected,
    1011: SpeechUnavailable,
    4429: SpeechOverLimit,
}
RETRYABLE = {SpeechUnavailable, SpeechOverLimit}


@pytest.mark.parametrize(("status", "expected"), REFUSALS.items())
def test_a_refused_connection_says_why_and_whether_to_try_again(
    status: int, expected: type[SpeechError], speech: Speech, stand_in: SpeechStandIn
) -> None:
    stand_in.will_refuse(status)
    for call in (
        lambda: speech.speak(SECRET, ZH, deadline=within(5)),
        lambda: speech.recognize(THREE_SECONDS, languages=BOTH, deadline=within(5)),
    ):
        with pytest.raises(SpeechError) as error:
            call()
        assert type(error.value) is expected
        assert error.value.retryable == (expected in RETRYABLE)


@pytest.mark.parametrize("after", [0, 1440])
@pytest.mark.parametrize(("code", "expected"), CLOSE_CODES.items())
def test_a_closed_connection_says_why_whatever_came_before(
    code: int, expected: type[SpeechError], after: int, speech: Speech, stand_in: SpeechStandIn
) -> None:
    stand_in.will_close(code, after=after)
    with pytest.raises(SpeechError) as error:
        speech.speak("你好，世界。" * 3, ZH, deadline=within(5))
    assert type(error.value) is expected


@pytest.mark.parametrize("size", [0, 1440])
def test_a_lost_connection_is_no_answer_even_with_part_of_the_audio(
    size: int, speech: Speech, stand_in: SpeechStandIn
) -> None:
    stand_in.will_cut_after(size)
    with pytest.raises(SpeechUnavailable):
        speech.speak("你好，世界。" * 3, ZH, deadline=within(5))


def test_nobody_listens_there() -> None:
    speech = Speech(subscription=KEY, endpoint="ws://127.0.0.1:9", retries=0)
    with pytest.raises(SpeechUnavailable) as error:
        speech.speak("你好", ZH, deadline=within(5))
    assert error.value.retryable
    speech.close()


def test_an_answer_without_audio_is_an_error(speech: Speech, stand_in: SpeechStandIn) -> None:
    stand_in.will_answer_empty()
    with pytest.raises(NothingSpoken):
        speech.speak("你好", ZH, deadline=within(5))


def test_where_there_is_nothing_to_say_nobody_is_asked(
    speech: Speech, stand_in: SpeechStandIn
) -> None:
    with pytest.raises(NothingSpoken):
        speech.speak(" \n", ZH, deadline=within(5))
    assert stand_in.connections == 0


def test_an_unknown_voice_and_an_impossible_one_are_rejected(
    speech: Speech, stand_in: SpeechStandIn
) -> None:
    with pytest.raises(SpeechRejected) as error:
        speech.speak("你好", "Nobody", deadline=within(5))
    assert not error.value.retryable
    with pytest.raises(SpeechRejected):
        speech.speaker("x'><break/>")
    assert stand_in.spoken == []


@pytest.mark.parametrize("text", ["a\x01b", "\ud83d"])
def test_what_is_no_text_is_rejected(text: str, speech: Speech) -> None:
    with pytest.raises(SpeechRejected):
        speech.speak(text, ZH, deadline=within(5))


def test_a_passing_fault_is_tried_again_once(stand_in: SpeechStandIn) -> None:
    speech = Speech(subscription=KEY, endpoint=stand_in.url, retries=1)
    stand_in.will_refuse(503, times=1)
    assert speech.speak("你好", ZH, deadline=within(5))
    stand_in.will_refuse(503, times=2)
    with pytest.raises(SpeechUnavailable):
        speech.speak("你好", ZH, deadline=within(5))
    speech.close()


def test_after_a_fault_the_same_speaker_can_go_on(speech: Speech, stand_in: SpeechStandIn) -> None:
    with speech.speaker(ZH) as speaker:
        assert speaker.say("一", deadline=within(5))
        stand_in.will_cut_after(0)
        with pytest.raises(SpeechUnavailable):
            speaker.say("二", deadline=within(5))
        stand_in.will_behave()
        assert speaker.say("三", deadline=within(5))


@pytest.mark.parametrize("at_connect", [True, False])
def test_a_mute_service_is_unavailable_after_the_limit_for_the_first_audio(
    at_connect: bool, stand_in: SpeechStandIn
) -> None:
    stand_in.will_be_mute(at_connect=at_connect)
    speech = Speech(subscription=KEY, endpoint=stand_in.url, first_audio_seconds=0.2, retries=0)
    with pytest.raises(SpeechUnavailable):
        speech.speak("你好", ZH, deadline=within(20))
    speech.close()


@pytest.mark.parametrize("at_connect", [True, False])
def test_the_deadline_is_kept_whatever_the_service_does(
    at_connect: bool, speech: Speech, stand_in: SpeechStandIn
) -> None:
    stand_in.will_be_mute(at_connect=at_connect)
    for call in (
        lambda: speech.speak("你好", ZH, deadline=within(0.1)),
        lambda: speech.recognize(THREE_SECONDS, languages=BOTH, deadline=within(0.1)),
    ):
        with pytest.raises(SpeechTooLate), gevent.Timeout(5):
            call()


def test_a_speaker_that_was_too_late_once_says_no_more(
    speech: Speech, stand_in: SpeechStandIn
) -> None:
    with speech.speaker(ZH) as speaker:
        stand_in.will_delay(1.0)
        with pytest.raises(SpeechTooLate):
            speaker.say("一", deadline=within(0.1))
        stand_in.will_behave()
        with pytest.raises(SpeechTooLate):
            speaker.say("二", deadline=within(5))


def test_a_call_ends_with_the_greenlet_that_made_it(stand_in: SpeechStandIn) -> None:
    speech = Speech(subscription=KEY, endpoint=stand_in.url, at_once=1)
    stand_in.will_be_mute()
    caller = gevent.spawn(speech.speak, "你好", ZH, deadline=within(60))
    until(lambda: bool(stand_in.spoken))
    caller.kill()
    stand_in.will_behave()
    assert speech.speak("再见", ZH, deadline=within(3))  # the only place is free again
    speech.close()


def test_no_error_tells_the_key_or_what_was_to_be_said(
    speech: Speech, stand_in: SpeechStandIn
) -> None:
    told = [repr(speech), repr(vars(speech))]
    for code in CLOSE_CODES:
        stand_in.will_close(code)
        with pytest.raises(SpeechError) as error:
            speech.speak(SECRET, ZH, deadline=within(5))
        told += traceback.format_exception(error.value)
    assert not [line for line in told if KEY in line or SECRET in line]
