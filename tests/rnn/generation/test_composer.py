from __future__ import annotations

import numpy as np

from midi_data.notes import Meter, Note, Tune
from tests.dummy_composer import DummyComposer


def test_a_composer_of_one_style_has_no_shares_meters_or_voices_of_its_own():
    composer = DummyComposer()
    assert composer.weights.shape == (0,)
    assert composer.draw_meter(np.random.default_rng(1)) is None
    assert composer.meter == Meter(4, 4)
    assert composer.harmonise_phrase(Tune((Note(60, 0, 1),))) is None
