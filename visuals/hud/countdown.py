"""Waning: a ring of lights that go out one by one, until the visit is over if nobody plays."""

from __future__ import annotations

import math

import pygame

from visuals.drawing.theme import TEXT_COLOUR, shade
from visuals.timeline import SECOND, Timeline

LIGHT_COUNT = 40
"""Lights in the ring."""
RING_RADIUS_PX = 54.0
LIGHT_RADIUS_PX = 2.2
"""Radius of a light."""
LIGHT_LEVEL = 0.75
"""How bright a light is."""
FADE_IN_S = 0.8
"""Seconds in which the ring appears."""


def remaining_share(timeline: Timeline, time: int) -> tuple[float, float] | None:
    """Share of the warning that is left at `time`, and seconds since it began; None without one."""
    waning = timeline.visit_end_warning(time)
    if waning is None or not waning.at <= time < waning.ends_at:
        return None
    left = (waning.ends_at - time) / (waning.ends_at - waning.at)
    return left, (time - waning.at) / SECOND


def draw_countdown(
    surface: pygame.Surface, centre: tuple[float, float], timeline: Timeline, time: int
) -> None:
    """Draw the ring round `centre`, from the top on clockwise, as far as time is left."""
    known = remaining_share(timeline, time)
    if known is None:
        return
    left, age = known
    for light in range(LIGHT_COUNT):
        lit = min(
            1.0, max(0.0, left * LIGHT_COUNT - light)
        )  # the last of them fades as it goes out
        if lit == 0.0:
            break
        angle = math.tau * light / LIGHT_COUNT
        place = (
            centre[0] - RING_RADIUS_PX * math.sin(angle),
            centre[1] - RING_RADIUS_PX * math.cos(angle),
        )
        colour = shade(TEXT_COLOUR, LIGHT_LEVEL * lit * min(1.0, age / FADE_IN_S))
        pygame.draw.aacircle(surface, colour, place, LIGHT_RADIUS_PX)
