from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.cues import CueWithdrawal, NoteCue, NoteSource
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import FIFTHS_POSITION, PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import SceneResources
from visuals.scenes.shown_units import choose_shown_units
from visuals.scenes.waves.scene import CELL_CIRCLE, WavesScene
from visuals.scenes.waves.trace_paths import lay_paths
from visuals.timeline import SECOND
from visuals.window.flash_meter import FlashMeter
from visuals.words import load_words

ANATOMY = NetworkSummary.dummy(2, 64)
BODY = pygame.Rect(round(CELL_CIRCLE.x) - 60, round(CELL_CIRCLE.y) - 60, 120, 120)


@pytest.fixture(scope="module")
def toolkit() -> SceneResources:
    pygame.font.init()
    type = Typesetter()
    return SceneResources(type, load_words(), PianoKeyboard(type))


@pytest.fixture
def waves(toolkit) -> WavesScene:
    return WavesScene(ANATOMY, toolkit)


def cue(serial: int, due: float, pitch: int = 69, length: float = 0.3) -> NoteCue:
    random = np.random.default_rng(serial)
    return NoteCue(
        serial,
        round(due * SECOND),
        round(length * SECOND),
        pitch,
        100,
        NoteSource.NETWORK,
        2.0,
        np.tanh(random.normal(size=(2, 6, 64))).astype(np.float32),
        np.full(88, 1 / 88, np.float32),
    )


def draw(waves: WavesScene, framing: FrameBuilder, seconds: float) -> pygame.Surface:
    picture = blank_surface(PICTURE_SIZE_PX)
    waves.draw(picture, framing.build_frame(round(seconds * SECOND), 0))
    return picture


def brightness(picture: pygame.Surface, rect: pygame.Rect) -> float:
    return float(pygame.surfarray.array3d(picture.subsurface(rect)).mean())


def framing_of(*messages) -> FrameBuilder:
    framing = FrameBuilder(ANATOMY)
    for message in messages:
        framing.apply_message(message)
    return framing


@pytest.mark.parametrize("place", ["body", "key"])
def test_brightens_as_the_note_falls_due_and_then_only_fades(waves, toolkit, place):
    framing = framing_of(cue(0, 2.0))
    rect = BODY if place == "body" else toolkit.keyboard.key_rect(69).inflate(-4, -4)
    before = brightness(draw(waves, framing, 1.99), rect)
    levels = [brightness(draw(waves, framing, 2.0 + k / 60), rect) for k in range(1, 75)]
    fading = levels[12:]  # the attack is over, and the bloom, which lags some frames, full
    assert fading[0] > before + 15
    assert all(b <= a + 0.5 for a, b in zip(fading, fading[1:], strict=False))
    assert fading[-1] < before + 0.5 * (fading[0] - before)


def test_cell_charges_before_it_fires(waves):
    framing = framing_of(cue(0, 2.0))
    early = brightness(draw(waves, framing, 1.2), BODY)
    late = brightness(draw(waves, framing, 1.95), BODY)
    assert early + 2 < late


def test_withdrawn_note_never_lights(toolkit):
    calm = framing_of()
    withdrawn = framing_of(cue(0, 2.0), CueWithdrawal(0, 1 * SECOND))
    pictures = [draw(WavesScene(ANATOMY, toolkit), framing, 2.1) for framing in (calm, withdrawn)]
    assert np.array_equal(*(pygame.surfarray.array3d(picture) for picture in pictures))


def test_nothing_is_saturated_red(waves):
    framing = framing_of(*(cue(k, 1 + k / 8, 57 + k) for k in range(12)))
    pixels = pygame.surfarray.array3d(draw(waves, framing, 1.9)).astype(int)
    red, green, blue = (pixels[..., k] for k in range(3))
    assert not ((red > 90) & (green + blue < 0.25 * red)).any()


@pytest.mark.parametrize(
    ("per_second", "pitches"), [(8, (69, 71)), (6, (69,)), (12, (60, 67, 62, 69, 64, 71))]
)
def test_fast_notes_do_not_flash(waves, per_second, pitches):
    count = 2 * per_second
    notes = (
        cue(k, 1 + k / per_second, pitches[k % len(pitches)], 0.5 / per_second)
        for k in range(count)
    )
    framing = framing_of(*notes)
    meter, small = FlashMeter(), blank_surface((120, 68))
    for k in range(90):
        picture = draw(waves, framing, 1.2 + k / 60)
        pygame.transform.smoothscale(picture, (120, 68), small)
        meter.push(pygame.surfarray.array3d(small))
    assert meter.worst.worst < 0.15


@pytest.mark.parametrize(("layers", "units"), [(1, 5), (3, 40)])
def test_networks_of_any_size_can_be_drawn(toolkit, layers, units):
    anatomy = NetworkSummary.dummy(layers, units)
    framing = FrameBuilder(anatomy)
    made = cue(0, 1.0)
    activations = np.zeros((layers, 6, units), np.float32)
    framing.apply_message(
        NoteCue(
            0,
            made.due,
            made.duration,
            60,
            80,
            NoteSource.VISITOR,
            1.0,
            activations,
            made.next_key_probabilities,
        )
    )
    picture = blank_surface(PICTURE_SIZE_PX)
    WavesScene(anatomy, toolkit).draw(picture, framing.build_frame(made.due + SECOND // 10, 0))
    assert brightness(picture, BODY) > 10


def test_units_come_in_the_order_of_fifths_each_once():
    units = choose_shown_units(ANATOMY, 30)
    places = [FIFTHS_POSITION[ANATOMY.preferred_pitch_class[-1, unit]] for unit in units]
    assert places == sorted(places)
    assert len(set(units.tolist())) == 30


def test_every_path_ends_at_the_membrane():
    paths = lay_paths(12, CELL_CIRCLE, 100, 800, 200, 700)
    distance = np.hypot(
        paths.entry_points[:, 0] - CELL_CIRCLE.x, paths.entry_points[:, 1] - CELL_CIRCLE.y
    )
    assert distance == pytest.approx(np.full(12, CELL_CIRCLE.radius))
    assert paths.distance_to_cell[:, -1] == pytest.approx(np.zeros(12))
