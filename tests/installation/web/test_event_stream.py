from __future__ import annotations

import asyncio
import tracemalloc

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


def test_clients_that_take_nothing_all_night_cost_no_more_than_the_latest_event():
    async def run() -> int:
        stream, state = EventStream(), "x" * 10_000
        stream.publish(state)
        clients = [aiter(stream.respond(lambda: True).body_iterator) for _ in range(20)]
        for client in clients:
            await anext(client)
        tracemalloc.start()
        for number in range(5000):
            stream.publish(f"{number} {state}")
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert {await anext(client) for client in clients} == {f"data: 4999 {state}\n\n".encode()}
        return kept

    assert asyncio.run(run()) < 100_000
