"""Broadcast: server-sent events, encoded once and written straight to each phone's connection.

A phone costs one write for each event, and no coroutine runs for it until it goes away.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from installation.web.access.request_guard import Receive, RefusedRequestError, Scope, Send
from installation.web.server import TRANSPORT_KEY

MAX_WAITING_BYTES = 32_768  # unsent bytes of a phone from which events are left out for it
MAX_LEFT_OUT = 60  # events left out in a row after which a phone is let go
MAX_STREAMS_PER_ADDRESS = 64
HEADERS = [(b"content-type", b"text/event-stream"), (b"cache-control", b"no-store")]


class Broadcast:
    """The phones that listen; an ASGI application that answers each with an endless stream.

    Parameters
    ----------
    greet : callable
        The first event of a phone.
    """

    def __init__(self, greet: Callable[[], str]) -> None:
        self._greet = greet
        self._left_out: dict[asyncio.Transport, int] = {}
        self._per_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._left_out)

    def publish(self, data: str) -> None:
        """Send an event to all phones; one that takes nothing gets the next."""
        event = encode_event(data)
        chunk = b"%x\r\n%b\r\n" % (len(event), event)
        for transport, left_out in list(self._left_out.items()):
            if transport.is_closing():
                continue
            if transport.get_write_buffer_size() <= MAX_WAITING_BYTES:
                transport.write(chunk)
                self._left_out[transport] = 0
            elif left_out < MAX_LEFT_OUT:
                self._left_out[transport] = left_out + 1
            else:
                transport.abort()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a phone until it goes away."""
        transport = scope.get(TRANSPORT_KEY)
        if scope["method"] != "GET":
            raise RefusedRequestError(405, "events are only read")
        if transport is None or scope["http_version"] != "1.1":
            raise RefusedRequestError(505, "events need HTTP/1.1")
        address = "" if scope.get("client") is None else scope["client"][0]
        if self._per_address[address] >= MAX_STREAMS_PER_ADDRESS:
            raise RefusedRequestError(429, "too many phones at this address")
        self._per_address[address] += 1
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            first = encode_event(self._greet())
            await send({"type": "http.response.body", "body": first, "more_body": True})
            self._left_out[transport] = 0
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._left_out.pop(transport, None)
            self._per_address[address] -= 1
            if not self._per_address[address]:
                del self._per_address[address]


def encode_event(data: str) -> bytes:
    """One line of JSON as an event."""
    return b"data: %b\n\n" % data.encode()
