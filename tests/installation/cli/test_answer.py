from __future__ import annotations

import pytest

from midi_data.midi_files import read_tunes


@pytest.fixture
def seed(folder):
    """File of a melody of 35 beats."""
    return folder / "0.mid"


def test_an_answer_follows_its_seed(run, model, seed, tmp_path):
    output = tmp_path / "out.mid"
    done = run("answer", seed, "-o", output, "--model", model)
    assert done.exit_code == 0, done.output
    (tune,) = read_tunes(output)
    answer = [note for note in tune.notes if note.onset >= 35]
    assert len(tune.notes) - len(answer) == 70 and answer
    assert done.stdout == f"{output}: 70 notes heard, {len(answer)} answered\n"


def test_style_and_model_exclude_each_other(run, model, seed, tmp_path):
    done = run("answer", seed, "-o", tmp_path / "a.mid", "--style", "irish", "--model", model)
    assert done.exit_code == 2
    assert "give --style or --model, not both" in done.stderr


def test_what_the_seed_lost_is_told(run, model, seed, tmp_path):
    data = seed.read_bytes()
    end = data.rindex(b"\xff\x2f\x00") - 1
    seed.write_bytes(data[:end] + b"\x00\xf5" + data[end:])
    done = run("answer", seed, "-o", tmp_path / "out.mid", "--model", model)
    assert done.exit_code == 0, done.output
    assert done.stderr == "0.mid: left out 1 events with impossible values\n"
