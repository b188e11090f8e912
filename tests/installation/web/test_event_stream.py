from __future__ import annotations

import asyncio

from installation.web.event_stream import EventStream


def read(stream: EventStream, wanted: list[bool], publish: list[str]) -> list[bytes]:
    """What a client reads until it is not wanted any more."""

    async def run() -> list[bytes]:
        response = stream.respond(lambda: wanted.pop(0))
        parts = []
        if publish:
            stream.publish(publish.pop(0))
        async for part in response.body_iterator:
            parts.append(part)
            for text in publish:
                stream.publish(text)
            publish.clear()
        return parts

    return asyncio.run(run())


def test_a_client_gets_the_latest_event_and_not_those_it_missed():
    assert read(EventStream(), [True, True, False], ["one", "two", "three"]) == [
        b"data: one\n\n",
        b"data: three\n\n",
    ]


def test_an_event_of_several_lines_is_one_event():
    assert read(EventStream(), [True, False], ["a\nb"]) == [b"data: a\ndata: b\n\n"]


def test_a_client_waits_for_an_event():
    async def run() -> bytes:
        stream = EventStream()
        first = asyncio.ensure_future(anext(aiter(stream.respond(lambda: True).body_iterator)))
        await asyncio.sleep(0)
        assert not first.done()
        stream.publish("now")
        return await first

    assert asyncio.run(run()) == b"data: now\n\n"
