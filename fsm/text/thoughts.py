"""What a model writes that is not meant to be read: its thoughts, and the marks of its template.

Services are meant to take both out. Where they do not, thoughts stand between marks that differ
from model to model, and an answer may end in the mark that ends a turn.
"""

import re

THOUGHT_BEGINS = "<think>\n"
NAMES = (
    r"(?:\w+[:_])?(?:think(?:ing)?|thoughts?|reasoning|reflection|analysis|scratchpad"
    r"|(?:inner_|internal_)?monologue|思考(?:过程)?)"
)
OPENING = (
    rf"<{NAMES}(?:\s[^<>\n]{{0,100}})?>|\[THINK\]|◁think▷"
    r"|<\|(?:begin_of_thought|start_thinking|think(?:ing)?)\|>"
    r"|(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|commentary)[^<\n]*<\|message\|>"
    r"|<\|channel>thought|<unused94>(?:thought)?"
)
ENDING = (
    rf"</{NAMES}>|\[/THINK\]|◁/think▷|<\|(?:end_of_thought|end_thinking|/think(?:ing)?)\|>"
    r"|(?:<\|end\|>)?(?:<\|start\|>assistant)?<\|channel\|>final[^<\n]*<\|message\|>"
    r"|<channel\|>|<unused95>"
)
MAY_BE_A_MARK = re.compile("[<[◁]")
# Models whose template has opened the first thought already, unless the service sees to it.
BEGINS_SO = re.compile(r"(?<![a-z])r1(?![a-z0-9])|qwq|-thinking\b|glm-z1", re.I)
# A mark in quotes is one that is spoken of; so is one in a code block.
UNQUOTED, NOR_AFTER = r"(?<![`'\"“「])", r"(?![`'\"”」])"
MARK = re.compile(
    rf"^[ \t>]*(?P<fence>`{{3,}}|~{{3,}})|{UNQUOTED}(?:(?P<opens>{OPENING})|(?P<ends>{ENDING}))"
    rf"{NOR_AFTER}",
    re.I | re.M,
)
ENDS_A_TURN = (
    r"<\|(?:im_end|end|eot(?:_id)?|eom(?:_id)?|end_of_text|return|eos|end_of_turn)\|>|<eos>"
    r"|<end_of_(?:turn|utterance)>|\[/?INST\]|<\|/?(?:assistant|final)\|>|<\|user\|>\s*\Z"
    r"|(?:<(?:pad|unk)>)+\s*\Z|\[EOS\]\s*\Z"
)
BEGINS_A_TURN = (
    r"<\|im_start\|>\w*|<\|(?:start_header_id|header_start)\|>\w*"
    r"(?:<\|(?:end_header_id|header_end)\|>)?|<start_of_turn>\w*|\[gMASK\](?:<sop>|sop)?|<sop>"
    r"|<\|start\|>\w*|<\|(?:begin_of_text|begin_of_solution|end_of_solution|start_response"
    r"|end_response|message|bos)\|>|<\|channel\|>\w*|<bos>|<think\s?/>|<｜(?:begin▁of▁sentence|Assistant)｜>"
)
# Some models go on, and speak for the other side.
NEXT_TURN = (
    r"\s*(?:<\|(?:im_start|start_header_id|header_start|start|user)\b"
    r"|<start_of_turn>|<｜User｜>).*"
)
LAST = r"<\|endoftext\|>.*|<｜end▁of▁sentence｜>.*"
TEMPLATE = re.compile(
    r"(?P<code>^[ \t>]*(?P<fence>`{3,}|~{3,})(?s:.*?)(?:^[ \t>]*(?P=fence)|\Z))"
    rf"|{UNQUOTED}(?s:{LAST}|(?:{ENDS_A_TURN})(?:{NEXT_TURN})?|{BEGINS_A_TURN}){NOR_AFTER}",
    re.I | re.M,
)
ANSWER = re.compile(r"\A\s*<answer>|</answer>\s*\Z")  # behind its thoughts, or without them
BEHIND_THOUGHTS = re.compile(r"\A\s*<(?:final|response|output)>|</(?:final|response|output)>\s*\Z")
# What is left of a template of channels whose marks were taken out; a block that is folded.
CHANNEL = re.compile(r"\A\s*(?:(?:analysis|commentary)(?! )\S.*?)?assistantfinal\s*", re.S)
CHANNEL_BEGUN = re.compile(r"\A\s*(?:analysis|commentary)(?=[A-Z\u2e80-\uffff])")
FOLDED = re.compile(
    r"<details\s[^<>\n]{0,40}\breasoning\b[^<>\n]{0,100}>.*?(?:</details>\s*|\Z)", re.S
)
BEGUN = re.compile(r"(?:<(?:[|｜/][^<>\n]{0,40})?|◁[^▷\n]{0,8}|\[/?[A-Z]{0,5})$")


def without_thoughts(text: str, *, finished: bool = True) -> str:
    """The text without thoughts (to its end where one is still open) and a template's marks.

    Where it is not `finished`, a mark that is only begun at its end is left off too.
    """
    text = CHANNEL.sub("", text, count=1)
    if not finished and CHANNEL_BEGUN.match(text):
        return ""
    if not MAY_BE_A_MARK.search(text):
        return text
    text = FOLDED.sub("", text if finished else BEGUN.sub("", text))
    said = _outside_thoughts(text)
    if said != text:
        said = BEHIND_THOUGHTS.sub("", said)
    if said.lstrip().startswith("<answer>"):
        said = ANSWER.sub("", said)
    if "<" not in said and "[" not in said:
        return said
    return TEMPLATE.sub(lambda mark: mark["code"] or "", said)


def may_begin_in_thought(model: str) -> bool:
    """Whether a model of this name begins to think without a mark, as long as none was heard."""
    return BEGINS_SO.search(model) is not None


def begins_in_thought(text: str) -> bool:
    """Whether it holds the end of a thought that nothing had opened: the template had."""
    if not MAY_BE_A_MARK.search(text):
        return False
    marks = (mark for mark in MARK.finditer(text) if not mark["fence"])
    first = next(marks, None)
    return first is not None and first["ends"] is not None


def _outside_thoughts(text: str) -> str:
    kept: list[str] = []
    read_to, begun, in_code = 0, -1, False
    for mark in MARK.finditer(text):
        if mark["fence"]:
            in_code ^= begun < 0
        elif in_code or (begun < 0 and mark["ends"] and read_to):
            continue
        elif mark["ends"]:  # some servers send the end of the first thought only
            kept.append(text[read_to:begun] if begun >= 0 else "")
            read_to, begun = mark.end(), -1
        elif begun < 0:
            begun = mark.start()
    if begun >= 0 and not text[:begun].rpartition("\n")[2].strip():
        return "".join([*kept, text[read_to:begun]])
    return "".join([*kept, text[read_to:]])
