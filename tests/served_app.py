"""An application of the pages at a port of this machine, for tests with a browser."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from threading import Thread
from typing import TypeVar

from installation.web.access.request_guard import AsgiApp
from installation.web.server import WebServer, open_socket
from tests.hang_guard import HANG_GUARD_S

Result = TypeVar("Result")


class ServedApp:
    """Serves an application on a thread until it is closed.

    Parameters
    ----------
    app : callable
    work : callable, optional
        Done beside it again and again.
    interval_s : float
        Time between two times, seconds.

    Attributes
    ----------
    address : str
    """

    def __init__(
        self,
        app: AsgiApp,
        work: Callable[[], Awaitable[None]] | None = None,
        interval_s: float = 0.25,
    ) -> None:
        self._work, self._interval_s = work, interval_s
        self._listening = open_socket("127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._loop, self._server = asyncio.new_event_loop(), WebServer(app)
        self._thread = Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self._thread.start()

    def do(self, work: Callable[[], Result]) -> Result:
        """Do something where the application runs; returns what it gives."""

        async def doing() -> Result:
            return work()

        return asyncio.run_coroutine_threadsafe(doing(), self._loop).result(20)

    def close(self) -> None:
        """End it."""
        self._server.should_exit = True
        self._thread.join(HANG_GUARD_S)
        assert not self._thread.is_alive()
        self._loop.close()

    async def _serve(self) -> None:
        working = asyncio.create_task(self._go_on())
        with contextlib.closing(self._listening):
            await self._server.serve([self._listening])
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)

    async def _go_on(self) -> None:
        while self._work is not None:
            await self._work()
            await asyncio.sleep(self._interval_s)
