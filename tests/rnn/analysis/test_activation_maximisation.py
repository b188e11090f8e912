from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Meter, Note, Tune
from rnn import styles
from rnn.analysis.activation_maximisation import (
    ActivationMaximiser,
    random_melody,
    with_random_pitches,
)
from rnn.analysis.trace import trace_tune
from rnn.codecs.note_codec import NoteCodec
from rnn.model.checkpoint import Checkpoint, load_checkpoint

METER = Meter(4, 4)
PITCHES, LENGTHS = tuple(range(60, 80)), (0.5, 1.0)
EVENLY_SPACED_UNITS = [(layer, unit) for layer in (0, 1) for unit in range(20, 256, 50)]


@pytest.fixture
def model(a_model) -> Checkpoint:
    return a_model(NoteCodec())


@pytest.fixture
def melody() -> Tune:
    return random_melody(np.random.default_rng(1), METER, 6, PITCHES, LENGTHS)


@pytest.fixture(scope="module")
def fife() -> Checkpoint:
    return load_checkpoint(styles.style_path("fife"))


def maximised(
    model: Checkpoint, layer: int, unit: int, start: Tune, polarity: int = 1
) -> ActivationMaximiser:
    search = ActivationMaximiser(
        model.network, model.codec, layer, unit, start, polarity, PITCHES, LENGTHS
    )
    while search.step():
        pass
    return search


@pytest.mark.parametrize("polarity", [1, -1])
def test_the_objective_never_falls(model, melody, polarity):
    search = ActivationMaximiser(
        model.network, model.codec, 1, 4, melody, polarity, PITCHES, LENGTHS
    )
    first, objectives = search.activation, [search.objective]
    while search.step():
        objectives.append(search.objective)
    assert search.activation > first
    assert objectives == sorted(objectives)
    assert 0 < search.edits_kept <= search.tunes_tried
    hidden = search.trace.unit_activations(1, 4)[-1]
    assert search.activation == pytest.approx(polarity * hidden)


def test_notes_keep_to_the_given_pitches_and_lengths_without_gaps(model, melody):
    notes = maximised(model, 0, 1, melody).notes
    assert {note.pitch for note in notes} <= set(PITCHES)
    assert {note.duration for note in notes} <= set(LENGTHS)
    ends = [0.0, *(note.end for note in notes)]
    assert [note.onset for note in notes] == ends[:-1]


def test_the_rhythm_of_chords_is_kept(model):
    chords = Tune(
        tuple(Note(60 + 4 * k + beat, beat, 1.0) for beat in range(4) for k in range(3)), METER
    )
    start = with_random_pitches(np.random.default_rng(0), chords, PITCHES)
    search = maximised(model, 1, 2, start)

    def rhythm(tune):
        return sorted((note.onset, note.duration) for note in tune.notes)

    assert rhythm(search.trace.tune) == rhythm(chords)
    assert search.edits_kept > 0
    for beat in range(4):
        assert len({note.pitch for note in search.notes if note.onset == beat}) == 3


def test_the_same_start_gives_the_same_notes(model, melody):
    assert maximised(model, 1, 4, melody).notes == maximised(model, 1, 4, melody).notes


def test_most_units_of_a_trained_network_are_moved_further_than_by_random_music(fife):
    """Further than any of sixty random tunes, drawn as its start is, does at its end."""
    generator = np.random.default_rng(5)
    network, codec = fife.network, fife.codec
    drawn = [random_melody(generator, METER, 10, PITCHES, LENGTHS) for _ in range(61)]
    hidden = np.stack([trace_tune(network, codec, tune).h[-1] for tune in drawn[1:]])
    moved = []
    for layer, unit in EVENLY_SPACED_UNITS:
        polarity = int(fife.atlas.polarity[layer * 256 + unit])
        search = maximised(fife, layer, unit, drawn[0], polarity)
        moved.append(search.activation > (polarity * hidden[:, layer, unit]).max())
    assert sum(moved) >= 7
