"""The piano on the screen: where its keys lie, what fingers play, and what lights up."""

from __future__ import annotations

import math

import numpy as np
import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.cues import KEY_COUNT
from visuals.drawing.picture_layout import LANDSCAPE, LAYOUTS, KeyboardPlace, fit_keyboard
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import EDGE_COLOUR, PICTURE_SIZE_PX
from visuals.drawing.typography import VIEWING_DISTANCES, Typesetter
from visuals.scene_cache import count_bytes
from visuals.widgets.piano_keyboard import INVITATION_S, INVITING_PITCHES, PianoKeyboard, is_white

FINGERTIP = 15 / 708 * PICTURE_SIZE_PX[0]


PLAYABLE_PITCHES = LANDSCAPE.keyboard.playable_pitches
PLAYABLE = range(PLAYABLE_PITCHES[0], PLAYABLE_PITCHES[1] + 1)


@pytest.fixture(scope="module")
def type() -> Typesetter:
    pygame.font.init()
    return Typesetter()


@pytest.fixture(scope="module")
def keyboard(type) -> PianoKeyboard:
    return PianoKeyboard(type)


def light(surface: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(surface).astype(int).sum(axis=2)


def test_played_keys_lie_in_a_row_between_narrow_ones(keyboard):
    white = [keyboard.key_rect(pitch) for pitch in PLAYABLE if is_white(pitch)]
    below = [keyboard.key_rect(pitch) for pitch in range(21, PLAYABLE_PITCHES[0])]
    above = [keyboard.key_rect(pitch) for pitch in range(PLAYABLE_PITCHES[1] + 1, 109)]
    row = [*below, *white, *above]
    assert all(a.right == b.left for a, b in zip(row, row[1:], strict=False))
    assert (row[0].left, row[-1].right) == (keyboard.rect.left, keyboard.rect.right)
    assert len(below) + len(PLAYABLE) + len(above) == KEY_COUNT


@pytest.mark.parametrize("pitch", PLAYABLE)
def test_every_key_is_as_wide_and_as_high_as_a_fingertip(keyboard, pitch):
    x = keyboard.key_rect(pitch).centerx
    columns = [y for y in range(PICTURE_SIZE_PX[1]) if keyboard.pitch_at(x, y) == pitch]
    assert len(columns) >= FINGERTIP
    y = columns[len(columns) // 2]
    row = [x for x in range(PICTURE_SIZE_PX[0]) if keyboard.pitch_at(x, y) == pitch]
    assert len(row) >= FINGERTIP
    assert row[-1] - row[0] == len(row) - 1


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_white_keys_for_fingers_are_as_wide_as_a_fingertip_in_every_layout(type, layout):
    keyboard = PianoKeyboard(type, layout.keyboard)
    low, high = layout.keyboard.playable_pitches
    widths = [keyboard.key_rect(p).width for p in range(low, high + 1) if is_white(p)]
    assert min(widths) >= FINGERTIP
    assert pygame.Rect((0, 0), layout.size).contains(keyboard.rect)
    assert keyboard.key_rect(108).right == keyboard.rect.right


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("preset", VIEWING_DISTANCES)
def test_every_key_is_15_mm_wide_and_high_for_a_finger_on_the_screen_of_each_preset(
    type, layout, preset
):
    inches, _ = VIEWING_DISTANCES[preset]
    fingertip = 15 * math.hypot(*layout.size) / (25.4 * inches)
    keyboard = PianoKeyboard(type, fit_keyboard(layout, inches))
    low, high = keyboard.place.playable_pitches
    for pitch in range(low, high + 1):
        near = keyboard.key_rect(pitch).inflate(120, 120).clip((0, 0), layout.size)
        x = keyboard.key_rect(pitch).centerx
        column = [y for y in range(near.top, near.bottom) if keyboard.pitch_at(x, y) == pitch]
        assert len(column) >= math.floor(fingertip)
        y = column[-1] if is_white(pitch) else column[0]
        row = [x for x in range(near.left, near.right) if keyboard.pitch_at(x, y) == pitch]
        assert len(row) >= math.floor(fingertip)
        assert row[-1] - row[0] == len(row) - 1


@given(st.floats(-10, PICTURE_SIZE_PX[0] + 10), st.floats(-10, PICTURE_SIZE_PX[1] + 10))
def test_a_finger_plays_a_key_it_is_near_or_none(x, y):
    pygame.font.init()
    keyboard = PianoKeyboard(Typesetter())
    pitch = keyboard.pitch_at(x, y)
    if pitch is None:
        lowest, highest = (keyboard.key_rect(each) for each in PLAYABLE_PITCHES)
        above_or_beside = y < keyboard.rect.top or not lowest.left <= x < highest.right
        assert above_or_beside or y >= PICTURE_SIZE_PX[1]
    else:
        assert pitch in PLAYABLE
        assert abs(keyboard.key_rect(pitch).centerx - x) <= FINGERTIP


@pytest.mark.parametrize("pitch", [21, 60, 61, 108])
def test_only_the_lit_key_gets_brighter(type, pitch):
    keyboard = PianoKeyboard(type, KeyboardPlace(pygame.Rect(0, 100, 1760, 72)))
    dark, lit = blank_surface((1760, 180)), blank_surface((1760, 180))
    for surface in (dark, lit):
        keyboard.draw_static(surface)
    lights = np.zeros(88)
    lights[pitch - 21] = 1.0
    keyboard.draw(lit, lights, np.zeros(88))
    gain = light(lit) - light(dark)
    key = keyboard.key_rect(pitch).inflate(-6, -6)
    assert gain[key.left : key.right, key.bottom - 6 : key.bottom].mean() > 200
    far = abs(np.arange(1760) - key.centerx) > 90
    assert gain[far].max() == 0


def test_embers_stand_over_what_is_expected(type):
    keyboard = PianoKeyboard(type, KeyboardPlace(pygame.Rect(0, 100, 1760, 72)))
    surface = blank_surface((1760, 180))
    ahead = np.zeros(88)
    ahead[30], ahead[50] = 0.6, 0.05
    keyboard.draw(surface, np.zeros(88), ahead)
    heights = [
        light(surface)[keyboard.key_rect(21 + k).centerx, :95].astype(bool).sum() for k in (30, 50)
    ]
    assert heights[0] > heights[1] > 0
    assert not light(surface)[keyboard.key_rect(61).centerx, :95].any()


def test_key_a_visitor_holds_has_an_outline_in_ink(type):
    keyboard = PianoKeyboard(type, KeyboardPlace(pygame.Rect(0, 100, 1760, 72)))
    lights, pictures = np.zeros(88), []
    lights[60 - 21] = 1.0
    for held in (np.zeros(88), lights):
        surface = blank_surface((1760, 180))
        keyboard.draw(surface, lights, np.zeros(88), held)
        pictures.append(light(surface))
    key = keyboard.key_rect(60)
    edge, middle = (key.centerx, key.bottom - 1), (key.centerx, key.bottom - 12)
    assert pictures[1][edge] > pictures[0][edge] + 100
    assert pictures[1][middle] == pictures[0][middle]


def centre_of(light: np.ndarray) -> tuple[float, float]:
    x, y = np.indices(light.shape)
    return float((x * light).sum() / light.sum()), float((y * light).sum() / light.sum())


def test_other_legends_are_written_anew():
    pygame.font.init()
    keyboard = PianoKeyboard(Typesetter())
    seen = []
    for legends in ({60: "A"}, {72: "A"}, {72: "A"}):
        picture = blank_surface(PICTURE_SIZE_PX)
        keyboard.draw_legends(picture, legends, 1.0)
        seen.append(light(picture))
    assert centre_of(seen[0])[0] == pytest.approx(keyboard.key_rect(60).centerx, abs=3)
    assert centre_of(seen[1])[0] == pytest.approx(keyboard.key_rect(72).centerx, abs=3)
    assert np.array_equal(seen[1], seen[2])


def test_the_outline_of_playable_keys_stands_out_from_black_as_shapes_must(keyboard):
    surface = blank_surface(PICTURE_SIZE_PX)
    keyboard.draw_static(surface)
    for pitch in PLAYABLE:
        rect = keyboard.key_rect(pitch)
        assert surface.get_at((rect.centerx, rect.bottom - 1))[:3] == EDGE_COLOUR
    parts = np.array(EDGE_COLOUR) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    assert (linear @ (0.2126, 0.7152, 0.0722) + 0.05) / 0.05 >= 3.0


def test_three_keys_invite_in_turn_and_all_stay_lit_without_motion(keyboard):
    def lit(seconds: float, steady: bool) -> list[bool]:
        surface = blank_surface(PICTURE_SIZE_PX)
        keyboard.draw_invitation(surface, seconds, steady)
        rects = [keyboard.key_rect(pitch) for pitch in INVITING_PITCHES]
        return [max(surface.get_at((r.centerx, r.bottom - 2))[:3]) > 90 for r in rects]

    for place in range(3):
        assert lit((place + 0.5) * INVITATION_S, False) == [k == place for k in range(3)]
    assert lit(0.0, True) == [True] * 3


def test_the_frame_of_an_inviting_key_does_not_cut_the_black_keys_over_it(keyboard):
    resting, inviting = (blank_surface(PICTURE_SIZE_PX) for _ in range(2))
    legends = {pitch: "W" for pitch in PLAYABLE}
    for surface in (resting, inviting):
        keyboard.draw_static(surface)
        keyboard.draw_legends(surface, legends, 1.0)
    keyboard.draw_invitation(inviting, 0.0, steady=True)
    gain = [pygame.surfarray.array3d(surface).astype(int) for surface in (resting, inviting)]
    gain = (gain[1] - gain[0]).max(axis=2)
    for pitch in INVITING_PITCHES:
        white = keyboard.key_rect(pitch)
        assert gain[white.centerx, white.bottom - 2] > 60  # the frame
        for beside in (pitch - 1, pitch + 1):
            if not is_white(beside):
                key = keyboard.key_rect(beside)
                inside = gain[key.left : key.right, key.top : key.bottom]
                assert inside.min() >= 0  # the legend is there
                assert inside[:, :12].max() < 60  # and no frame


def luminance(colours: np.ndarray) -> np.ndarray:
    parts = np.asarray(colours) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


@pytest.mark.parametrize("level", [0.0, 0.2, 0.4, 0.7, 1.0])
def test_legends_can_be_read_on_keys_of_any_light(keyboard, level):
    legends = {pitch: "W" for pitch in range(48, 84)}
    surface = blank_surface(PICTURE_SIZE_PX)
    keyboard.draw_static(surface)
    keyboard.draw(surface, np.full(88, level), np.zeros(88))
    keyboard.draw_legends(surface, legends, 1.0)
    for pitch in legends:
        key = keyboard.key_rect(pitch)
        letter = pygame.Rect(0, 0, 18, 22)
        letter.midbottom = key.centerx, key.bottom - 9
        seen = luminance(pygame.surfarray.array3d(surface.subsurface(letter)).reshape(-1, 3))
        text, behind = np.percentile(seen, (95, 20))
        assert (text + 0.05) / (behind + 0.05) >= 4.5


def test_a_lit_key_is_bright_above_its_legend(keyboard):
    pictures = []
    for legends in ({}, {60: "A"}):
        surface = blank_surface(PICTURE_SIZE_PX)
        keyboard.draw_static(surface)
        keyboard.draw(surface, np.ones(88), np.zeros(88))
        keyboard.draw_legends(surface, legends, 1.0)
        pictures.append(light(surface))
    key = keyboard.key_rect(60)
    above = np.s_[key.left : key.right, key.top : key.bottom - 40]
    assert np.array_equal(pictures[0][above], pictures[1][above])


def test_white_keys_that_can_be_played_stand_out_while_they_invite(keyboard):
    surface = blank_surface(PICTURE_SIZE_PX)
    keyboard.draw_static(surface)
    resting = pygame.surfarray.array3d(surface)
    keyboard.draw_playable_light(surface, 1.0)
    lit = pygame.surfarray.array3d(surface)
    for pitch in range(21, 109):
        key = keyboard.key_rect(pitch)
        place = key.centerx, key.bottom - 8
        if pitch in PLAYABLE and is_white(pitch):
            assert (luminance(lit[place]) + 0.05) / 0.05 >= 1.7
        else:
            assert np.array_equal(lit[place], resting[place])


def test_the_light_of_playable_keys_grows_with_its_level(keyboard):
    lights = []
    for level in np.linspace(0, 1, 9):
        surface = blank_surface(PICTURE_SIZE_PX)
        keyboard.draw_playable_light(surface, level)
        lights.append(int(light(surface).sum()))
    assert lights[0] == 0
    assert lights == sorted(lights) and len(set(lights)) == 9


def test_only_the_light_drawn_last_is_kept(keyboard):
    surface = blank_surface(PICTURE_SIZE_PX)
    keyboard.draw_playable_light(surface, 0.5)
    held = count_bytes(keyboard)
    for level in np.linspace(0, 1, 9):
        keyboard.draw_playable_light(surface, level)
    assert count_bytes(keyboard) == held
