"""How services, and gateways made by hand, write an answer's events: no text of it is lost unseen.

A row is a way that somebody has met. To add one, add a line.
"""

import json

import pytest

from integrations.model.answer.incoming import IncomingAnswer
from integrations.model.answer.receiving import read
from integrations.model.body.encoding import in_utf8
from integrations.model.errors import ModelError
from settings.schema import Texts
from tests.dialects.conftest import Holds
from tests.dialects.service import DONE, Row, Sends, delta, response, said, stream, whole

BROKEN = f"\n{Texts().broken_off}"
A, B = delta("甲"), delta("乙")
END = b"\r\n\r\n"  # of a response's head
CUT = (1, 2, 3, 50, 1000)  # bytes of a piece
LINES = b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n"
LONGER = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"  # than what comes


def behind(sign: str) -> Sends:
    """A stream whose second event has this before its field."""
    return stream(A, sign.encode() + B, delta("丙", "stop"), DONE)


def by_hand(text: str) -> bytes:
    """An event whose text is put into its JSON as it is."""
    return f'data: {{"choices": [{{"delta": {{"content": "{text}"}}}}]}}\n\n'.encode()


def lines(*texts: str, before: bytes = b"", end: bytes = b"") -> Sends:
    """An object on each line, as Ollama's own protocol has it, in pieces that come one by one."""
    objects = [{"model": "m", "message": {"content": text}, "done": False} for text in texts]
    return [LINES, *(before + json.dumps(one).encode() + b"\n" for one in objects), end]


def in_set(name: str, *texts: str, size: int = 0, kind: str = "text/event-stream") -> Sends:
    """A stream in a character set, an event at a time or in pieces of a size."""
    sent = [event.decode().encode(name) for event in (*map(delta, texts), DONE)]
    data = b"".join(sent)
    pieces = [data[at : at + size] for at in range(0, len(data), size)] if size else sent
    return [
        f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode(),
        *pieces,
    ]


def mojibake(*texts: str) -> list[str]:
    """Texts as somebody reads them who takes their UTF-8 for Latin-1."""
    return [text.encode().decode("latin-1") for text in texts]


def in_bytes(*texts: bytes) -> Sends:
    """A stream whose texts are of these bytes."""
    return stream(*(delta("x").replace(b"x", text) for text in texts), DONE)


# fmt: off
ODD_EVENTS = [
    *(Row(f"{sign!r} before a field", behind(sign), "甲乙丙") for sign in ("\ufeff", "\0", " ", "\t", "\u200b", "\x1e", "ping", ": ping ", "\ufeff\ufeff ", "> ", "chunk ")),
    Row("a byte order mark before each", stream(*[b"\xef\xbb\xbf" + one for one in (A, B, DONE)]), "甲乙"),
    Row("a mark of nothing between two", stream(A, b"\0\n\n", B, b" \n\n", DONE), "甲乙"),
    Row("a field in capitals", stream((A + B + DONE).replace(b"data:", b"DATA:")), "甲乙"),
    Row("a field with a wide colon", stream((A + B + DONE).replace(b"data:", "data：".encode())), "甲乙"),
    Row("two on a line", stream(A.rstrip() + B, delta("丙", "stop"), DONE), "甲乙丙"),
    Row("three on a line, with their end", stream(A.rstrip() + B.rstrip() + DONE, 3.0), "甲乙"),
    Row("two on a line, a comma between", stream(A.rstrip() + b", " + B.removeprefix(b"data: "), DONE), "甲乙"),
    Row("a word behind one", stream(A.rstrip() + b" ping\n\n", B, DONE), "甲乙"),
    Row("a word before the JSON", stream(A, b"data: chunk " + B.removeprefix(b"data: "), DONE), "甲乙"),
    Row("what looks like a field, in a text", stream(delta("写成 data: {x} 和"), delta('}data: {"a"}'), DONE), '写成 data: {x} 和}data: {"a"}'),
    Row("a bare tab in a text", stream(A, by_hand("乙\t丙"), delta("丁"), DONE), "甲乙\t丙丁"),
    Row("a bare line end in a text", stream(A, by_hand("乙\n丙"), delta("丁"), DONE), "甲乙\n丙丁"),
    Row("a bare paragraph in a text", stream(A, by_hand("乙\n\n丙"), delta("丁"), DONE), "甲乙\n\n丙丁"),
    Row("bare code in a text", stream(by_hand("```\nif (x) {\n  y();\n}"), by_hand("\n\n  z();\n```"), DONE), "if (x) {\n  y();\n}\n\n  z();"),
    Row("only bare line ends", stream(by_hand("甲"), by_hand("\n"), by_hand("\n\n"), by_hand("乙"), DONE), "甲\n\n乙"),
    Row("bare line ends, torn anywhere", stream(*[(A + by_hand("乙\n\n丙") + DONE)[at : at + 3] for at in range(0, 200, 3)]), "甲乙\n\n丙"),
    Row("a bare line end in the whole", response(200, b'{"choices": [{"message": {"content": "\xe7\x94\xb2\n\t\xe4\xb9\x99"}, "finish_reason": "stop"}]}'), "甲\n\t乙"),
    Row("pretty JSON in an event", stream(b"data: " + json.dumps(whole("甲乙"), indent=2).encode() + b"\n\n", DONE), "甲乙"),
    Row("pretty JSON and no field", stream(A, json.dumps({"choices": [{"delta": {"content": "乙"}}]}, indent=2).encode() + b"\n\n", DONE), "甲乙"),
    Row("of one that cannot be read the text is missed", stream(A, b"data: {'choices': [{'delta': {'content': '\xe4\xb9\x99'}}]}\n\n", delta("丙", "stop"), DONE), "甲" + BROKEN, "StreamCut"),
    Row("of one that is torn in the middle", stream(A, B[:-8] + b"\n\n", delta("丙", "stop"), DONE), "甲" + BROKEN, "StreamCut"),
    Row("the first cannot be read", stream(A[:-8] + b"\n\n", delta("丙", "stop"), DONE), "甲", "answered", 2, stream(A, DONE)),
    Row("one of no text that cannot be read", stream(A, b"data: {'type': 'ping'}\n\n", B, DONE), "甲乙"),
    Row("the usage cannot be read", stream(A, delta("乙", "stop"), b"data: {'usage': {'content': 'x'}}\n\n", DONE), "甲乙"),
]

OBJECTS = [
    Row("lines", lines("甲", "乙", end=b'{"model": "m", "done": true}\n'), "甲乙"),
    Row("lines without the model's name", [LINES, *(json.dumps({"message": {"content": c}, "done": not c}).encode() + b"\n" for c in ("甲", "乙", ""))], "甲乙"),
    Row("lines that break off", lines("甲", "乙"), "甲乙" + BROKEN, "StreamCut"),
    Row("events of lines that break off", stream(*(said({"model": "m", "message": {"content": text}, "done": False}) for text in "甲乙")), "甲乙" + BROKEN, "StreamCut"),
    Row("events of Baidu's that break off", stream(*(said({"result": text, "is_end": False}) for text in "甲乙")), "甲乙" + BROKEN, "StreamCut"),
    Row("events of its platform's that break off", stream(*(said({"answer": text, "is_completion": False}) for text in "甲乙")), "甲乙" + BROKEN, "StreamCut"),
    Row("events of llama.cpp's that break off", stream(*(said({"content": text, "stop": False}) for text in "甲乙")), "甲乙" + BROKEN, "StreamCut"),
    Row("events of Baidu's that end with a mark", stream(*(said({"result": text, "is_end": False}) for text in "甲乙"), DONE), "甲乙"),
    Row("an array without a word for its end", response(200, json.dumps([{"candidates": [{"content": {"parts": [{"text": text}]}}]} for text in "甲乙"]).encode() + b"\n"), "甲乙"),
    Row("lines, the last one torn", lines("甲", "乙", end=b'{"model": "m", "message": {"content": "'), "甲乙" + BROKEN, "StreamCut"),
    Row("lines that stall", [*lines("甲"), 2.0], "甲" + BROKEN, "ModelSilent"),
    Row("lines, and an error behind", lines("甲", end=b'{"error": "runner stopped"}\n'), "甲" + BROKEN, "ModelFailed"),
    Row("lines, and an error behind, broken off", [LONGER, *lines("甲", "乙")[1:]], "甲乙" + BROKEN, "StreamCut"),
    Row("lines behind marks of records", lines("甲", "乙", before=b"\x1e", end=b'\x1e{"model": "m", "done": true}\n'), "甲乙"),
    Row("lines, then events", [*lines("甲"), B, DONE], "甲乙"),
    Row("lines, and an end mark", lines("甲", "乙", end=b"[DONE]\n"), "甲乙"),
    Row("nothing between them, broken off", [LONGER, *(json.dumps({"choices": [{"delta": {"content": c}}]}).encode() for c in "甲乙")], "甲乙" + BROKEN, "StreamCut"),
    Row("an array that breaks off", response(200, b"[" + json.dumps({"candidates": [{"content": {"parts": [{"text": "甲"}]}}]}, indent=1).encode() + b",\n"), "甲" + BROKEN, "StreamCut"),
    Row("an array that breaks off behind its end", response(200, b"[" + json.dumps({"candidates": [{"content": {"parts": [{"text": "甲"}]}, "finishReason": "STOP"}]}).encode()), "甲"),
    Row("an array, its last one torn", response(200, b"[" + json.dumps({"candidates": [{"content": {"parts": [{"text": "甲"}]}}]}, indent=1).encode() + b',\n{"candi'), "甲" + BROKEN, "StreamCut"),
    Row("an array with an error at its end", response(200, b"[" + json.dumps({"candidates": [{"content": {"parts": [{"text": "甲"}]}}]}).encode() + b',\n{"error": {"code": 503, "message": "x"}}]'), "甲" + BROKEN, "ModelFailed"),
    Row("the whole, said to be longer", [LONGER, json.dumps(whole("甲乙")).encode()], "甲乙"),
    Row("the whole, said to be longer and kept open", [LONGER, json.dumps(whole("甲乙")).encode(), 2.0], "甲乙"),
    Row("the whole, torn off", response(200, json.dumps(whole("甲乙")).encode()[:-9]), "甲", "answered", 2, stream(A, DONE)),
    Row("the whole, torn anywhere", [b"HTTP/1.1 200 OK\r\n\r\n", *(json.dumps(whole("甲乙"), ensure_ascii=False).encode()[at : at + 3] for at in range(0, 200, 3))], "甲乙"),
    Row("a list of nothing", response(200, b"[]"), "", "MalformedEvent"),
]
SETS = [
    *(Row(f"{name} that nobody names, {size} at a time", in_set(name, *texts, size=size), "".join(texts)) for name, texts in (("gbk", ("今天", "天气", "很好，", "甲乙。")), ("gb18030", ("嗯", "，", "我", "在\U00020000", "😀")), ("big5", ("今天", "天氣", "很好，", "的"))) for size in (0, 1, 3, 1000)),
    *(Row(f"GBK that begins with {text}", in_set("gbk", text, "是", "的。"), f"{text}是的。") for text in "一为时说也要学去之没每猫路囧"),
    Row("GBK that is called UTF-8", in_set("gbk", "甲", "乙", kind="text/event-stream; charset=utf-8"), "甲乙"),
    Row("GBK, kept open behind its mark", [*in_set("gbk", "好"), 3.0], "好"),
    Row("what may be either, kept open behind its mark", [*in_set("utf-8", "é"), 3.0], "é"),
    Row("GBK behind words", in_set("gbk", "Hello, ", "OK", "好"), "Hello, OK好"),
    Row("GBK, whole, that nobody names", response(200, json.dumps(whole("今天天气很好，适合出门。"), ensure_ascii=False).encode("gbk")), "今天天气很好，适合出门。"),
    Row("GBK, broken off", [LONGER, *in_set("gbk", "今天", "天气")[1:-1]], "今天天气" + BROKEN, "StreamCut"),
    Row("UTF-8, torn anywhere", in_set("utf-8", "é", "今天", "😀", size=1), "é今天😀"),
    Row("UTF-8 that is not Chinese", in_set("utf-8", "é", "à la ", "/ˈæpl/", " ɪt", " привет", "是"), "éà la /ˈæpl/ ɪt привет是"),
    Row("UTF-8 of one such word", in_set("utf-8", "caf", "é"), "café"),
    Row("UTF-8, its first character broken", in_bytes(b"\xff\xe4\xb9", "你好，甲乙".encode()), "��你好，甲乙"),
    Row("UTF-8, a character in two events", in_bytes(b"\xf0\x9f", b"\x98\x80", "你好，甲乙".encode()), "😀你好，甲乙"),
    Row("UTF-8, a character torn behind its first byte", in_bytes(b"\xe4", b"\xbd\xa0", "好，甲乙丙".encode()), "你好，甲乙丙"),
    Row("UTF-8, a character torn before its last byte", in_bytes(b"\xe4\xbd", b"\xa0", "好，甲乙丙".encode()), "你好，甲乙丙"),
    Row("UTF-8, an emoji torn in two, and no more", in_bytes(b"\xf0\x9f", b"\x98\x80"), "😀"),
    Row("UTF-8, an emoji torn in two in a text", in_bytes("你好".encode(), b"\xf0\x9f\x98", b"\x80", "吧".encode()), "你好😀吧"),
    Row("UTF-8, a character torn in two, and no more", in_bytes(b"\xe4\xbd", b"\xa0"), "你"),
    Row("UTF-8, a character whose other half never comes", in_bytes("你好".encode(), b"\xe4\xbd", "吧".encode(), b"\xe4"), "你好\ufffd吧"),
    Row("UTF-8 of what somebody else could not read", in_set("utf-8", "\ufffd", "\ufffd", "好的，甲乙"), "��好的，甲乙"),
    Row("UTF-8, read as Latin-1 by a gateway", stream(*map(delta, mojibake("你好，", "今天", "OK ", "😀甲")), DONE), "你好，今天OK 😀甲"),
    Row("read so, and torn anywhere", stream(*map(delta, *mojibake("你好，今天é")), DONE), "你好，今天é"),
    Row("read so, and escaped", stream(*(b"data: " + json.dumps({"choices": [{"delta": {"content": text}}]}).encode() + b"\n\n" for text in mojibake("你好", "今天")), DONE), "你好今天"),
    Row("read so, the whole", response(200, whole(*mojibake("今天天气很好。"))), "今天天气很好。"),
    Row("read so, the whole behind its pieces", stream(*map(delta, mojibake("今", "天")), said(whole(*mojibake("今天"))), DONE), "今天"),
    Row("letters that begin such a character", stream(delta("caf"), delta("é"), delta(" à la "), delta("ä"), DONE), "café à la ä"),
    Row("letters that begin one, and Chinese", stream(delta("é"), delta("是"), delta("å¥½x"), DONE), "é是å¥½x"),
    Row("in no set that is known", in_bytes(b"\xff\xff", b"\xff\xffx"), "", "CharactersUnknown"),
]
PHP = b"<br />\n<b>Warning</b>:  Undefined array key 1 in <b>/www/api.php</b> on line <b>3</b><br />\n"
FAULTS = [
    Row("a warning before the whole", response(200, PHP + json.dumps(whole("甲乙")).encode(), kind="text/html"), "甲乙"),
    Row("a warning before the stream", stream(PHP, A, B, DONE), "甲乙"),
    Row("the whole between tags", response(200, b"<pre>" + json.dumps(whole("甲乙")).encode() + b"</pre>", kind="text/html"), "甲乙"),
    Row("a warning, and nothing behind it", response(200, PHP), "", "WebPage"),
    Row("a page that is left open", stream(b"<html><body>", 2.0), "", "WebPage"),
    *(Row(f"an error by name that says {says}", stream(A, B, f"event: {name}\ndata: {says}\n\n".encode(), DONE), "甲乙" + BROKEN, "ModelFailed") for name, says in (("error", "overloaded"), ("error", '"overloaded"'), ("error", "{}"), ("abort", '{"reason": "timeout"}'), ("conversation.chat.failed", '{"last_error": {"code": 5000, "msg": "x"}}'))),
    *(Row(f"{says} in place of the rest", stream(A, B, f"{says}\n\n".encode(), DONE), "甲乙" + BROKEN, "StreamCut") for says in ("data: Internal Server Error", "data: [ERROR] timeout", 'data: {"message": "stream timeout"}', 'data: {"message": "Unauthorized", "request_id": "x"}', 'data: {"message": "Request was rejected", "data": null}', 'data: "timeout"', "upstream request timeout", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0", "网关超时，请稍后再试")),
    Row("a fault, and what it cost", stream(A, B, b"data: Internal Server Error\n\n", said({"choices": [], "usage": {"total_tokens": 3}}), DONE), "甲乙" + BROKEN, "StreamCut"),
    Row("a line of words, then no more", stream(A, B, b"upstream request timeout"), "甲乙" + BROKEN, "StreamCut"),
    Row("a comment before the mark", stream(A, B, b": OPENROUTER STILL PROCESSING\n\n", DONE), "甲乙"),
    Row("a comment before the end", stream(A, B, b": that was all\n\n"), "甲乙"),
    Row("a field of no name that is known, before the mark", stream(A, B, b"comment : that was all\n\n", DONE), "甲乙"),
    *(Row(f"{says!r} before the mark", stream(A, B, f"{says}\n\n".encode(), DONE), "甲乙") for says in ("data: [METADATA]", "data: --", "data: closed", "data: 完成", 'data: {"title": "问候"}', "event: title\ndata: 问候和天气", "event: usage\ndata: total 5")),
    Row("a line of one long word", stream(A, b"x" * 60_000 + b"\n\n", B, DONE), "甲乙"),
    Row("a fault that was got over", stream(A, b"data: Internal Server Error, trying again\n\n", B, DONE), "甲乙"),
    Row("a fault behind the end", stream(A, delta("乙", "stop"), b"data: Internal Server Error\n\n", DONE), "甲乙"),
    Row("words that say it is the end", stream(A, B, b"data: stream finished\n\n", said({"message": "done"}), DONE), "甲乙"),
    Row("a tool that failed", stream(A, b"event: response.web_search_call.failed\n" + said({"type": "response.web_search_call.failed"}), B, DONE), "甲乙"),
]
# What is called by its name.
NAMED = [
    *(
        Row(f"{text} in {name}, {size} at a time", in_set(name, *text, size=size, kind=f"text/event-stream; charset={called or name}"), text)
        for name, called, text in (
            ("euc-kr", "", "안녕하세요"),
            ("euc-jp", "EUC-JP", "こんにちは、元気です"),
            ("shift_jis", "", "こんにちは、元気です"),
            ("cp1251", "windows-1251", "Привет, как дела?"),
            ("latin-1", "ISO-8859-1", "café résumé"),
            ("latin-1", "ISO-8859-1", "Über die Brücke, Straße"),
            ("cp1252", "windows-1252", "“café” – naïve"),
            ("hz", "hz-gb-2312", "你好，~ok"),
            ("iso-2022-jp", "", "こんにちは"),
            ("utf-16-le", "", "甲乙"),
            ("utf-16-be", "utf-16", "甲乙"),
            ("utf-32-le", "utf-32", "甲乙"),
            ("utf-8", "windows-1251", "Привет"),
            ("utf-8", "euc-kr", "안녕하세요"),
            ("utf-8", "windows-1252", "café，甲乙"),
            ("utf-8", "utf-16", "甲乙"),
            ("utf-8", "hz-gb-2312", "甲乙"),
            ("gbk", "iso-8859-1", "今天天气很好。"),
            ("utf-8", "base64", "甲乙"),
            ("utf-8", "utf-7", "甲乙+"),
            ("utf-8", "cp037", "甲乙"),
        )
        for size in (0, 1, 1000)
    ),
    Row("a whole in Latin-1", response(200, json.dumps(whole("café résumé"), ensure_ascii=False).encode("latin-1"), kind="application/json; charset=iso-8859-1"), "café résumé"),
    Row("a whole with a mark of its byte order", response(200, json.dumps(whole("甲乙"), ensure_ascii=False).encode("utf-16"), kind="application/json; charset=utf-16"), "甲乙"),
]
# fmt: on
ALL = [*ODD_EVENTS, *OBJECTS, *SETS, *FAULTS]


@pytest.mark.parametrize("row", [*ALL, *NAMED], ids=lambda row: row.name)
def test_however_it_is_written_all_of_an_answer_is_read(holds: Holds, row: Row) -> None:
    holds(row)


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_whatever_pieces_it_comes_in_the_same_is_read(row: Row) -> None:
    _, _, sent = b"".join(send for send in row.sends if isinstance(send, bytes)).partition(END)
    pieces = ([sent[at : at + size] for at in range(0, len(sent), size)] for size in CUT)
    assert len({outcome(of_size) for of_size in pieces}) == 1


def outcome(pieces: list[bytes]) -> tuple[str, str]:
    """What is shown, piece by piece, and how it ends."""
    shown: list[str] = []
    incoming = IncomingAnswer(shown.append)
    try:
        read(in_utf8(iter(pieces), ""), incoming)
        incoming.answer()
    except ModelError as error:
        return "".join(shown), type(error).__name__
    return "".join(shown), "answered"
