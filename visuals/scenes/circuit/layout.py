"""Where everything of the Circuit lies: the bus of memory lines, four valves, and the traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.theme import KEYBOARD_RECT

Floats = NDArray[np.float64]

MAX_MEMORY_LINES = 48
"""Memory cells shown."""
TRACES_PER_BUNDLE = 16
"""Traces of a bundle."""
FEEDBACK_TRACES = 8
"""Traces that carry the hidden state back."""
BUS_LEFT, BUS_RIGHT = 168.0, 1752.0
_BUS_TOP, _BUS_HEIGHT = 216.0, 223.25
_TRACE_GAP_PX, _TRUNK_GAP, _JUNCTION_GAP_PX = 6.2, 4.6, 1.6
TRUNK_Y = 808.0
"""Middle of the traces that bring the note heard."""
TRUNK_LEFT = BUS_LEFT
OUTPUT_JUNCTION = (1770.0, 612.0)
"""Where what the cells say comes together."""
TRACE_CLEARANCE_PX = 12.0
"""From a valve's rim to its traces."""
_POINT_SPACING_PX = 7.0
_KEY_THREAD_Y_PX = 930.0


@dataclass(frozen=True, slots=True)
class GateValve:
    """A round valve, pixels."""

    x: float
    y: float
    radius: float


FORGET_VALVE = GateValve(552.0, _BUS_TOP + _BUS_HEIGHT / 2, 142.0)
INPUT_VALVE = GateValve(900.0, 612.0, 82.0)
CANDIDATE_VALVE = GateValve(1152.0, 612.0, 70.0)
OUTPUT_VALVE = GateValve(1430.0, 612.0, 82.0)
VALVES = (FORGET_VALVE, INPUT_VALVE, CANDIDATE_VALVE, OUTPUT_VALVE)


@dataclass(frozen=True, slots=True, eq=False)
class CircuitLayout:
    """The geometry for some memory lines.

    Parameters
    ----------
    heights : ndarray, shape (lines,)
        y of each line.
    served : ndarray of int, shape (TRACES_PER_BUNDLE,)
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

    line_heights: Floats
    served_lines: NDArray[np.int64]
    input_traces: list[list[Floats]]
    write_traces: list[tuple[float, float, float]]
    read_traces: list[tuple[float, float, float]]
    candidate_traces: list[tuple[float, float, float]]
    output_traces: list[Floats]
    feedback_traces: list[Floats]


def lay_out_circuit(lines: int) -> CircuitLayout:
    """The geometry for so many memory lines."""
    share = (np.arange(lines) + 0.5) / lines
    gap = _BUS_HEIGHT / MAX_MEMORY_LINES  # few lines keep the bundle's width
    heights = np.round(_BUS_TOP + share * _BUS_HEIGHT - gap / 2)
    served = (
        (TRACES_PER_BUNDLE - 1 - np.arange(TRACES_PER_BUNDLE) + 0.5) / TRACES_PER_BUNDLE * lines
    ).astype(np.int64)
    writes = [
        (x, float(heights[k]), y)
        for (x, y), k in zip(_valve_top_points(INPUT_VALVE), served, strict=True)
    ]
    reads = [
        (x, float(heights[k]), y)
        for (x, y), k in zip(_valve_top_points(OUTPUT_VALVE), served, strict=True)
    ]
    across = [CANDIDATE_VALVE.y + (k - 3.5) * 6.0 for k in range(8)]
    left, right = (
        INPUT_VALVE.x + INPUT_VALVE.radius + TRACE_CLEARANCE_PX,
        CANDIDATE_VALVE.x - CANDIDATE_VALVE.radius - 6,
    )
    ideas = [(left, right, y) for y in across]
    harness = [_input_trace_paths(valve) for valve in VALVES]
    return CircuitLayout(
        heights,
        served,
        harness,
        writes,
        reads,
        ideas,
        _output_trace_paths(),
        _feedback_trace_paths(),
    )


def output_thread_path(key_x: float, offset: float = 0.0) -> Floats:
    """The way from the mouth to the top of a key, shape (n, 2)."""
    x, y = OUTPUT_JUNCTION
    side = 30.0 if key_x < x else -30.0
    turns = [(x, y + 14), (x, 900 + offset), (x - side, _KEY_THREAD_Y_PX + offset)]
    turns += [(key_x + side, _KEY_THREAD_Y_PX + offset), (key_x, _KEY_THREAD_Y_PX + 26)]
    return rounded_polyline([*turns, (key_x, KEYBOARD_RECT.top)])


def heard_note_path(key_x: float) -> Floats:
    """The way from the top of a key to the beginning of the trunk, shape (n, 2)."""
    x = TRUNK_LEFT - 76
    turns = [
        (key_x, KEYBOARD_RECT.top),
        (key_x, _KEY_THREAD_Y_PX + 18),
        (key_x - 22, _KEY_THREAD_Y_PX),
    ]
    turns += [
        (x + 26, _KEY_THREAD_Y_PX),
        (x, _KEY_THREAD_Y_PX - 26),
        (x, TRUNK_Y + 24),
        (x + 24, TRUNK_Y),
    ]
    return rounded_polyline([*turns, (TRUNK_LEFT, TRUNK_Y)])


def rounded_polyline(corners: Sequence[tuple[float, float]], radius: float = 16.0) -> Floats:
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
    even = np.linspace(0, arc[-1], max(8, int(arc[-1] / _POINT_SPACING_PX)))
    return np.stack([np.interp(even, arc, path[:, axis]) for axis in (0, 1)], axis=1)


def _offsets(gap: float) -> list[float]:
    return [(lane - (TRACES_PER_BUNDLE - 1) / 2) * gap for lane in range(TRACES_PER_BUNDLE)]


def _rim(valve: GateValve, offset: float) -> float:
    """How far above a valve's middle its rim lies, `offset` from the middle."""
    return float(np.sqrt(max(0.0, (valve.radius + TRACE_CLEARANCE_PX) ** 2 - offset**2)))


def _valve_top_points(valve: GateValve) -> list[tuple[float, float]]:
    """Where upright traces meet the top of a valve."""
    return [(valve.x + offset, valve.y - _rim(valve, offset)) for offset in _offsets(_TRACE_GAP_PX)]


def _input_trace_paths(valve: GateValve) -> list[Floats]:
    """From the left along the trunk, then slantwise up into a valve from below."""
    lanes = []
    for lane, (offset, level) in enumerate(
        zip(_offsets(_TRACE_GAP_PX), _offsets(_TRUNK_GAP), strict=True)
    ):
        x, y = valve.x + offset, TRUNK_Y + level
        slant = 40 + lane * _TRUNK_GAP
        end = valve.y + _rim(valve, offset)
        turns = [(TRUNK_LEFT, y), (x - slant, y), (x, y - slant), (x, end)]
        lanes.append(rounded_polyline(turns))
    return lanes


def _output_trace_paths() -> list[Floats]:
    left = OUTPUT_VALVE.x + OUTPUT_VALVE.radius + TRACE_CLEARANCE_PX
    return [
        rounded_polyline(
            [
                (left, OUTPUT_VALVE.y + wide),
                (1640, OUTPUT_VALVE.y + wide),
                (1690, OUTPUT_VALVE.y + near),
                (OUTPUT_JUNCTION[0], OUTPUT_VALVE.y + near),
            ]
        )
        for wide, near in zip(_offsets(_TRUNK_GAP), _offsets(_JUNCTION_GAP_PX), strict=True)
    ]


def _feedback_trace_paths() -> list[Floats]:
    """Out of the voice, down, and below the trunk back to its beginning."""
    loops = []
    for k in range(FEEDBACK_TRACES):
        out, below, near = 1600 + 5.0 * k, 884 + 4.0 * k, TRUNK_LEFT - 24 - 5.0 * k
        start = OUTPUT_VALVE.y + (TRACES_PER_BUNDLE / 2 - 0.5 - k) * _TRUNK_GAP
        turns = [(out, start), (out + 20, start + 20), (out + 20, below - 20), (out, below)]
        turns += [(near + 24, below), (near, below - 24), (near, TRUNK_Y + 36 - 4.6 * k + 20)]
        turns += [(near + 20, TRUNK_Y + 36 - 4.6 * k), (TRUNK_LEFT, TRUNK_Y + 36 - 4.6 * k)]
        loops.append(rounded_polyline(turns))
    return loops
