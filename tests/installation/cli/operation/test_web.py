from __future__ import annotations

import pytest

from installation.cli.operation.web import compose_rounds
from installation.config import WebSettings
from installation.staff_pin import load_pin_hash, verify_pin
from installation.web.audience.rounds import RoundsError
from midi_data.midi_files import read_folder


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


def test_half_of_the_rounds_are_ended_by_the_network(model, folder):
    tunes = read_folder(folder).tunes
    made = compose_rounds(model, tunes * 2, 4, seed=1)
    assert [each.truth for each in made] == ["person", "network"] * (len(made) // 2)
    for each in made:
        assert each.opening[0][0] == 0.0
        assert min(onset for onset, _, _ in each.continuation) >= 16.0
        assert max(onset + length for onset, length, _ in each.continuation) <= 32.0


def test_rounds_need_tunes_of_eight_bars(model):
    with pytest.raises(RoundsError, match="eight bars"):
        compose_rounds(model, [], 4, seed=1)


def test_a_corpus_that_is_not_there_is_said(run, tmp_path):
    done = run("web", "rounds", tmp_path / "none")
    assert done.exit_code != 0
    assert "no folder and no corpus" in done.output
