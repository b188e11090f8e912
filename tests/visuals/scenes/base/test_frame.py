from __future__ import annotations

import pytest

from messages.clock import SECOND
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.frame import NOTE_FADE_S

NETWORK = NetworkSummary.dummy(1, 8)


def test_the_light_of_a_note_fades_after_its_end(make_cue, make_frame):
    cue = make_cue(due_s=1.0, duration_s=0.5)
    lights = []
    for time_s in (1.4, 1.9, 1.5 + NOTE_FADE_S):
        frame = make_frame(NETWORK, [cue], time_s)
        lights.append(frame.light_of_note(frame.timeline.cues[0]))
    assert lights[0] > lights[1] > lights[2] == 0.0


def test_reduced_motion_stops_the_ambient_clock(make_frame):
    assert make_frame(NETWORK, [], 5.0).ambient_time_s == pytest.approx(5.0)
    assert make_frame(NETWORK, [], 5.0, reduced_motion=True).ambient_time_s == 0.0
    assert make_frame(NETWORK, [], 5.0).seconds_since(3 * SECOND) == pytest.approx(2.0)
