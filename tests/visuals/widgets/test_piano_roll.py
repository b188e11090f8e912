from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import NoteCue, NoteSource
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import GHOST_COLOUR
from visuals.drawing.typography import Typesetter
from visuals.timeline import Timeline
from visuals.widgets.piano_roll import PianoRoll
from visuals.words import languages, load_words


def light(surface: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(surface).astype(int).sum(axis=2)


def visitor(serial: int, due: int) -> NoteCue:
    activations = np.zeros((1, 6, 1), np.float32)
    ahead = np.zeros(88, np.float32)
    return NoteCue(serial, due, 0, 60, 80, NoteSource.VISITOR, 1.0, activations, ahead)


def test_the_past_is_left_the_future_right_and_higher_is_up():
    roll = PianoRoll(pygame.Rect(100, 100, 800, 100), now_x=700, speed=200)
    assert roll.x(5 * SECOND, 5 * SECOND) == 700
    assert roll.x(6 * SECOND, 5 * SECOND) == 900
    assert roll.y(72) < roll.y(60)


def note_pixels(
    source: NoteSource, time: int, taken_up: frozenset[int] = frozenset()
) -> np.ndarray:
    """Light in the column through the middle of a note of 1 s to 2 s."""
    roll = PianoRoll(pygame.Rect(0, 0, 800, 100), now_x=400, speed=200, thickness=8)
    timeline, surface, made = Timeline(), blank_surface((800, 100)), visitor(0, SECOND)
    timeline.apply_message(replace(made, duration=SECOND, source=source))
    roll.draw(surface, timeline, time, taken_up)
    return light(surface)[round(roll.x(3 * SECOND // 2, time))]


def test_notes_of_visitor_network_and_future_differ_in_thickness():
    sounded = [np.count_nonzero(note_pixels(source, 3 * SECOND)) for source in NoteSource]
    coming = np.count_nonzero(note_pixels(NoteSource.NETWORK, 0))
    assert coming < sounded[NoteSource.NETWORK] < sounded[NoteSource.VISITOR]


def test_a_note_that_takes_up_the_phrase_has_an_outline():
    plain, outlined = (
        note_pixels(NoteSource.NETWORK, 3 * SECOND, serials)
        for serials in (frozenset(), frozenset([0]))
    )
    assert np.count_nonzero(outlined) > np.count_nonzero(plain)


@pytest.mark.parametrize("source", list(NoteSource))
def test_a_surprising_note_has_a_higher_stem(source):
    roll = PianoRoll(pygame.Rect(0, 0, 800, 120), now_x=400, speed=200, thickness=8)
    made, heights = visitor(0, SECOND), []
    for bits in (0.2, 3.0, 7.5):
        timeline, surface = Timeline(), blank_surface((800, 120))
        cue = NoteCue(
            0,
            SECOND,
            SECOND // 2,
            60,
            80,
            source,
            bits,
            made.activations,
            made.next_key_probabilities,
        )
        timeline.apply_message(cue)
        roll.draw(surface, timeline, 2 * SECOND)
        column = round(roll.x(SECOND, 2 * SECOND))
        heights.append(light(surface)[column, : round(roll.y(60)) - 4].astype(bool).sum())
    assert heights[0] < heights[1] < heights[2]


def test_a_past_visitor_has_a_colour_of_its_own():
    roll = PianoRoll(pygame.Rect(0, 0, 800, 100), now_x=400, speed=200, thickness=8)
    timeline, surface = Timeline(), blank_surface((800, 100))
    timeline.apply_message(replace(visitor(0, 0), duration=4 * SECOND, source=NoteSource.GHOST))
    roll.draw(surface, timeline, 2 * SECOND)
    assert surface.get_at((300, round(roll.y(60))))[:3] == GHOST_COLOUR


def test_the_gap_between_its_labels_is_free_of_them_in_every_language():
    pygame.font.init()
    typesetter = Typesetter()
    roll = PianoRoll(pygame.Rect(80, 100, 1700, 100), now_x=764, speed=200)
    for language in languages():
        surface, words = blank_surface((1920, 300)), load_words(language)
        roll.draw_static(surface, typesetter, words)
        left, right = roll.label_gap(typesetter, words)
        below = light(surface)[:, roll.rect.bottom + 20 :]
        assert not below[round(left) : round(right)].any()
        assert below[: round(left)].any() and below[round(right) : 900].any()
