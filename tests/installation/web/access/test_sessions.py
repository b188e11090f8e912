from __future__ import annotations

from installation.web.access.sessions import MAX_SESSIONS, SESSION_LIFE_NS, SessionStore
from messages.clock import VirtualClock


def test_a_token_is_valid_until_its_session_ends():
    sessions = SessionStore(VirtualClock().now)
    token = sessions.create()
    assert sessions.is_valid(token)
    assert not sessions.is_valid(token + "x")
    sessions.end(token)
    assert not sessions.is_valid(token)


def test_a_session_ends_after_its_time():
    clock = VirtualClock()
    sessions = SessionStore(clock.now)
    token = sessions.create()
    clock.sleep(SESSION_LIFE_NS)
    assert not sessions.is_valid(token)


def test_the_oldest_session_makes_room_for_a_new_one():
    sessions = SessionStore(VirtualClock().now)
    tokens = [sessions.create() for _ in range(MAX_SESSIONS + 1)]
    assert not sessions.is_valid(tokens[0])
    assert all(sessions.is_valid(token) for token in tokens[1:])
