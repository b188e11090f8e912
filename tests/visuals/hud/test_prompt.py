from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import (
    GhostAnswer,
    NoteCue,
    NoteRelease,
    NoteSource,
    Turn,
    TurnChange,
    VisitEndWarning,
)
from visuals.drawing.picture_layout import CLASSIC, PORTRAIT
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import GHOST_COLOUR, PICTURE_SIZE_PX
from visuals.drawing.typography import FAR_SCALE, Typesetter
from visuals.hud.prompt import (
    LIGHT_COUNT,
    RING_RADIUS_PX,
    VisitorPrompt,
    draw_countdown,
    prompt_key,
    remaining_share,
)
from visuals.timeline import Timeline
from visuals.words import languages, load_words

CENTRE = (80, 80)


def visitor(serial: int, due: int) -> NoteCue:
    activations = np.zeros((1, 6, 1), np.float32)
    ahead = np.zeros(88, np.float32)
    return NoteCue(serial, due, 0, 60, 80, NoteSource.VISITOR, 1.0, activations, ahead)


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


def lights(timeline: Timeline, time: int) -> int:
    """How many lights there are."""
    surface = pygame.Surface((160, 160), 0, 32)
    draw_countdown(surface, CENTRE, timeline, time)
    mask = pygame.mask.from_threshold(surface, (255, 255, 255), (215, 215, 215))
    return len(mask.connected_components())


@pytest.fixture
def warned() -> Timeline:
    timeline = Timeline()
    timeline.apply_message(VisitEndWarning(10 * SECOND, 16 * SECOND))
    return timeline


def test_without_a_warning_nothing_is_drawn() -> None:
    assert lights(Timeline(), 12 * SECOND) == 0


def test_lights_go_out_one_by_one_until_the_visit_ends(warned) -> None:
    counts = [lights(warned, round(at * SECOND)) for at in (9.9, 11, 13, 15, 15.9, 16)]
    assert counts[0] == counts[-1] == 0
    assert counts[1:5] == sorted(counts[1:5], reverse=True)
    assert counts[2] == LIGHT_COUNT // 2
    assert counts[4] <= 1


def test_they_go_out_when_somebody_plays(warned) -> None:
    warned.apply_message(VisitEndWarning(12 * SECOND, 0))
    assert lights(warned, 12 * SECOND - 1) > 0
    assert lights(warned, 12 * SECOND) == 0


def test_the_time_left_is_told_from_the_message_however_late_it_came(warned) -> None:
    warned.prune(14 * SECOND)
    left, age = remaining_share(warned, 13 * SECOND)
    assert (left, age) == (pytest.approx(0.5), pytest.approx(3.0))


def test_no_light_jumps_by_much_from_frame_to_frame(warned) -> None:
    surface = pygame.Surface((160, 160), 0, 32)
    before = None
    for frame in range(10 * 60, 16 * 60 + 2):
        surface.fill((0, 0, 0))
        draw_countdown(surface, CENTRE, warned, frame * SECOND // 60)
        now = pygame.transform.average_color(surface)[0]
        assert before is None or abs(now - before) <= 1
        before = now
    assert RING_RADIUS_PX < 60


@pytest.mark.parametrize("layout", [CLASSIC, PORTRAIT], ids=lambda layout: layout.name)
def test_the_ground_of_the_words_dims_neither_the_piano_nor_a_button(layout):
    pygame.font.init()
    surface = blank_surface(layout.size)
    surface.fill((200, 200, 200))
    typesetter = Typesetter(FAR_SCALE)
    prompt = VisitorPrompt(typesetter, load_words(), layout)
    prompt.draw(surface, layout.prompt_position, Timeline(), SECOND)
    green = pygame.surfarray.array_green(surface)
    x, y = layout.prompt_position
    assert green[x + 104 : x + 300, y : y + 60].min() < 60
    piano, (button_x, button_y) = layout.keyboard.rect, layout.lesson_button
    assert (green[:, piano.top :] == 200).all()
    assert (green[button_x - 22 : button_x + 23, button_y - 22 : button_y + 23] == 200).all()


@pytest.mark.parametrize("language", languages())
def test_the_words_that_invite_are_the_largest_and_inside_the_picture(language, monkeypatch):
    pygame.font.init()
    drawn: dict[str, tuple[int, float]] = {}
    draw = Typesetter.draw_text

    def note(self, surface, text, place, style, align="left"):
        width = draw(self, surface, text, place, style, align)
        drawn[text] = style.size, place[0] + width
        return width

    monkeypatch.setattr(Typesetter, "draw_text", note)
    words = load_words(language)
    prompt = VisitorPrompt(Typesetter(), words)
    prompt.draw(blank_surface(PICTURE_SIZE_PX), (1388, 606), Timeline(), 10 * SECOND)
    first, second = (drawn[words[f"prompt.attract{more}"]] for more in ("", "_more"))
    assert first[0] > 1.6 * FAR_SCALE.needed
    assert second[0] == FAR_SCALE.needed
    assert max(first[1], second[1]) <= PICTURE_SIZE_PX[0]


@pytest.mark.parametrize("language", languages())
def test_a_ghost_is_named_by_day_and_hour_and_only_while_it_plays(language, monkeypatch):
    pygame.font.init()
    timeline, written = Timeline(), []
    timeline.apply_message(TurnChange(0, Turn.ANSWER))
    timeline.apply_message(GhostAnswer(2 * SECOND, 6 * SECOND, 4, 15))
    typesetter, words = Typesetter(FAR_SCALE), load_words(language)

    def keep(surface, text, place, style, align="left"):
        written.append((text, style.colour, place[0] + typesetter.render(text, style).get_width()))

    monkeypatch.setattr(typesetter, "draw_text", keep)
    prompt, surface = VisitorPrompt(typesetter, words), blank_surface(PICTURE_SIZE_PX)
    for second in (1, 4, 7):
        prompt.draw(surface, (80, 842), timeline, second * SECOND)
    (before, *_), (during, colour, right), (after, *_) = written[::2]
    assert before == after == words["prompt.answer"]
    assert words["ghost.day_4"] in during and "15" in during
    assert colour == GHOST_COLOUR and right < PICTURE_SIZE_PX[0]
    assert words["ghost.answers"] in [text for text, *_ in written]
