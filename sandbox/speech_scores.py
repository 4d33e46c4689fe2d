"""The detailed result of a phrase, and how its pronunciation is judged where that is wanted.

Shape and scores are those of Microsoft's "Use pronunciation assessment" ("JSON result example"):
a word below 60 is a mispronunciation. What is wanted the client says in `speech.context`.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

WELL, BADLY = 96.0, 42.0  # of a word
FLUENCY = 90.0
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


@dataclass(frozen=True)
class Wanted:
    """What a client asks of a recognition beside its text."""

    language: str = ""
    detailed: bool = False
    assessed: bool = False
    reference: str = ""  # what should have been said; "" is whatever is heard

    @classmethod
    def of(cls, context: bytes) -> "Wanted":
        """Read a `speech.context`; one that is none wants nothing."""
        try:
            asked = json.loads(context)
        except ValueError:
            return cls()
        detection, output = _within(asked, "phraseDetection"), _within(asked, "phraseOutput")
        assessment = _within(_within(detection, "enrichment"), "pronunciationAssessment")
        return cls(
            language=str(detection.get("language", "")),
            detailed=output.get("format") == "Detailed",
            assessed=bool(assessment),
            reference=str(assessment.get("referenceText", "")),
        )


def _within(asked: Any, name: str) -> dict[str, Any]:
    inner = asked.get(name) if isinstance(asked, dict) else None
    return inner if isinstance(inner, dict) else {}


def best_of(
    phrase: dict[str, Any], wanted: Wanted, said_badly: tuple[str, ...]
) -> dict[str, object]:
    """The entry of `NBest` for a phrase; with scores where they are wanted."""
    display = phrase["DisplayText"]
    words = WORD.findall(display.lower())
    best: dict[str, object] = {"Confidence": 0.97, "Lexical": " ".join(words)}
    best |= {"ITN": " ".join(words), "MaskedITN": " ".join(words), "Display": display}
    if not wanted.assessed:
        return best
    scores = [BADLY if word in said_badly else WELL for word in words]
    length = phrase["Duration"] // max(1, len(words))
    best["Words"] = [
        {
            "Word": word,
            "Offset": phrase["Offset"] + number * length,
            "Duration": length,
            "PronunciationAssessment": {
                "AccuracyScore": score,
                "ErrorType": "Mispronunciation" if score < 60 else "None",
            },
        }
        for number, (word, score) in enumerate(zip(words, scores, strict=True))
    ]
    accuracy = round(sum(scores) / max(1, len(scores)), 1)
    best["PronunciationAssessment"] = {
        "AccuracyScore": accuracy,
        "FluencyScore": FLUENCY,
        "CompletenessScore": 100.0,
        "PronScore": round(0.7 * accuracy + 0.3 * FLUENCY, 1),
    }
    return best
