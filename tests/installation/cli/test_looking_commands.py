from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from installation.cli.main import create_app
from midi_data.midi_files import write_tune
from midi_data.notes import Note, Tune
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, ModelCard, load_checkpoint, save_checkpoint
from rnn.model.network import Network, NetworkSizes


@pytest.fixture
def model(tmp_path):
    """A model that has learned nothing, in a file."""
    codec = NoteCodec()
    network = Network.initial(
        NetworkSizes(codec.inputs, codec.outputs, 4, 6, 2), np.random.default_rng(0)
    )
    path = tmp_path / "small.safetensors"
    save_checkpoint(
        path, Checkpoint(network, codec, ModelCard(style="small"), np.zeros((2, 12, 6), np.float32))
    )
    return path


@pytest.fixture
def folder(tmp_path):
    """Sixty random melodies."""
    generator = np.random.default_rng(2)
    tunes = tmp_path / "tunes"
    tunes.mkdir()
    for k in range(60):
        pitches = 60 + generator.integers(0, 12, 70)
        notes = tuple(Note(int(pitch), at / 2, 0.5) for at, pitch in enumerate(pitches))
        write_tune(tunes / f"{k}.mid", Tune(notes, name=f"tune {k}"))
    return tunes


def run(*arguments):
    return CliRunner().invoke(create_app([]), [str(argument) for argument in arguments])


def test_an_atlas_is_written_into_the_model(model, folder):
    before = load_checkpoint(model)
    done = run("atlas", model, folder, "--notes", 500, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    after = load_checkpoint(model)
    assert after.atlas.notes == told["notes"] >= 500
    assert sum(told["regions"][0].values()) == 6
    assert after.card == before.card
    for name, array in before.network.parameters.items():
        np.testing.assert_array_equal(array, after.network.parameters[name])


def test_the_same_seed_makes_the_same_atlas(model, folder, tmp_path):
    for name in ("a", "b"):
        assert run("atlas", model, folder, "--notes", 500, "-o", tmp_path / name).exit_code == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_originality_tells_of_answers_and_of_people(model, folder):
    done = run("originality", model, folder, "--answers", 3, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["answers"]["count"] == 3
    assert 1 <= told["answers"]["median"] <= told["length"]
    assert told["humans"]["longest"] < 12  # random melodies have little in common


@pytest.mark.parametrize("command", ["atlas", "originality"])
def test_a_model_that_is_none_is_one_clear_line(command, folder, tmp_path):
    done = run(command, tmp_path / "absent.safetensors", folder)
    assert done.exit_code == 2
    assert "no such file" in done.output and done.output.count("\n") == 1


def test_a_corpus_too_small_for_originality_is_one_clear_line(model, folder):
    for path in list(folder.iterdir())[1:]:
        path.unlink()
    done = run("originality", model, folder)
    assert done.exit_code == 2
    assert "no held-out tune" in done.output
