from __future__ import annotations

from dataclasses import replace

import numpy as np
import pygame
import pytest

from messages.cues import NoteSource
from messages.training import TrainingStatus
from midi_data.notes import Note
from rnn.model.model_card import ComparedAnswers, GenerationMark
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import VIEWING_DISTANCES, type_scale
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import create_resources
from visuals.scenes.base.cortex_layout import lay_out_cortex
from visuals.scenes.days.growth_rings import place_in_heartwood
from visuals.scenes.days.scene import DaysScene
from visuals.words import languages

NEW = NetworkSummary.dummy(2, 40)
MOVED = np.zeros((2, 40), np.float32)
MOVED[1, 7] = 0.5
MARKS = (GenerationMark(1, True, 200), GenerationMark(2, False, 250), GenerationMark(3, True, 300))
TAUGHT = replace(NEW, lineage=MARKS, moved=MOVED)

CENTRE_PX = DaysScene.glow_rect.center


def places() -> dict[tuple[int, int], tuple[int, int]]:
    """Pixel of each cell, by its layer and number."""
    cortex, centre = lay_out_cortex(TAUGHT, CENTRE_PX), np.array(CENTRE_PX)
    pixels = place_in_heartwood(cortex.position, cortex, centre).round().astype(int)
    cells = zip(cortex.layer.tolist(), cortex.unit.tolist(), strict=True)
    return dict(zip(cells, map(tuple, pixels.tolist()), strict=True))


@pytest.fixture(autouse=True)
def fonts() -> None:
    pygame.font.init()


def written(network, monkeypatch, language="en", distance="room", draw=None) -> list[str]:
    resources, texts = create_resources(language, type_scale(distance)), []
    draw_text = resources.typesetter.draw_text

    def record(surface, text, *arguments):
        texts.append(text)
        return draw_text(surface, text, *arguments)

    monkeypatch.setattr(resources.typesetter, "draw_text", record)
    scene = DaysScene(network, resources)
    if draw is not None:
        draw(scene, [], 1.0)
    return texts


def test_before_the_first_generation_it_says_that_the_doors_have_only_opened(monkeypatch):
    texts = written(NEW, monkeypatch)
    assert "not taught by visitors yet" in texts
    assert not any("generation" in text for text in texts)


def test_the_generation_that_plays_is_named_and_those_set_aside_are_counted(monkeypatch):
    texts = written(TAUGHT, monkeypatch)
    for text in ("generation 3 plays", "taught by 300 duets", "2 have played", "1 set aside"):
        assert text in texts


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", ["taught by 1 duet", "1 has played", "1 set aside"]),
        ("ca", ["apresa d'1 duet", "1 ha tocat", "1 descartada"]),
        ("es", ["aprendida de 1 dueto", "1 ha tocado", "1 descartada"]),
    ],
)
def test_one_is_told_in_the_singular(monkeypatch, language, told):
    marks = (GenerationMark(1, True, 1), GenerationMark(2, False, 250))
    assert written(replace(TAUGHT, lineage=marks), monkeypatch, language)[-3:] == told


def test_a_cell_whose_weights_moved_is_brighter(resources, draw):
    picture = draw(DaysScene(TAUGHT, resources), [], 1.0).astype(float)
    light = {cell: picture[x - 2 : x + 3, y - 2 : y + 3].sum() for cell, (x, y) in places().items()}
    assert max(light, key=light.get) == (1, 7)


def test_the_last_ring_lights_with_the_keys(resources, draw, make_cue):
    scene = DaysScene(TAUGHT, resources)
    band = slice(int(CENTRE_PX[0]) + 250, int(CENTRE_PX[0]) + 400), slice(380, 580)
    dark, lit = (
        draw(scene, messages, 2.1)[band].astype(int).sum()
        for messages in ([], [make_cue(due_s=2.0, network=TAUGHT)])
    )
    assert lit > dark


def test_a_thread_leads_from_the_generation_to_the_key_that_sounds(resources, draw, make_cue):
    scene, between = DaysScene(TAUGHT, resources), slice(880, 960)
    silent, sounding = (
        draw(scene, messages, 2.1)[:, between].astype(int)
        for messages in ([], [make_cue(due_s=2.0, network=TAUGHT)])
    )
    lit = (sounding - silent).sum(axis=2) > 60  # (width, height)
    assert lit[:, :60].any(axis=0).all()


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("distance", sorted(VIEWING_DISTANCES))
def test_facts_end_before_the_wood(language, distance, monkeypatch):
    resources = create_resources(language, type_scale(distance))
    draw_text, ends = resources.typesetter.draw_text, []

    def measure(surface, text, place, style, align="left"):
        width = draw_text(surface, text, place, style, align)
        if surface.get_width() == 1920 and place[1] > 200 and align == "left":
            ends.append(place[0] + width)
        return width

    monkeypatch.setattr(resources.typesetter, "draw_text", measure)
    DaysScene(TAUGHT, resources)
    assert len(ends) == 4 and max(ends) < CENTRE_PX[0] - 400


COMPARED = ComparedAnswers((Note(60, 0, 1),), (Note(62, 1, 1),), (Note(64, 1, 1),), 0.5)


def test_a_touch_of_the_compared_answers_is_heard(resources, draw, monkeypatch):
    scene = DaysScene(replace(TAUGHT, compared=COMPARED), resources)
    assert [tone.pitch for tone in scene.touch(100, 700, 0)] == [60, 62, 60, 64]
    assert scene.touch(*CENTRE_PX, 0) == ()
    assert DaysScene(TAUGHT, resources).touch(100, 700, 0) == ()
    texts = written(replace(TAUGHT, compared=COMPARED), monkeypatch, draw=draw)
    assert "generation 0" in texts


def test_a_phrase_that_a_visitor_liked_is_answered_instead(resources, make_frame):
    scene = DaysScene(replace(TAUGHT, compared=COMPARED), resources)
    liked = replace(COMPARED, phrase=(Note(72, 0, 1),))
    plain = make_frame(TAUGHT, [], 5.0)
    for compared, pitch in ((liked, 72), (None, 60)):
        scene.draw(blank_surface(PICTURE_SIZE_PX), replace(plain, compared=compared))
        assert scene.touch(100, 700, 0)[0].pitch == pitch


def test_motifs_and_a_training_bring_light(resources, make_frame):
    scene, light = DaysScene(TAUGHT, resources), []
    plain = make_frame(TAUGHT, [], 5.0)
    training = TrainingStatus(True, loss=2.5, gradient_norms=(0.5, 0.25))
    for changes in ({}, {"motifs": (((60, 0.0), (64, 1.0)),)}, {"training": training}):
        surface = blank_surface(PICTURE_SIZE_PX)
        scene.draw(surface, replace(plain, **changes))
        light.append(int(pygame.surfarray.array3d(surface).astype(int).sum()))
    assert light[1] > light[0] and light[2] > light[0]


def test_the_cell_that_answers_to_a_visitor_s_key_flares(resources, make_change, draw):
    by_visitor, by_network = (
        draw(DaysScene(TAUGHT, resources), make_change(TAUGHT, 5, source), 3.3)
        for source in (NoteSource.VISITOR, NoteSource.NETWORK)
    )
    flare, beside = (
        (by_visitor - by_network)[x - 5 : x + 6, y - 5 : y + 6].mean()
        for x, y in (places()[1, 5], places()[1, 6])
    )
    assert flare > 10
    assert abs(beside) < 2
