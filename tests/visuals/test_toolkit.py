from __future__ import annotations

import numpy as np
import pygame
import pytest
from hypothesis import given
from hypothesis import strategies as st

from messages.cues import NoteCue, NoteRelease, NoteSource, Turn, TurnChange
from visuals.drawing.bloom import DOWNSCALE_FACTOR, Bloom
from visuals.drawing.canvas import Canvas
from visuals.drawing.sprites import blank_surface, glow_atlas, ring_atlas
from visuals.drawing.theme import FIFTHS, FIFTHS_POSITION, PITCH_COLOURS, mix, parse_colour, shade
from visuals.drawing.typography import TextStyle, Typesetter
from visuals.hud.prompt import prompt_key
from visuals.timeline import SECOND, Timeline
from visuals.widgets.piano_roll import PianoRoll


@pytest.fixture(scope="module")
def type() -> Typesetter:
    pygame.font.init()
    return Typesetter()


def light(surface: pygame.Surface) -> np.ndarray:
    return pygame.surfarray.array3d(surface).astype(int).sum(axis=2)


def visitor(serial: int, due: int) -> NoteCue:
    activations = np.zeros((1, 6, 1), np.float32)
    ahead = np.zeros(88, np.float32)
    return NoteCue(serial, due, 0, 60, 80, NoteSource.VISITOR, 1.0, activations, ahead)


def test_circle_of_fifths_goes_by_sevens():
    assert all((b - a) % 12 == 7 for a, b in zip(FIFTHS, FIFTHS[1:], strict=False))
    assert [FIFTHS_POSITION[tone] for tone in FIFTHS] == list(range(12))


def test_no_tone_is_saturated_red_and_all_differ():
    assert len(set(PITCH_COLOURS)) == 12
    assert all(green + blue > 0.6 * red for red, green, blue in PITCH_COLOURS)


@given(st.floats(-2, 5))
def test_shade_stays_in_range(level):
    assert all(0 <= part <= 255 for part in shade((10, 128, 255), level))


def test_mix_goes_from_one_to_the_other():
    assert mix((0, 10, 20), (100, 110, 120), 0.0) == (0, 10, 20)
    assert mix((0, 10, 20), (100, 110, 120), 1.0) == (100, 110, 120)


def test_colour_needs_six_digits():
    with pytest.raises(ValueError, match="six"):
        parse_colour("fff")


def test_text_is_rendered_once(type):
    style = TextStyle(20)
    assert type.render("waves", style) is type.render("waves", style)


def test_tracking_widens(type):
    wide, narrow = (type.render("abc", TextStyle(20, tracking=t)).get_width() for t in (10, 0))
    assert wide - narrow == 20


def test_sharp_and_flat_are_drawn_beside_the_letter(type):
    widths = []
    for name in ("F", "F#", "Eb"):
        surface = blank_surface((200, 100))
        type.draw_note_name(surface, name, (10, 10), TextStyle(60))
        widths.append(np.flatnonzero(light(surface).any(axis=1)).max())
    assert widths[1] > widths[0] + 10
    assert widths[2] > widths[0] + 10


def test_sprites_are_brighter_by_level_and_made_once():
    atlas = glow_atlas(20, core=4)
    totals = [int(light(atlas.sprite(0, level)).sum()) for level in (0, 0.25, 0.5, 1)]
    assert totals == sorted(totals)
    assert totals[0] == 0 < totals[1]
    assert atlas.sprite(3, 0.5) is atlas.sprite(3, 0.51)


def test_placed_sprite_is_centred():
    surface = blank_surface((100, 80))
    surface.fblits([ring_atlas(10).sprite_centred_at(0, 1.0, 50, 40)], pygame.BLEND_RGB_ADD)
    weights = light(surface)
    x = weights.sum(axis=1) @ (np.arange(100) + 0.5) / weights.sum()
    y = weights.sum(axis=0) @ (np.arange(80) + 0.5) / weights.sum()
    assert (x, y) == pytest.approx((50, 40), abs=0.1)


def test_bloom_spreads_light_without_moving_it():
    bloom = Bloom((640, 480))
    bloom.layer.fill((255, 255, 255), (78, 58, 4, 4))
    surface = blank_surface((640, 480))
    bloom.add_to(surface)
    weights = light(surface)
    assert (weights > 0).sum() > (4 * DOWNSCALE_FACTOR) ** 2
    x = weights.sum(axis=1) @ (np.arange(640) + 0.5) / weights.sum()
    y = weights.sum(axis=0) @ (np.arange(480) + 0.5) / weights.sum()
    assert (x, y) == pytest.approx((320, 240), abs=1.0)


def test_bloom_fades_to_black():
    bloom = Bloom((64, 64))
    bloom.layer.fill((255, 255, 255))
    for _ in range(40):
        bloom.fade()
    assert light(bloom.layer).max() == 0


def test_canvas_keeps_gradients_finer_than_a_grey_level():
    canvas = Canvas((200, 200))
    canvas.light += 10.5
    values = pygame.surfarray.array_red(canvas.to_surface())
    assert values.mean() == pytest.approx(10.5, abs=0.1)
    assert len(np.unique(values)) > 1


def test_canvas_strokes_add_up():
    canvas = Canvas((40, 40))
    for _ in range(2):
        canvas.draw_line([(0, 20), (40, 20)], (50, 50, 50), 4)
        canvas.flatten_strokes()
    assert canvas.light[20, 20].tolist() == [100, 100, 100]


def test_ribbon_moves_to_the_right_and_higher_is_up():
    ribbon = PianoRoll(pygame.Rect(100, 100, 800, 100), now=700, speed=200)
    assert ribbon.x(5 * SECOND, 5 * SECOND) == 700
    assert ribbon.x(6 * SECOND, 5 * SECOND) == 500
    assert ribbon.y(72) < ribbon.y(60)


def test_ribbon_outlines_a_visitors_note_and_fills_the_networks():
    ribbon = PianoRoll(pygame.Rect(0, 0, 800, 100), now=400, speed=200, thickness=8)
    middles = []
    for source in NoteSource:
        timeline, surface = Timeline(), blank_surface((800, 100))
        made = visitor(0, SECOND)
        duration = 0 if source is NoteSource.VISITOR else SECOND
        timeline.apply_message(
            NoteCue(
                0,
                SECOND,
                duration,
                60,
                80,
                source,
                1.0,
                made.activations,
                made.next_key_probabilities,
            )
        )
        timeline.apply_message(NoteRelease(0, 2 * SECOND))
        ribbon.draw(surface, timeline, 3 * SECOND)
        middles.append(light(surface)[700, round(ribbon.y(60))])
    assert middles[0] == 0 < middles[1]


@pytest.mark.parametrize("source", list(NoteSource))
def test_ribbon_shows_a_surprising_note_with_a_higher_stem(source):
    ribbon = PianoRoll(pygame.Rect(0, 0, 800, 120), now=400, speed=200, thickness=8)
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
        ribbon.draw(surface, timeline, 2 * SECOND)
        column = round(ribbon.x(SECOND, 2 * SECOND)) - 2
        heights.append(light(surface)[column, : round(ribbon.y(60)) - 4].astype(bool).sum())
    assert heights[0] < heights[1] < heights[2]


@pytest.mark.parametrize(
    ("turn", "played_at", "key"),
    [
        (Turn.ATTRACT, None, "attract"),
        (Turn.LISTEN, None, "your_turn"),
        (Turn.LISTEN, 9.5, "listen"),
        (Turn.LISTEN, 5.0, "your_turn"),
        (Turn.ANSWER, 9.5, "answer"),
        (Turn.FAREWELL, None, "farewell"),
    ],
)
def test_prompt_says_what_to_do(turn, played_at, key):
    timeline = Timeline()
    timeline.apply_message(TurnChange(0, turn))
    if played_at is not None:
        due = round(played_at * SECOND)
        timeline.apply_message(visitor(0, due))
        timeline.apply_message(NoteRelease(0, due + SECOND // 4))
    assert prompt_key(timeline, 10 * SECOND) == key
