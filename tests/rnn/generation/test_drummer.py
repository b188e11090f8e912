from __future__ import annotations

import numpy as np
import pytest

from midi_data.drums import PARTS_BY_PITCH, DrumPart
from midi_data.notes import Meter
from rnn.codecs.drum_codec import DrumCodec
from rnn.generation.drummer import DrumImproviser, DrumSampling, favouring_cells


@pytest.fixture
def drummer(a_model) -> DrumImproviser:
    """An untrained drummer in a funk in 4/4."""
    drummer = DrumImproviser(a_model(DrumCodec()))
    drummer.begin(Meter(), "funk", 100.0)
    return drummer


def play(drummer, beats, seed=1, sampling=DrumSampling()):  # noqa: B008 - frozen
    generator = np.random.default_rng(seed)
    return [hit for k in range(beats) for hit in drummer.compose_beats(k + 1, generator, sampling)]


def test_the_same_seed_plays_the_same(drummer):
    begun = drummer.snapshot()
    first = play(drummer, 8)
    drummer.restore(begun)
    assert play(drummer, 8) == first
    drummer.restore(begun)
    assert play(drummer, 8, seed=2) != first


def test_the_length_of_a_call_does_not_change_the_music(drummer):
    begun, generator = drummer.snapshot(), np.random.default_rng(1)
    at_once = drummer.compose_beats(8, generator, DrumSampling())
    drummer.restore(begun)
    assert play(drummer, 8) == at_once


def test_each_call_plays_the_cells_before_its_beat(drummer):
    generator = np.random.default_rng(1)
    for beat in range(1, 12):
        for hit in drummer.compose_beats(beat, generator, DrumSampling()):
            assert beat - 1.125 <= hit.onset < beat - 0.125 + 1e-9


def test_only_the_parts_of_the_sampling_are_played(drummer):
    parts = frozenset({DrumPart.CLOSED_HAT, DrumPart.KICK})
    hits = play(drummer, 16, sampling=DrumSampling(parts=parts))
    assert {PARTS_BY_PITCH[hit.pitch] for hit in hits} == parts


def test_a_fill_is_not_held_back(drummer):
    begun = drummer.snapshot()
    held_back = play(drummer, 32)
    drummer.restore(begun)
    assert len(play(drummer, 32, sampling=DrumSampling(fill=True))) > len(held_back)


def test_a_snapshot_is_not_changed_by_playing_on(drummer):
    play(drummer, 2)
    kept = drummer.snapshot()
    first = play(drummer, 6)
    play(drummer, 9)
    drummer.restore(kept)
    assert play(drummer, 6) == first


def test_each_hit_has_the_states_of_the_cells_that_favour_each_part(drummer):
    hits = drummer.compose_beats(8, np.random.default_rng(1), DrumSampling())
    cells = np.stack(drummer.hit_cells)
    assert len(cells) == len(hits) > 1
    assert cells.shape[1] == len(DrumPart)
    assert np.abs(np.diff(cells, axis=0)).max() > 0


def test_cells_favour_the_part_of_their_row():
    readout = np.zeros((3, 9), np.float32)
    readout[np.arange(9) % 3, np.arange(9)] = 1 + np.arange(9)
    assert favouring_cells(readout, 2).tolist() == [[6, 3], [7, 4], [8, 5]]
    assert favouring_cells(readout, 8).shape == (3, 3)
