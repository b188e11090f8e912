"""Scenes, languages and settings change by commands and by time, and back after each visit."""

from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.crowd import DuetReplay, LikedMotifs, LikedPhrase, ReplayedNote
from messages.cues import NoteCue, NoteSource, Turn, TurnChange
from messages.gestures import (
    AnswerVote,
    HeldUnitsChange,
    LessonOpenChange,
    LessonPlayRequest,
    LessonTone,
)
from messages.lesson_answers import LessonAnswer
from messages.training import TrainingStatus
from midi_data import songs
from midi_data.notes import Note
from rnn.model.model_card import ComparedAnswers
from rnn.teaching.tune_learner import TuneLearner
from visuals.drawing.theme import TEXT_COLOUR
from visuals.hud.vote_targets import target_rects
from visuals.input.key_bindings import PictureClick
from visuals.input.lesson_actions import LessonAction
from visuals.lessons.base.shared_state import NetworkOption
from visuals.lessons.browser import IDLE_TIMEOUT_S
from visuals.network_source import DummyNetworkSource
from visuals.scene_cache import UnknownSceneError
from visuals.view_control import CHOICE_HOLD_S, SceneRotation
from visuals.words import load_words

CHANGES = (pygame.KSCAN_MINUS, pygame.KSCAN_F9, pygame.KSCAN_F10, pygame.KSCAN_F12)
BEAT = SECOND // 2


@pytest.fixture
def stage(make_stage):
    """A stage in a window with legends."""
    return make_stage(offscreen=False, legends=True)


def settled_picture(stage, frames: int = 90) -> np.ndarray:
    """The picture after all fading."""
    for _ in range(frames):
        stage.show_frame()
    return pygame.surfarray.array3d(stage.picture).astype(int)


def test_changes_of_a_visitor_are_undone_when_the_visit_is_over(stage):
    before = settled_picture(stage)
    stage.messages.append(TurnChange(stage.clock.time, Turn.LISTEN, BEAT))
    stage.press(*CHANGES)
    during = settled_picture(stage)
    stage.messages.append(TurnChange(stage.clock.time, Turn.ATTRACT, BEAT))
    after = settled_picture(stage, 150)
    assert during.mean() < 0.8 * before.mean()
    assert after.mean() == pytest.approx(before.mean(), rel=0.02)
    assert stage.scenes.wanted.language == "en"


def test_without_a_visit_a_setting_stays(stage):
    before = settled_picture(stage)
    stage.press(pygame.KSCAN_MINUS)
    assert settled_picture(stage).mean() < 0.9 * before.mean()
    assert settled_picture(stage).mean() < 0.9 * before.mean()


def test_a_scene_that_is_not_known_is_refused(make_stage):
    stage = make_stage()
    with pytest.raises(UnknownSceneError, match="'surf'.*waves, cortex"):
        stage.view.select_scene("surf")


def test_f2_changes_the_scene_little_by_little(stage):
    before = settled_picture(stage, 1)
    stage.press(pygame.KSCAN_F2)
    stage.show_until(lambda: stage.scene.name == "cortex", stage.clock.time)
    first = pygame.surfarray.array3d(stage.picture).astype(int)
    assert stage.gestures == []
    for k in range(3):
        stage.show_frame(stage.clock.time + k * SECOND)
    after = pygame.surfarray.array3d(stage.picture).astype(int)
    assert np.abs(first - before).mean() < 0.1 * np.abs(after - before).mean()


def test_while_nobody_plays_scenes_take_turns(make_stage):
    stage = make_stage(rotate=10.0)
    for second in range(12):
        stage.show_frame(second * SECOND)
    assert stage.scene.name == "cortex"


def test_f10_changes_the_language(stage):
    stage.show_frame(SECOND)
    before = stage.scenes.shown.language
    stage.press(pygame.KSCAN_F10)
    stage.show_until(lambda: stage.scenes.shown.language != before)
    assert stage.scene.resources.words is load_words(stage.scenes.wanted.language)


@pytest.fixture
def translated(make_stage, hold_scenes, gc_policy):
    """A stage whose scenes in other languages than English are held back; Catalan is wanted."""
    released = hold_scenes(lambda key: key.language != "en")
    stage = make_stage(offscreen=False, scene="why", gc_policy=gc_policy)
    stage.show_frame(SECOND)
    stage.view.set_language("ca")
    return stage, released


def serials(stage) -> list[int]:
    return [timed.cue.serial for timed in stage.timeline.cues]


def test_until_a_translated_scene_is_built_the_last_one_is_drawn_and_no_cue_is_lost(translated):
    stage, released = translated
    activations, ahead = np.zeros((2, 6, 32), np.float32), np.zeros(88, np.float32)
    visitor = NoteSource.VISITOR
    stage.messages.append(NoteCue(1, 2 * SECOND, 0, 60, 80, visitor, 1.0, activations, ahead))
    stage.show_frame(2 * SECOND)
    assert stage.scene.resources.words is load_words("en")
    assert serials(stage) == [1]
    released.set()
    stage.show_until(lambda: stage.scene.resources.words is load_words("ca"))
    assert serials(stage) == [1]


def test_a_third_language_takes_the_place_of_the_second(translated):
    stage, released = translated
    stage.view.set_language("es")
    released.set()
    stage.show_until(lambda: stage.scene.resources.words is load_words("es"))
    stage.show_until(lambda: not stage.scenes.is_building)
    assert stage.scene.resources.words is load_words("es")


def test_a_lesson_goes_on_in_another_language_at_once(translated):
    stage, _ = translated
    stage.view.toggle_lessons()
    stage.view.set_language("es")
    assert stage.lesson_browser.lesson.text("title") == load_words("es")["neuron.title"]


def changes(rotation: SceneRotation, seconds: range, turn: Turn = Turn.ATTRACT) -> list[int]:
    return [second for second in seconds if rotation.is_due(second * SECOND, turn)]


def test_scenes_change_while_nobody_plays():
    assert changes(SceneRotation(10), range(35)) == [10, 20, 30]


@pytest.mark.parametrize("turn", [Turn.LISTEN, Turn.ANSWER, Turn.FAREWELL])
def test_a_scene_stays_while_somebody_plays(turn):
    rotation = SceneRotation(10)
    assert changes(rotation, range(100), turn) == []
    assert changes(rotation, range(100, 115)) == [109]


def test_a_scene_chosen_by_hand_stays_longer():
    rotation = SceneRotation(10)
    rotation.record_choice(0)
    assert changes(rotation, range(200))[0] == CHOICE_HOLD_S + 10


def test_without_rotation_nothing_changes():
    assert changes(SceneRotation(0), range(1000)) == []


def test_scenes_cannot_change_every_minus_one_second():
    with pytest.raises(ValueError, match="not -1"):
        SceneRotation(-1)


def test_a_scene_that_the_staff_chose_stays_for_a_while(make_stage):
    stage = make_stage(rotate=10.0)
    stage.view.choose_scene("why")
    for second in range(1, 30):
        stage.show_frame(stage.clock.time + second * SECOND)
    assert stage.scenes.wanted.name == "why"


def test_the_language_of_the_staff_is_that_of_each_visitor_to_come(stage):
    stage.view.set_home_language("ca")
    stage.messages.append(TurnChange(stage.clock.time, Turn.LISTEN, BEAT))
    stage.show_frame()
    stage.messages.append(TurnChange(stage.clock.time, Turn.ATTRACT, BEAT))
    settled_picture(stage)
    assert stage.view.language == "ca"


def test_the_test_picture_covers_everything_until_it_is_switched_off(stage):
    stage.view.show_test_picture(True)
    stage.show_frame()
    assert stage.view.shows_test_picture
    assert stage.picture.get_at((0, 0))[:3] == TEXT_COLOUR
    stage.view.show_test_picture(False)
    stage.show_frame()
    assert stage.picture.get_at((0, 0))[:3] != TEXT_COLOUR


def test_tones_of_a_scene_pause_the_music_until_they_end(make_stage, monkeypatch):
    stage = make_stage()
    tone = LessonTone(60, 50, stage.clock.time, SECOND)
    monkeypatch.setattr(stage.scene, "touch", lambda x, y, now: (tone,))
    stage.view.apply_command(PictureClick(500, 400))
    opened, played = stage.gestures
    assert isinstance(opened, LessonOpenChange) and opened.is_open
    assert isinstance(played, LessonPlayRequest) and played.tones == (tone,)
    for _ in range(70):
        stage.show_frame()
    assert isinstance(stage.gestures[-1], LessonOpenChange) and not stage.gestures[-1].is_open


def test_motifs_and_trainings_reach_the_frames(make_stage, monkeypatch):
    stage = make_stage()
    phrase = LikedPhrase(((60, 0.0, 1.0),), "4/4", 100.0)
    answers = ComparedAnswers((Note(60, 0, 1),), (Note(62, 1, 1),), (Note(64, 1, 1),), 0.6)
    known = {phrase: answers}
    monkeypatch.setattr(DummyNetworkSource, "compare", lambda self, asked: known[asked])
    stage.view.show_motifs(LikedMotifs((((60, 0.0),),), phrase))
    stage.view.show_training(TrainingStatus(True, step=3))
    stage.show_frame()
    frame = stage.scenes.frame_builder.build_frame(stage.clock.time, 0)
    assert frame.motifs == (((60, 0.0),),) and frame.training.step == 3
    assert frame.compared is answers


def test_a_vote_is_reported_and_touches_no_cell_below(make_stage):
    stage = make_stage(offscreen=False, scene="waves")
    stage.messages += [
        TurnChange(stage.clock.time - SECOND, Turn.ANSWER, BEAT),
        TurnChange(stage.clock.time, Turn.LISTEN, BEAT),
    ]
    stage.show_frame()
    place = tuple(round(part / 3) for part in target_rects(stage.scene)[True].center)
    press = pygame.Event(pygame.MOUSEBUTTONDOWN, pos=place, button=1, touch=False)
    pygame.event.post(press)
    for _ in range(40):
        stage.show_frame()
    assert [each.is_liked for each in stage.gestures if isinstance(each, AnswerVote)] == [True]
    assert not any(isinstance(gesture, HeldUnitsChange) for gesture in stage.gestures)


def test_a_duet_is_heard_and_seen_again_unless_somebody_plays(make_stage):
    stage = make_stage()
    notes = (
        ReplayedNote(60, 80, 0, SECOND // 2, NoteSource.VISITOR),
        ReplayedNote(64, 70, SECOND // 2, SECOND // 2, NoteSource.NETWORK),
    )
    replay = DuetReplay(notes, SECOND // 2, 0, "4/4")
    stage.view.play_again(replay)
    stage.show_frame()
    stage.view.play_again(replay)  # while it plays
    stage.show_frame()
    (played,) = (each for each in stage.gestures if isinstance(each, LessonPlayRequest))
    assert [tone.pitch for tone in played.tones] == [60, 64]
    seen = {each.cue.pitch: each.cue.source for each in stage.timeline.cues}
    assert seen == {60: NoteSource.VISITOR, 64: NoteSource.NETWORK}
    for _ in range(10):  # the first note begins
        stage.show_frame()
    stage.messages.append(TurnChange(stage.clock.time, Turn.LISTEN, BEAT))
    stage.show_frame()
    assert isinstance(stage.gestures[-1], LessonOpenChange) and not stage.gestures[-1].is_open
    assert [each.cue.pitch for each in stage.timeline.cues] == [60]
    count = len(stage.gestures)
    stage.view.play_again(replay)
    stage.show_frame()
    assert len(stage.gestures) == count


@pytest.mark.parametrize("is_chosen", [True, False])
def test_only_a_lesson_that_is_left_without_a_network_ends_the_visit(
    make_stage, network_source, monkeypatch, is_chosen
):
    learner = TuneLearner(songs.frere_jacques(), units=8)
    offered = NetworkOption.from_checkpoint("one", learner.snapshot(), learner.checkpoint())
    monkeypatch.setattr(network_source, "load_options", lambda: (offered,))
    stage = make_stage(network_source=network_source)
    stage.view.set_language("ca")
    stage.lesson_browser.open_lesson("create")
    if is_chosen:
        stage.view.apply_command(LessonAction.STEP)
    now, end = SECOND, SECOND + round((IDLE_TIMEOUT_S + 10) * SECOND)
    while stage.view.in_lesson:
        assert now <= end
        now += SECOND // 5 if is_chosen else 10 * SECOND
        stage.show_frame(now)
    assert stage.view.language == ("ca" if is_chosen else "en")


def test_lessons_that_open_by_the_hour_ask_nobody(make_stage):
    answers: list[LessonAnswer] = []
    stage = make_stage(report_answer=answers.append)
    stage.view.set_house_rules(1.0, lessons_only=True)
    opened = 0
    for second in range(0, 200, 5):
        stage.show_frame((1 + second) * SECOND)
        opened += stage.view.in_lesson
    assert opened > 30 and answers == []
