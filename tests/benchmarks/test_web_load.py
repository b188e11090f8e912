"""The flood of the staff page, against servers that answer or do not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from web_load import FLOOD_CONNECTIONS, Load, free_port

from tests.hang_guard import HANG_GUARD_S

REQUESTS_PER_SECOND = 5000.0
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextlib.asynccontextmanager
async def flooding(answer: bytes, answers: int) -> AsyncIterator[Load]:
    """A flood, and a server that hangs up after so many answers on a connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            for _ in range(answers):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
            await reader.read() if not answers else writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    load = Load(server.sockets[0].getsockname()[1], REQUESTS_PER_SECOND)
    task = asyncio.create_task(load.flood())
    yield load
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    server.close()


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(HANG_GUARD_S):
        while not condition():
            await asyncio.sleep(0.0)


def test_requests_are_offered_at_the_rate_though_none_is_answered():
    async def run() -> None:
        async with flooding(b"", answers=0) as load:
            await wait_until(lambda: load.offered > 5 * FLOOD_CONNECTIONS)
            assert load.answered == 0

    asyncio.run(run())


def test_answers_are_counted():
    async def run() -> None:
        async with flooding(ANSWER, answers=10**6) as load:
            await wait_until(lambda: load.answered > 2 * FLOOD_CONNECTIONS)
            assert load.answered + load.refused <= load.offered

    asyncio.run(run())


def test_what_a_lost_connection_took_is_refused_and_it_is_opened_again():
    async def run() -> None:
        async with flooding(ANSWER, answers=2) as load:
            await wait_until(lambda: load.answered > 3 * FLOOD_CONNECTIONS and load.refused > 0)
            assert load.answered + load.refused <= load.offered

    asyncio.run(run())


def test_without_a_server_everything_is_refused():
    async def run() -> None:
        load = Load(free_port(), REQUESTS_PER_SECOND)
        task = asyncio.create_task(load.flood())
        await wait_until(lambda: load.refused > FLOOD_CONNECTIONS)
        assert load.answered == 0 and load.refused == load.offered
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
