from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from messages.clock import SECOND
from messages.cues import NoteCue, NoteSource
from midi_data.beat_grid import BeatGrid

LAYERS, UNITS = 2, 3


def make_cue(
    serial: int,
    due: float,
    source: NoteSource = NoteSource.NETWORK,
    velocity: int = 127,
    duration: float = 0.5,
    level: float = 0.5,
) -> NoteCue:
    """A note whose signals are all `level`; it is due at, and lasts for, so many seconds."""
    return NoteCue(
        serial=serial,
        due=round(due * SECOND),
        duration=round(duration * SECOND),
        pitch=60,
        velocity=velocity,
        source=source,
        surprise=2.0,
        activations=np.full((LAYERS, 6, UNITS), level, np.float32),
        next_key_probabilities=np.zeros(88, np.float32),
    )


@pytest.fixture
def cue() -> Callable[..., NoteCue]:
    return make_cue


@pytest.fixture
def axis() -> Callable[[], BeatGrid]:
    """120 beats a minute from time 0 on."""
    return lambda: BeatGrid(0, SECOND // 2)
