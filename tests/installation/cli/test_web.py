from __future__ import annotations

import pytest

from installation.config import WebSettings
from installation.staff_pin import load_pin_hash, verify_pin


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(f'[web]\npin_file = "{(tmp_path / "staff-pin").as_posix()}"\n')
    return path


def test_the_pin_is_set_and_not_shown(run, tmp_path, config):
    done = run("web", "pin", "--pin", "2468", "--config", config)
    assert done.exit_code == 0
    assert "2468" not in done.output
    assert verify_pin("2468", load_pin_hash(WebSettings(pin_file=str(tmp_path / "staff-pin"))))


def test_a_pin_of_one_digit_is_refused(run, tmp_path, config):
    done = run("web", "pin", "--pin", "7", "--config", config)
    assert done.exit_code != 0
    assert "a PIN has 4 to 64 characters" in done.output
    assert not (tmp_path / "staff-pin").exists()
