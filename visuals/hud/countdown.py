"""Countdown to the end of the visit: a ring of lights that go out one by one."""

from __future__ import annotations

import math

import pygame

from messages.clock import SECOND
from visuals.drawing.theme import TEXT_COLOUR, shade
from visuals.timeline import Timeline

LIGHT_COUNT = 40  # number of lights in the ring
RING_RADIUS_PX = 54.0
LIGHT_RADIUS_PX = 2.2  # radius of a light
LIGHT_LEVEL = 0.75  # brightness of a light, 0..1
FADE_IN_S = 0.8  # time in which the ring appears, seconds


def remaining_share(timeline: Timeline, time: int) -> tuple[float, float] | None:
    """Remaining share of the warning at `time` and seconds since its start; None without one."""
    warning = timeline.visit_end_warning(time)
    if warning is None or not warning.at <= time < warning.ends_at:
        return None
    left = (warning.ends_at - time) / (warning.ends_at - warning.at)
    return left, (time - warning.at) / SECOND


def draw_countdown(
    surface: pygame.Surface, centre: tuple[float, float], timeline: Timeline, time: int
) -> None:
    """Draw the remaining lights of the ring around `centre`; the last one fades."""
    known = remaining_share(timeline, time)
    if known is None:
        return
    left, age = known
    for light in range(LIGHT_COUNT):
        lit = min(1.0, max(0.0, left * LIGHT_COUNT - light))
        if lit == 0.0:
            break
        angle = math.tau * light / LIGHT_COUNT
        place = (
            centre[0] - RING_RADIUS_PX * math.sin(angle),
            centre[1] - RING_RADIUS_PX * math.cos(angle),
        )
        colour = shade(TEXT_COLOUR, LIGHT_LEVEL * lit * min(1.0, age / FADE_IN_S))
        pygame.draw.aacircle(surface, colour, place, LIGHT_RADIUS_PX)
