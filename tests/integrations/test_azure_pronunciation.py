"""What the service says of a pronunciation, with the real SDK and as its JSON may come."""

import json

import pytest

from integrations.speech.azure import Speech
from integrations.speech.errors import NothingUnderstood, SpeechRefused, SpeechTooLate
from integrations.speech.pronunciation import judged
from sandbox.speech import SpeechStandIn
from tests.integrations.azure_calls import THREE_SECONDS, within


def test_a_recording_has_a_score_and_the_words_to_say_again(
    speech: Speech, stand_in: SpeechStandIn
) -> None:
    said = "I'd like some vegetable soup, please.", "The vegetable soup."
    stand_in.will_recognize(*said, badly=("vegetable", "soup", "please"))
    found = speech.pronunciation(THREE_SECONDS, language="en-US", deadline=within(5))
    assert found.worst(2, below=80) == ["vegetable", "soup"]
    assert [word.text for word in found.words][:2] == ["i'd", "like"]
    assert 60 < found.score < 80
    assert (stand_in.judged, stand_in.heard) == ([3.0], [])


def test_what_is_said_well_has_no_word_to_say_again(
    speech: Speech, stand_in: SpeechStandIn
) -> None:
    stand_in.will_recognize("Good morning.")
    found = speech.pronunciation(THREE_SECONDS, language="en-US", deadline=within(5))
    assert found.score > 90
    assert found.worst(2, below=80) == []


def test_where_nobody_says_what_is_heard_the_stand_in_hears_english_to_be_judged(
    speech: Speech, stand_in: SpeechStandIn
) -> None:
    found = speech.pronunciation(THREE_SECONDS, language="en-US", deadline=within(5))
    assert found.worst(2, below=80) == ["vegetable"]


def test_silence_has_no_score(speech: Speech, stand_in: SpeechStandIn) -> None:
    stand_in.will_recognize()
    with pytest.raises(NothingUnderstood):
        speech.pronunciation(THREE_SECONDS, language="en-US", deadline=within(5))
    with pytest.raises(NothingUnderstood):
        speech.pronunciation(b"", language="en-US", deadline=within(5))


def test_a_service_that_refuses_or_is_late_is_told_by_its_error(
    speech: Speech, stand_in: SpeechStandIn
) -> None:
    stand_in.will_refuse(401)
    with pytest.raises(SpeechRefused):
        speech.pronunciation(THREE_SECONDS, language="en-US", deadline=within(5))
    stand_in.will_be_mute()
    with pytest.raises(SpeechTooLate):
        speech.pronunciation(THREE_SECONDS, language="en-US", deadline=within(0.3))


def phrase(**best: object) -> str:
    return json.dumps({"RecognitionStatus": "Success", "NBest": [best]})


def word(text: object, score: object, error: str = "None") -> dict[str, object]:
    assessment = {"AccuracyScore": score, "ErrorType": error}
    return {"Word": text, "PronunciationAssessment": assessment}


@pytest.mark.parametrize(
    ("said", "score", "words"),
    [
        (phrase(PronunciationAssessment={"PronScore": 81.5}), 81.5, []),
        (phrase(PronunciationAssessment={"AccuracyScore": 70}, Words=None), 70, []),
        (phrase(Words=[word("a", 50), word("b", 100)]), 75, ["a", "b"]),
        (phrase(AccuracyScore=88, Words=[{"Word": "a", "AccuracyScore": 60}]), 88, ["a"]),
        (phrase(PronScore=-1, Words=[word("a", 40), word("b", None), 7]), 40, ["a"]),
        (phrase(PronScore=90, Words=[word("not", 0, "Omission"), word(None, 3)]), 90, []),
    ],
)
def test_what_is_missing_is_done_without(said: str, score: float, words: list[str]) -> None:
    found = judged([said])
    assert found is not None
    assert (found.score, [word.text for word in found.words]) == (score, words)


@pytest.mark.parametrize("said", ["", "{", "[]", "null", '{"NBest": []}', '{"NBest": [1]}', "{}"])
def test_an_answer_without_a_score_is_none(said: str) -> None:
    assert judged([said]) is None


def test_a_longer_phrase_counts_more() -> None:
    long = phrase(PronScore=100, Words=[word("a", 100)] * 3)
    found = judged([long, phrase(PronScore=60, Words=[word("b", 60)])])
    assert found is not None
    assert found.score == 90
