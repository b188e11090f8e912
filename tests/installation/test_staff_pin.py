from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from installation.config import PIN_HASH, Config, KioskSettings, WebSettings
from installation.staff_pin import (
    PinError,
    check_pin,
    hash_operator_pin,
    hash_pin,
    load_pin_hash,
    save_pin,
    verify_pin,
    window_pin_hash,
)


@pytest.mark.parametrize("pin", ["", "7", "123", "7777", "0" * 65])
def test_a_weak_pin_is_refused_and_not_repeated(pin):
    with pytest.raises(PinError) as caught:
        check_pin(pin)
    assert not pin or pin not in str(caught.value)


def test_only_the_pin_itself_is_verified_and_its_hash_does_not_hold_it():
    stored = hash_pin("tàüla 5")
    assert verify_pin("tàüla 5", stored)
    assert not verify_pin("taula 5", stored)
    assert "5" not in stored.split("$")[:1]
    assert hash_pin("tàüla 5") != stored  # each with a salt of its own


def test_the_file_is_for_its_owner_only_and_is_read_again(tmp_path):
    path = tmp_path / "staff-pin"
    save_pin("2468", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "2468" not in path.read_text()
    assert verify_pin("2468", load_pin_hash(WebSettings(pin_file=str(path))))


def test_nobody_else_could_read_the_file_even_for_a_moment(tmp_path, monkeypatch):
    modes, move = [], os.replace

    def record(source, target):
        modes.append(stat.S_IMODE(Path(source).stat().st_mode))
        move(source, target)
        modes.append(stat.S_IMODE(Path(target).stat().st_mode))

    monkeypatch.setattr(os, "replace", record)
    save_pin("2468", tmp_path / "staff-pin")
    assert modes == [0o600, 0o600]


def test_the_settings_win_over_the_file(tmp_path):
    path = tmp_path / "staff-pin"
    save_pin("2468", path)
    assert verify_pin("1357", load_pin_hash(WebSettings(pin_file=str(path), pin="1357")))


def test_without_a_file_there_is_no_pin(tmp_path):
    assert load_pin_hash(WebSettings(pin_file=str(tmp_path / "none"))) is None


def test_a_file_that_holds_no_hash_is_named(tmp_path):
    path = tmp_path / "staff-pin"
    path.write_text("2468")
    with pytest.raises(PinError, match="staff-pin: holds no PIN"):
        load_pin_hash(WebSettings(pin_file=str(path)))


def test_the_settings_do_not_show_the_pin():
    assert "1357" not in repr(WebSettings(pin="1357"))


def test_a_hash_for_the_window_fits_the_settings():
    assert PIN_HASH.fullmatch(hash_operator_pin("20610"))


@pytest.mark.parametrize(
    "pin", ["", "7", "123", "1111", "12a4", "1" * 13, "\u0661\u0662\u0663\u0664"]
)
def test_a_weak_pin_for_the_window_is_refused_and_not_repeated(pin):
    with pytest.raises(PinError) as caught:
        hash_operator_pin(pin)
    assert not pin or pin not in str(caught.value).replace("4 to 12", "")


def test_without_a_hash_no_pin_is_right():
    assert not verify_pin("", "") and not verify_pin("2468", "")


def test_the_window_has_the_pin_of_the_page_unless_it_has_its_own(tmp_path):
    path = tmp_path / "staff-pin"
    web = WebSettings(pin_file=str(path))
    assert window_pin_hash(Config(web=web)) == ""
    save_pin("2468", path)
    assert verify_pin("2468", window_pin_hash(Config(web=web)))
    own = KioskSettings(pin=hash_operator_pin("1357"))
    assert verify_pin("1357", window_pin_hash(Config(web=web, kiosk=own)))
