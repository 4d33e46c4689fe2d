"""Of tries that overlap, only the newest delivers."""

import gevent
from gevent.event import Event

from sandbox.follower import GREY_LINE, Follower
from tests.sandbox.scripted import TOKEN, Request, Server, holds, replies, results


def test_of_overlapping_tries_only_the_newest_delivers(server: Server) -> None:
    newest_is_here = Event()

    def older(request: Request) -> None:
        newest_is_here.wait()
        replies("to nobody")(request)

    def newest(request: Request) -> None:
        newest_is_here.set()
        gevent.sleep(0.2)
        replies("to the follower")(request)

    server.will(older, newest)
    fate = Follower(server.url, TOKEN, overlap=(0, 0.1)).say("你好")
    assert [ended.lost for ended in fate.tries] == [True, False]
    assert fate.seen == "to the follower"


def test_a_reply_to_an_older_try_alone_is_lost(server: Server) -> None:
    newest_is_here = Event()

    def older(request: Request) -> None:
        newest_is_here.wait()
        replies("to nobody")(request)

    def newest(request: Request) -> None:
        newest_is_here.set()
        holds(request)

    server.will(older, newest)
    fate = Follower(server.url, TOKEN, try_seconds=0.5, overlap=(0, 0.1)).say("你好")
    assert results(fate.tries) == ["reply", "dropped"]
    assert fate.seen == GREY_LINE


def test_a_reply_to_an_older_try_is_seen_where_the_newer_has_failed(server: Server) -> None:
    newest_is_gone = Event()

    def older(request: Request) -> None:
        newest_is_gone.wait()
        gevent.sleep(0.2)
        replies("hi")(request)

    server.will(older, lambda _: newest_is_gone.set())
    fate = Follower(server.url, TOKEN, overlap=(0, 0.1)).say("你好")
    assert results(fate.tries) == ["reply", "dropped"]
    assert fate.seen == "hi"


def test_tries_can_all_start_at_the_same_moment(server: Server) -> None:
    all_here = Event()

    def answers_together(request: Request) -> None:
        if len(server.requests) == 3:
            all_here.set()
        all_here.wait()
        replies("hi")(request)

    server.will(answers_together)
    fate = Follower(server.url, TOKEN, overlap=(0, 0, 0)).say("你好")
    assert results(fate.tries) == ["reply"] * 3
    assert fate.seen == "hi"


def test_a_short_gap_makes_the_tries_overlap_until_one_is_answered(server: Server) -> None:
    server.will(holds, replies("hi"))
    fate = Follower(server.url, TOKEN, try_seconds=0.6, gap_seconds=0.2).say("你好")
    assert results(fate.tries) == ["dropped", "reply"]
    assert fate.tries[1].started < 0.6
