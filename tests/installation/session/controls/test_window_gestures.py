from __future__ import annotations

import pytest

from installation.session.controls.window_gestures import WindowGestures
from messages.clock import SECOND
from messages.gestures import (
    HeldUnit,
    HeldUnitsChange,
    KeyEvent,
    LessonOpenChange,
    LessonPlayRequest,
    LessonSilenceRequest,
    LessonTone,
    ModelRequest,
    ParameterChange,
)

NOW = 7 * SECOND


@pytest.fixture
def window(key_input, mapper, asked):
    return WindowGestures(
        key_input, mapper, asked.append, lambda *guest: asked.append(guest), lambda: NOW
    )


def test_a_key_held_when_the_window_is_lost_is_released(window, key_input) -> None:
    window.handle_gesture(KeyEvent(60, True, NOW))
    window.release_window_input(NOW)
    events = key_input.drain()
    assert [type(event).__name__ for event in events[:2]] == ["KeyPressed", "NoteStopped"]


def test_a_key_pressed_before_the_performer_was_ready_counts_from_when_it_was(
    window, key_input
) -> None:
    window.handle_gesture(KeyEvent(60, True, NOW - SECOND))
    assert [event.at for event in key_input.drain()] == [NOW]


def test_a_pitch_held_by_key_and_finger_ends_with_the_last(window, key_input) -> None:
    for _ in range(2):
        window.handle_gesture(KeyEvent(60, True, NOW))
    key_input.drain()  # the second press ended the note of the first
    window.handle_gesture(KeyEvent(60, False, NOW))
    assert key_input.drain() == []
    window.handle_gesture(KeyEvent(60, False, NOW))
    assert [type(event).__name__ for event in key_input.drain()] == ["NoteStopped"]


def test_a_lessons_tones_are_asked_for_and_end_with_the_window(window, key_input) -> None:
    gestures = (
        LessonOpenChange(True, NOW),
        LessonPlayRequest((LessonTone(60, 60, NOW, SECOND),), NOW),
        LessonSilenceRequest(NOW),
    )
    for gesture in gestures:
        window.handle_gesture(gesture)
    assert key_input.drain() == list(gestures)
    window.release_window_input(NOW)
    assert key_input.drain() == [LessonOpenChange(False, NOW)]


def test_held_units_reach_the_network(window, key_input) -> None:
    window.handle_gesture(HeldUnitsChange((HeldUnit(0, 3, 0.0), HeldUnit(0, 4, 2.5)), NOW))
    (steered,) = key_input.drain()
    assert [(touch.unit, touch.gain) for touch in steered.change.interventions] == [
        (3, 0.0),
        (4, 2.5),
    ]


def test_a_model_that_is_chosen_is_asked_for(window, asked) -> None:
    window.handle_gesture(ModelRequest("mine.safetensors", NOW))
    ((path, at),) = asked
    assert (path.name, at) == ("mine.safetensors", NOW)


@pytest.mark.parametrize(
    "gesture",
    [
        KeyEvent(300, True, 0),
        HeldUnitsChange((HeldUnit(0, 0, float("nan")),), 0),
        HeldUnitsChange((HeldUnit(-1, 0, 1.0),), 0),
        ParameterChange("temperature", (float("nan"),), 0),
        ParameterChange("blend", (float("inf"), -1.0, 0.0), 0),
        ParameterChange("no knob", (), 0),
    ],
)
def test_a_gesture_out_of_bounds_is_dropped(window, key_input, asked, caplog, gesture) -> None:
    for _ in range(50):
        window.handle_gesture(gesture)
    assert key_input.drain() == asked == []
    assert len([one for one in caplog.records if one.levelname == "WARNING"]) < 3
    window.handle_gesture(KeyEvent(60, True, NOW))
    assert len(key_input.drain()) == 1
