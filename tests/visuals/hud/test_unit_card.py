from __future__ import annotations

import numpy as np
import pygame
import pytest

from messages.clock import SECOND
from messages.cues import ComparedVersion, UnitComparison
from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.unit_card import (
    CARD_SIZE_PX,
    COMPARISON_RESULT_S,
    UnitCard,
    card_line,
    card_rect,
    shown_comparison,
)
from visuals.input.touch_input import UnitInspection
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.scene import SceneResources
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import languages, load_words


def card_of(network: NetworkSummary, language: str = "en") -> UnitCard:
    pygame.font.init()
    type = Typesetter()
    return UnitCard(network, SceneResources(type, load_words(language), PianoKeyboard(type)))


def drawn(
    network: NetworkSummary, look: UnitInspection, language: str = "en", place=(700.0, 300.0)
) -> np.ndarray:
    surface = blank_surface(PICTURE_SIZE_PX)
    frame = FrameBuilder(network).build_frame(0, 0)
    card_of(network, language).draw(surface, frame, look, place)
    return pygame.surfarray.array3d(surface).astype(int)


@pytest.fixture(scope="module")
def irish() -> NetworkSummary:
    return NetworkSummary.from_checkpoint(load_checkpoint(styles.style_path("irish")))


@pytest.mark.parametrize("language", languages())
def test_what_is_written_fits_in_every_language(irish, language):
    for unit in (3, 17, 40):
        shown = drawn(irish, UnitInspection((0, unit), 4.5, 1.0), language)
        box = card_rect((700.0, 300.0), CARD_SIZE_PX)
        line = blank_surface(PICTURE_SIZE_PX)
        pygame.draw.line(line, (255, 255, 255), *card_line((700.0, 300.0), box), 8)
        shown[pygame.surfarray.array_red(line) > 0] = 0
        shown[680:720, 280:320] = 0  # the ring about the unit
        shown[box.left : box.right, box.top : box.bottom] = 0
        assert shown.max() == 0


def test_a_unit_there_is_not_has_no_card(irish):
    assert drawn(irish, UnitInspection((7, 900), 1.0, 1.0)).max() == 0


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
@pytest.mark.parametrize("share", [(0.02, 0.02), (0.98, 0.8), (0.5, 0.4), (0.3, 0.6)])
def test_a_card_lies_in_a_corner_clear_of_its_unit_and_of_the_piano(share, layout):
    place = share[0] * layout.size[0], share[1] * layout.size[1]
    box = card_rect(place, CARD_SIZE_PX, layout)
    assert pygame.Rect((0, 0), layout.size).contains(box)
    assert box.bottom < layout.keyboard.rect.top
    start, end = card_line(place, box)
    assert not box.inflate(34, 34).collidepoint(place)
    assert np.hypot(*np.subtract(end, place)) >= np.hypot(*np.subtract(end, start))


def test_a_card_names_the_note_of_its_cells_colour_and_pushes_only_from_the_last_layer(
    irish, monkeypatch
):
    named: list[tuple[str, int]] = []
    draw = Typesetter.draw_note_name
    monkeypatch.setattr(
        Typesetter,
        "draw_note_name",
        lambda self, surface, name, place, style, *rest: (
            named.append((name, style.size)) or draw(self, surface, name, place, style, *rest)
        ),
    )
    words = load_words("en")
    for layer in range(irish.layers):
        for unit in range(0, irish.units, 8):
            named.clear()
            drawn(irish, UnitInspection((layer, unit), 1.0, 1.0))
            cell = words.note_name(int(irish.preferred_pitch_class[layer, unit]))
            assert {name for name, size in named if size == 31} <= {cell}
            pushed = irish.pushed_pitch_class(layer, unit)
            shown = [name for name, size in named if size == 24]
            assert shown == ([] if pushed is None else [words.note_name(pushed)])


def heard_at(seconds: float, comparison: UnitComparison) -> UnitComparison | None:
    builder = FrameBuilder(NetworkSummary.dummy(2, 32))
    builder.apply_message(comparison)
    frame = builder.build_frame(comparison.at + round(seconds * SECOND), 0)
    return shown_comparison(frame, (1, 3))


def test_a_card_tells_for_a_while_how_many_notes_changed():
    over = UnitComparison(SECOND, 1, 3, ComparedVersion.NONE, 4, 12)
    assert heard_at(COMPARISON_RESULT_S - 0.1, over) == over
    assert heard_at(COMPARISON_RESULT_S + 0.1, over) is None


def test_a_card_tells_nothing_of_the_comparison_of_another_unit():
    assert heard_at(0.1, UnitComparison(SECOND, 1, 4, ComparedVersion.WITH_UNIT)) is None


def test_a_comparison_that_a_key_ended_has_no_result():
    assert heard_at(0.1, UnitComparison(SECOND, 1, 3, ComparedVersion.NONE)) is None


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("version", ComparedVersion)
def test_what_is_heard_is_written_inside_the_card(irish, language, version, monkeypatch):
    builder = FrameBuilder(irish)
    builder.apply_message(UnitComparison(0, 1, 3, version, 14, 38))
    written = []
    draw = Typesetter.draw_text

    def keep(self, surface, text, place, style, *align):
        width = draw(self, surface, text, place, style, *align)
        written.append((place[0] + width, text))
        return width

    monkeypatch.setattr(Typesetter, "draw_text", keep)
    look, surface = UnitInspection((1, 3), 1.0, 1.0), blank_surface(PICTURE_SIZE_PX)
    card = card_of(irish, language)
    box = card.draw(surface, builder.build_frame(SECOND, 0), look, (700.0, 300.0))
    assert max(written)[0] < box.right - 8


def test_a_card_opens_in_the_corner_where_it_hides_the_least():
    place = 900.0, 400.0
    corners = [card_rect((x, y)) for x in (0, 1920) for y in (0, 1080)]
    for free in corners:
        taken = [box for box in corners if box != free]
        assert card_rect(place, taken=taken) == free


def test_a_card_is_moved_out_of_its_corner_where_text_lies_at_its_edge():
    place, edge = (900.0, 400.0), pygame.Rect(0, 150, 70, 800)
    others = [card_rect((0, y)) for y in (0, 1080)]  # at the right
    box = card_rect(place, taken=[edge, *others])
    assert not box.colliderect(edge)
    assert box.left < 140


def test_a_card_covers_no_unit_though_text_is_everywhere_else():
    place = 200.0, 250.0
    taken = [card_rect((x, y)) for x, y in ((0, 0), (0, 1080), (1920, 0))]
    assert not card_rect(place, taken=taken).collidepoint(place)


def test_an_open_card_stays_where_it_is_and_another_unit_has_its_own(irish):
    card, surface = card_of(irish), blank_surface(PICTURE_SIZE_PX)
    frame = FrameBuilder(irish).build_frame(0, 0)

    def opened(unit: int, taken: list[pygame.Rect]) -> pygame.Rect:
        look = UnitInspection((0, unit), 1.0, 1.0)
        return card.draw(surface, frame, look, (700.0 + unit, 300.0), lambda: taken)

    first = opened(3, [])
    assert opened(3, [first]) == first
    assert not opened(4, [first]).colliderect(first)
