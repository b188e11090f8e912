"""Request guard: refuses requests before any page sees them, and adds the security headers."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse

Scope = MutableMapping[str, Any]
AsgiMessage = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[AsgiMessage]]
Send = Callable[[AsgiMessage], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 4096  # more than any request of the pages holds
MAX_LENGTH_DIGITS = 10  # of the length of a body; int() itself fails from 4,301 digits on
MAX_HEADERS = 64
MAX_PATH_LENGTH = 1024
BODY_TIMEOUT_S = 5.0  # longest wait for a body, seconds
SEND_TIMEOUT_S = 15.0  # longest wait for a client to take a part of an answer, seconds
SAFE_METHODS = ("GET", "HEAD")
METHODS = (*SAFE_METHODS, "POST", "DELETE")
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}

log = logging.getLogger(__name__)


class RefusedRequestError(Exception):
    """A request that is answered with a status and a reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


class RequestGuard:
    """An ASGI application around another.

    Parameters
    ----------
    app : callable
    names : collection of str
        Names of this machine. A `Host` that is an address is accepted as well: only a foreign name
        can be made to point here (DNS rebinding), and addresses change.
    """

    def __init__(self, app: AsgiApp, names: Collection[str]) -> None:
        self._app, self._names = app, frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        answer = _Answer(send)
        try:
            self._check(scope)
            body = await asyncio.wait_for(_read_body(receive), BODY_TIMEOUT_S)
            await self._app(scope, _replay(body, receive), answer.send)
        except RefusedRequestError as refusal:
            await answer.refuse(refusal.status, refusal.reason, scope)
        except TimeoutError:
            await answer.refuse(408, "the request took too long", scope)
        except ConnectionError:
            log.debug("a client went away")
        except Exception:  # one request must not end the server
            log.exception("a page failed")
            await answer.refuse(500, "the page failed; the log tells why", scope)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if scope["method"] not in METHODS:
            raise RefusedRequestError(405, "no such method")
        if len(headers) > MAX_HEADERS:
            raise RefusedRequestError(431, "too many headers")
        if len(scope["path"]) > MAX_PATH_LENGTH:
            raise RefusedRequestError(414, "the address is too long")
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_own(hosts[0]):
            raise RefusedRequestError(421, "this machine has another name")
        if scope["method"] not in SAFE_METHODS:
            if headers.getlist("origin") != [f"http://{hosts[0]}"]:
                raise RefusedRequestError(403, "only the page itself may ask for changes")
            if headers.get("sec-fetch-site", "same-origin") != "same-origin":
                raise RefusedRequestError(403, "only the page itself may ask for changes")
        length = headers.get("content-length", "0")
        is_number = length.isascii() and length.isdigit() and len(length) <= MAX_LENGTH_DIGITS
        if not is_number or int(length) > MAX_BODY_BYTES:
            raise RefusedRequestError(413, f"at most {MAX_BODY_BYTES} bytes are accepted")

    def _is_own(self, host: str) -> bool:
        name, separator, port = host.rpartition(":")
        if not separator or host.endswith("]"):
            name = host
        elif not (port.isascii() and port.isdigit()):
            return False
        if name.lower() in self._names:
            return True
        try:
            ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
        except ValueError:
            return False
        return True


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError("the client went away")
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise RefusedRequestError(413, f"at most {MAX_BODY_BYTES} bytes are accepted")
        if not message.get("more_body", False):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    """Make a `receive` that returns a body which was read already, then later messages."""
    parts = [body]

    async def replayed() -> AsgiMessage:
        if parts:
            return {"type": "http.request", "body": parts.pop(), "more_body": False}
        return await receive()

    return replayed


class _Answer:
    """Sends an answer with the security headers, to a client that takes it in time."""

    def __init__(self, send: Send) -> None:
        self._send, self._has_begun = send, False

    async def send(self, message: AsgiMessage) -> None:
        if message["type"] == "http.response.start":
            self._has_begun = True
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)  # a page may need a policy of its own
            headers.setdefault("Cache-Control", "no-store")
        try:
            await asyncio.wait_for(self._send(message), SEND_TIMEOUT_S)
        except TimeoutError as error:
            raise ConnectionError("the client takes nothing") from error

    async def refuse(self, status: int, reason: str, scope: Scope) -> None:
        """Answer with an error, unless another answer has begun."""
        if self._has_begun:
            return
        response = JSONResponse({"error": reason}, status, {"Connection": "close"})
        await response(scope, _nothing, self.send)


async def _nothing() -> AsgiMessage:
    return {"type": "http.disconnect"}
