from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import KEY_COUNT, NoteAttribution, NoteCue, NoteSource
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import SceneResources
from visuals.scenes.why.cause_arcs import MAX_ARCS, POINTS_PER_ARC, arc_path, strongest_causes
from visuals.scenes.why.scene import PIANO_ROLL_NOW_X_PX, PIANO_ROLL_RECT, WhyScene
from visuals.timeline import SECOND, TimedCue, Timeline
from visuals.words import load_words

ANATOMY = NetworkSummary.dummy(1, 8)
ABOVE = np.s_[round(PIANO_ROLL_NOW_X_PX) + 20 : 1840, 240 : PIANO_ROLL_RECT.top - 14]


def a_cue(serial: int, due: float, pitch: int = 64, source=NoteSource.NETWORK) -> NoteCue:
    activations = np.zeros((1, 6, 8), np.float32)
    ahead = np.zeros(KEY_COUNT, np.float32)
    at = round(due * SECOND)
    return NoteCue(serial, at, SECOND // 3, pitch, 90, source, 3.0, activations, ahead)


def reasons(serial: int, *shares: float) -> NoteAttribution:
    serials = np.arange(serial - len(shares), serial)
    return NoteAttribution(serial, serials, np.array(shares, np.float32))


@pytest.fixture(scope="module")
def why() -> WhyScene:
    pygame.font.init()
    type = Typesetter()
    return WhyScene(ANATOMY, SceneResources(type, load_words(), PianoKeyboard(type)))


def picture(why: WhyScene, messages: list, seconds: float) -> np.ndarray:
    framing = FrameBuilder(ANATOMY)
    for message in messages:
        framing.apply_message(message)
    surface = blank_surface(PICTURE_SIZE_PX)
    why._glow.begin_frame(keep=0)
    why.draw(surface, framing.build_frame(round(seconds * SECOND), 0))
    return pygame.surfarray.array3d(surface).astype(int)


CUES = [a_cue(k, 1.0 + 0.5 * k, 84 + k) for k in range(5)]


def test_arcs_rise_where_a_note_was_called_for(why):
    bare = picture(why, CUES, 3.2)
    told = picture(why, [*CUES, reasons(4, 0.2, 1.0, 0.5, 0.3)], 3.2)
    assert told[ABOVE].sum() > bare[ABOVE].sum() + 10_000


def test_what_spoke_against_lies_below(why):
    against = picture(why, [*CUES, reasons(4, -0.2, -1.0, -0.5, -0.3)], 3.2)
    bare = picture(why, CUES, 3.2)
    assert np.abs(against - bare)[ABOVE].sum() < 2_000
    assert np.abs(against - bare).sum() > 10_000


def test_without_reasons_the_notes_are_still_shown(why):
    assert picture(why, CUES, 3.2)[:, PIANO_ROLL_RECT.top : PIANO_ROLL_RECT.bottom].max() > 120


def test_light_sets_out_before_the_note(why):
    messages = [*CUES, reasons(4, 0.2, 1.0, 0.5, 0.3)]
    early, late = picture(why, messages, 2.51), picture(why, messages, 2.95)
    assert late[ABOVE].sum() > early[ABOVE].sum() + 5_000


def test_causes_are_the_strongest_that_are_remembered():
    cues = tuple(TimedCue(a_cue(k, k), None) for k in range(10, 40))
    shares = np.linspace(-0.5, 1.0, 40).astype(np.float32)
    found = strongest_causes(NoteAttribution(40, np.arange(40), shares), cues)
    assert len(found) == MAX_ARCS
    assert [cause.timed.cue.serial for cause in found] == list(range(31, 40))
    assert found[-1].weight == pytest.approx(1.0)


def test_nothing_explains_a_first_note():
    assert (
        strongest_causes(NoteAttribution(0, np.empty(0, np.int64), np.empty(0, np.float32)), ())
        == []
    )


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_an_arch_ends_at_both_notes(side):
    path = arc_path((900.0, 500.0), (470.0, 520.0), side)
    assert path.shape == (POINTS_PER_ARC, 2)
    assert path[0] == pytest.approx([900, 500])
    assert path[-1] == pytest.approx([470, 520])
    assert side * (path[POINTS_PER_ARC // 2, 1] - 510) > 100


def test_the_timeline_forgets_reasons_with_their_notes():
    timeline = Timeline()
    for serial in range(400):
        timeline.apply_message(a_cue(serial, serial))
        timeline.apply_message(reasons(serial, *([0.1] * min(3, serial))))
    timeline.prune(395 * SECOND)
    assert timeline.attribution(399) is not None
    assert timeline.attribution(3) is None
