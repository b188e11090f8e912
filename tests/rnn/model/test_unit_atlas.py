from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midi_data.notes import Meter, Note, Tune
from rnn.analysis.unit_probing import probe_units
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
from rnn.model.sizes import NetworkSizes
from rnn.model.unit_atlas import (
    CONTEXTS_PER_UNIT,
    MIN_TRAIT_DEVIATIONS,
    PREFERENCE_NAMES,
    TRAIT_CLASS_COUNTS,
    UnitAtlas,
)
from rnn.training.experiment import best_checkpoint

BEAT, CLASS = list(TRAIT_CLASS_COUNTS).index("beat"), list(TRAIT_CLASS_COUNTS).index("pitch_class")


def random_tunes(count: int) -> list[Tune]:
    """Random pitches and lengths, on and off the beat."""
    generator = np.random.default_rng(5)
    tunes = []
    for k in range(count):
        onset, notes = 0.0, []
        while len(notes) < 60:
            length = float(generator.choice([0.5, 1.0]))
            notes.append(Note(int(generator.integers(55, 80)), onset, length))
            onset += length
        tunes.append(Tune(tuple(notes), Meter(4, 4), name=f"tune {k}"))
    return tunes


def planted() -> tuple[Network, NoteCodec]:
    """A network of three units: 0 responds to bar lines, 1 to a last pitch of C, 2 to nothing.

    Input and output gates are open and the forget gate closed: a unit is tanh(tanh(input)).
    """
    codec = NoteCodec()
    sizes = NetworkSizes(codec.inputs, codec.outputs, embedding=2, units=3, layers=1)
    zeros = {name: np.zeros_like(a) for name, a in _blank(sizes).items()}
    rows = codec.input_rows
    zeros["embedding"][rows.phase, 0] = 2.0
    for pitch in range(24, 109, 12):
        zeros["embedding"][rows.last_pitch + pitch - 21, 1] = -2.0
    bias = zeros["lstm0.bias"].reshape(4, 3)
    bias[0], bias[1], bias[2] = 9.0, -9.0, 9.0  # in, forget, out
    zeros["lstm0.input"][0, 9] = 1.0  # the candidates are columns 9..11
    zeros["lstm0.input"][1, 10] = 1.0
    return Network(sizes, zeros), codec


def _blank(sizes: NetworkSizes) -> dict[str, np.ndarray]:
    return Network.initial(sizes, np.random.default_rng(0)).parameters


@pytest.fixture(scope="module")
def found() -> UnitAtlas:
    return probe_units(*planted(), random_tunes(20))


def test_each_class_of_a_trait_has_a_name():
    counts = {trait: len(names) for trait, names in PREFERENCE_NAMES.items()}
    assert counts == TRAIT_CLASS_COUNTS


def test_a_unit_that_responds_to_a_pitch_class_is_found(found):
    assert found.dominant_trait(0, 1) == "pitch_class"
    assert found.preferred_class(0, 1, "pitch_class") == 0
    assert found.describe_unit(0, 1) == "likes C"
    assert found.polarity[1] == -1  # it falls for what it likes
    assert found.certainty[1, CLASS] > MIN_TRAIT_DEVIATIONS


def test_a_unit_that_responds_to_bar_lines_is_not_named_by_pitch(found):
    assert found.explained[0, CLASS] < 0.05
    assert abs(found.certainty[0, CLASS]) < MIN_TRAIT_DEVIATIONS
    assert found.explained[0, BEAT] > 5 * found.explained[0, CLASS]


def test_a_constant_unit_likes_many_things(found):
    assert found.describe_unit(0, 2) == "many things"
    assert found.explained[2].max() == pytest.approx(0, abs=1e-6)


def test_the_strongest_contexts_end_on_the_preferred_class(found):
    contexts = found.strongest_contexts(0, 1)
    assert len(contexts) == CONTEXTS_PER_UNIT
    assert len({context.tune for context in contexts}) == CONTEXTS_PER_UNIT
    assert all(context.notes[-1].pitch % 12 == 0 for context in contexts)
    tunes = {tune.name: tune for tune in random_tunes(20)}
    for context in contexts:
        theirs = [(n.pitch, n.duration) for n in tunes[context.tune].notes]
        shown = [(n.pitch, n.duration) for n in context.notes]
        assert any(theirs[k : k + len(shown)] == shown for k in range(len(theirs)))


@pytest.fixture
def model(experiment, a_trainer, random_tune):
    plain = best_checkpoint(experiment, a_trainer(experiment), ModelCard())
    tunes = [random_tune(seed) for seed in range(15)]
    return replace(plain, atlas=probe_units(plain.network, plain.codec, tunes))


def test_an_atlas_is_saved_with_its_model(model, tmp_path):
    save_checkpoint(tmp_path / "m.safetensors", model)
    again = load_checkpoint(tmp_path / "m.safetensors").atlas
    assert again.describe_all_units() == model.atlas.describe_all_units()
    assert again.strongest_contexts(1, 3) == model.atlas.strongest_contexts(1, 3)


def test_a_model_without_an_atlas_loads(model, tmp_path):
    save_checkpoint(tmp_path / "m.safetensors", replace(model, atlas=None))
    assert load_checkpoint(tmp_path / "m.safetensors").atlas is None


@pytest.mark.parametrize("hurt", ["atlas.rolls", "atlas.profile.beat"])
def test_a_damaged_atlas_is_refused(model, tmp_path, hurt):
    path = tmp_path / "m.safetensors"
    save_checkpoint(path, model)
    arrays, about = read_arrays(path)
    arrays[hurt] = arrays[hurt][:-1]
    write_arrays(path, arrays, about)
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(path)


def test_an_unknown_unit_is_refused(found):
    with pytest.raises(ValueError, match="no unit 3 in layer 0"):
        found.describe_unit(0, 3)


def test_a_unit_is_named_by_the_trait_that_distinguishes_it(found):
    # all units respond to pitch classes alike; unit 1 alone responds to beats
    explained = np.full_like(found.explained, 0.05)
    explained[:, CLASS] = 0.5
    explained[1, BEAT] = 0.2
    certainty = np.full_like(found.certainty, MIN_TRAIT_DEVIATIONS)
    changed = replace(found, explained=explained, certainty=certainty)
    assert changed.dominant_trait(0, 1) == "beat"
    assert changed.dominant_trait(0, 0) == "pitch_class"
    assert replace(changed, certainty=certainty - 0.1).dominant_trait(0, 1) == ""
