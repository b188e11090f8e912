"""The staff's PIN at the window and on the staff page, kept as a salted scrypt hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from pathlib import Path

from installation.config import Config, WebSettings
from midi_data.atomic_files import READABLE_BY_OWNER, write_text_atomically

MIN_PIN_LENGTH, MAX_PIN_LENGTH = 4, 64
MAX_PIN_DIGITS = 12  # of a PIN for the window alone
SCRYPT_COST, SCRYPT_BLOCK, SCRYPT_LANES = 1 << 14, 8, 1  # 16 MB and some 50 ms for each try
SALT_BYTES = 16


class PinError(ValueError):
    """A PIN is too weak, or its file cannot be used; the message never holds the PIN."""


def check_pin(pin: str) -> None:
    """Check that a PIN is not too easily guessed.

    Parameters
    ----------
    pin : str

    Raises
    ------
    PinError
    """
    if not MIN_PIN_LENGTH <= len(pin) <= MAX_PIN_LENGTH:
        raise PinError(f"a PIN has {MIN_PIN_LENGTH} to {MAX_PIN_LENGTH} characters")
    if len(set(pin)) == 1:
        raise PinError("a PIN has two different characters or more")


def hash_operator_pin(pin: str) -> str:
    """The hash of a PIN for the window alone, for `kiosk.pin`.

    Parameters
    ----------
    pin : str
        Digits, as they can be typed at any keyboard.

    Returns
    -------
    str

    Raises
    ------
    PinError
        If the PIN is too short or too long, no digits, or one digit again and again.
    """
    if not (pin.isascii() and pin.isdigit() and MIN_PIN_LENGTH <= len(pin) <= MAX_PIN_DIGITS):
        raise PinError(f"a PIN has {MIN_PIN_LENGTH} to {MAX_PIN_DIGITS} digits")
    check_pin(pin)
    return hash_pin(pin)


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
        Without a stored hash, no PIN is right.

    Returns
    -------
    bool

    Raises
    ------
    ValueError
        If `stored` is no hash.
    """
    if not stored:
        return False
    _, salt, expected = stored.split("$")
    return hmac.compare_digest(_scrypt(pin, base64.b64decode(salt)), base64.b64decode(expected))


def save_pin(pin: str, path: Path) -> None:
    """Write the hash of a PIN to a file that only its owner may read.

    Parameters
    ----------
    pin : str
    path : Path

    Raises
    ------
    PinError
        If the PIN is too weak or the file cannot be written.
    """
    check_pin(pin)
    try:
        write_text_atomically(path, hash_pin(pin) + "\n", READABLE_BY_OWNER)
    except OSError as error:
        raise PinError(f"{path}: cannot be written: {error.strerror}") from error


def load_pin_hash(settings: WebSettings) -> str | None:
    """The hash of the PIN that the settings or their file give.

    Parameters
    ----------
    settings : WebSettings

    Returns
    -------
    str or None
        None if there is no PIN yet.

    Raises
    ------
    PinError
        If the PIN is too weak, or the file holds no hash.
    """
    pin = settings.pin.get_secret_value()
    if pin:
        check_pin(pin)
        return hash_pin(pin)
    path = Path(settings.pin_file)
    try:
        stored = path.read_text(encoding="ascii").strip()
        if not stored:
            raise ValueError("empty")
        verify_pin("", stored)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise PinError(f"{path}: holds no PIN; `hidden-state web pin` writes one") from error
    return stored


def window_pin_hash(config: Config) -> str:
    """The hash of the PIN at the window: `kiosk.pin`, or else that of the staff page.

    Parameters
    ----------
    config : Config

    Returns
    -------
    str
        Empty if there is none: the keys of the staff stay locked.

    Raises
    ------
    PinError
        If the PIN of the staff page is too weak, or its file holds no hash.
    """
    return config.kiosk.pin or load_pin_hash(config.web) or ""


def _scrypt(pin: str, salt: bytes) -> bytes:
    secret = pin.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(secret, salt=salt, n=SCRYPT_COST, r=SCRYPT_BLOCK, p=SCRYPT_LANES)
