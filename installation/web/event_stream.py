"""Event stream: server-sent events, one text for all clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from starlette.responses import StreamingResponse


class EventStream:
    """The latest event, which each client gets when it can take it; none is queued."""

    def __init__(self) -> None:
        self._text, self._serial = b"", 0
        self._changed = asyncio.Event()

    def publish(self, data: str) -> None:
        """Give all clients an event."""
        self._text = b"".join(b"data: " + line.encode() + b"\n" for line in data.splitlines())
        self._serial += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def respond(self, is_wanted: Callable[[], bool]) -> StreamingResponse:
        """An answer that goes on until `is_wanted` returns False."""
        return StreamingResponse(self._events(is_wanted), media_type="text/event-stream")

    async def _events(self, is_wanted: Callable[[], bool]) -> AsyncIterator[bytes]:
        seen = 0
        while is_wanted():
            if seen == self._serial:
                await self._changed.wait()
                continue
            seen = self._serial
            yield self._text + b"\n"
