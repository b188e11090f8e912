"""The PIN of the staff at the window, kept as a salted scrypt hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

MIN_PIN_DIGITS, MAX_PIN_DIGITS = 4, 12
SCRYPT_COST, SCRYPT_BLOCK, SCRYPT_LANES = 1 << 14, 8, 1  # 16 MB and some 50 ms for each try
SALT_BYTES = 16


class WeakPinError(ValueError):
    """A PIN is too easily guessed; the message does not hold it."""


def hash_operator_pin(pin: str) -> str:
    """The hash of a PIN, for `kiosk.pin`.

    Parameters
    ----------
    pin : str
        Digits, as they can be typed at any keyboard.

    Returns
    -------
    str

    Raises
    ------
    WeakPinError
        If the PIN is too short or too long, no digits, or one digit again and again.
    """
    if not (pin.isascii() and pin.isdigit() and MIN_PIN_DIGITS <= len(pin) <= MAX_PIN_DIGITS):
        raise WeakPinError(f"a PIN has {MIN_PIN_DIGITS} to {MAX_PIN_DIGITS} digits")
    if len(set(pin)) == 1:
        raise WeakPinError("a PIN has two different digits or more")
    return hash_pin(pin)


def is_operator_pin(pin: str, stored: str) -> bool:
    """Whether a PIN is that of a stored hash.

    Parameters
    ----------
    pin : str
    stored : str
        Of `hash_operator_pin`; without one, no PIN is right.

    Returns
    -------
    bool
    """
    return bool(stored) and verify_pin(pin, stored)


def hash_pin(pin: str) -> str:
    """The salted hash of a PIN.

    Parameters
    ----------
    pin : str

    Returns
    -------
    str
        In one line, for a file.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    parts = (salt, _scrypt(pin, salt))
    return "$".join(("scrypt", *(base64.b64encode(part).decode() for part in parts)))


def verify_pin(pin: str, stored: str) -> bool:
    """Whether a PIN is that of a stored hash; takes as long for a wrong one.

    Parameters
    ----------
    pin, stored : str

    Returns
    -------
    bool
    """
    _, salt, expected = stored.split("$")
    return hmac.compare_digest(_scrypt(pin, base64.b64decode(salt)), base64.b64decode(expected))


def _scrypt(pin: str, salt: bytes) -> bytes:
    secret = pin.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=SCRYPT_COST, r=SCRYPT_BLOCK, p=SCRYPT_LANES)
