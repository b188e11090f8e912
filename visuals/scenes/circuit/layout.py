"""Where everything of the Circuit lies: the bus of memory lines, four valves, and the traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.theme import KEYBOARD_RECT

Floats = NDArray[np.float64]

MOST_LINES = 48
"""Memory cells shown."""
LANES = 16
"""Traces of a bundle."""
ECHOES = 8
"""Traces that carry the hidden state back."""
BUS_LEFT, BUS_RIGHT = 168.0, 1752.0
_BUS_TOP, _BUS_HEIGHT = 216.0, 223.25
_LANE_GAP, _TRUNK_GAP, _MOUTH_GAP = 6.2, 4.6, 1.6
TRUNK_Y = 808.0
"""Middle of the traces that bring the note heard."""
TRUNK_LEFT = BUS_LEFT
MOUTH = (1770.0, 612.0)
"""Where what the cells say comes together."""
BESIDE = 12.0
"""From a valve's rim to its traces."""
_STEP = 7.0
_THREAD_Y = 930.0


@dataclass(frozen=True, slots=True)
class Valve:
    """A round valve, pixels."""

    x: float
    y: float
    radius: float


FORGET = Valve(552.0, _BUS_TOP + _BUS_HEIGHT / 2, 142.0)
WRITE = Valve(900.0, 612.0, 82.0)
IDEA = Valve(1152.0, 612.0, 70.0)
SAY = Valve(1430.0, 612.0, 82.0)
VALVES = (FORGET, WRITE, IDEA, SAY)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The geometry for some memory lines.

    Parameters
    ----------
    heights : ndarray, shape (lines,)
        y of each line.
    served : ndarray of int, shape (LANES,)
        The line that each lane of the write and read bundles serves.
    harness : list of list of ndarray, shape (n, 2)
        For each of `VALVES`, its lanes from the trunk's beginning up to the rim.
    writes, reads : list of (x, top, bottom)
        Upright traces between the valves and their lines.
    ideas : list of (left, right, y)
        Level traces from the new ideas to what writes them.
    voice, echo : list of ndarray, shape (n, 2)
        From the last valve to the mouth; and from there back to the trunk.
    """

    heights: Floats
    served: NDArray[np.int64]
    harness: list[list[Floats]]
    writes: list[tuple[float, float, float]]
    reads: list[tuple[float, float, float]]
    ideas: list[tuple[float, float, float]]
    voice: list[Floats]
    echo: list[Floats]


def lay_out(lines: int) -> Plan:
    """The geometry for so many memory lines."""
    share = (np.arange(lines) + 0.5) / lines
    gap = _BUS_HEIGHT / MOST_LINES  # few lines keep the bundle's width
    heights = np.round(_BUS_TOP + share * _BUS_HEIGHT - gap / 2)
    served = ((LANES - 1 - np.arange(LANES) + 0.5) / LANES * lines).astype(np.int64)
    writes = [(x, float(heights[k]), y) for (x, y), k in zip(_crown(WRITE), served, strict=True)]
    reads = [(x, float(heights[k]), y) for (x, y), k in zip(_crown(SAY), served, strict=True)]
    across = [IDEA.y + (k - 3.5) * 6.0 for k in range(8)]
    left, right = WRITE.x + WRITE.radius + BESIDE, IDEA.x - IDEA.radius - 6
    ideas = [(left, right, y) for y in across]
    harness = [_harness(valve) for valve in VALVES]
    return Plan(heights, served, harness, writes, reads, ideas, _voice(), _echo())


def thread(key_x: float, offset: float = 0.0) -> Floats:
    """The way from the mouth to the top of a key, shape (n, 2)."""
    x, y = MOUTH
    side = 30.0 if key_x < x else -30.0
    turns = [(x, y + 14), (x, 900 + offset), (x - side, _THREAD_Y + offset)]
    turns += [(key_x + side, _THREAD_Y + offset), (key_x, _THREAD_Y + 26)]
    return rounded([*turns, (key_x, KEYBOARD_RECT.top)])


def hearing(key_x: float) -> Floats:
    """The way from the top of a key to the beginning of the trunk, shape (n, 2)."""
    x = TRUNK_LEFT - 76
    turns = [(key_x, KEYBOARD_RECT.top), (key_x, _THREAD_Y + 18), (key_x - 22, _THREAD_Y)]
    turns += [(x + 26, _THREAD_Y), (x, _THREAD_Y - 26), (x, TRUNK_Y + 24), (x + 24, TRUNK_Y)]
    return rounded([*turns, (TRUNK_LEFT, TRUNK_Y)])


def rounded(corners: Sequence[tuple[float, float]], radius: float = 16.0) -> Floats:
    """A line through corners that are rounded off, in even steps, shape (n, 2)."""
    points = [np.array(corner, np.float64) for corner in corners]
    line = [points[0]]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        back, on = before - corner, after - corner
        reach = min(radius, float(np.hypot(*back)) / 2, float(np.hypot(*on)) / 2)
        enter = corner + back / max(1e-9, float(np.hypot(*back))) * reach
        leave = corner + on / max(1e-9, float(np.hypot(*on))) * reach
        share = np.linspace(0, 1, 9)[:, None]
        bend = (1 - share) ** 2 * enter + 2 * (1 - share) * share * corner + share**2 * leave
        line.extend(bend)
    line.append(points[-1])
    path = np.array(line)
    arc = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    even = np.linspace(0, arc[-1], max(8, int(arc[-1] / _STEP)))
    return np.stack([np.interp(even, arc, path[:, axis]) for axis in (0, 1)], axis=1)


def _offsets(gap: float) -> list[float]:
    return [(lane - (LANES - 1) / 2) * gap for lane in range(LANES)]


def _rim(valve: Valve, offset: float) -> float:
    """How far above a valve's middle its rim lies, `offset` from the middle."""
    return float(np.sqrt(max(0.0, (valve.radius + BESIDE) ** 2 - offset**2)))


def _crown(valve: Valve) -> list[tuple[float, float]]:
    """Where upright traces meet the top of a valve."""
    return [(valve.x + offset, valve.y - _rim(valve, offset)) for offset in _offsets(_LANE_GAP)]


def _harness(valve: Valve) -> list[Floats]:
    """From the left along the trunk, then slantwise up into a valve from below."""
    lanes = []
    for lane, (offset, level) in enumerate(
        zip(_offsets(_LANE_GAP), _offsets(_TRUNK_GAP), strict=True)
    ):
        x, y = valve.x + offset, TRUNK_Y + level
        slant = 40 + lane * _TRUNK_GAP
        end = valve.y + _rim(valve, offset)
        turns = [(TRUNK_LEFT, y), (x - slant, y), (x, y - slant), (x, end)]
        lanes.append(rounded(turns))
    return lanes


def _voice() -> list[Floats]:
    left = SAY.x + SAY.radius + BESIDE
    return [
        rounded(
            [
                (left, SAY.y + wide),
                (1640, SAY.y + wide),
                (1690, SAY.y + near),
                (MOUTH[0], SAY.y + near),
            ]
        )
        for wide, near in zip(_offsets(_TRUNK_GAP), _offsets(_MOUTH_GAP), strict=True)
    ]


def _echo() -> list[Floats]:
    """Out of the voice, down, and below the trunk back to its beginning."""
    loops = []
    for k in range(ECHOES):
        out, below, near = 1600 + 5.0 * k, 884 + 4.0 * k, TRUNK_LEFT - 24 - 5.0 * k
        start = SAY.y + (LANES / 2 - 0.5 - k) * _TRUNK_GAP
        turns = [(out, start), (out + 20, start + 20), (out + 20, below - 20), (out, below)]
        turns += [(near + 24, below), (near, below - 24), (near, TRUNK_Y + 36 - 4.6 * k + 20)]
        turns += [(near + 20, TRUNK_Y + 36 - 4.6 * k), (TRUNK_LEFT, TRUNK_Y + 36 - 4.6 * k)]
        loops.append(rounded(turns))
    return loops
