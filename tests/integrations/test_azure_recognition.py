"""Recognising with the real SDK."""

import pytest

from integrations.speech.azure import Speech
from integrations.speech.errors import NothingUnderstood, SpeechUnavailable
from sandbox.speech import SpeechStandIn
from tests.integrations.azure_calls import BOTH, THREE_SECONDS, within


def test_a_recording_is_understood_in_all_of_its_phrases(
    speech: Speech, stand_in: SpeechStandIn
) -> None:
    stand_in.will_recognize("你好。", "今天天气怎么样？")
    heard = speech.recognize(THREE_SECONDS, languages=BOTH, deadline=within(5))
    assert heard == "你好。今天天气怎么样？"
    assert stand_in.heard == [("zh-CN", 3.0)]


def test_english_phrases_are_set_apart(speech: Speech, stand_in: SpeechStandIn) -> None:
    stand_in.will_recognize("Hello.", "How are you?")
    heard = speech.recognize(THREE_SECONDS, languages=["en-US"], deadline=within(5))
    assert heard == "Hello. How are you?"


def test_a_minute_of_speech_is_sent_faster_than_it_was_spoken(
    speech: Speech, stand_in: SpeechStandIn
) -> None:
    assert speech.recognize(THREE_SECONDS * 20, languages=BOTH, deadline=within(5))
    assert stand_in.heard == [("zh-CN", 60.0)]


@pytest.mark.parametrize("phrases", [(), ("",)])
def test_a_recording_without_words_is_not_understood(
    phrases: tuple[str, ...], speech: Speech, stand_in: SpeechStandIn
) -> None:
    stand_in.will_recognize(*phrases)
    with pytest.raises(NothingUnderstood) as error:
        speech.recognize(THREE_SECONDS, languages=BOTH, deadline=within(5))
    assert not error.value.retryable


def test_an_empty_recording_is_not_even_sent(speech: Speech, stand_in: SpeechStandIn) -> None:
    with pytest.raises(NothingUnderstood):
        speech.recognize(b"", languages=BOTH, deadline=within(5))
    assert stand_in.connections == 0


def test_recognising_fails_with_the_connection(speech: Speech, stand_in: SpeechStandIn) -> None:
    stand_in.will_cut_after(0)
    with pytest.raises(SpeechUnavailable):
        speech.recognize(THREE_SECONDS, languages=BOTH, deadline=within(5))
