from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Note, Tune
from rnn.generation.composer import KEY_COUNT, DummyComposer, SamplingParams
from rnn.generation.unit_intervention import InterventionKind, UnitIntervention


@pytest.mark.parametrize(
    "values",
    [
        {"temperature": 0},
        {"top_p": 0},
        {"top_p": 1.1},
        {"spread": 0},
        {"strictness": -1},
        {"density": 9},
    ],
)
def test_sampling_params_out_of_range_are_refused(values):
    with pytest.raises(ValueError, match=next(iter(values))):
        SamplingParams(**values)


def test_a_density_out_of_range_is_refused():
    with pytest.raises(ValueError, match=r"-8\.\.8, not nan"):
        SamplingParams(density=float("nan"))


def test_the_dummy_walks_the_scale_without_gaps():
    composer, generator = DummyComposer(), np.random.default_rng(0)
    steps = [composer.compose_note(generator, SamplingParams()) for _ in range(20)]
    notes = [step.note for step in steps]
    assert all(note.pitch % 12 in DummyComposer.SCALE for note in notes)
    assert [note.onset for note in notes[1:]] == [note.end for note in notes[:-1]]
    for step in steps:
        assert step.activations.shape == (2, 6, 32)
        assert step.next_key_probabilities.shape == (KEY_COUNT,)
        assert step.next_key_probabilities.sum() == pytest.approx(1)


def test_the_dummy_returns_to_a_snapshot():
    composer = DummyComposer()
    composer.strike(60, 1.0)
    kept = composer.snapshot()
    first = composer.compose_note(np.random.default_rng(1), SamplingParams()).note
    composer.restore(kept)
    assert composer.compose_note(np.random.default_rng(1), SamplingParams()).note == first


def test_the_dummy_shows_interventions():
    composer = DummyComposer()
    composer.set_interventions([UnitIntervention(1, 3, InterventionKind.HOLD, 0.5)])
    step = composer.strike(60, 0.0)
    assert step.activations[1, 5, 3] == 0.5
    assert step.intervention_bits > 0


def test_the_dummy_continues_a_phrase_and_refuses_an_empty_one():
    composer = DummyComposer()
    composer.restart_with_phrase(Tune((Note(60, 0.0, 3.0),)))
    assert composer.compose_note(np.random.default_rng(0), SamplingParams()).note.onset == 3.0
    with pytest.raises(ValueError, match="at least one note"):
        composer.restart_with_phrase(Tune())
