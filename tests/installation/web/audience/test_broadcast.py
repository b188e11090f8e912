from __future__ import annotations

import asyncio
import contextlib

import pytest

from installation.web.access.request_guard import RequestGuard
from installation.web.audience import broadcast as broadcast_module
from installation.web.audience.broadcast import Broadcast
from installation.web.server import WebServer, open_socket
from tests.hang_guard import HANG_GUARD_S

REQUEST = b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Hall:
    """A server with phones that listen."""

    def __init__(self) -> None:
        self.broadcast = Broadcast(lambda: "hello")
        self._web = WebServer(RequestGuard(self.broadcast, {"localhost"}), 64)

    async def __aenter__(self) -> Hall:
        self._listening = open_socket("127.0.0.1", 0)
        self._serving = asyncio.create_task(self._web.serve([self._listening]))
        return self

    async def __aexit__(self, *failure) -> None:
        self._web.should_exit = True
        await self._serving
        self._listening.close()

    async def listen(self, request: bytes = REQUEST):
        """A phone that has read its greeting, and the greeting."""
        reader, writer = await asyncio.open_connection(*self._listening.getsockname())
        writer.write(request)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        if b" 200 " in head:
            await asyncio.wait_for(reader.readuntil(b"hello\n\n\r\n"), 20)
            while not len(self.broadcast):
                await asyncio.sleep(0.001)
        return reader, writer, head


def run(work) -> None:
    async def with_hall() -> None:
        async with Hall() as hall:
            await work(hall)

    asyncio.run(with_hall())


def test_each_phone_gets_the_same_bytes_as_chunks():
    async def work(hall: Hall) -> None:
        phones = [await hall.listen() for _ in range(3)]
        while len(hall.broadcast) < 3:
            await asyncio.sleep(0.001)
        hall.broadcast.publish('{"t":1}')
        for reader, writer, head in phones:
            assert b"transfer-encoding: chunked" in head.lower()
            assert await reader.readuntil(b"\n\n\r\n") == b'f\r\ndata: {"t":1}\n\n\r\n'
            writer.close()

    run(work)


def test_a_phone_that_goes_away_is_forgotten():
    async def work(hall: Hall) -> None:
        phones = [await hall.listen() for _ in range(2)]
        while len(hall.broadcast) < 2:
            await asyncio.sleep(0.001)
        phones[0][1].close()
        async with asyncio.timeout(HANG_GUARD_S):
            while len(hall.broadcast) > 1:
                hall.broadcast.publish("x")
                await asyncio.sleep(0.001)
        hall.broadcast.publish("y")
        assert (await phones[1][0].readuntil(b"data: y\n\n")).endswith(b"data: y\n\n")
        assert len(hall.broadcast) == 1

    run(work)


def test_a_phone_that_takes_nothing_is_let_go_and_others_hear_on(monkeypatch):
    monkeypatch.setattr(broadcast_module, "MAX_WAITING_BYTES", 1000)
    monkeypatch.setattr(broadcast_module, "MAX_LEFT_OUT", 3)

    async def work(hall: Hall) -> None:
        deaf = await hall.listen()  # kept: a reader that is collected lets everything pass
        while len(hall.broadcast):
            hall.broadcast.publish("x" * 100_000)
            await asyncio.sleep(0)
        reader, writer, _ = await hall.listen()
        hall.broadcast.publish("y")
        await reader.readuntil(b"data: y\n\n")
        for each in (writer, deaf[1]):
            each.close()

    run(work)


def test_one_address_cannot_take_all_places(monkeypatch):
    monkeypatch.setattr(broadcast_module, "MAX_STREAMS_PER_ADDRESS", 2)

    async def work(hall: Hall) -> None:
        writers = []
        for status in (b" 200 ", b" 200 ", b" 429 "):
            _, writer, head = await hall.listen()
            assert status in head
            writers.append(writer)
        for writer in writers:
            writer.close()

    run(work)


@pytest.mark.parametrize("method", [b"POST", b"DELETE"])
def test_events_are_only_read(method):
    async def work(hall: Hall) -> None:
        request = REQUEST.replace(b"GET", method).replace(
            b"\r\n\r\n", b"\r\nOrigin: http://localhost\r\n\r\n"
        )
        with contextlib.suppress(ConnectionError):
            _, writer, head = await hall.listen(request)
            assert b" 405 " in head
            writer.close()

    run(work)
