from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rnn.codecs.drum_codec import DrumCodec
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import (
    CheckpointError,
    load_checkpoint,
    read_arrays,
    save_checkpoint,
    write_arrays,
)
from rnn.model.model_card import ModelCard
from rnn.model.network import Network
from rnn.training.experiment import best_checkpoint


def test_a_saved_model_loads_unchanged(experiment, tmp_path, a_trainer):
    trainer = a_trainer(experiment)
    trainer.run(lambda progress: None)
    model = best_checkpoint(
        experiment, trainer, ModelCard(style="small", meter="4/4", history=[[1.0, 2.0, 3.0]])
    )
    save_checkpoint(tmp_path / "small.safetensors", model)
    again = load_checkpoint(tmp_path / "small.safetensors")
    assert again.card == model.card
    for name, array in model.network.parameters.items():
        np.testing.assert_array_equal(array, again.network.parameters[name])
    np.testing.assert_array_equal(model.preference, again.preference)


@pytest.mark.parametrize("cut", [0, 1, 100, 5000])
def test_a_truncated_model_is_refused(experiment, tmp_path, cut, a_trainer):
    path = tmp_path / "m.safetensors"
    save_checkpoint(path, best_checkpoint(experiment, a_trainer(experiment), ModelCard()))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(CheckpointError, match="m.safetensors"):
        load_checkpoint(path)


@pytest.mark.parametrize("about", [[1], 3, "x"])
def test_a_file_about_nothing_is_refused(tmp_path, about):
    path = tmp_path / "m.safetensors"
    write_arrays(path, {"a": np.zeros(3, np.float32)}, about)
    with pytest.raises(CheckpointError, match="not a readable model file"):
        load_checkpoint(path)


def test_a_vocabulary_of_another_codec_is_refused_in_one_line(experiment, tmp_path, a_trainer):
    path, model = (
        tmp_path / "m.safetensors",
        best_checkpoint(experiment, a_trainer(experiment), ModelCard()),
    )
    sizes = replace(model.network.sizes, outputs=model.network.sizes.outputs + 1)
    other = Network.initial(sizes, np.random.default_rng(1))
    save_checkpoint(path, replace(model, network=other))
    with pytest.raises(CheckpointError, match="its vocabulary does not match its codec") as raised:
        load_checkpoint(path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("part", "wrong", "line"),
    [
        ("codec", {"kind": "smoke"}, "no codec named 'smoke'; there are notes, characters"),
        ("card", {"meter": "x"}, "a meter is written as 6/8, not 'x'"),
        ("card", {"tempo": "fast"}, "a tempo is quarter notes a minute, not 'fast'"),
        ("card", {"meters": {"4/4": 0}}, "the meter 4/4 has 1 tune or more, not 0"),
        ("card", {"sampling": {"temperature": 0}}, "temperature must be above 0, not 0"),
        ("card", {"sampling": {"warmth": 1}}, "unexpected keyword argument 'warmth'"),
        ("card", {"sampling": {"echo_nats": [1, 2, 3]}}, "echo_nats has 4 numbers"),
    ],
)
def test_invalid_metadata_is_refused_with_the_reason(
    experiment, tmp_path, a_trainer, part, wrong, line
):
    path = tmp_path / "m.safetensors"
    save_checkpoint(path, best_checkpoint(experiment, a_trainer(experiment), ModelCard()))
    arrays, about = read_arrays(path)
    write_arrays(path, arrays, about | {part: about[part] | wrong})
    with pytest.raises(CheckpointError, match=line):
        load_checkpoint(path)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(experiment, tmp_path, a_trainer, wrong):
    path = tmp_path / "m.safetensors"
    trainer = a_trainer(experiment)
    trainer.best_parameters["lstm1.input"][2, 3] = wrong
    save_checkpoint(path, best_checkpoint(experiment, trainer, ModelCard()))
    with pytest.raises(CheckpointError, match=r"lstm1.input does not hold finite float32 numbers"):
        load_checkpoint(path)


def test_a_foreign_file_is_refused(tmp_path):
    from safetensors.numpy import save_file

    save_file({"a": np.zeros(3)}, tmp_path / "foreign.safetensors")
    with pytest.raises(CheckpointError, match="not a Hidden State model"):
        load_checkpoint(tmp_path / "foreign.safetensors")
    with pytest.raises(CheckpointError, match="no such file"):
        load_checkpoint(tmp_path / "absent.safetensors")


def test_a_drummer_is_no_network_that_composes_and_the_other_way_round(tmp_path, a_model):
    drummer, composer = tmp_path / "drums.safetensors", tmp_path / "notes.safetensors"
    save_checkpoint(drummer, a_model(DrumCodec()))
    save_checkpoint(composer, a_model(NoteCodec()))
    assert isinstance(load_checkpoint(drummer, drums=True).codec, DrumCodec)
    with pytest.raises(CheckpointError, match="a drummer of the band, not a network"):
        load_checkpoint(drummer)
    with pytest.raises(CheckpointError, match="melodies, not a drummer"):
        load_checkpoint(composer, drums=True)
