from __future__ import annotations

import numpy as np
import pytest

from midi_data.notes import Note, Tune
from rnn.evolution.phrase_state import phrase_state
from rnn.model.checkpoint import load_checkpoint


def melody(*pitches: int) -> Tune:
    return Tune(tuple(Note(pitch, float(k), 1.0) for k, pitch in enumerate(pitches)))


def test_a_like_phrase_leaves_the_network_nearer_than_another(model):
    checkpoint = load_checkpoint(model)
    phrase, like, other = (
        phrase_state(checkpoint, melody(*pitches))
        for pitches in ((60, 62, 64, 65), (62, 62, 64, 65), (84, 41, 79, 50))
    )
    assert np.linalg.norm(phrase) == pytest.approx(1.0, abs=1e-4)
    assert phrase @ like > phrase @ other


def test_a_phrase_without_notes_is_refused(model):
    with pytest.raises(ValueError, match="no notes"):
        phrase_state(load_checkpoint(model), Tune(()))
