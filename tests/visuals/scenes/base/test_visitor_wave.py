from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
import pytest

from messages.cues import KeyStruck, NoteSource
from visuals.drawing.sprites import BLEND_ADD, blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.visitor_wave import (
    VisitorWave,
    onset_strength,
    struck_key_strength,
    visitor_onsets,
)

NETWORK = NetworkSummary.dummy(1, 8)
VISITOR = NoteSource.VISITOR


@pytest.fixture
def light(resources, make_frame):
    """Function that draws the waves at a time, (width, height)."""

    def drawn(cues, time_s: float) -> np.ndarray:
        surface = blank_surface(PICTURE_SIZE_PX)
        VisitorWave(resources.keyboard).draw(surface, make_frame(NETWORK, cues, time_s))
        return pygame.surfarray.array3d(surface).astype(int).sum(axis=2)

    return drawn


def test_a_key_is_seen_in_the_frame_of_its_sound(light, make_cue):
    cue = make_cue(due_s=2.0, source=VISITOR)
    assert light([cue], 1.999).max() == 0
    assert light([cue], 2.001).max() > 600


def test_a_key_that_the_network_has_not_heard_yet_is_seen_and_no_brighter_with_its_cue(
    light, make_cue
):
    cue = make_cue(due_s=2.0, source=VISITOR)
    struck = KeyStruck(cue.serial, cue.due, cue.pitch, cue.velocity)
    assert light([struck], 1.999).max() == 0
    assert (light([struck], 2.01) == light([struck, cue], 2.01)).all()
    assert (light([struck], 2.01) == light([cue], 2.01)).all()


def test_a_wave_grows_and_fades(light, make_cue):
    cue = make_cue(due_s=2.0, source=VISITOR)
    pictures = [light([cue], time_s) for time_s in (2.2, 2.6)]
    tops = [np.flatnonzero(picture.any(axis=0)).min() for picture in pictures]
    assert tops[1] < tops[0] - 300
    assert pictures[1][:, : tops[0]].max() < pictures[0].max()
    assert light([cue], 3.5).max() == 0


def test_the_network_s_own_notes_make_no_wave(light, make_cue):
    assert light([make_cue(due_s=2.0)], 2.1).max() == 0


def test_fast_notes_and_chords_are_no_brighter_than_slow_ones(make_cue, make_frame):
    def onsets(per_second: int, notes: int = 1):
        cues = [
            make_cue(k * notes + n, 1.0 + k / per_second, 60 + n, VISITOR)
            for k in range(2 * per_second)
            for n in range(notes)
        ]
        return visitor_onsets(make_frame(NETWORK, cues, 2.9), 0.9)

    slow, fast, chords = onsets(2), onsets(12), onsets(2, notes=3)
    assert [strength for _, strength in slow] == [1.0] * len(slow)
    assert fast[-1][1] < 0.2
    assert len(chords) == len(slow)


def test_the_waves_of_some_notes_are_drawn_alone_and_as_bright_as_their_picture(
    resources, make_cue, make_frame
):
    cues = [make_cue(k, 2.0 + 0.3 * k, 50 + 20 * k, VISITOR) for k in range(2)]
    frame, lights = make_frame(NETWORK, cues, 2.301), []
    for serials, light in (((), 1.0), ((1,), 0.5), ((1,), 1.0), (None, 1.0)):
        surface = blank_surface(PICTURE_SIZE_PX)
        VisitorWave(resources.keyboard).draw(surface, frame, serials, light)
        lights.append(int(pygame.surfarray.array3d(surface).astype(int).sum()))
    assert lights[0] == 0
    assert lights == sorted(lights) and len(set(lights)) == 4


def test_the_lamp_of_a_key_is_the_light_of_its_first_frame(resources, light, make_cue):
    """Where the rings of the wave are not yet: the key does not change as the frame comes."""
    cue = make_cue(due_s=2.0, source=VISITOR)
    surface, wave = blank_surface(PICTURE_SIZE_PX), VisitorWave(resources.keyboard)
    surface.fblits([wave.lamp(cue.pitch, 0.5 + 0.5 * cue.velocity / 127)], BLEND_ADD)
    x, y = (round(side) for side in resources.keyboard.key_top(cue.pitch))
    around = np.s_[x - 12 : x + 13, y - 12 : y + 13]
    early = pygame.surfarray.array3d(surface).astype(int).sum(axis=2)[around]
    assert early.mean() > 300
    assert np.abs(early - light([cue], 2.0)[around]).mean() < 0.05 * early.mean()


def test_no_onset_is_brighter_than_full_and_more_than_three_a_second_are_fainter():
    assert onset_strength(0) == onset_strength(1) == onset_strength(3) == 1.0
    assert 0.3 < onset_strength(6) < 0.4


@pytest.mark.parametrize("before_s", [(), (1.5,), (1.2, 1.4, 1.6, 1.8), (0.2, 0.9)])
def test_a_struck_key_is_as_strong_as_in_the_frame_that_knows_of_it(make_cue, make_frame, before_s):
    """Whether visitors or the network, which takes their phrase up, played before."""
    cues = [make_cue(k, due_s, source=VISITOR) for k, due_s in enumerate(before_s)]
    key = KeyStruck(9, 2_000_000_000, 69, 90)
    strength = struck_key_strength(make_frame(NETWORK, cues, 1.99), key)
    known = make_frame(NETWORK, [*cues, key], 2.0)
    (*_, (timed, onset)) = visitor_onsets(known, 1.0, with_struck=True)
    assert timed.cue.serial == 9
    assert strength == pytest.approx(onset * (0.5 + 0.5 * 90 / 127))


def test_a_struck_key_of_a_chord_that_has_a_wave_begins_none(make_cue, make_frame):
    frame = make_frame(NETWORK, [make_cue(due_s=1.99, source=VISITOR)], 2.0)
    assert struck_key_strength(frame, KeyStruck(9, 2_000_000_000, 72, 90)) == 0.0


def test_notes_that_take_a_phrase_up_make_a_struck_key_fainter(make_cue, make_frame):
    cues = [make_cue(k, 1.2 + 0.12 * k) for k in range(6)]
    key = KeyStruck(9, 2_000_000_000, 69, 127)
    plain = make_frame(NETWORK, cues, 1.99)
    taken_up = replace(plain, taken_up=frozenset(range(6)))
    assert struck_key_strength(plain, key) == 1.0
    assert struck_key_strength(taken_up, key) < 0.4
