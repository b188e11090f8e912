"""Voices: each phone is one, by a token that only this process can make; no list is kept."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable

from messages.clock import SECOND

ID_BYTES, SEAL_BYTES = 12, 12  # parts of a token
MAX_ADDRESSES = 8192  # addresses that are remembered, in memory only
REQUESTS_AT_ONCE, REQUESTS_PER_SECOND = 60, 2  # of one address


class VoiceRegister:
    """Makes and checks tokens; after a restart of the process phones join again."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)

    def create(self) -> str:
        """A new token."""
        identity = secrets.token_bytes(ID_BYTES)
        return base64.urlsafe_b64encode(identity + self._seal(identity)).decode()

    def identify(self, token: object) -> str | None:
        """The voice of a token, which does not give the token away; None for a false one."""
        try:
            data = base64.b64decode(str(token).encode("ascii"), altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error):
            return None
        identity, seal = data[:ID_BYTES], data[ID_BYTES:]
        return identity.hex() if hmac.compare_digest(seal, self._seal(identity)) else None

    def _seal(self, identity: bytes) -> bytes:
        return hmac.digest(self._secret, identity, hashlib.sha256)[:SEAL_BYTES]


class RequestBudget:
    """Bounds the requests of each address.

    Parameters
    ----------
    now : callable
        The monotonic clock, ns.
    """

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._left: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def spend(self, address: str) -> bool:
        """Count a request; whether it may be answered."""
        now = self._now()
        left, at = self._left.pop(address, (float(REQUESTS_AT_ONCE), now))
        left = min(REQUESTS_AT_ONCE, left + REQUESTS_PER_SECOND * (now - at) / SECOND)
        is_allowed = left >= 1.0
        self._left[address] = (left - is_allowed, now)
        if len(self._left) > MAX_ADDRESSES:
            self._left.popitem(last=False)
        return is_allowed
