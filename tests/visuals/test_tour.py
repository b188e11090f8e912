"""The tour runs through its lines, and ends when it is told or somebody plays."""

from __future__ import annotations

import pygame
import pytest

from messages.clock import SECOND
from messages.crowd import DuetReplay, ReplayedNote
from messages.cues import NoteSource, Turn, TurnChange
from messages.gestures import PlayAloneRequest
from visuals.hud.overlay import tour_button_rect
from visuals.input.key_bindings import PictureClick, StageCommand
from visuals.tour import TOUR_NAME, TOUR_PARTS, TOUR_S, Tour
from visuals.words import languages, load_words

BEAT = SECOND // 2


@pytest.fixture
def stage(make_stage):
    """A stage in a window that shows the tour."""
    stage = make_stage(offscreen=False, scene="days", lesson=TOUR_NAME)
    stage.show_frame()
    return stage


def test_every_line_is_shown_in_every_language_within_90_s():
    tour = Tour(0.0, lambda gesture: None)
    tour.begin(7)
    keys = [tour.moment(7 + 5 * second * SECOND).words_key for second in range(18)]
    assert TOUR_S == 90.0
    assert len(set(keys)) == 18
    assert tour.moment(7 + 90 * SECOND) is None
    for language in languages():
        assert {*keys, "tour.untold"} <= load_words(language).keys


def test_it_shows_the_scene_of_its_idea_while_the_network_plays(stage):
    stage.show_until(lambda: stage.scene.name == TOUR_PARTS[0].scene, stage.clock.time)
    assert [type(gesture) for gesture in stage.gestures] == [PlayAloneRequest]
    assert stage.view.is_touring


@pytest.mark.parametrize("scancode", [pygame.KSCAN_A, pygame.KSCAN_SPACE, pygame.KSCAN_F8])
def test_any_key_ends_it_and_leads_back(stage, scancode):
    for _ in range(30):
        stage.show_frame()
    stage.press(scancode)
    for _ in range(2):
        stage.show_frame()
    assert not stage.view.is_touring
    stage.show_until(lambda: stage.scene.name == "days", stage.clock.time)


def test_the_release_of_the_key_that_began_it_does_not_end_it(make_stage):
    stage = make_stage(offscreen=False, scene="days")
    stage.show_frame()
    stage.press(pygame.KSCAN_F8)
    for _ in range(5):
        stage.show_frame()
    pygame.event.post(pygame.Event(pygame.KEYUP, scancode=pygame.KSCAN_F8, mod=0, key=0))
    for _ in range(2):
        stage.show_frame()
    assert stage.view.is_touring


def test_a_note_from_elsewhere_ends_it(stage):
    for _ in range(30):
        stage.show_frame()
    stage.messages.append(TurnChange(stage.clock.time, Turn.LISTEN, BEAT))
    for _ in range(2):
        stage.show_frame()
    assert not stage.view.is_touring


@pytest.mark.parametrize("is_begun", [True, False])
def test_it_does_not_run_while_only_lessons_are_shown(make_stage, is_begun):
    stage = make_stage(offscreen=False, scene="days", lesson=TOUR_NAME if is_begun else "")
    stage.show_frame()
    stage.view.set_house_rules(1.0, lessons_only=True)
    stage.show_frame()
    if not is_begun:
        stage.view.apply_command(StageCommand.BEGIN_TOUR)
    stage.show_frame()
    assert not stage.view.is_touring
    assert stage.view.in_lesson
    stage.view.set_house_rules(1.0, lessons_only=False)
    stage.show_frame()
    assert not stage.view.is_touring


def test_no_duet_is_heard_in_it(stage):
    count = len(stage.gestures)
    stage.view.play_again(
        DuetReplay((ReplayedNote(60, 80, 0, BEAT, NoteSource.VISITOR),), BEAT, 0, "4/4")
    )
    stage.show_frame()
    assert len(stage.gestures) == count


def test_a_touch_of_its_button_begins_and_ends_it(make_stage):
    stage = make_stage(scene="days")
    stage.show_frame(SECOND)
    stage.view.apply_command(PictureClick(*tour_button_rect().center))
    stage.show_frame(2 * SECOND)
    assert stage.view.is_touring
    stage.view.apply_command(PictureClick(*tour_button_rect().center))
    stage.show_frame(3 * SECOND)
    assert not stage.view.is_touring


def test_a_scene_that_is_chosen_ends_it_and_stays(stage):
    stage.press(pygame.KSCAN_F2)
    for _ in range(2):
        stage.show_frame()
    assert not stage.view.is_touring
    assert stage.scenes.wanted.name == "cortex"


def test_it_begins_by_itself_when_nobody_plays_or_touches_for_the_interval():
    tour = Tour(60.0, lambda gesture: None)
    assert not tour.is_due(0, True, 0)
    assert not tour.is_due(59 * SECOND, True, 0)
    assert not tour.is_due(61 * SECOND, True, 30 * SECOND)
    assert tour.is_due(90 * SECOND, True, 30 * SECOND)
    assert not tour.is_due(91 * SECOND, False, 0)
    assert not tour.is_due(150 * SECOND, True, 0)


def test_it_does_not_begin_by_itself_without_an_interval():
    tour = Tour(0.0, lambda gesture: None)
    assert not any(tour.is_due(second * SECOND, True, 0) for second in range(0, 9000, 100))


def test_a_visitor_who_asks_for_it_has_their_language_until_it_ends(make_stage):
    stage = make_stage(offscreen=False, language="ca")
    stage.messages.append(TurnChange(stage.clock.time, Turn.LISTEN, BEAT))
    stage.show_frame()
    stage.view.set_language("en")
    stage.view.apply_command(StageCommand.BEGIN_TOUR)
    stage.show_frame()
    for turn in (Turn.FAREWELL, Turn.ATTRACT):
        stage.messages.append(TurnChange(stage.clock.time, turn, BEAT))
        stage.show_frame()
    assert (stage.view.is_touring, stage.view.language) == (True, "en")
    stage.view.apply_command(StageCommand.BEGIN_TOUR)  # which ends it
    assert (stage.view.is_touring, stage.view.language) == (False, "ca")
