"""What a model writes that is not meant to be read: its thoughts, and the marks of its template.

Services are meant to take both out. Where they do not, thoughts stand between marks that differ
from model to model, and an answer may end in the mark that ends a turn.
"""

import re

THOUGHT_BEGINS = "<think>\n"
NAMES = (
    r"(?:(?:\w+[:_]|ant)?(?:think(?:ing)?|thoughts?|reasoning|monologue)(?:_process|_content)?"
    r"|reflection|analysis|scratch_?pad|cot|plan(?:ning)?|rationale|deliberation"
    r"|(?:思考|推理)(?:过程)?|内心独白)"
)
IN_BARS = r"(?:think(?:ing)?|thoughts?|reasoning|cot)"
OPENING = (
    rf"<{NAMES}(?:\s[^<>\n]{{0,100}})?>|\[THINK(?:ING)?\]|◁think▷"
    rf"|<[|｜](?:(?:begin|start)(?:[_▁]of)?[_▁])?{IN_BARS}(?:[_▁](?:begin|start))?[|｜]>"
    r"|(?:<\|start\|>assistant)?<\|channel\|>(?:analysis|commentary)[^<\n]*<\|message\|>"
    r"|<\|channel>thought|<unused94>(?:thought)?|<\|im_start\|>think"
)
ENDING = (
    rf"<\\?/\s?{NAMES}\s?>|\[/THINK(?:ING)?\]|◁/think▷"
    rf"|<[|｜](?:/|end(?:[_▁]of)?[_▁]){IN_BARS}[|｜]>|<[|｜]{IN_BARS}[_▁]end[|｜]>"
    r"|(?:<\|end\|>)?(?:<\|start\|>assistant)?<\|channel\|>final[^<\n]*<\|message\|>"
    r"|<channel\|>|<unused95>|<\|im_start\|>answer"
)
MAY_BE_A_MARK = re.compile("[<[◁]")
# Models whose template has opened the first thought already, unless the service sees to it.
BEGINS_SO = re.compile(r"(?<![a-z])r1(?![a-z0-9])|qwq|-thinking\b|glm-z1", re.I)
# How thoughts begin that no mark has opened. Nobody can know it of what has no end mark yet: so it
# is only not shown before its end is there, and an answer that begins alike loses nothing.
SPEAKS_OF_USER = (
    r"(?:user (?:is|has|wants?|ask(?:s|ed)|sa(?:id|ys)|sent|just|greet(?:s|ed)|seems?|needs?|typed"
    r"|might|may|wrote)|user's (?:message|query|question|input|request)"
    r"|用户(?:想|问|说|发|让|提|给|输入|希望|似乎|打了?招呼|在问|刚|只是|这次|又"
    r"|的(?:问题|提问|消息|意思|请求|输入|话)))"
)
OPENS_A_THOUGHT = re.compile(
    rf"\s*(?:(?:the |this )?{SPEAKS_OF_USER}"
    r"|(?:okay|ok|alright|hmm+|well|so|right|first|now|wait|let me|i)\b"
    rf"[^\n]{{0,80}}?{SPEAKS_OF_USER}"
    rf"|(?:好|嗯|唔|首先|现在|那么|让我|我|这里|看来|看起来)[^\n]{{0,24}}?{SPEAKS_OF_USER}"
    r"|(?:we|i) (?:need|have|should|must) (?:to )?(?:answer|respond|reply|produce|figure|think)"
    r"|(?:(?:okay|ok|alright|hmm+)[,. ]+)?let(?: me|'s) (?:think|analy[sz]e|figure|recall)"
    r"|thinking\.{3}\n|here is my thought process:|here are my reasoning steps:"
    r"|(?:让我|我来|我需要|我得)(?:先|仔细|好好)?(?:想|思考|分析|回忆))",
    re.I,
)
# A mark in quotes is one that is spoken of; so is one in a code block.
UNQUOTED, NOR_AFTER = r"(?<![`'\"“「])", r"(?![`'\"”」])"
MARK = re.compile(
    rf"^[ \t>]*(?P<fence>`{{3,}}|~{{3,}})|{UNQUOTED}(?:(?P<opens>{OPENING})|(?P<ends>{ENDING}))"
    rf"{NOR_AFTER}",
    re.I | re.M,
)
# So is one that stands in a sentence as a word of it, or is named together with its other half.
IN_A_SENTENCE = re.compile(r"[\w;；]  \S")
BOTH = re.compile(rf"(?:{OPENING}) ?(?:[和与及或、]|and|or) ?(?:{ENDING})", re.I)
LONGEST_OF_BOTH = 120  # characters
ENDS_A_TURN = (
    r"<\|(?:im_end|end|eot(?:_id)?|eom(?:_id)?|end_of_text|return|eos|end_of_turn)\|>|<eos>"
    r"|<end_of_(?:turn|utterance)>|\[/?INST\]|<\|/?(?:assistant|final)\|>|<\|user\|>\s*\Z"
    r"|(?:<(?:pad|unk)>)+\s*\Z|\[EOS\]\s*\Z|\[\|endofturn\|\]"
    r"|<\|(?:im_sep|role_end)\|>|<(?:SPECIAL|reserved)_\d+>|<\|(?:begin|end)_of_box\|>"
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
# What a model wants done that was given no tools: it is nothing to read.
CALLS = (
    r"<(?P<call>tool_calls?|function_calls?)>(?=\s*[a-z_0-9{\[<]|\s*\Z).*?(?:</(?P=call)>|\Z)|\[TOOL_CALLS\].*"
    r"|<[|｜]tool[_▁]calls?(?:[_▁]section)?[_▁]begin[|｜]>.*?(?:<[|｜]tool[_▁]calls(?:[_▁]section)?[_▁]end[|｜]>|\Z)"
)
LAST = r"<\|endoftext\|>.*|<｜end▁of▁sentence｜>.*"
TEMPLATE = re.compile(
    r"(?P<code>^[ \t>]*(?P<fence>`{3,}|~{3,})(?s:.*?)(?:^[ \t>]*(?P=fence)|\Z))"
    rf"|{UNQUOTED}(?s:{LAST}|{CALLS}|(?:{ENDS_A_TURN})(?:{NEXT_TURN})?|{BEGINS_A_TURN}){NOR_AFTER}",
    re.I | re.M,
)
ALONE = re.compile(r"<[^<>\n]{1,40}>|\[[^\[\]\n]{1,20}\]")
ANSWER = re.compile(r"\A\s*<answer>|</answer>\s*\Z")  # behind its thoughts, or without them
BEHIND_THOUGHTS = re.compile(
    r"\A\s*<(?:final|response|output)>|</(?:final|response|output)>\s*\Z", re.I
)
# What is left of a template of channels whose marks were taken out; a block that is folded.
CHANNEL = re.compile(r"\A\s*(?:(?:analysis|commentary)(?! )\S.*?)?assistantfinal\s*", re.S)
CHANNEL_BEGUN = re.compile(r"\A\s*(?:analysis|commentary)(?=[A-Z\u2e80-\uffff])")
FOLDED = re.compile(
    r"<details(?:\s[^<>\n]{0,40}\breasoning\b[^<>\n]{0,100}>|(?:\s[^<>\n]{0,200})?>\s{0,9}<summary>\W{0,9}"
    r"(?:think|thought|reasoning|(?:深度)?思考|推理)[^<>\n]{0,30}</summary>).*?(?:</details>\s*|\Z)",
    re.S | re.I,
)
# Thoughts between sentences in place of marks (Ollama's own terminal, Granite, Apriel).
IN_SENTENCES = re.compile(
    r"\A\s*(?:Thinking\.{3}\n.*?\n\.{3}done thinking\."
    r"|Here is my thought process:.*?Here is my response:"
    r"|Here are my reasoning steps:.*?\[BEGIN FINAL RESPONSE\])\s*|\[END FINAL RESPONSE\]\s*\Z",
    re.S,
)
BEGUN = re.compile(
    r"(?:<(?:[|｜/][^<>\n]{0,40})?|◁[^▷\n]{0,8}|\[/?[A-Z]{0,10}|(?:^|(?<=\n))[ \t]*<[\w:]{0,24})\Z"
)


def without_thoughts(text: str, *, finished: bool = True) -> str:
    """The text without thoughts (to its end where one is still open) and a template's marks.

    Where it is not `finished`, a mark that is only begun at its end is left off too.
    """
    text = IN_SENTENCES.sub("", CHANNEL.sub("", text, count=1))
    if not finished and (CHANNEL_BEGUN.match(text) or is_all_thought(text)):
        return ""
    if not MAY_BE_A_MARK.search(text):
        return text
    text = FOLDED.sub("", text if finished else BEGUN.sub("", text))
    said = _outside_thoughts(text, finished)
    if said != text:
        said = BEHIND_THOUGHTS.sub("", said)
    if said.lstrip().startswith("<answer>"):
        said = ANSWER.sub("", said)
    if "<" not in said and "[" not in said:
        return said
    return TEMPLATE.sub(_without_template, said)


def without_begun_mark(text: str) -> str:
    """A text that breaks off, without the mark that may have begun at its end."""
    return BEGUN.sub("", text)


def may_begin_in_thought(model: str) -> bool:
    """Whether a model of this name begins to think without a mark, as long as none was heard."""
    return BEGINS_SO.search(model) is not None


def is_all_thought(text: str, *, begins: bool = False) -> bool:
    """Whether a text that has no mark of a thought begins as thoughts do, as far as can be known.

    `begins`: whatever this model says begins with one.
    """
    if not begins and not OPENS_A_THOUGHT.match(text):
        return False
    return all(mark["fence"] for mark in MARK.finditer(text))


def begins_in_thought(text: str) -> bool:
    """Whether it holds the end of a thought that nothing had opened: the template had."""
    if not MAY_BE_A_MARK.search(text):
        return False
    marks = (mark for mark in MARK.finditer(text) if not (mark["fence"] or _is_word(mark)))
    first = next(marks, None)
    return first is not None and first["ends"] is not None


def _is_word(mark: re.Match[str]) -> bool:
    """Whether a mark is spoken of in a sentence: nobody begins to think, or ends it, within one."""
    text, begins, ends = mark.string, mark.start(), mark.end()
    if mark["ends"] and OPENS_A_THOUGHT.match(text):
        return False
    if IN_A_SENTENCE.fullmatch(text[max(0, begins - 2) : begins] + text[ends : ends + 2]):
        return True
    if mark["opens"]:
        return BOTH.match(text, begins) is not None
    both = BOTH.finditer(text, max(0, begins - LONGEST_OF_BOTH), ends)
    return any(pair.end() == ends for pair in both)


def _is_in_line(text: str, begins: int, mark: re.Match[str]) -> bool:
    """Whether it is an end in the line of a mark that was spoken of, which ended there."""
    return bool(mark["ends"]) and begins >= 0 and "\n" not in text[begins : mark.start()]


def _without_template(mark: re.Match[str]) -> str:
    """What is left of a mark of a template: all of it where it is code, or spoken of."""
    text, begins = mark.string, mark.start()
    alone = ALONE.match(text, begins)
    for ends in (mark.end(), alone.end() if alone else begins):
        if IN_A_SENTENCE.fullmatch(text[max(0, begins - 2) : begins] + text[ends : ends + 2]):
            return mark[0]
    return mark["code"] or ""


def _outside_thoughts(text: str, finished: bool) -> str:
    kept: list[str] = []
    read_to, begun, in_code, spoken_of = 0, -1, False, -1
    depth, ended_at = 0, -1  # thoughts may have thoughts; or one only speaks of a mark
    for mark in MARK.finditer(text):
        if mark["fence"]:
            in_code ^= begun < 0
        elif in_code:
            continue
        elif begun < 0 and (_is_word(mark) or _is_in_line(text, spoken_of, mark)):
            spoken_of = mark.end()
        elif begun < 0 and mark["ends"] and read_to:  # once more
            kept.append(text[read_to : mark.start()])
            read_to = mark.end()
        elif not mark["ends"]:
            begun = mark.start() if begun < 0 else begun
            depth += 1
        elif depth > 1:
            depth, ended_at = depth - 1, mark.end()
        else:  # some servers send the end of the first thought only
            kept.append(text[read_to:begun] if begun >= 0 else "")
            read_to, begun, depth, ended_at = mark.end(), -1, 0, -1
    if finished and ended_at >= 0:
        return "".join([*kept, text[read_to:begun], text[ended_at:]])
    if begun >= 0 and not (finished and text[:begun].rpartition("\n")[2].strip()):
        return "".join([*kept, text[read_to:begun]])
    return "".join([*kept, text[read_to:]])
