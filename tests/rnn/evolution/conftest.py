from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from midi_data.notes import Meter, Note, Tune
from rnn.codecs.note_codec import NoteCodec
from rnn.evolution.evolution_data import EvolutionData, LearnedDuet
from rnn.model.checkpoint import Checkpoint


@pytest.fixture
def origin(a_model) -> Checkpoint:
    return a_model(NoteCodec())


@pytest.fixture
def a_duet() -> Callable[..., LearnedDuet]:
    """Four crotchets up a scale, answered by them in quavers, all from a pitch."""

    def make(start: int = 60, weight: float = 1.0) -> LearnedDuet:
        steps = (0, 2, 4, 5)
        phrase = tuple(Note(start + step, float(k), 1.0) for k, step in enumerate(steps))
        answer = tuple(Note(start + step, 4 + k / 2, 0.5) for k, step in enumerate(steps * 2))
        return LearnedDuet(Tune(phrase, Meter(4, 4)), answer, weight)

    return make


@pytest.fixture
def evolution_data(a_duet, random_tune) -> EvolutionData:
    def some(count: int) -> tuple[LearnedDuet, ...]:
        return tuple(a_duet(int(p)) for p in np.linspace(50, 70, count).round())

    tunes = tuple(random_tune(seed) for seed in range(10))
    return EvolutionData(some(24), some(3), some(3), tunes[:4], tunes[4:])
