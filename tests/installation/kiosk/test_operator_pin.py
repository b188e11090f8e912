from __future__ import annotations

import pytest

from installation.config import PIN_HASH
from installation.kiosk.operator_pin import WeakPinError, hash_operator_pin, is_operator_pin


def test_only_the_pin_itself_is_right():
    stored = hash_operator_pin("20610")
    assert is_operator_pin("20610", stored)
    assert not is_operator_pin("20611", stored) and not is_operator_pin("", stored)


def test_a_hash_is_salted_fits_the_settings_and_does_not_show_the_pin():
    first, second = hash_operator_pin("20610"), hash_operator_pin("20610")
    assert first != second and "20610" not in first
    assert PIN_HASH.fullmatch(first)


@pytest.mark.parametrize(
    "pin", ["", "7", "123", "1111", "12a4", "1" * 13, "\u0661\u0662\u0663\u0664"]
)
def test_a_pin_that_is_easily_guessed_is_refused_and_not_repeated(pin):
    with pytest.raises(WeakPinError) as caught:
        hash_operator_pin(pin)
    assert not pin or pin not in str(caught.value).replace("4 to 12", "")


def test_without_a_hash_no_pin_is_right():
    assert not is_operator_pin("", "")
