"""The staff's PIN, kept as its scrypt hash."""

from __future__ import annotations

import os
from pathlib import Path

from installation.config import WebSettings
from installation.kiosk.operator_pin import hash_pin, verify_pin
from midi_data.atomic_files import write_text_atomically

MIN_PIN_LENGTH, MAX_PIN_LENGTH = 4, 64
OWNER_ONLY = 0o600  # permissions of the file


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
        raise PinError("a PIN needs more than one digit again and again")


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
        write_text_atomically(path, hash_pin(pin) + "\n")
        os.chmod(path, OWNER_ONLY)  # noqa: PTH101 - as short as the method
    except OSError as error:
        raise PinError(f"{path}: cannot be written: {error.strerror}") from error


def load_pin_hash(settings: WebSettings) -> str | None:
    """The hash of the PIN that the settings or its file give.

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
        verify_pin("", stored)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise PinError(f"{path}: holds no PIN; `hidden-state web pin` writes one") from error
    return stored
