"""Sessions: who is logged in, by a random token in a cookie."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from messages.clock import SECOND

TOKEN_BYTES = 32
SESSION_LIFE_NS = 12 * 3600 * SECOND  # time after which a session ends, ns: a day's work
MAX_SESSIONS = 64  # sessions at once; the oldest ends for a new one
COOKIE_NAME = "staff"


class SessionStore:
    """Sessions in memory, by the hash of their token.

    A token is made by the server at each login, so a client cannot bring its own (session
    fixation). A restart ends all sessions.

    Parameters
    ----------
    now : callable
        The monotonic clock, ns.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._ends_at: dict[bytes, int] = {}  # ns, the oldest first

    def create(self) -> str:
        """Begin a session; returns its token."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._ends_at[_digest(token)] = self._now() + SESSION_LIFE_NS
        while len(self._ends_at) > MAX_SESSIONS:
            del self._ends_at[next(iter(self._ends_at))]
        return token

    def is_valid(self, token: str) -> bool:
        """Whether a token is that of a session."""
        digest = _digest(token)
        if self._ends_at.get(digest, 0) > self._now():
            return True
        self._ends_at.pop(digest, None)
        return False

    def end(self, token: str) -> None:
        """End a session, if there is one."""
        self._ends_at.pop(_digest(token), None)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
