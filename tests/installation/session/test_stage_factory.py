from __future__ import annotations

from dataclasses import fields

import pytest

from installation.config import StageSettings, StyleSettings
from installation.io.control.control_messages import ControlError, ControlMessage
from installation.session.model_loading import load_model
from installation.session.stage_factory import (
    UnknownLanguageError,
    UnknownSceneError,
    apply_staff_control,
    check_stage_settings,
    open_stage,
    stage_settings,
)
from messages.lesson_answers import LessonAnswer
from visuals.input.lesson_actions import LessonAction
from visuals.window.stage_options import StageOptions


def test_unknown_scenes_and_languages_are_refused() -> None:
    check_stage_settings(StageSettings())
    with pytest.raises(UnknownSceneError, match="nowhere"):
        check_stage_settings(StageSettings(scene="nowhere"))
    with pytest.raises(UnknownLanguageError, match="xx"):
        check_stage_settings(StageSettings(language="xx"))


def test_the_stage_has_an_option_for_each_setting() -> None:
    options = {field.name for field in fields(StageOptions)}
    assert options - {"legends", "operator_lock"} == set(StageSettings.model_fields)


def test_a_stage_shows_a_model_off_screen(model) -> None:
    checkpoint = load_model(StyleSettings(model=str(model)))
    stage = open_stage(StageSettings(), checkpoint, list, lambda gesture: None, offscreen=True)
    try:
        stage.show_frame(0)
        assert stage.picture.get_bounding_rect().width > 0
        assert len({tuple(stage.picture.get_at((x, 540))) for x in range(0, 1920, 40)}) > 1
    finally:
        stage.close()


def test_the_staff_changes_scene_and_language_and_what_is_unknown_is_refused(model) -> None:
    checkpoint = load_model(StyleSettings(model=str(model)))
    stage = open_stage(StageSettings(), checkpoint, list, lambda gesture: None, offscreen=True)
    try:
        wanted = {"scene": "why", "language": "ca", "volume": 0.5}
        for name, value in wanted.items():
            apply_staff_control(stage, ControlMessage(name, (value,), 0))
        for name, value in (("scene", "nowhere"), ("language", "xx")):
            with pytest.raises(ControlError, match=value):
                apply_staff_control(stage, ControlMessage(name, (value,), 0))
        stage.show_frame(0)
        settings = stage_settings(stage)
        assert (settings["scene"].value, settings["language"].value) == ("why", "ca")
        assert "why" in settings["scene"].choices and "ca" in settings["language"].choices
    finally:
        stage.close()


def test_a_lesson_of_the_start_begins_without_a_question_and_the_next_with_one(model) -> None:
    checkpoint, answers = load_model(StyleSettings(model=str(model))), []
    stage = open_stage(
        StageSettings(lesson="fold"),
        checkpoint,
        list,
        lambda gesture: None,
        offscreen=True,
        report_answer=answers.append,
    )
    try:
        browser = stage.lesson_browser
        browser.handle_action(LessonAction.STEP, 0)
        assert browser.place == (1, 1)
        browser.handle_action(LessonAction.NEXT, 0)
        browser.handle_action(LessonAction.STEP, 0)
        assert browser.place == (2, 0) and answers == [LessonAnswer("graph", False, None)]
    finally:
        stage.close()


def test_text_too_small_for_its_viewers_is_said_once_at_the_start(model, caplog) -> None:
    checkpoint = load_model(StyleSettings(model=str(model)))
    shown = None
    for distance in ("room", "24in 3m", "24in 3m"):
        stage = open_stage(
            StageSettings(distance=distance),
            checkpoint,
            list,
            lambda gesture: None,
            offscreen=True,
            restored=shown,
        )
        shown = stage.capture_state() if distance != "room" else None
        stage.close()
    assert [r.message for r in caplog.records if "arcminutes" in r.message] == [
        "stage.distance: text on 24 inches is 10 arcminutes high from 3 m; it can be read from"
        " 1.5 m or nearer"
    ]
