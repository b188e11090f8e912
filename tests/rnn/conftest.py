"""Small tunes, studies and trainers for the tests of the network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from midi_data.notes import Meter, Note, Tune
from rnn.study import Study, prepare
from rnn.training import Settings, Trainer

SMALL = Settings(seed=4, steps=30, units=16, layers=2, embedding=12, lanes=4, length=16)


@pytest.fixture
def a_tune() -> Callable[[int], Tune]:
    """A scale up and down from a pitch, in quavers."""
    steps = [0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2, 0]

    def make(start: int) -> Tune:
        notes = tuple(Note(start + step, k / 2, 0.5) for k, step in enumerate(steps))
        return Tune(notes, Meter(4, 4), 100)

    return make


@pytest.fixture
def random_tune() -> Callable[[int], Tune]:
    """Twenty quavers drawn with a seed."""

    def make(seed: int) -> Tune:
        pitches = 60 + np.random.default_rng(seed).integers(0, 12, 20)
        notes = tuple(Note(int(pitch), k / 2, 0.5) for k, pitch in enumerate(pitches))
        return Tune(notes, name=f"t{seed}")

    return make


@pytest.fixture
def study(random_tune) -> Study:
    """Forty random tunes, prepared."""
    return prepare([random_tune(seed) for seed in range(40)])


@pytest.fixture
def a_trainer() -> Callable[..., Trainer]:
    """A small trainer of a study."""

    def make(study: Study, settings: Settings = SMALL) -> Trainer:
        return Trainer(study.codec, study.train, study.validation, settings)

    return make
