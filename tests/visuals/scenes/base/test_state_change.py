from __future__ import annotations

import numpy as np

from messages.cues import HIDDEN_INDEX, SIGNALS, NoteSource
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.state_change import recent_change

NETWORK = NetworkSummary.dummy(1, 8)


def hidden_of(cue) -> np.ndarray:
    return cue.activations[0, HIDDEN_INDEX]


def state(value: float) -> np.ndarray:
    return np.full((1, len(SIGNALS), 8), value)


def test_a_change_rises_and_fades(make_cue, make_frame):
    cues = [make_cue(0, 1.0, signals=state(0.0)), make_cue(1, 2.0, signals=state(0.5))]
    early, full, late, gone = (
        recent_change(make_frame(NETWORK, cues, time_s), hidden_of, 1.0)
        for time_s in (2.02, 2.1, 2.6, 3.5)
    )
    assert np.all((early < full) & (late < full))
    assert np.all(gone == 0.0)


def test_changes_by_the_network_can_be_left_out(make_cue, make_frame):
    own = [
        make_cue(0, 1.0, signals=state(0.0)),
        make_cue(1, 2.0, source=NoteSource.VISITOR, signals=state(0.5)),
    ]
    network = [own[0], make_cue(1, 2.0, signals=state(0.5))]
    by_visitor, by_network = (
        recent_change(make_frame(NETWORK, cues, 2.2), hidden_of, 2.0, by_visitor=True)
        for cues in (own, network)
    )
    assert np.all(by_visitor > 0.1)
    assert np.all(by_network == 0.0)


def test_cues_without_a_known_state_are_passed_over(make_cue, make_frame):
    cues = [make_cue(k, 1.0 + k) for k in range(3)]
    assert recent_change(make_frame(NETWORK, cues, 3.2), lambda cue: None, 1.0) == 0.0
