from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import NoteCue, NoteSource
from visuals.drawing.sprites import blank_surface
from visuals.drawing.typography import Typesetter
from visuals.timeline import Timeline
from visuals.widgets.note_name_label import FADE_S, NoteNameLabel


@pytest.fixture
def light_after():
    """Light of the label some seconds after a note of one second began."""
    pygame.font.init()
    label, timeline = NoteNameLabel(Typesetter(), (300, 20)), Timeline()
    activations, probabilities = np.zeros((1, 6, 1), np.float32), np.zeros(88, np.float32)
    timeline.apply_message(
        NoteCue(0, SECOND, SECOND, 60, 80, NoteSource.NETWORK, 1.0, activations, probabilities)
    )

    def measure(time_s: float) -> int:
        surface = blank_surface((320, 160))
        label.draw(surface, timeline, round((1 + time_s) * SECOND))
        return int(pygame.surfarray.array3d(surface).astype(int).sum())

    return measure


def test_the_latest_note_is_named(light_after):
    assert light_after(0.5) > 0


def test_the_name_fades_after_the_note(light_after):
    assert light_after(0.5) > light_after(1.0 + FADE_S / 2) > 0
    assert light_after(1.0 + FADE_S) == 0


def test_nothing_is_named_before_the_first_note(light_after):
    assert light_after(-0.5) == 0
