from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import NoteAttribution, NoteSource, Turn, TurnChange
from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.sprites import blank_surface
from visuals.drawing.typography import NEAR_SCALE
from visuals.network_summary import NetworkSummary
from visuals.scene_cache import create_resources
from visuals.scenes.why.scene import PIANO_ROLL_NOW_X_PX, PIANO_ROLL_RECT, WhyScene

NETWORK = NetworkSummary.dummy(1, 8)
ABOVE = np.s_[80 : round(PIANO_ROLL_NOW_X_PX) - 20, 240 : PIANO_ROLL_RECT.top - 14]
SUPPORTING = (0.2, 1.0, 0.5, 0.3)


def attribution(serial: int, *shares: float) -> NoteAttribution:
    serials = np.arange(serial - len(shares), serial)
    return NoteAttribution(serial, serials, np.array(shares, np.float32))


@pytest.fixture(scope="module")
def cues(make_cue) -> list:
    return [make_cue(k, 1.0 + 0.5 * k, 84 + k) for k in range(5)]


@pytest.fixture(scope="module")
def picture(resources, draw):
    """Function that draws the scene without its glow, which would keep a trail."""
    scene = WhyScene(NETWORK, resources)
    return lambda messages, time_s: draw(scene, messages, time_s, detail_level=0)


def test_arcs_rise_from_notes_that_raised_the_probability(picture, cues):
    bare = picture(cues, 3.2)
    explained = picture([*cues, attribution(4, *SUPPORTING)], 3.2)
    assert explained[ABOVE].sum() > bare[ABOVE].sum() + 10_000


def test_arcs_of_the_last_note_rest_in_silence(picture, cues):
    messages = [*cues, attribution(4, *SUPPORTING)]
    sounding, silent, later = (
        picture(messages, time_s)[ABOVE].sum() - picture(cues, time_s)[ABOVE].sum()
        for time_s in (3.2, 8.0, 9.0)
    )
    assert 0.1 * sounding < silent < 0.6 * sounding
    assert later > 0.1 * sounding


def test_arcs_of_opposing_notes_lie_below(picture, cues):
    opposed = picture([*cues, attribution(4, -0.2, -1.0, -0.5, -0.3)], 3.2)
    bare = picture(cues, 3.2)
    assert np.abs(opposed - bare)[ABOVE].sum() < 2_000
    assert np.abs(opposed - bare).sum() > 10_000


def test_notes_are_shown_without_an_attribution(picture, cues):
    assert picture(cues, 3.2)[:, PIANO_ROLL_RECT.top : PIANO_ROLL_RECT.bottom].max() > 120


def test_light_sets_out_before_the_note(picture, cues):
    messages = [*cues, attribution(4, *SUPPORTING)]
    early, late = picture(messages, 2.51), picture(messages, 2.95)
    assert late[ABOVE].sum() > early[ABOVE].sum() + 5_000


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_cause_is_named_up_to_the_left_edge_of_the_roll_in_every_layout(
    make_cue, make_frame, monkeypatch, layout
):
    pygame.font.init()
    resources, named = create_resources("en", NEAR_SCALE, layout=layout), []
    scene = WhyScene(NETWORK, resources)
    roll = scene.piano_roll
    monkeypatch.setattr(
        resources.typesetter,
        "draw_note_name",
        lambda surface, name, place, *style: named.append(place),
    )
    for beside in (24, -12):
        age_s = (roll.now_x - roll.rect.left - beside) / roll.speed
        cues = [make_cue(0, 20.0 - age_s, 64), make_cue(1, 20.0, 67)]
        frame = make_frame(NETWORK, [*cues, attribution(1, 1.0)], 20.1)
        scene.draw(blank_surface(layout.size), frame, names_note=False)
    foot = 0.15 * roll.speed  # the middle of a note of 0.3 s, where its arc starts
    assert [x - roll.rect.left for x, _ in named] == [pytest.approx(12 + foot, abs=15)]


def test_a_visitor_s_phrase_grows_until_it_fills_the_roll(resources, make_cue, draw):
    phrase = [make_cue(k, 2.0 + k, 64 + k, NoteSource.VISITOR, duration_s=0.6) for k in range(3)]
    beginnings = []
    for turn in (Turn.ATTRACT, Turn.LISTEN):
        told = [TurnChange(SECOND, turn, SECOND // 2), *phrase]
        picture = draw(WhyScene(NETWORK, resources), told, 5.0, reduced_motion=True, detail_level=0)
        roll = picture[:, PIANO_ROLL_RECT.top : PIANO_ROLL_RECT.bottom].min(axis=2)
        beginnings.append(int(np.flatnonzero((roll > 60).any(axis=1)).min()))
    assert PIANO_ROLL_RECT.left < beginnings[1] < beginnings[0] - 250


def test_a_name_of_a_cause_is_bright_or_not_written(resources, make_cue, make_frame, monkeypatch):
    scene, written = WhyScene(NETWORK, resources), []
    monkeypatch.setattr(
        resources.typesetter,
        "draw_note_name",
        lambda surface, name, place, style, *align: written.append(max(style.colour)),
    )
    messages = [make_cue(0, 1.0, 64), make_cue(1, 2.0, 67), attribution(1, 1.0)]
    counts = []
    for time_s in np.arange(2.0, 5.5, 0.1):
        before = len(written)
        frame = make_frame(NETWORK, messages, time_s)
        scene.draw(blank_surface((1920, 1080)), frame, names_note=False)
        counts.append(len(written) - before)
    assert min(written) > 190
    assert counts[3] == 1 and counts[-1] == 0
