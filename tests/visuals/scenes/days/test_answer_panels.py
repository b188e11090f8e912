from __future__ import annotations

import pygame
import pytest

from messages.clock import SECOND
from messages.gestures import MAX_ONSET_DELAY_NS, MAX_TONE_DURATION_NS
from midi_data.notes import Note
from rnn.model.model_card import ComparedAnswers
from visuals.drawing.picture_layout import LANDSCAPE
from visuals.scenes.days.answer_panels import AnswerPanels

COMPARED = ComparedAnswers((Note(60, 0, 1),), (Note(62, 1, 1),), (Note(64, 1, 2),), beat_s=0.5)
NOW = 10 * SECOND


def make_panels() -> AnswerPanels:
    return AnswerPanels(COMPARED, 4, LANDSCAPE)


def test_a_touch_of_the_first_plays_both_answers_to_the_phrase_in_turn():
    panels = make_panels()
    tones = panels.touch(*panels.rects[0].center, NOW)
    assert [tone.pitch for tone in tones] == [60, 62, 60, 64]
    assert [tone.at for tone in tones] == sorted(tone.at for tone in tones)
    assert tones[0].at > NOW and tones[0].duration == SECOND // 2


def test_a_touch_of_the_second_plays_only_that_one_and_beside_them_there_is_nothing():
    panels = make_panels()
    tones = panels.touch(*panels.rects[1].center, NOW)
    assert [tone.pitch for tone in tones] == [60, 64]
    assert panels.touch(5, 5, NOW) == ()


def test_what_sounds_is_brighter(resources):
    panels = make_panels()
    tones = panels.touch(*panels.rects[0].center, NOW)
    light = []
    for time in (NOW, tones[0].at + SECOND // 4, tones[-1].at + 3 * SECOND):
        surface = pygame.Surface((1920, 1080))
        panels.draw(surface, resources.typesetter, ["old", "new"], time)
        light.append(int(pygame.surfarray.array3d(surface).sum()))
    assert light[1] > light[0] == light[2] > 0


@pytest.mark.parametrize("seconds", [40, 90])
@pytest.mark.parametrize("place", [0, 1])
def test_answers_too_long_for_one_request_are_heard_alone_within_its_limits(seconds, place):
    answers = [
        tuple(Note(pitch, 2.0 * k, 1.0) for k in range(1, seconds - 20))
        + (Note(pitch, 2.0 * (seconds - 20), 40.0),)
        for pitch in (62, 64)
    ]
    panels = AnswerPanels(ComparedAnswers((Note(60, 0, 1),), *answers, beat_s=0.5), 4, LANDSCAPE)
    tones = panels.touch(*panels.rects[place].center, NOW)
    assert {tone.pitch for tone in tones} == {60, (62, 64)[place]}
    assert all(tone.at - NOW < MAX_ONSET_DELAY_NS for tone in tones)
    assert all(tone.duration <= MAX_TONE_DURATION_NS for tone in tones)
    assert len(tones) > 20
