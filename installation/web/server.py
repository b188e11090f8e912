"""Server: uvicorn on a socket of its own, which drops clients that are too slow."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from installation.web.access.request_guard import AsgiApp, Receive, Scope, Send

HEADER_TIMEOUT_S = 5.0  # longest time from the first byte of a request to its last header, seconds
KEEP_ALIVE_S = 30  # seconds for which an idle connection is kept
MAX_HEADER_BYTES = 16_384
TRANSPORT_KEY = "hidden_state.transport"  # where an application finds its connection
BACKLOG = 512  # connections that may wait to be accepted


class PatientH11Protocol(H11Protocol):
    """Closes a connection whose request does not begin, or whose headers do not end, in time."""

    _header_timer: asyncio.TimerHandle | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.app = partial(_with_transport, self, self.app)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_headers()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._await_headers()
        else:
            self._cancel_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        super().connection_lost(exc)

    def _await_headers(self) -> None:
        if self._header_timer is None:
            self._header_timer = self.loop.call_later(HEADER_TIMEOUT_S, self._give_up)

    def _give_up(self) -> None:
        self._header_timer = None
        if not self.transport.is_closing():
            self.transport.abort()

    def _cancel_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None


async def _with_transport(
    protocol: H11Protocol, app: AsgiApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Give an application the connection, as well."""
    scope[TRANSPORT_KEY] = protocol.transport
    await app(scope, receive, send)


class WebServer(uvicorn.Server):
    """Leaves the signals to the process.

    Parameters
    ----------
    app : callable
    max_connections : int
        Connections from which further ones are answered with 503.
    """

    def __init__(self, app: AsgiApp, max_connections: int = 256) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=PatientH11Protocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="error",  # a crowd that is refused must not fill the log
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=max_connections,
                backlog=BACKLOG,
                timeout_keep_alive=KEEP_ALIVE_S,
                timeout_graceful_shutdown=1,
                h11_max_incomplete_event_size=MAX_HEADER_BYTES,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def open_socket(host: str, port: int) -> socket.socket:
    """A listening socket; raises OSError if the port is taken or the address is not ours."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening
