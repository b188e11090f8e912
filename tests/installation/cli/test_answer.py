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
