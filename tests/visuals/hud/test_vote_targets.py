from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import NoteCue, NoteSource, Turn, TurnChange
from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import type_scale
from visuals.hud.overlay import tour_button_rect
from visuals.hud.vote_targets import OFFER_NS, THANKS_NS, VoteTargets, target_rects
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import create_resources
from visuals.scenes import scene_types
from visuals.scenes.blend.blend_space import lay_out_blend
from visuals.scenes.blend.scene import BlendScene
from visuals.scenes.days.scene import DaysScene
from visuals.timeline import Timeline
from visuals.words import languages

OVER = 10 * SECOND  # end of the answer


@pytest.fixture(scope="module", autouse=True)
def fonts() -> None:
    pygame.font.init()


@pytest.fixture(scope="module")
def scene() -> DaysScene:
    return DaysScene(NetworkSummary.dummy(1, 8), create_resources("en", type_scale("room")))


@pytest.fixture
def votes(scene) -> VoteTargets:
    return VoteTargets(scene.resources)


@pytest.fixture
def timeline() -> Timeline:
    """An answer that has ended."""
    made = Timeline()
    made.apply_message(TurnChange(5 * SECOND, Turn.ANSWER))
    made.apply_message(TurnChange(OVER, Turn.LISTEN))
    return made


def light(votes, scene, timeline, time) -> int:
    surface = blank_surface(PICTURE_SIZE_PX)
    votes.draw(surface, scene, timeline, time)
    return int(pygame.surfarray.array3d(surface).astype(int).sum())


@pytest.mark.parametrize("is_liked", [True, False])
def test_an_answer_gets_one_vote(votes, scene, timeline, is_liked):
    place = target_rects(scene)[is_liked].center
    assert light(votes, scene, timeline, OVER + 1) > 0
    assert votes.touch(*place, scene, timeline, OVER + SECOND) is is_liked
    assert votes.touch(*place, scene, timeline, OVER + SECOND) is None
    assert light(votes, scene, timeline, OVER + SECOND + THANKS_NS + 1) == 0


def test_beside_the_targets_and_at_other_times_there_is_no_vote(votes, scene, timeline):
    liked = target_rects(scene)[True].center
    assert votes.touch(5, 5, scene, timeline, OVER + 1) is None
    for time in (6 * SECOND, OVER + OFFER_NS):
        assert votes.touch(*liked, scene, timeline, time) is None
        assert light(votes, scene, timeline, time) == 0


def test_who_plays_on_is_not_asked(votes, scene, timeline):
    nothing = np.zeros((1, 6, 8), np.float32), np.zeros(88, np.float32)
    timeline.apply_message(NoteCue(0, OVER + 9, 9, 60, 80, NoteSource.VISITOR, 1.0, *nothing))
    assert light(votes, scene, timeline, OVER + SECOND) == 0


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("language", languages())
def test_targets_are_large_and_their_words_fit(layout, language, timeline, monkeypatch):
    resources = create_resources(language, type_scale("room"), layout=layout)
    scene, widths = DaysScene(NetworkSummary.dummy(1, 8), resources), []
    typesetter = resources.typesetter
    monkeypatch.setattr(
        typesetter,
        "draw_text",
        lambda surface, text, place, style, align: widths.append(
            typesetter.render(text, style).get_width()
        ),
    )
    VoteTargets(resources).draw(blank_surface(layout.size), scene, timeline, OVER + 1)
    rects = target_rects(scene).values()
    assert len(widths) == 2 and max(widths) < min(rect.width for rect in rects)
    for rect in rects:
        assert rect.width >= 300 and rect.height >= 70
        assert pygame.Rect((0, 0), layout.size).contains(rect)
        assert not rect.colliderect(tour_button_rect(layout))
        assert abs(rect.centerx - layout.lesson_button[0]) > rect.width / 2 + 36


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("scene_type", scene_types(), ids=lambda scene: scene.name)
@pytest.mark.parametrize("language", languages())
def test_targets_lie_over_no_text_of_a_scene(scene_type, layout, language, monkeypatch):
    pygame.font.init()
    resources = create_resources(language, type_scale("room"), layout=layout)
    written: list[tuple[str, pygame.Rect]] = []

    def note(surface, name, place, style, align="left"):
        width = resources.typesetter.render(name, style).get_width()
        left = place[0] - (width / 2 if align == "centre" else width if align == "right" else 0)
        if surface.get_size() == layout.size:
            written.append((name, pygame.Rect(left, place[1] + 5, width, style.size)))
        return width

    monkeypatch.setattr(resources.typesetter, "draw_note_name", note)
    monkeypatch.setattr(resources.typesetter, "draw_text", note)
    shown = scene_type(NetworkSummary.dummy(2, 32), resources)
    for target in target_rects(shown).values():
        assert [(name, rect) for name, rect in written if target.colliderect(rect)] == []


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("count", [2, 3, 4])
def test_targets_cover_no_pole_of_a_blend(layout, count):
    networks = tuple(NetworkSummary.dummy(1, 8) for _ in range(count))
    resources = create_resources("en", type_scale("room"), layout=layout, networks=networks)
    scene, space = BlendScene(networks[0], resources), lay_out_blend(count, layout)
    for rect in target_rects(scene).values():
        for x, y in space.pole_centres.tolist():
            nearest = np.clip((x, y), rect.topleft, rect.bottomright)
            assert np.hypot(*(nearest - (x, y))) >= space.pole_radius
