"""Waning: a ring of lights that go out one by one, until the visit is over if nobody plays."""

from __future__ import annotations

import math

import pygame

from visuals.drawing.theme import INK, shade
from visuals.timeline import SECOND, Timeline

LIGHTS = 40
"""Lights in the ring."""
RADIUS = 54.0
SIZE = 2.2
"""Radius of a light."""
LEVEL = 0.75
"""How bright a light is."""
COMES_IN = 0.8
"""Seconds in which the ring appears."""


def time_left(timeline: Timeline, time: int) -> tuple[float, float] | None:
    """Share of the warning that is left at `time`, and seconds since it began; None without one."""
    waning = timeline.waning(time)
    if waning is None or not waning.at <= time < waning.until:
        return None
    left = (waning.until - time) / (waning.until - waning.at)
    return left, (time - waning.at) / SECOND


def draw_waning(
    surface: pygame.Surface, centre: tuple[float, float], timeline: Timeline, time: int
) -> None:
    """Draw the ring round `centre`, from the top on clockwise, as far as time is left."""
    known = time_left(timeline, time)
    if known is None:
        return
    left, age = known
    for light in range(LIGHTS):
        lit = min(1.0, max(0.0, left * LIGHTS - light))  # the last of them fades as it goes out
        if lit == 0.0:
            break
        angle = math.tau * light / LIGHTS
        place = (
            centre[0] - RADIUS * math.sin(angle),
            centre[1] - RADIUS * math.cos(angle),
        )
        colour = shade(INK, LEVEL * lit * min(1.0, age / COMES_IN))
        pygame.draw.aacircle(surface, colour, place, SIZE)
