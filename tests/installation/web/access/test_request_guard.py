from __future__ import annotations

import asyncio

import pytest

from installation.web.access import request_guard
from installation.web.access.request_guard import MAX_BODY_BYTES, MAX_HEADERS, RequestGuard


async def echo(scope, receive, send):
    """Answers with the body."""
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


async def fail(scope, receive, send):
    """Is broken."""
    raise ZeroDivisionError("secret")


def ask(app, method="GET", body=(b"",), headers=(), path="/"):
    """Ask once; returns the status, the headers and the body."""
    sent: list[dict] = []
    parts = list(body)

    async def receive():
        if not parts:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message):
        sent.append(message)

    given = dict([("host", "localhost"), *headers])
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items() if value],
    }
    asyncio.run(RequestGuard(app, {"localhost"})(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(m["body"] for m in sent[1:])


SAME_ORIGIN = ("origin", "http://localhost")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8080", "192.0.2.1:80", "[::1]:8080", "[::1]"]
)
def test_own_names_and_any_address_are_answered(host):
    assert ask(echo, headers=[("host", host)])[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "", "localhost.evil.example", "localhost:x", "a:b:c"]
)
def test_another_host_is_refused(host):
    assert ask(echo, headers=[("host", host)])[0] == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "https://localhost"])
def test_a_change_that_another_site_asks_for_is_refused(origin):
    assert ask(echo, "POST", headers=[("origin", origin)])[0] == 403
    assert ask(echo, "POST", headers=[SAME_ORIGIN])[0] == 200


def test_a_change_from_a_page_of_another_site_is_refused_by_its_metadata():
    assert ask(echo, "POST", headers=[SAME_ORIGIN, ("sec-fetch-site", "cross-site")])[0] == 403


def test_a_body_arrives_whole_unless_it_is_too_large():
    assert ask(echo, "POST", [b"ab", b"c"], [SAME_ORIGIN])[2] == b"abc"
    part = b"x" * (MAX_BODY_BYTES // 2 + 1)
    assert ask(echo, "POST", [part, part], [SAME_ORIGIN])[0] == 413


@pytest.mark.parametrize("length", ["99999999", "-1", "1e3", "²", "9" * 5000])
def test_a_wrong_length_is_refused_before_anything_is_read(length):
    headers = [SAME_ORIGIN, ("content-length", length)]
    assert ask(echo, "POST", [], headers)[0] == 413


def test_a_slow_body_is_given_up(monkeypatch):
    monkeypatch.setattr(request_guard, "BODY_TIMEOUT_S", 0.01)
    assert ask(echo, "POST", [], [SAME_ORIGIN])[0] == 408


def test_too_many_headers_are_refused():
    assert ask(echo, headers=[(f"x-{number}", "1") for number in range(MAX_HEADERS)])[0] == 431


def test_an_unknown_method_and_a_long_path_are_refused():
    assert ask(echo, "TRACE")[0] == 405
    assert ask(echo, path="/" + "a" * 2000)[0] == 414


def test_each_answer_has_the_security_headers():
    for status, headers, _ in (ask(echo), ask(echo, headers=[("host", "evil.example")])):
        assert status in (200, 421)
        assert b"default-src 'none'" in headers[b"content-security-policy"]
        assert headers[b"cache-control"] == b"no-store"


def test_a_broken_page_is_logged_and_tells_the_client_nothing(caplog):
    status, _, body = ask(fail)
    assert status == 500
    assert b"secret" not in body
    assert "ZeroDivisionError" in caplog.text


def test_a_client_that_takes_nothing_is_left(monkeypatch):
    monkeypatch.setattr(request_guard, "SEND_TIMEOUT_S", 0.01)

    async def stuck(message):
        await asyncio.sleep(60)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"localhost")]}
    asyncio.run(asyncio.wait_for(RequestGuard(echo, {"localhost"})(scope, receive, stuck), 10))
