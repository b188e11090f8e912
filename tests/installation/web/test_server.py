from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from installation.web import server
from installation.web.server import MAX_HEADER_BYTES, WebServer, open_socket

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


async def hello(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


def converse(*parts: bytes) -> bytes:
    """What a client reads until the server closes; it sends part by part."""

    async def run() -> bytes:
        web, listening = WebServer(hello), open_socket("127.0.0.1", 0)
        with contextlib.closing(listening):
            serving = asyncio.create_task(web.serve([listening]))
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            for part in parts:
                writer.write(part)
                await asyncio.sleep(0.01)
            with contextlib.suppress(ConnectionError):
                answer = b""
                while data := await asyncio.wait_for(reader.read(65536), 20):
                    answer += data
            writer.close()
            web.should_exit = True
            await serving
        return answer

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(server, "HEADER_TIMEOUT_S", 0.3)


def test_a_request_is_answered():
    assert converse(REQUEST + b"Connection: close\r\n\r\n").count(b"hello") == 1


def test_a_client_that_never_ends_its_headers_is_dropped():
    assert converse(REQUEST, b"X: 1\r\n") == b""


def test_a_client_that_says_nothing_is_dropped():
    assert converse() == b""


def test_the_second_request_of_a_connection_must_end_in_time_too():
    answer = converse(REQUEST + b"\r\n", REQUEST)
    assert answer.count(b"hello") == 1


def test_a_flood_of_headers_is_refused():
    flood = b"".join(b"X-%d: %s\r\n" % (number, b"x" * 500) for number in range(100))
    assert len(flood) > MAX_HEADER_BYTES
    assert converse(REQUEST, flood[:-1]).startswith(b"HTTP/1.1 400")


def test_no_name_of_the_server_is_told():
    assert b"server:" not in converse(REQUEST + b"Connection: close\r\n\r\n").lower()


def test_a_port_that_is_taken_is_an_error():
    with (
        contextlib.closing(open_socket("127.0.0.1", 0)) as first,
        pytest.raises(OSError, match="in use"),
    ):
        open_socket("127.0.0.1", first.getsockname()[1])


def test_an_address_of_the_sixth_version_is_understood():
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        listening = open_socket("::1", 0)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with contextlib.closing(listening):
        assert listening.family is socket.AF_INET6
