from __future__ import annotations

import numpy as np
import pygame
import pytest

from midi_data.notes import Note
from rnn import styles
from rnn.model.checkpoint import load_checkpoint
from visuals.drawing.picture_layout import LAYOUTS
from visuals.drawing.sprites import blank_surface
from visuals.drawing.theme import PICTURE_SIZE_PX
from visuals.drawing.typography import Typesetter
from visuals.frame_builder import FrameBuilder
from visuals.hud.unit_card import CARD_SIZE_PX, SHORT_CARD_SIZE_PX, UnitCard, card_line, card_rect
from visuals.input.touch_input import UnitInspection
from visuals.network_summary import NetworkSummary
from visuals.scenes.base.scene import SceneResources
from visuals.widgets.excerpt_thumbnails import draw_thumbnail, readable_title
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.words import languages, load_words


def card_of(anatomy: NetworkSummary, language: str = "en") -> UnitCard:
    pygame.font.init()
    type = Typesetter()
    return UnitCard(anatomy, SceneResources(type, load_words(language), PianoKeyboard(type)))


def drawn(
    anatomy: NetworkSummary, look: UnitInspection, language: str = "en", place=(700.0, 300.0)
) -> np.ndarray:
    surface = blank_surface(PICTURE_SIZE_PX)
    frame = FrameBuilder(anatomy).build_frame(0, 0)
    card_of(anatomy, language).draw(surface, frame, look, place)
    return pygame.surfarray.array3d(surface).astype(int)


@pytest.fixture(scope="module")
def irish() -> NetworkSummary:
    return NetworkSummary.from_checkpoint(load_checkpoint(styles.style_path("irish")))


def test_a_card_shows_the_moments_of_its_unit_and_no_others(irish):
    one, other = (drawn(irish, UnitInspection((1, unit), 1.0, 1.0)) for unit in (3, 17))
    box = card_rect((700.0, 300.0), CARD_SIZE_PX)
    prints = np.s_[box.left : box.right, box.top + 232 : box.bottom]
    assert one[prints].max() > 150
    assert np.abs(one - other)[prints].sum() > 50_000


def test_a_unit_without_known_moments_has_a_smaller_card():
    anatomy = NetworkSummary.dummy(1, 8)
    shown = drawn(anatomy, UnitInspection((0, 3), 1.0, 1.0))
    box = card_rect((700.0, 300.0), SHORT_CARD_SIZE_PX)
    assert shown[box.left : box.right, box.top : box.bottom].max() > 150
    assert shown[box.left : box.right, box.bottom + 4 : box.bottom + 60].max() == 0


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


def test_the_note_that_moved_a_unit_stands_out():
    notes = [Note(60, 0.0, 1.0), Note(64, 1.0, 1.0), Note(67, 2.0, 1.0)]
    surface = blank_surface((200, 100))
    draw_thumbnail(surface, pygame.Rect(0, 0, 200, 100), notes, 1.0)
    light = pygame.surfarray.array3d(surface).sum(axis=2)
    assert light[130:200].max() > light[:112].max() + 60


def test_a_print_without_notes_is_empty_paper():
    surface = blank_surface((60, 40))
    draw_thumbnail(surface, pygame.Rect(0, 0, 60, 40), [], 1.0)
    assert pygame.surfarray.array3d(surface)[5:55, 5:35].max() < 30


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("MRS. ADYE'S -- STRATHSPEY", "Mrs. Adye's"),
        ("Mountain Top, The", "The Mountain Top"),
        ("BWV 402", "BWV 402"),
        ("x" * 60, "x" * 25 + "\u2026"),
    ],
)
def test_names_of_tunes_can_be_read(name, shown):
    assert readable_title(name) == shown


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
