from __future__ import annotations

import pygame

from visuals.lessons import contact_sheet as sheet
from visuals.lessons.neuron.walkthrough import NeuronWalkthrough


def test_a_sheet_has_a_place_for_every_step():
    pictures = [pygame.Surface(sheet.CELL_SIZE_PX, 0, 32) for _ in NeuronWalkthrough.steps]
    for picture in pictures:
        picture.fill((200, 101, 48))
    joined = sheet._tile_pictures(pictures)
    rows = -(-len(pictures) // sheet.COLUMN_COUNT)
    assert (
        joined.get_height()
        == rows * (sheet.CELL_SIZE_PX[1] + sheet.CELL_GAP_PX) - sheet.CELL_GAP_PX
    )
    places = [
        (
            k % sheet.COLUMN_COUNT * (sheet.CELL_SIZE_PX[0] + sheet.CELL_GAP_PX),
            k // sheet.COLUMN_COUNT * (sheet.CELL_SIZE_PX[1] + 6),
        )
        for k in range(len(pictures))
    ]
    assert {tuple(joined.get_at(place)[:3]) for place in places} == {(200, 100, 48)}
