"""Motif stream: liked phrases as strings of lights that wind into the wood."""

from __future__ import annotations

import math
from collections.abc import Sequence

from messages.crowd import Motif
from visuals.drawing.sprites import PlacedSprite, SpriteAtlas

START_PX, END_PX = 455.0, 60.0  # distance from the centre at which a motif appears, and is taken in
JOURNEY_S = 26.0  # time from one to the other, seconds
TURNS = 0.8  # of the circle, on the way
BEAT_SHARE = 0.016  # distance of two notes a beat apart, as a share of the journey
SEMITONE_PX = 1.6
MAX_LEVEL = 0.85


def motif_lights(
    motifs: Sequence[Motif], centre: tuple[float, float], time_s: float, light: SpriteAtlas
) -> list[PlacedSprite]:
    """The lights of all motifs on their way at a time, one for each note that has appeared."""
    sprites = []
    for number, motif in enumerate(motifs):
        share = (time_s / JOURNEY_S + number / len(motifs)) % 1.0
        middle = sum(pitch for pitch, _ in motif) / len(motif)
        for pitch, onset in motif:
            own = share - BEAT_SHARE * onset  # later notes follow
            if not 0.0 < own < 1.0:
                continue
            angle = 2 * math.pi * (number * 0.618 + TURNS * own)
            radius = START_PX + (END_PX - START_PX) * own + SEMITONE_PX * (pitch - middle)
            level = MAX_LEVEL * math.sin(math.pi * own)
            x, y = centre[0] + radius * math.cos(angle), centre[1] + radius * math.sin(angle)
            sprites.append(light.sprite_centred_at(pitch % 12, level, x, y))
    return sprites
