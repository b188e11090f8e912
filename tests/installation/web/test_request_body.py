from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request

from installation.web.access.request_guard import RefusedRequestError
from installation.web.request_body import client_address, read_json


def request_of(body: bytes, content_type: str = "application/json; charset=utf-8") -> Request:
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def test_an_object_is_read():
    assert asyncio.run(read_json(request_of(b'{"a": 1}'))) == {"a": 1}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"[1]", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[" * 4000, "application/json", 400),
        (b"{}", "text/plain", 415),
    ],
)
def test_anything_else_is_refused(body, content_type, status):
    with pytest.raises(RefusedRequestError) as refusal:
        asyncio.run(read_json(request_of(body, content_type)))
    assert refusal.value.status == status


def test_a_client_that_the_server_does_not_know_has_no_address():
    assert client_address(request_of(b"")) == ""
