from __future__ import annotations

import numpy as np
import pytest

from messages.cues import NoteAttribution, NoteRelease, NoteSource
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.line_renderer import LineRenderer
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.why.cause_arcs import (
    ARC_PALETTE,
    MAX_ARCS,
    POINTS_PER_ARC,
    CauseArcs,
    arc_paths,
    remembered_notes,
    strongest_causes,
)
from visuals.scenes.why.scene import PIANO_ROLL_NOW_X_PX, PIANO_ROLL_RECT, WhyScene
from visuals.timeline import TimedCue
from visuals.widgets.piano_roll import PianoRoll


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
    causes = remembered_notes(phrase[2], (*phrase, network))
    assert [cause.timed.cue.serial for cause in causes] == [1, 0]
    assert [cause.weight for cause in causes] == pytest.approx([0.0, 1.0])


@pytest.fixture
def lights_of(make_frame):
    """Function that draws the arcs of all cues at a time and returns their number of lights."""
    roll = PianoRoll(PIANO_ROLL_RECT, PIANO_ROLL_NOW_X_PX, 100.0, 6)
    arcs, renderer = CauseArcs(roll), LineRenderer(ARC_PALETTE, adds=True)

    def draw(messages, time_s: float) -> int:
        frame = make_frame(NetworkSummary.dummy(1, 8), messages, time_s)
        strokes = GlowingLines(renderer, GlowLayer(WhyScene.glow_rect))
        return len(arcs.draw(strokes, frame, [(timed, 1.0) for timed in frame.timeline.cues]))

    return draw


def test_arcs_follow_cues_that_come_and_go(lights_of, make_cue):
    first, second = (make_cue(k, 1.0 + k, source=NoteSource.VISITOR) for k in range(2))
    assert lights_of([first], 4.0) == 0
    assert lights_of([first, second], 4.0) == lights_of([first, second], 4.0) > 0
    assert lights_of([second], 4.0) == 0


def test_causes_that_are_told_later_than_their_note_are_drawn(lights_of, make_cue):
    cues = [make_cue(k, 1.0 + k) for k in range(2)]
    assert lights_of(cues, 4.0) == 0
    told = NoteAttribution(1, np.array([0]), np.array([1.0], np.float32))
    assert lights_of([*cues, told], 4.0) > 0


def test_a_note_that_has_ended_since_it_became_a_cause_is_drawn_as_ended(make_cue, make_frame):
    """Its arc starts in the middle of the note, which no longer grows."""
    first, second = (
        make_cue(k, 1.0 + k, source=NoteSource.VISITOR, duration_s=0) for k in range(2)
    )
    roll = PianoRoll(PIANO_ROLL_RECT, PIANO_ROLL_NOW_X_PX, 100.0, 6)
    arcs = CauseArcs(roll)
    feet = []
    for messages in ([first, second], [first, second, NoteRelease(first.serial, 1_200_000_000)]):
        frame = make_frame(NetworkSummary.dummy(1, 8), messages, 4.0)
        strokes = GlowingLines(LineRenderer(ARC_PALETTE, adds=True), GlowLayer(WhyScene.glow_rect))
        arcs.draw(strokes, frame, [(frame.timeline.cues[1], 1.0)])
        feet.append(strokes.lines.concatenate()[0][:, 0].min())
    assert feet[1] < feet[0] - 50
