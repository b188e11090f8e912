from __future__ import annotations

import numpy as np
import pytest

from messages.cues import NoteAttribution, NoteSource
from visuals.scenes.why.cause_arcs import (
    MAX_ARCS,
    POINTS_PER_ARC,
    PhraseMemory,
    arc_paths,
    strongest_causes,
)
from visuals.timeline import TimedCue


def test_causes_are_the_strongest_notes_still_known(make_cue):
    cues = tuple(TimedCue(make_cue(k, k), None) for k in range(10, 40))
    shares = np.linspace(-0.5, 1.0, 40).astype(np.float32)
    causes = strongest_causes(NoteAttribution(40, np.arange(40), shares), cues)
    assert len(causes) == MAX_ARCS
    assert [cause.timed.cue.serial for cause in causes] == list(range(31, 40))
    assert causes[-1].weight == pytest.approx(1.0)


def test_a_first_note_has_no_causes():
    nothing = NoteAttribution(0, np.empty(0, np.int64), np.empty(0, np.float32))
    assert strongest_causes(nothing, ()) == []


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_an_arc_ends_at_both_notes(side):
    start, end = np.array([(900.0, 500.0)]), np.array([(470.0, 520.0)])
    (path,) = arc_paths(start, end, np.array([side]))
    assert path.shape == (POINTS_PER_ARC, 2)
    assert path[0] == pytest.approx([900, 500])
    assert path[-1] == pytest.approx([470, 520])
    assert side * (path[POINTS_PER_ARC // 2, 1] - 510) > 100


def test_a_visitor_s_note_remembers_the_phrase_by_likeness(make_cue):
    states = [np.full((1, 6, 8), level) for level in (0.5, -0.5, 0.4)]
    phrase = [
        TimedCue(make_cue(k, 1.0 + k, source=NoteSource.VISITOR, signals=state), None)
        for k, state in enumerate(states)
    ]
    network = TimedCue(make_cue(9, 2.5, signals=states[0]), None)
    causes = PhraseMemory().remembered_notes(phrase[2], (*phrase, network))
    assert [cause.timed.cue.serial for cause in causes] == [1, 0]
    assert [cause.weight for cause in causes] == pytest.approx([0.0, 1.0])
