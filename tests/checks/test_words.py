"""Every sentence of the checks and of set-up has its Chinese, and nothing is left over."""

import ast
import re

from service.checks.own_url import UNANSWERED
from service.checks.speech import CURES, UNREACHABLE
from service.setup.questions import QUESTIONS
from service.words import CHINESE
from tests.conftest import ROOT


def test_each_sentence_has_its_chinese_with_the_same_places() -> None:
    sentences = {UNREACHABLE, *CURES.values(), *UNANSWERED.values()}
    sentences |= {question.asks for question in QUESTIONS}
    for source in (ROOT / "service").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "said":
                if isinstance(node.args[0], ast.Constant):
                    sentences.add(str(node.args[0].value))
    assert sentences == CHINESE.keys()
    places = re.compile(r"\{.*?\}")
    for english, chinese in CHINESE.items():
        assert sorted(places.findall(english)) == sorted(places.findall(chinese)), english
