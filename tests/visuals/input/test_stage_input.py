from __future__ import annotations

import numpy as np
import pygame
import pytest

from installation.io.control.control_messages import validate_control
from messages.clock import SECOND
from messages.gestures import (
    ComparisonRequest,
    HeldUnitsChange,
    KeyEvent,
    ParameterChange,
    QuitRequest,
)
from messages.wire_format import pack, unpack
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.input.key_bindings import PictureClick, SelectScene, StageCommand
from visuals.input.lesson_actions import LessonAction
from visuals.input.operator_lock import OperatorLock
from visuals.input.stage_input import POINTER_TIMEOUT_NS, StageInput
from visuals.input.touch_input import CARD_TIMEOUT_S
from visuals.timeline import Timeline
from visuals.widgets.hit_targets import UnitHitTargets
from visuals.widgets.piano_keyboard import PianoKeyboard

WINDOW = (960, 540)


class UnitScene:
    """A scene with one unit."""

    hit_targets = UnitHitTargets(np.array([(0, 7)]), np.array([(300.0, 300.0)]))

    def unit_at(self, x, y):
        return self.hit_targets.unit_at(x, y)

    def drag_steering_at(self, x, y):
        return None


class Target:
    """A stage with that scene."""

    scene, timeline, in_lesson, is_touring = UnitScene(), Timeline(), False, False


@pytest.fixture
def window(monkeypatch):
    """An input at a window, its target, the gestures it sent, and its piano."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.font.init()
    pygame.display.init()
    pygame.display.set_mode(WINDOW)
    pygame.event.clear()
    gestures: list = []
    target, keyboard = Target(), PianoKeyboard(Typesetter())
    yield StageInput(target, keyboard, gestures.append, lambda: 5), target, gestures, keyboard
    pygame.display.quit()


@pytest.fixture
def locked_input(window):
    """A locked input at the same window, and the gestures it sent."""
    _, target, gestures, keyboard = window
    lock = OperatorLock(lambda pin: False)
    return StageInput(target, keyboard, gestures.append, lambda: 5, operator_lock=lock), gestures


def post_key(name: str, down: bool = True) -> None:
    kind = pygame.KEYDOWN if down else pygame.KEYUP
    scancode = getattr(pygame, f"KSCAN_{name}")
    pygame.event.post(pygame.Event(kind, scancode=scancode, mod=0, key=0))


def post_mouse(place: tuple[float, float], down: bool = True) -> None:
    kind = pygame.MOUSEBUTTONDOWN if down else pygame.MOUSEBUTTONUP
    position = tuple(round(part / 2) for part in place)
    pygame.event.post(pygame.Event(kind, pos=position, button=1, touch=False))


def post_finger(place: tuple[float, float], number: int, down: bool = True) -> None:
    """A finger on a touch screen, with the click that SDL makes of the first one."""
    if number == 0:
        kind = pygame.MOUSEBUTTONDOWN if down else pygame.MOUSEBUTTONUP
        position = tuple(round(part / 2) for part in place)
        pygame.event.post(pygame.Event(kind, pos=position, button=1, touch=True))
    kind = pygame.FINGERDOWN if down else pygame.FINGERUP
    x, y = place[0] / PICTURE_SIZE_PX[0], place[1] / PICTURE_SIZE_PX[1]
    pygame.event.post(pygame.Event(kind, finger_id=number, x=x, y=y))


def test_a_piano_key_is_sent_by_a_poll(window):
    stage_input, _, gestures, _ = window
    post_key("A")
    post_key("A", down=False)
    stage_input.poll()
    assert gestures == [KeyEvent(60, True, 5), KeyEvent(60, False, 5)]


def test_the_staffs_key_ends_every_note(window):
    stage_input, _, gestures, _ = window
    post_key("PAUSE")
    stage_input.poll()
    assert gestures == [ParameterChange("silence", (), 5)]


def test_a_visitor_of_a_locked_piece_cannot_silence_it(locked_input):
    stage_input, gestures = locked_input
    post_key("PAUSE")
    post_key("PAUSE", down=False)
    post_key("A")
    stage_input.poll()
    assert gestures == [KeyEvent(60, True, 5)]


def test_a_command_waits_for_the_frame_and_later_keys_wait_behind_it(window):
    stage_input, target, gestures, _ = window
    post_key("TAB")
    post_key("PAGEDOWN")
    post_key("A")
    stage_input.poll()
    post_key("A", down=False)
    stage_input.poll()
    assert gestures == []
    commands = []
    for command in stage_input.read_commands():
        commands.append(command)
        target.in_lesson = True  # as the stage does
    assert commands == [StageCommand.TOGGLE_LESSONS, LessonAction.NEXT]
    assert gestures == [KeyEvent(60, True, 5), KeyEvent(60, False, 5)]


def test_escape_and_closing_the_window_ask_to_quit(window):
    stage_input, _, gestures, _ = window
    post_key("ESCAPE")
    pygame.event.post(pygame.Event(pygame.QUIT))
    stage_input.poll()
    assert gestures == [QuitRequest(5)] * 2


def test_what_is_held_as_the_window_loses_the_keyboard_is_released_once(window):
    stage_input, _, gestures, _ = window
    post_key("A")
    post_key("RIGHT")
    post_key("SPACE")
    for _ in range(2):
        pygame.event.post(pygame.Event(pygame.WINDOWFOCUSLOST))
    stage_input.poll()
    assert [type(gesture) for gesture in gestures] == [
        KeyEvent,
        HeldUnitsChange,
        KeyEvent,
        HeldUnitsChange,
    ]
    assert gestures[2] == KeyEvent(60, False, 5)
    assert stage_input.held_units == ()


def test_the_mouse_plays_the_piano_and_gives_no_command_there(window):
    stage_input, _, gestures, keyboard = window
    x, y = keyboard.key_rect(60).midbottom
    post_mouse((x, y - 6))
    post_mouse((x, y - 6), down=False)
    stage_input.poll()
    assert gestures == [KeyEvent(60, True, 5), KeyEvent(60, False, 5)]
    assert list(stage_input.read_commands()) == []


def test_a_click_elsewhere_is_a_command_at_a_point_of_the_picture(window):
    stage_input, _, gestures, _ = window
    post_mouse((1200, 300))
    assert list(stage_input.read_commands()) == [PictureClick(1200.0, 300.0)]
    assert gestures == []


def test_in_a_lesson_fingers_give_commands_only(window):
    stage_input, target, gestures, keyboard = window
    target.in_lesson = True
    x, y = keyboard.key_rect(60).midbottom
    post_mouse((x, y - 6))
    assert [type(command) for command in stage_input.read_commands()] == [PictureClick]
    assert gestures == []


def test_in_a_lesson_a_lifted_finger_or_arrow_is_told(window):
    stage_input, target, _, _ = window
    target.in_lesson = True
    for down in (True, False):
        post_mouse((1200, 300), down)
    for down in (True, False):
        post_key("DOWN", down)
    assert list(stage_input.read_commands())[1::2] == 2 * [StageCommand.RELEASE]


def test_a_button_of_a_lesson_that_is_held_is_released_with_the_last_finger(window):
    stage_input, target, _, _ = window
    target.in_lesson = True
    post_finger((1200, 300), 1)
    post_finger((960, 200), 2)
    post_key("DOWN")
    assert len(list(stage_input.read_commands())) == 3
    post_finger((960, 200), 2, down=False)
    post_key("DOWN", down=False)
    assert list(stage_input.read_commands()) == []
    post_finger((1200, 300), 1, down=False)
    assert list(stage_input.read_commands()) == [StageCommand.RELEASE]


def test_a_button_of_a_lesson_is_released_as_the_window_loses_the_keyboard(window):
    stage_input, target, _, _ = window
    target.in_lesson = True
    post_key("DOWN")
    list(stage_input.read_commands())
    pygame.event.post(pygame.Event(pygame.WINDOWFOCUSLOST))
    assert list(stage_input.read_commands()) == [StageCommand.RELEASE]


def test_the_release_of_a_commands_key_does_nothing(window):
    stage_input, _, gestures, _ = window
    post_key("2")
    post_key("2", down=False)
    assert list(stage_input.read_commands()) == [SelectScene(2)]
    assert gestures == []


def test_legends_follow_the_octave_until_the_visit_ends(window):
    stage_input, _, _, _ = window
    post_key("PAGEUP")
    stage_input.poll()
    assert stage_input.legends[72] == "A"
    stage_input.end_visit()
    assert stage_input.legends[60] == "A"


def test_without_a_window_no_event_is_read(window):
    _, target, _, keyboard = window
    gestures: list = []
    stage_input = StageInput(target, keyboard, gestures.append, lambda: 5, has_window=False)
    post_key("A")
    stage_input.poll()
    assert list(stage_input.read_commands()) == []
    assert gestures == []


@pytest.mark.parametrize("in_lesson", [False, True])
def test_the_pointer_shows_with_a_movement_and_hides_again_after_a_time_without(window, in_lesson):
    _, target, gestures, keyboard = window
    target.in_lesson, times = in_lesson, [0]
    stage_input = StageInput(target, keyboard, gestures.append, lambda: times[0])
    pygame.mouse.set_visible(False)
    for moved_at in (0, 2 * POINTER_TIMEOUT_NS):
        times[0] = moved_at
        pygame.event.post(pygame.Event(pygame.MOUSEMOTION, pos=(9, 9), rel=(1, 0), touch=False))
        seen = []
        for age in (0, POINTER_TIMEOUT_NS - 1, POINTER_TIMEOUT_NS):
            times[0] = moved_at + age
            list(stage_input.read_commands())
            seen.append(pygame.mouse.get_visible())
        assert seen == [True, True, False]


def test_pause_ends_every_note(window):
    stage_input, _, gestures, _ = window
    post_key("PAUSE")
    stage_input.poll()
    (request,) = gestures
    assert unpack(pack(request)) == request
    assert validate_control(request.name, request.values, request.at).name == "silence"


def test_a_unit_that_is_still_held_is_let_go_with_the_visit(window):
    stage_input, _, gestures, _ = window
    post_key("RIGHT")
    post_key("SPACE")
    stage_input.poll()
    stage_input.end_visit()
    assert [len(gesture.held_units) for gesture in gestures] == [1, 0]


def test_the_card_closes_and_its_unit_is_let_go_when_another_network_comes(window):
    stage_input, _, gestures, _ = window
    post_mouse((300, 300))
    stage_input.poll()
    assert stage_input.current_inspection().unit == (0, 7)
    stage_input.card_rect = pygame.Rect(40, 150, 500, 196)
    stage_input.leave_network()
    assert stage_input.current_inspection() is None
    post_mouse((300, 300), down=False)
    post_mouse((60, 160))
    list(stage_input.read_commands())
    assert not any(isinstance(gesture, ComparisonRequest) for gesture in gestures)


def test_a_finger_on_the_piano_is_lifted_as_a_lesson_opens(window):
    stage_input, target, gestures, keyboard = window
    x, y = keyboard.key_rect(60).midbottom
    post_mouse((x, y - 6))
    stage_input.poll()
    target.in_lesson = True
    list(stage_input.read_commands())
    assert gestures == [KeyEvent(60, True, 5), KeyEvent(60, False, 5)]


def test_a_unit_that_is_held_is_let_go_as_a_command_opens_a_lesson(window):
    stage_input, target, gestures, _ = window
    post_key("RIGHT")
    post_key("SPACE")
    post_key("TAB")
    for _ in stage_input.read_commands():
        target.in_lesson = True  # as the stage does
    assert [len(gesture.held_units) for gesture in gestures] == [1, 0]


def test_an_arrow_that_is_lifted_in_a_lesson_repeats_no_more(window):
    _, target, gestures, keyboard = window
    times = [0]
    stage_input = StageInput(target, keyboard, gestures.append, lambda: times[0])
    post_key("RIGHT")
    list(stage_input.read_commands())
    target.in_lesson = True
    list(stage_input.read_commands())
    post_key("RIGHT", down=False)
    list(stage_input.read_commands())
    target.in_lesson = False
    times[0] = round((CARD_TIMEOUT_S + 1) * SECOND)
    list(stage_input.read_commands())
    assert stage_input.current_inspection() is None  # a repeat would keep its card


@pytest.mark.parametrize("number", [0, 2])
@pytest.mark.parametrize("in_lesson", [False, True])
def test_any_finger_clicks_once_while_another_rests_on_the_screen(window, number, in_lesson):
    stage_input, target, _, _ = window
    post_finger((960, 200), 1)
    list(stage_input.read_commands())
    target.in_lesson = in_lesson
    post_finger((1200, 300), number)
    post_finger((1200, 300), number, down=False)
    click, *released = stage_input.read_commands()
    assert (click.x, click.y) == pytest.approx((1200, 300))
    assert released == in_lesson * [StageCommand.RELEASE]


def test_in_the_tour_a_finger_beside_the_piano_touches_no_cell_that_is_elsewhere(window):
    stage_input, target, gestures, keyboard = window
    target.is_touring = True
    post_mouse((300, 300))
    assert list(stage_input.read_commands()) == [PictureClick(300.0, 300.0)]
    assert stage_input.current_inspection() is None
    post_mouse((300, 300), down=False)
    x, y = keyboard.key_rect(60).midbottom
    post_mouse((x, y - 6))
    post_mouse((x, y - 6), down=False)
    assert list(stage_input.read_commands()) == []
    assert gestures == [KeyEvent(60, True, 5), KeyEvent(60, False, 5)]


def test_events_of_a_window_that_is_lost_are_read_at_its_last_size(window, monkeypatch):
    stage_input, _, _, _ = window
    post_mouse((900, 300))
    list(stage_input.read_commands())

    def find_none() -> tuple[int, int]:
        raise pygame.error("No open window")

    monkeypatch.setattr(pygame.display, "get_window_size", find_none)
    pygame.event.post(pygame.Event(pygame.AUDIODEVICEADDED))
    post_mouse((1200, 300))
    assert list(stage_input.read_commands()) == [PictureClick(1200.0, 300.0)]


def test_a_pointer_that_was_shown_as_the_window_was_lost_may_be_hidden(window):
    _, target, gestures, keyboard = window
    times = [0]
    stage_input = StageInput(target, keyboard, gestures.append, lambda: times[0])
    pygame.event.post(pygame.Event(pygame.MOUSEMOTION, pos=(9, 9), rel=(1, 0), touch=False))
    list(stage_input.read_commands())
    pygame.display.quit()
    times[0] = POINTER_TIMEOUT_NS
    assert list(stage_input.read_commands()) == []
