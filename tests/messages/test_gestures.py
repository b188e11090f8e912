from __future__ import annotations

from typing import get_args

import pytest

from messages.gestures import (
    AnswerVote,
    ComparisonRequest,
    Gesture,
    HeldUnit,
    HeldUnitsChange,
    KeyEvent,
    LessonOpenChange,
    LessonPlayRequest,
    LessonSilenceRequest,
    LessonTone,
    ModelRequest,
    ParameterChange,
    PlayAloneRequest,
    QuitRequest,
)
from messages.wire_format import pack, unpack

GESTURES = (
    KeyEvent(60, True, 7),
    HeldUnitsChange((HeldUnit(1, 2, 0.5),), 7),
    ParameterChange("blend", (0.25, 0.75), 7),
    QuitRequest(7),
    LessonPlayRequest((LessonTone(60, 80, 5, 6), LessonTone(62, 81, 7, 8)), 7),
    LessonSilenceRequest(7),
    LessonOpenChange(True, 7),
    ModelRequest("model.safetensors", 7),
    PlayAloneRequest(90, 7),
    ComparisonRequest(1, 3, 7),
    AnswerVote(True, 7),
)


@pytest.mark.parametrize("gesture", GESTURES)
def test_a_gesture_survives_packing(gesture):
    assert unpack(pack(gesture)) == gesture


def test_every_kind_of_gesture_is_tested():
    assert {type(gesture) for gesture in GESTURES} == set(get_args(Gesture))
