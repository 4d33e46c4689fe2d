"""How services stream an answer, or send it whole: what the follower reads of it, word for word.

A row is a dialect that somebody has met. To add one, add a line.
"""

import gzip
import json
import logging
import zlib

import pytest

from settings.schema import Texts
from tests.dialects.conftest import Holds, Thinks
from tests.dialects.service import (
    DONE,
    SSE,
    STREAM,
    Row,
    Sends,
    Service,
    chunked,
    delta,
    response,
    said,
    stream,
    whole,
)

LONG, BROKEN = f"\n{Texts().cut_by_length}", f"\n{Texts().broken_off}"
A, B = delta("甲"), delta("乙")


def ends(word: object, reads: str, result: str = "answered", calls: int = 1) -> Row:
    """A stream whose last event has this word for its end."""
    sends = stream(A, delta("乙", word), DONE)
    return Row(f"end {word!r}", sends, reads, result, calls)


def message(content: object, finish: object = None, **beside: object) -> bytes:
    """An event with a whole message in place of a piece."""
    choice = {"message": {"content": content, **beside}, "finish_reason": finish}
    return said({"choices": [choice]})


def event(kind: str, **parts: object) -> bytes:
    """An event that has a name, and its kind inside, too."""
    return f"event: {kind}\n".encode() + said({"type": kind, **parts})


def gbk(kind: str, size: int = 1000) -> Sends:
    """A stream in a character set of China's, in pieces of some bytes."""
    data = (A + B + DONE).decode().encode("gbk")
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return [f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode(), *pieces]


def packed(data: bytes, encoding: str) -> Sends:
    """A stream that says that it is packed in some way."""
    says = f"Content-Encoding: {encoding}\r\n" if encoding else ""
    return [SSE + f"{says}Connection: close\r\n\r\n".encode(), data]


def choice(**parts: object) -> bytes:
    """An event with one choice of any form."""
    return said({"choices": [parts]})


GOOD = "stop eog hit_eos natural early_stopping end_turn eos eos_token stop_sequence complete COMPLETE STOP done finished stop_token"
LENGTH = "token_budget context_full length max_tokens MAX_TOKENS max_output_tokens max_length model_length token_limit limit"
HALF = "usage_limit quota_exceeded server_shutdown evicted deadline_exceeded repetition error network_error abort aborted insufficient_system_resource cancelled timeout time_limit"
TAKEN_BACK = "flagged NSFW content_restricted 违规内容 content_filter SAFETY sensitive RECITATION risk_control PROHIBITED_CONTENT BLOCKLIST unsafe"

# fmt: off
ENDS = [
    *(ends(word, "甲乙") for word in [*GOOD.split(), "tool_calls", 0, True, None]),
    *(ends(word, "甲乙" + LONG, "cut_by_length") for word in LENGTH.split()),
    *(ends(word, "甲乙" + BROKEN, "StreamCut") for word in HALF.split()),
    *(ends(word, "", "AnswerWithheld") for word in TAKEN_BACK.split()),
    *(ends(word, "甲乙") for word in ("", "null", "None", "not_finished", {"type": "stop"})),
    ends({"type": "max_tokens"}, "甲乙" + LONG, "cut_by_length"),
    ends("some-new-word", "甲乙" + BROKEN, "StreamCut"),
    Row("a word that nobody knows, in a sentence", stream(delta("甲，"), delta("", "OTHER"), DONE), "甲，" + BROKEN, "StreamCut"),
    Row("a word that nobody knows, in code", stream(delta("```\nx();"), delta("", "OTHER"), DONE), "x();" + BROKEN, "StreamCut"),
    Row("a word that nobody knows, behind a sentence", stream(delta("甲乙。"), delta("", "some-new-word"), DONE), "甲乙。"),
    Row("a word for the end in each event", stream(delta("甲", "stop"), delta("乙", "stop"), DONE), "甲乙"),
    Row("the end on an empty first event", stream(delta("", "stop"), A, B, DONE), "甲乙"),
    Row("the end in the middle", stream(A, delta("", "stop"), B, DONE), "甲乙"),
    Row("null as a word in each", stream(delta("甲", "null"), delta("乙", "null"), DONE), "甲乙"),
    Row("the last word counts", stream(delta("甲", "stop"), delta("乙", "length"), DONE), "甲乙" + LONG, "cut_by_length"),
    Row("the end in the delta", stream(A, choice(delta={"content": "乙", "finish_reason": "length"}), DONE), "甲乙" + LONG, "cut_by_length"),
    Row("the end beside the choices", stream(A, said({"choices": [{"delta": {"content": "乙"}}], "finish_reason": "length"}), DONE), "甲乙" + LONG, "cut_by_length"),
    Row("the end in a list", stream(A, delta("乙", ["length"]), DONE), "甲乙" + LONG, "cut_by_length"),
    Row("the end in its details", stream(A, choice(delta={"content": "乙"}, finish_details={"type": "max_tokens"}), DONE), "甲乙" + LONG, "cut_by_length"),
    Row("the end in camel case", stream(A, choice(delta={"content": "乙"}, finishReason="MAX_TOKENS"), DONE), "甲乙" + LONG, "cut_by_length"),
    Row("no end but its mark", stream(A, B, DONE), "甲乙"),
    Row("no end at all, closed", stream(A, B), "甲乙"),
    Row("no end at all, chunks ended", chunked(A, B), "甲乙"),
    Row("no end, chunks broken off", chunked(A, B, ends=False), "甲乙" + BROKEN, "StreamCut"),
    Row("no end, the last event torn", stream(A, B[:30]), "甲" + BROKEN, "StreamCut"),
    Row("said to have ended, then broken off", chunked(A, delta("乙", "stop"), ends=False), "甲乙"),
    Row("said to have ended, then an error", stream(A, delta("乙", "stop"), said({"error": "x"})), "甲乙"),
    Row("a mark in small letters", stream(A, B, b"data: [done]\n\n", delta("丙")), "甲乙"),
    Row("a mark in quotes", stream(A, B, b'data: "[DONE]"\n\n'), "甲乙"),
    Row("a mark with words", stream(A, B, b"data: [DONE] bye\n\n"), "甲乙"),
    Row("a mark without a space", stream(A, B, b"data:[DONE]\n\n", delta("丙")), "甲乙"),
    Row("broken off within the mark of a thought", chunked(delta("<thi"), ends=False), "甲", "answered", 2, stream(A, DONE)),
    Row("broken off within a mark of the end", chunked(A, delta("<|im_e"), ends=False), "甲" + BROKEN, "StreamCut"),
    Row("broken off before a word", stream(delta("", "error"), DONE), "甲", "answered", 2, stream(A, DONE)),
]

PLACES = [
    Row("a whole message behind its pieces", stream(A, B, message("甲乙", "stop"), DONE), "甲乙"),
    Row("a whole message that goes on", stream(A, B, message("甲乙丙", "stop"), DONE), "甲乙丙"),
    Row("a whole message, trimmed", stream(delta("\n\n甲"), delta("乙\n"), message("甲乙", "stop"), DONE), "甲乙"),
    Row("a whole message without its thoughts", stream(delta("<think>想</think>甲乙"), message("甲乙", "stop"), DONE), "甲乙"),
    Row("messages that grow", stream(message("甲"), message("甲乙"), message("甲乙丙", "stop"), DONE), "甲乙丙"),
    Row("messages as pieces", stream(message("甲"), message("乙"), message("丙", "stop"), DONE), "甲乙丙"),
    Row("piece and message in one", stream(choice(delta={"content": "甲"}, message={"content": "甲"}), choice(delta={"content": "乙"}, message={"content": "甲乙"}), DONE), "甲乙"),
    Row("an empty delta and a message", stream(choice(delta={}, message={"content": "甲乙"}), DONE), "甲乙"),
    Row("text of legacy completions", stream(choice(text="甲"), choice(text="乙", finish_reason="stop"), DONE), "甲乙"),
    Row("a choice without an index", stream(choice(delta={"content": "甲乙"}), DONE), "甲乙"),
    Row("an index from one", stream(choice(index=1, delta={"content": "甲"}), choice(index=1, delta={"content": "乙"}), DONE), "甲乙"),
    Row("several choices", stream(A, choice(index=1, delta={"content": "丙"}), B, DONE), "甲乙"),
    Row("choices that are one object", stream(said({"choices": {"delta": {"content": "甲乙"}}}), DONE), "甲乙"),
    Row("choices in a wrapping", stream(said({"code": 0, "data": {"choices": [{"delta": {"content": "甲乙"}}]}}), DONE), "甲乙"),
    Row("parts of text", stream(delta([{"type": "text", "text": "甲"}, {"type": "text", "text": "乙"}]), DONE), "甲乙"),
    Row("parts of thought and text", stream(delta([{"type": "thinking", "thinking": "想"}, {"type": "text", "text": "甲乙"}]), DONE), "甲乙"),
    Row("parts with references", stream(delta([{"type": "text", "text": "甲乙"}, {"type": "reference", "reference_ids": [1]}]), DONE), "甲乙"),
    Row("one part", stream(delta({"type": "text", "text": "甲乙"}), DONE), "甲乙"),
    Row("parts as words", stream(delta(["甲", "乙"]), DONE), "甲乙"),
    Row("output_text", stream(delta([{"type": "output_text", "text": {"value": "甲乙"}}]), DONE), "甲乙"),
    Row("a digit as a number", stream(A, delta(5), DONE), "甲5"),
    Row("a refusal in place of the content", stream(delta(None, refusal="我不能"), delta(None, "stop", refusal="说这个"), DONE), "我不能说这个"),
    Row("a refusal, whole", response(200, whole(None, refusal="我不能说这个")), "我不能说这个"),
    Row("the words of a sound", response(200, whole(None, audio={"id": "x", "data": "AAAA", "transcript": "甲乙"})), "甲乙"),
    Row("a delta that is words", stream(choice(delta="甲"), choice(delta="乙"), DONE), "甲乙"),
    Row("all there is with each piece", stream(delta("你好"), delta("你好，甲"), delta("你好，甲乙"), delta("你好，甲乙", "stop"), DONE), "你好，甲乙"),
    Row("all there is, in two pieces", stream(delta("你好"), delta("你好！", "stop"), DONE), "你好！"),
    Row("all there is, a character at a time", stream(*[delta("今天天气很好"[:end]) for end in range(1, 7)], DONE), "今天天气很好"),
    Row("all there is, and a character of it put right", stream(delta("甲"), delta("甲乙"), delta("甲乙\ufffd"), delta("甲乙丙丁"), DONE), "甲乙\ufffd丁"),
    Row("all there is with each piece of a completion", stream(*[choice(text="第一，第二，第三"[:end]) for end in (2, 5, 8)], DONE), "第一，第二，第三"),
    Row("all of it once more at the end", stream(delta("你好"), delta("，甲"), delta("你好，甲", "stop"), DONE), "你好，甲"),
    Row("a long one once more before the end", stream(delta("床前明月光，"), delta("疑是地上霜。"), delta("床前明月光，疑是地上霜。"), delta("", "stop"), DONE), "床前明月光，疑是地上霜。"),
    Row("what only began as if it grew", stream(*map(delta, ["1", "12", "123", "。", "好的"]), DONE), "123。好的"),
    Row("what only began so, and went on as long", stream(*map(delta, ["a", "ab", "abc", "abcd", "efgh", "ijklm"]), DONE), "abcdefghijklm"),
    Row("a laugh that grows", stream(delta("哈"), delta("哈哈"), delta("哈哈哈"), delta("！"), DONE), "哈哈哈哈哈哈！"),
    Row("a laugh, and no more", stream(delta("哈"), delta("哈"), DONE), "哈哈"),
    Row("a piece that begins as the answer does", stream(delta("好"), delta("好的"), delta("一天。"), DONE), "好好的一天。"),
    Row("a line that is sung twice", stream(delta("小星星，"), delta("小星星，"), delta("亮晶晶"), DONE), "小星星，小星星，亮晶晶"),
    Row("numbers that begin alike", stream(delta("1"), delta("10"), delta("、"), delta("1"), DONE), "110、1"),
    Row("words of a tool", stream(delta("搜", role="tool"), A, B, DONE), "甲乙"),
]

NATIVE = [
    Row("Anthropic's stream", stream(event("message_start", message={"id": "m", "content": []}), event("content_block_start", index=0, content_block={"type": "text", "text": ""}), event("ping"), event("content_block_delta", delta={"type": "thinking_delta", "thinking": "想"}), event("content_block_delta", delta={"type": "text_delta", "text": "甲"}), event("content_block_delta", delta={"type": "text_delta", "text": "乙"}), event("content_block_stop"), event("message_delta", delta={"stop_reason": "end_turn"}), event("message_stop")), "甲乙"),
    Row("Anthropic's stream, cut by length", stream(event("content_block_delta", delta={"type": "text_delta", "text": "甲乙"}), event("message_delta", delta={"stop_reason": "max_tokens"}), event("message_stop")), "甲乙" + LONG, "cut_by_length"),
    Row("Anthropic's stream, broken by an error", stream(event("content_block_delta", delta={"type": "text_delta", "text": "甲"}), event("error", error={"type": "overloaded_error", "message": "x"})), "甲" + BROKEN, "ModelFailed"),
    Row("Anthropic's whole", response(200, {"type": "message", "role": "assistant", "content": [{"type": "thinking", "thinking": "想"}, {"type": "text", "text": "甲乙"}], "stop_reason": "end_turn"}), "甲乙"),
    Row("Ollama's chat", response(200, b"\n".join(json.dumps({"model": "m", "message": {"role": "assistant", "content": c}, "done": not c, "done_reason": "" if c else "stop"}).encode() for c in ("甲", "乙", "")), kind="application/x-ndjson"), "甲乙"),
    Row("Ollama's chat, whole", response(200, {"model": "m", "message": {"role": "assistant", "content": "甲乙", "thinking": "想"}, "done": True, "done_reason": "length"}), "甲乙" + LONG, "cut_by_length"),
    Row("Ollama's generate", response(200, b"\n".join(json.dumps({"model": "m", "response": c, "done": not c}).encode() for c in ("甲", "乙", ""))), "甲乙"),
    Row("Gemini's stream", stream(said({"candidates": [{"content": {"parts": [{"text": "想", "thought": True}, {"text": "甲"}]}}]}), said({"candidates": [{"content": {"parts": [{"text": "乙"}]}, "finishReason": "STOP"}]})), "甲乙"),
    Row("Gemini's array", response(200, [{"candidates": [{"content": {"parts": [{"text": "甲"}]}}]}, {"candidates": [{"content": {"parts": [{"text": "乙"}]}, "finishReason": "MAX_TOKENS"}]}]), "甲乙" + LONG, "cut_by_length"),
    Row("Gemini's, blocked", response(200, {"promptFeedback": {"blockReason": "SAFETY"}}), "", "AnswerWithheld"),
    Row("OpenAI's responses", stream(event("response.created", response={"output": []}), event("response.reasoning_summary_text.delta", delta="想"), event("response.output_text.delta", delta="甲"), event("response.output_text.delta", delta="乙"), event("response.completed", response={"status": "completed", "output": [{"type": "message", "content": [{"type": "output_text", "text": "甲乙"}]}]})), "甲乙"),
    Row("OpenAI's response, whole", response(200, {"object": "response", "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}, "output": [{"type": "reasoning"}, {"type": "message", "content": [{"type": "output_text", "text": "甲乙"}]}]}), "甲乙" + LONG, "cut_by_length"),
    Row("Alibaba's own", stream(said({"output": {"text": "甲", "finish_reason": "null"}}), said({"output": {"text": "甲乙", "finish_reason": "stop"}})), "甲乙"),
    Row("Baidu's own", stream(said({"result": "甲", "is_end": False}), said({"result": "乙", "is_end": True})), "甲乙"),
]

OTHERS_OWN = [
    Row("Azure's messages in place of one", stream(choice(messages=[{"role": "tool", "content": "搜"}, {"role": "assistant", "content": "甲"}]), choice(messages=[{"role": "assistant", "content": "乙"}], finish_reason="stop"), DONE), "甲乙"),
    Row("MiniMax's messages", response(200, {"choices": [{"messages": [{"sender_type": "BOT", "text": "甲乙"}], "finish_reason": "stop"}], "base_resp": {"status_code": 0, "status_msg": ""}}), "甲乙"),
    Row("Cohere's", stream(event("message-start"), event("content-delta", delta={"message": {"content": {"text": "甲乙"}}}), event("message-end", delta={"finish_reason": "MAX_TOKENS"})), "甲乙" + LONG, "cut_by_length"),
    Row("TGI's", stream(said({"token": {"text": "甲", "special": False}, "generated_text": None}), said({"token": {"text": "乙", "special": False}, "generated_text": "甲乙"}), said({"token": {"text": "</s>", "special": True}})), "甲乙"),
    Row("TGI's, whole", response(200, [{"generated_text": "甲乙"}]), "甲乙"),
    Row("llama.cpp's", stream(said({"content": "甲", "stop": False}), said({"content": "乙", "stop": True, "stopped_limit": True})), "甲乙" + LONG, "cut_by_length"),
    Row("Cloudflare's", stream(said({"response": "甲", "p": "abc"}), said({"response": "乙", "p": "a"}), DONE), "甲乙"),
    Row("Cloudflare's, whole", response(200, {"result": {"response": "甲乙"}, "success": True, "errors": [], "messages": []}), "甲乙"),
    Row("Amazon's", response(200, {"output": {"message": {"role": "assistant", "content": [{"text": "甲乙"}]}}, "stopReason": "end_turn"}), "甲乙"),
    Row("iFlytek's own", stream(*[said({"header": {"code": 0, "message": "Success"}, "payload": {"choices": {"status": 1, "text": [{"content": c, "role": "assistant", "index": 0}]}}}) for c in "甲乙"]), "甲乙"),
    Row("Tencent's own", response(200, {"Response": {"Choices": [{"Message": {"Role": "assistant", "Content": "甲乙"}, "FinishReason": "stop"}]}}), "甲乙"),
    Row("Dify's, taken back by its moderation", stream(said({"event": "message", "answer": "甲"}), said({"event": "message_replace", "answer": "乙"}), said({"event": "message_end"})), "乙"),
    Row("Dify's workflow", stream(said({"event": "workflow_started"}), said({"event": "text_chunk", "data": {"text": "甲"}}), said({"event": "text_chunk", "data": {"text": "乙"}}), said({"event": "workflow_finished", "data": {"status": "succeeded"}})), "甲乙"),
    Row("Coze's", stream(*[said({"role": "assistant", "type": "answer", "content": c, "content_type": "text"}) for c in "甲乙"], said({"role": "assistant", "type": "answer", "content": "甲乙", "content_type": "text"}), said({"role": "assistant", "type": "follow_up", "content": "还有呢？", "content_type": "text"}), b'event: done\ndata: "[DONE]"\n\n'), "甲乙"),
    Row("RAGFlow's", stream(said({"code": 0, "data": {"answer": "甲", "reference": {}}}), said({"code": 0, "data": {"answer": "甲乙", "reference": {}}}), said({"code": 0, "data": True})), "甲乙"),
    Row("Tencent's platform", stream(*[said({"type": "reply", "payload": {"content": c, "is_from_self": c == "问"}}) for c in ("问", "甲", "甲乙")]), "甲乙"),
    Row("Baidu's platform", stream(said({"answer": "甲", "is_completion": False}), said({"answer": "乙", "is_completion": True})), "甲乙"),
    Row("Dify's", stream(said({"event": "message", "answer": "甲"}), said({"event": "message", "answer": "乙"}), said({"event": "message_end"})), "甲乙"),
]

NOTHING = [
    Row("that it is queued", stream(said({"object": "processing", "status": "queued", "message": "in queue"}), A, B, DONE), "甲乙"),
    Row("an error of nothing", stream(said({"error": {"code": 0, "message": ""}, "choices": [{"delta": {"content": "甲乙"}}]}), DONE), "甲乙"),
    Row("choices that are null", stream(A, said({"choices": None}), B, DONE), "甲乙"),
    Row("no choices", stream(A, said({"usage": {"total_tokens": 3}}), B, DONE), "甲乙"),
    Row("empty choices first", stream(said({"choices": [], "prompt_filter_results": [{}]}), A, B, DONE), "甲乙"),
    Row("null", stream(A, said(None), B, DONE), "甲乙"),
    Row("a ping", stream(said({"type": "ping"}), A, said({"type": "ping"}), B, DONE), "甲乙"),
    Row("a ping by name", stream(b"event: ping\ndata: {}\n\n", A, B, DONE), "甲乙"),
    Row("an empty event", stream(A, b"data: \n\n", B, b"data:\n\n", DONE), "甲乙"),
    Row("an event that is no JSON", stream(A, b"data: keep-alive\n\n", B, DONE), "甲乙"),
    Row("comments", stream(b": OPENROUTER PROCESSING\n\n", A, b":\n\n", B, DONE), "甲乙"),
    Row("ids, names and times", stream(b"id: 1\nevent: result\nretry: 9\n" + A, b":HTTP_STATUS/200\n" + B, DONE), "甲乙"),
    Row("a delta that is null", stream(A, choice(delta=None), B, DONE), "甲乙"),
    Row("a choice that is null", stream(A, said({"choices": [None]}), B, DONE), "甲乙"),
    Row("content of an unknown kind", stream(A, delta(True), delta({"x": 1}), B, DONE), "甲乙"),
    Row("an error that is none", stream(said({"error": None, "choices": [{"delta": {"content": "甲乙"}}]}), DONE), "甲乙"),
    Row("a status that is well", stream(said({"base_resp": {"status_code": 0, "status_msg": ""}, "choices": [{"delta": {"content": "甲乙"}}]}), DONE), "甲乙"),
    Row("usage behind the end", stream(A, delta("乙", "stop"), said({"choices": [], "usage": {}}), DONE), "甲乙"),
    Row("an array behind the end", stream(A, delta("乙", "stop"), b"data: [1]\n\n", DONE), "甲乙"),
    Row("thoughts beside", stream(delta(None, reasoning_content="想"), delta(None, reasoning="想"), delta("", thinking="想"), A, B, DONE), "甲乙"),
    Row("thoughts by a mark", stream(delta("想", phase="thinking"), delta("想", thought=True), A, B, DONE), "甲乙"),
]

FORMS = [
    Row("the whole, though a stream was asked for", response(200, whole("甲乙")), "甲乙"),
    Row("the whole, created", [b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n" + A + B + DONE], "甲乙"),
    *(Row(f"a {status} before it", [f"HTTP/1.1 {status} Early\r\nLink: <x>\r\n\r\n".encode() * 2, STREAM + A + B + DONE], "甲乙") for status in (100, 102, 103)),
    Row("JSON inside JSON", stream(b"data: " + json.dumps(json.dumps(whole("甲乙"))).encode() + b"\n\n", DONE), "甲乙"),
    Row("the whole, in a list inside", response(200, {"code": 0, "data": [whole("甲乙")]}), "甲乙"),
    Row("the whole, pretty", response(200, json.dumps(whole("甲乙"), indent=2).encode()), "甲乙"),
    Row("the whole, cut by length", response(200, whole("甲乙", "length")), "甲乙" + LONG, "cut_by_length"),
    Row("the whole, called a stream", response(200, whole("甲乙"), kind="text/event-stream"), "甲乙"),
    Row("the whole, called text", response(200, whole("甲乙"), kind="text/plain"), "甲乙"),
    Row("the whole, with blanks before", response(200, b" \n\n " + json.dumps(whole("甲乙")).encode()), "甲乙"),
    Row("the whole, in a list", response(200, [whole("甲乙")]), "甲乙"),
    Row("objects with nothing between them", response(200, b"".join(json.dumps({"choices": [{"delta": {"content": c}}]}).encode() for c in "甲乙")), "甲乙"),
    Row("parts in an object", stream(delta({"parts": [{"text": "甲"}, {"text": "乙"}]}), DONE), "甲乙"),
    Row("an object on each line", response(200, b"\n".join(json.dumps({"choices": [{"delta": {"content": c}}]}).encode() for c in "甲乙")), "甲乙"),
    Row("no space behind the colon", stream((A + B + DONE).replace(b"data: ", b"data:")), "甲乙"),
    Row("either line end", stream((A + B + DONE).replace(b"\n", b"\r\n")), "甲乙"),
    Row("the third line end", stream((A + B + DONE).replace(b"\n", b"\r")), "甲乙"),
    Row("no empty lines", stream((A + B + DONE).replace(b"\n\n", b"\n")), "甲乙"),
    Row("a field named twice", stream(b"data: " + A, b"data: " + B, b"data: " + DONE), "甲乙"),
    Row("an event over several lines", stream(b'data: {"choices": [{"delta":\ndata: {"content": "\xe7\x94\xb2\xe4\xb9\x99"}}]}\n\n', DONE), "甲乙"),
    Row("cut anywhere", stream(*[(A + B + DONE)[at : at + 3] for at in range(0, len(A + B + DONE), 3)]), "甲乙"),
    Row("a byte order mark", stream(b"\xef\xbb\xbf" + A, B, DONE), "甲乙"),
    Row("a byte order mark before the whole", response(200, b"\xef\xbb\xbf" + json.dumps(whole("甲乙")).encode()), "甲乙"),
    Row("broken UTF-8 in one event", stream(A, delta("x").replace(b"x", b"\xff\xe4\xb9"), B, DONE), "甲��乙"),
    Row("broken UTF-8 in the whole", response(200, json.dumps(whole("甲x乙"), ensure_ascii=False).encode().replace(b"x", b"\xff")), "甲�乙"),
    Row("halves of a character", stream(b'data: {"choices": [{"delta": {"content": "\\u597d\\ud83d"}}]}\n\n', b'data: {"choices": [{"delta": {"content": "\\ude00"}}]}\n\n', DONE), "好😀"),
    Row("a pause behind the end", stream(A, delta("乙", "stop"), 0.1, DONE), "甲乙"),
    Row("the connection kept open behind its mark", stream(A, B, DONE, 3.0), "甲乙"),
    Row("GBK", gbk("text/event-stream; charset=gbk"), "甲乙"),
    Row("GB2312, torn anywhere", gbk("text/event-stream;charset=\"GB2312\"", 1), "甲乙"),
    Row("GBK, whole", response(200, json.dumps(whole("联通甲乙"), ensure_ascii=False).encode("gbk"), kind="application/json; charset=GBK"), "联通甲乙"),
    Row("UTF-8 that is called GBK", response(200, json.dumps(whole("甲乙"), ensure_ascii=False).encode(), kind="text/plain; charset=gbk"), "甲乙"),
    Row("UTF-8 that is called Latin", response(200, json.dumps(whole("甲乙"), ensure_ascii=False).encode(), kind="application/json; charset=ISO-8859-1"), "甲乙"),
    Row("gzip", packed(gzip.compress(A + B + DONE), "gzip"), "甲乙"),
    Row("gzip in two parts", packed(gzip.compress(A) + gzip.compress(B + DONE), "gzip"), "甲乙"),
    Row("gzip that nobody mentions", packed(gzip.compress(A + B + DONE), ""), "甲乙"),
    Row("gzip that is none", packed(A + B + DONE, "gzip"), "甲乙"),
    Row("gzip that is none, whole", response(200, whole("甲乙"), headers="Content-Encoding: gzip\r\n"), "甲乙"),
    Row("gzip torn off", packed(gzip.compress(A + B + DONE)[:-20], "gzip"), "甲" + BROKEN, "StreamCut"),
    Row("deflate", packed(zlib.compress(A + B + DONE), "deflate"), "甲乙"),
    Row("deflate without a header", packed(zlib.compress(A + B + DONE)[2:-4], "deflate"), "甲乙"),
    Row("deflate that is none", packed(A + B + DONE, "deflate"), "甲乙"),
    Row("numbers of chunks with names", [SSE + b"Transfer-Encoding: chunked\r\n\r\n", b"%x;x=y\r\n%b\r\n0\r\n\r\n" % (len(A), A)], "甲"),
]

EMPTY = [
    Row("events that are no JSON, and a mark", stream(b"data: oops\n\n", DONE), "", "MalformedEvent"),
    Row("events of a page, and a mark", stream(b"data: <html>502</html>\n\n", DONE), "", "MalformedEvent"),
    Row("events whose JSON is none, and a mark", stream(b"data: {'choices': [{'delta': {'content': 'x'}}]}\n\n", DONE), "", "MalformedEvent"),
    Row("a sign of life, and a mark", stream(b"data: keep-alive\n\n", DONE), "甲", "answered", 2, stream(A, DONE)),
    Row("choices of none, and a mark", stream(said({"choices": [], "usage": {"total_tokens": 3}}), DONE), "甲", "answered", 2, stream(A, DONE)),
    Row("choices of none, whole", response(200, {"choices": [], "usage": {"total_tokens": 3}}), "甲", "answered", 2, response(200, whole("甲"))),
    Row("nothing but its mark", stream(DONE), "甲", "answered", 2, stream(A, DONE)),
    Row("nothing", stream(delta("", "stop"), DONE), "甲", "answered", 2, stream(A, DONE)),
    Row("blanks", stream(delta(" \n", "stop"), DONE), "", "EmptyAnswer", 2),
    Row("zero-width characters", stream(delta("\u200b\ufeff\u2060", "stop"), DONE), "", "EmptyAnswer", 2),
    Row("only a tool call", stream(choice(delta={"tool_calls": [{}]}, finish_reason="tool_calls"), DONE), "", "ToolCalled"),
    Row("only a tool call, whole", response(200, whole(None, "tool_calls", tool_calls=[{"id": "x"}])), "", "ToolCalled"),
    Row("a function call of old", stream(choice(delta={"function_call": {"name": "x"}}), DONE), "", "ToolCalled"),
    Row("thoughts up to the limit", stream(delta(None, reasoning_content="想"), delta("", "length"), DONE), "", "TokensUsedUp"),
    Row("thoughts in tags up to the limit", stream(delta("<think>想", "length"), DONE), "", "TokensUsedUp"),
    Row("what reads like a thought up to the limit", stream(delta("好的，用户问的是", "length"), DONE), "", "TokensUsedUp"),
    Row("thoughts in tags, and no more", stream(delta("<think>想", "stop"), DONE), "", "NothingReadable", 2),
    Row("nothing that is an answer", stream(said({"hello": 1}), DONE), "", "MalformedEvent"),
    Row("nothing at all", stream(), "甲", "answered", 2, stream(A, DONE)),
    Row("words for people", stream(b"Internal error\n"), "", "StreamCut", 2),
    Row("a web page", response(200, b"<!DOCTYPE html><html></html>", kind="text/html"), "", "WebPage"),
    Row("a web page, called a stream", stream(b"\n<html><body>hello</body></html>"), "", "WebPage"),
    Row("JSON of something else", response(200, {"status": "running"}), "", "MalformedEvent"),
]

BROKEN_OFF = [
    Row("silence after half", stream(A, B, 2.0), "甲乙" + BROKEN, "ModelSilent"),
    Row("an error after half", stream(A, B, said({"error": {"message": "x"}})), "甲乙" + BROKEN, "ModelFailed"),
    Row("an error in a field of its own", stream(A, B, b'error: {"code": 500, "message": "x", "type": "server_error"}\n\n'), "甲乙" + BROKEN, "ModelFailed"),
    Row("a field of its own that is no JSON", stream(A, B, b"error: slot unavailable\n\n"), "甲乙" + BROKEN, "ModelFailed"),
    Row("an error by name after half", stream(A, B, b'event: error\ndata: {"message": "x"}\n\n'), "甲乙" + BROKEN, "ModelFailed"),
    Row("a page in the middle", stream(A, b"<html><body>502 Bad Gateway</body></html>\n"), "甲" + BROKEN, "StreamCut"),
    Row("an error without a field after half", stream(A, B, b'{"error": {"message": "x"}}\n'), "甲乙" + BROKEN, "ModelFailed"),
    Row("over the limit after half", stream(A, said({"error": {"type": "rate_limit_error"}})), "甲" + BROKEN, "OverTheLimit"),
    Row("an error inside a choice", stream(A, choice(delta={"content": ""}, error={"code": 502, "message": "x"}, finish_reason="error"), DONE), "甲" + BROKEN, "ModelFailed"),
    Row("too slow as a whole", stream(A, *[part for _ in range(40) for part in (b": wait\n\n", 0.2)]), "甲" + BROKEN, "AnswerTooLate", seconds=0.6),
    Row("within what reads like a thought", chunked(delta("好的，用户问的是"), ends=False), "甲", "answered", 2, stream(A, DONE)),
    Row("within a thought, so nothing is lost", chunked(delta("<think>想"), ends=False), "甲", "answered", 2, stream(A, DONE)),
]
# fmt: on


@pytest.mark.parametrize(
    "row",
    [
        *ENDS,
        *PLACES,
        *NATIVE,
        *OTHERS_OWN,
        *NOTHING,
        *FORMS,
        *EMPTY,
        *BROKEN_OFF,
    ],
    ids=lambda row: row.name,
)
def test_what_a_service_says_is_read_as_it_was_meant(holds: Holds, row: Row) -> None:
    holds(row)


def test_of_a_word_for_the_end_that_nobody_knows_or_of_a_tool_the_operator_is_told_once(
    service: Service, brain: Thinks, caplog: pytest.LogCaptureFixture
) -> None:
    """Of one that the follower wrote, never."""
    asking = brain()
    words = ("some-new-word", "some-new-word", "robert", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M")
    for word in (*words, "tool_calls", "tool_use"):
        service.answers = [stream(delta("好。", word), DONE)]
        assert asking.ask("I am Robert").answer == "好。"
        service.bodies.clear()
    told = [r.getMessage() for r in caplog.records if "event=odd_end" in r.getMessage()]
    assert [line.partition("word=")[2] for line in told] == ["some_new_word", "tool_calls"]


def test_what_broke_an_answer_off_is_named(
    service: Service, brain: Thinks, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    service.answers = [stream(A, delta("乙", "network_error"), DONE)]
    brain().ask()
    assert "result=StreamCut" in caplog.text and "code=network_error" in caplog.text
