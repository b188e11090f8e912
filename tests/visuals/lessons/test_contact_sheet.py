from __future__ import annotations

import pygame

from visuals.lessons import contact_sheet as sheet
from visuals.lessons.neuron.walkthrough import NeuronWalk


def test_a_sheet_has_a_place_for_every_step():
    pictures = [pygame.Surface(sheet.CELL, 0, 32) for _ in NeuronWalk.steps]
    for picture in pictures:
        picture.fill((200, 101, 48))
    joined = sheet._join(pictures)
    rows = -(-len(pictures) // sheet.COLUMNS)
    assert joined.get_height() == rows * (sheet.CELL[1] + sheet.GAP) - sheet.GAP
    places = [
        (k % sheet.COLUMNS * (sheet.CELL[0] + sheet.GAP), k // sheet.COLUMNS * (sheet.CELL[1] + 6))
        for k in range(len(pictures))
    ]
    assert {tuple(joined.get_at(place)[:3]) for place in places} == {(200, 100, 48)}
