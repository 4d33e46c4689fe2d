"""What a model thinks, and the marks of its template, between the words that are meant to be read.

A row is a model or a gateway that somebody has met. To add one, add a line.
"""

import pytest

from tests.dialects.conftest import Holds
from tests.dialects.service import DONE, Row, delta, stream

A = delta("甲")

# fmt: off
THOUGHTS = [
    Row("think", stream(delta("<think>想</think>"), A, DONE), "甲"),
    Row("thought", stream(delta("<thought>\n想\n</thought>\n"), A, DONE), "甲"),
    Row("a thought within a thought", stream(delta("<think>想<think>想</think>想</think>甲"), DONE), "甲"),
    Row("a thought that speaks of its mark", stream(delta("<think>用<think>标签</think>甲"), DONE), "甲"),
    Row("thoughts of several kinds", stream(delta("<think>想<reflection>想</reflection>\n</think>\n<plan>想</plan>甲"), DONE), "甲"),
    Row("an end that comes twice", stream(delta("<think>想</think>\n</think>\n甲"), DONE), "甲"),
    Row("an end with blanks", stream(delta("<think>想</ think >甲"), DONE), "甲"),
    Row("an end whose slash is escaped", stream(delta("<think>想<\\/think>甲"), DONE), "甲"),
    Row("of a vendor's name space", stream(delta("<seed:think>想</seed:think>"), A, DONE), "甲"),
    Row("a process", stream(delta("<thought_process>想</thought_process>甲"), DONE), "甲"),
    Row("between bars", stream(delta("<|thinking_start|>想<|thinking_end|>甲"), DONE), "甲"),
    Row("between wide bars", stream(delta("<｜begin▁of▁thought｜>想<｜end▁of▁thought｜>甲"), DONE), "甲"),
    Row("turns that think and answer", stream(delta("<|im_start|>think\n想\n<|im_start|>answer\n甲"), DONE), "甲"),
    Row("a call that nobody answers", stream(A, delta("\n<tool_call>\n{}\n</tool_call>"), DONE), "甲"),
    Row("calls between bars", stream(A, delta("<｜tool▁calls▁begin｜>x<｜tool▁calls▁end｜>"), DONE), "甲"),
    Row("a call's mark in code", stream(delta("```\n<tool_call>\n```"), DONE), "<tool_call>"),
    Row("a tag of somebody's plan", stream(delta("<travel_plan>甲</travel_plan>"), DONE), "<travel_plan>甲</travel_plan>"),
    Row("in Chinese", stream(delta("<思考>想</思考>甲"), DONE), "甲"),
    Row("reasoning", stream(delta("<reasoning>想</reason"), delta("ing>甲"), DONE), "甲"),
    Row("of a model's own name", stream(delta("<longcat_think>想</longcat_think>"), A, DONE), "甲"),
    Row("empty at once", stream(delta("<think/>\n\n"), A, DONE), "甲"),
    Row("folded", stream(delta('<details type="reasoning" done="true">\n<summary>想</summary>想\n</details>\n'), A, DONE), "甲"),
    Row("folded, as Dify does", stream(delta('<details style="color:gray;padding: 8px;" open> <summary> Thinking... </summary>\n想\n</details>\n\n甲'), DONE), "甲"),
    Row("folded, with a Chinese head", stream(delta("<details><summary>💭 思考过程</summary>想</details>\n\n甲"), DONE), "甲"),
    Row("between sentences", stream(delta("Here is my thought process:\n想\nHere is my response:\n甲"), DONE), "甲"),
    Row("behind steps", stream(delta("Here are my reasoning steps:\n想\n[BEGIN FINAL RESPONSE]\n甲\n[END FINAL RESPONSE]"), DONE), "甲"),
    Row("as a terminal shows them", stream(delta("Thinking...\n想\n...done thinking.\n\n甲"), DONE), "甲"),
    Row("an output behind it", stream(delta("<Thought>\n想\n</Thought>\n<Output>\n甲\n</Output>"), DONE), "甲"),
    Row("marks around an answer", stream(delta("<think>想</think><|begin_of_box|>甲<|end_of_box|>"), DONE), "甲"),
    Row("marks of EXAONE", stream(delta("<thought>想</thought>甲[|endofturn|]"), DONE), "甲"),
    Row("marks by number", stream(A, delta("<SPECIAL_12>"), DONE), "甲"),
    Row("folded, of something else", stream(delta('<details open>甲</details>'), DONE), "甲"),
    Row("channels without their marks", stream(delta("analysisWe need"), delta(" to.assistantfinal"), A, DONE), "甲"),
    Row("a channel's name", stream(delta("assistantfinal甲"), DONE), "甲"),
    Row("a word that names a channel", stream(delta("analysis是分析的意思"), DONE), "analysis是分析的意思"),
    Row("a final tag behind it", stream(delta("<analysis>想</analysis><final>甲</final>"), DONE), "甲"),
    Row("marks of Llama", stream(delta("<|header_start|>assistant<|header_end|>\n\n甲<|eot|>"), DONE), "甲"),
    Row("marks of GLM", stream(delta("[gMASK]<sop><|assistant|>\n甲<|user|>"), DONE), "甲"),
    Row("marks that fill up", stream(A, delta("</s><pad><pad>"), DONE), "甲"),
    Row("a lone end", stream(delta("想想</think>"), A, DONE), "甲"),
    Row("a lone end in a line", stream(delta("Okay, the user greets me, I say hi </think> 甲"), DONE), "甲"),
    Row("a lone end on a line", stream(delta("so it is 42 \n</think> "), A, DONE), "甲"),
    *(
        Row(f"marks spoken of: {text}", stream(*map(delta, [text[:9], text[9:]]), DONE), text)
        for text in (
            "模型把思考写在 <think> 和 </think> 之间，回答在后面。",
            "R1 的输出以 <think> 开头，以 </think> 结尾。",
            "What is the <think> tag? It opens; </think> closes it.",
            "用<think>和</think>包住思考，或者用<reasoning>、</reasoning>。",
            "输出里有 </think> 是因为模板已经开了头。",
            "在网页里 <plan> 不是标准标签，</plan> 也不是。",
            "标签有三个：<think>、<answer> 和 <tool_call>。",
            "ChatML 用 <|im_start|>user 开头，用 <|im_end|> 结尾。",
            "标签<tool_call>表示调用工具，后面还有话。",
            "用 <|endoftext|> 结尾，后面还有话。",
            "Llama 的 [INST] 和 [/INST] 包住用户的话。",
        )
    ),
    Row("marks spoken of in a thought", stream(delta("<think>他问 <think> 和 </think> 是什么</think>甲"), DONE), "甲"),
    Row("a thought within a line", stream(delta("甲。<think>想 想</think> 乙"), DONE), "甲。 乙"),
    Row("channels", stream(delta("<|channel|>analysis<|message|>想<|end|><|start|>assistant<|channel|>final<|message|>甲<|return|>"), DONE), "甲"),
    Row("brackets", stream(delta("[THINK]想[/THINK]甲"), DONE), "甲"),
    Row("triangles", stream(delta("◁think▷想◁/think▷甲"), DONE), "甲"),
    Row("an end mark as text", stream(A, delta("<|im_end|>"), DONE), "甲"),
    Row("an end mark and another turn", stream(A, delta("<|im_end|>\n<|im_start|>user\n你好"), DONE), "甲"),
    Row("an end mark of words", stream(A, delta("<|endoftext|>Human: 你好"), DONE), "甲"),
    Row("an end mark with wide bars", stream(A, delta("<｜end▁of▁sentence｜>"), DONE), "甲"),
    Row("an answer in a tag behind it", stream(delta("<think>想</think>\n<answer>\n"), A, delta("\n</answer>"), DONE), "甲"),
    Row("an answer in a tag", stream(delta("<answer>甲</answer>"), DONE), "甲"),
    Row("an answer's tag that is spoken of", stream(delta("把答案放进 <answer> 和 </answer>"), DONE), "把答案放进 <answer> 和 </answer>"),
    Row("CDATA that is spoken of", stream(delta("写成 <![CDATA[你的字]]> 就行"), DONE), "写成 <![CDATA[你的字]]> 就行"),
    Row("a tag that is spoken of", stream(delta("用“<think>”这个标签。"), DONE), "用“<think>”这个标签。"),
]
# fmt: on


@pytest.mark.parametrize("row", THOUGHTS, ids=lambda row: row.name)
def test_no_thought_is_read_and_no_word_is_lost(holds: Holds, row: Row) -> None:
    holds(row)
