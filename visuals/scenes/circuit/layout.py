"""Geometry of the Circuit: the bus of memory lines, the four valves, and the traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.theme import KEYBOARD_RECT
from visuals.drawing.typography import TextAlign
from visuals.scenes.base.geometry import Floats, arc_lengths, resample_curve

MAX_MEMORY_LINES = 48
TRACES_PER_BUNDLE = 16
FEEDBACK_TRACES = 8
CANDIDATE_TRACES = 8
BUS_LEFT_PX, BUS_RIGHT_PX = 168.0, 1752.0
TRUNK_LEFT_PX, TRUNK_Y_PX = BUS_LEFT_PX, 808.0
"""Start and height of the bundle that carries the note into all valves."""
OUTPUT_JUNCTION_PX = (1770.0, 612.0)  # point where the outputs of all cells meet
TRACE_CLEARANCE_PX = 12.0  # distance of the traces from the rim of a valve, pixels
_BUS_TOP_PX, _BUS_HEIGHT_PX = 216.0, 223.25
_TRACE_GAP_PX, _TRUNK_GAP_PX, _JUNCTION_GAP_PX = 6.2, 4.6, 1.6
_POINT_SPACING_PX = 7.0
_KEY_THREAD_Y_PX = 930.0


@dataclass(frozen=True, slots=True)
class GateValve:
    """A round valve and its label, pixels."""

    x: float
    y: float
    radius: float
    word: str  # key of the label in `Words`
    label_offset: tuple[float, float]  # from the centre
    align: TextAlign = "right"

    @property
    def centre(self) -> Floats:
        """Centre, shape (2,), pixels."""
        return np.array([self.x, self.y])


FORGET_VALVE = GateValve(552.0, _BUS_TOP_PX + _BUS_HEIGHT_PX / 2, 142.0, "gate.keep", (-100, 150))
INPUT_VALVE = GateValve(900.0, 612.0, 82.0, "gate.write", (-116, -52))
CANDIDATE_VALVE = GateValve(1152.0, 612.0, 70.0, "circuit.idea", (0, -174), "centre")
OUTPUT_VALVE = GateValve(1430.0, 612.0, 82.0, "gate.say", (-116, -52))
VALVES = (FORGET_VALVE, INPUT_VALVE, CANDIDATE_VALVE, OUTPUT_VALVE)


@dataclass(frozen=True, slots=True, eq=False)
class CircuitLayout:
    """Geometry for a number of memory lines, pixels."""

    line_heights: Floats  # (lines,)
    served_lines: NDArray[np.int64]  # (traces of a bundle,): line that each trace serves
    input_traces: list[Floats]  # (n, 2) each, from the trunk into all valves
    write_traces: Floats  # (traces, 3): x, top and bottom, from the input valve to its lines
    read_traces: Floats  # (traces, 3): the same, from the lines to the output valve
    candidate_traces: Floats  # (traces, 3): left, right and y, from candidate to input valve
    output_traces: list[Floats]  # (n, 2) each, from the output valve to the junction
    feedback_traces: list[Floats]  # (n, 2) each, from the output back to the trunk


def lay_out_circuit(lines: int) -> CircuitLayout:
    """The geometry for a number of memory lines."""
    gap = _BUS_HEIGHT_PX / MAX_MEMORY_LINES  # of a full bus; fewer lines lie further apart
    share = (np.arange(lines) + 0.5) / lines
    heights = np.round(_BUS_TOP_PX + share * _BUS_HEIGHT_PX - gap / 2)
    order = TRACES_PER_BUNDLE - 1 - np.arange(TRACES_PER_BUNDLE)
    served = ((order + 0.5) / TRACES_PER_BUNDLE * lines).astype(np.int64)
    left = INPUT_VALVE.x + INPUT_VALVE.radius + TRACE_CLEARANCE_PX
    right = CANDIDATE_VALVE.x - CANDIDATE_VALVE.radius - 6
    levels = CANDIDATE_VALVE.y + (np.arange(CANDIDATE_TRACES) - (CANDIDATE_TRACES - 1) / 2) * 6.0
    return CircuitLayout(
        heights,
        served,
        [path for valve in VALVES for path in _input_trace_paths(valve)],
        _upright_traces(INPUT_VALVE, heights[served]),
        _upright_traces(OUTPUT_VALVE, heights[served]),
        np.array([(left, right, y) for y in levels]),
        _output_trace_paths(),
        [_feedback_trace_path(k) for k in range(FEEDBACK_TRACES)],
    )


def output_thread_path(key_x: float) -> Floats:
    """The path from the output junction to the top of a key, shape (n, 2)."""
    x, y = OUTPUT_JUNCTION_PX
    side = 30.0 if key_x < x else -30.0
    turns = [(x, y + 14), (x, 900), (x - side, _KEY_THREAD_Y_PX), (key_x + side, _KEY_THREAD_Y_PX)]
    turns += [(key_x, _KEY_THREAD_Y_PX + 26), (key_x, KEYBOARD_RECT.top)]
    return rounded_polyline(turns)


def heard_note_path(key_x: float) -> Floats:
    """The path from the top of a key to the start of the trunk, shape (n, 2)."""
    x, y = TRUNK_LEFT_PX - 76, _KEY_THREAD_Y_PX
    turns = [(key_x, KEYBOARD_RECT.top), (key_x, y + 18), (key_x - 22, y), (x + 26, y), (x, y - 26)]
    turns += [(x, TRUNK_Y_PX + 24), (x + 24, TRUNK_Y_PX), (TRUNK_LEFT_PX, TRUNK_Y_PX)]
    return rounded_polyline(turns)


def rounded_polyline(corners: Sequence[tuple[float, float]], radius: float = 16.0) -> Floats:
    """A line through corners, rounded by quadratic Bezier curves, in even steps, shape (n, 2)."""
    points = np.array(corners, np.float64)
    line = [points[:1]]
    share = np.linspace(0, 1, 9)[:, None]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        back, on = before - corner, after - corner
        back_length, on_length = float(np.hypot(*back)), float(np.hypot(*on))
        reach = min(radius, back_length / 2, on_length / 2)
        enter = corner + back / max(1e-9, back_length) * reach
        leave = corner + on / max(1e-9, on_length) * reach
        line.append((1 - share) ** 2 * enter + 2 * (1 - share) * share * corner + share**2 * leave)
    path = np.concatenate([*line, points[-1:]])
    return resample_curve(path, max(8, int(arc_lengths(path)[-1] / _POINT_SPACING_PX)))


def _lane_offsets(gap: float) -> Floats:
    """Offsets of the traces of a bundle from its middle, pixels, shape (TRACES_PER_BUNDLE,)."""
    return (np.arange(TRACES_PER_BUNDLE) - (TRACES_PER_BUNDLE - 1) / 2) * gap


def _rim_heights(valve: GateValve, offsets: Floats) -> Floats:
    """Height of a valve's rim, with clearance, above its centre at offsets across, pixels."""
    return np.sqrt(np.maximum(0.0, (valve.radius + TRACE_CLEARANCE_PX) ** 2 - offsets**2))


def _upright_traces(valve: GateValve, tops: Floats) -> Floats:
    """x, top and bottom of traces from memory lines down to a valve, (TRACES_PER_BUNDLE, 3)."""
    offsets = _lane_offsets(_TRACE_GAP_PX)
    return np.stack([valve.x + offsets, tops, valve.y - _rim_heights(valve, offsets)], axis=1)


def _input_trace_paths(valve: GateValve) -> list[Floats]:
    """Traces from the left along the trunk, then slanted and upright into a valve from below."""
    paths, offsets = [], _lane_offsets(_TRACE_GAP_PX)
    ends = valve.y + _rim_heights(valve, offsets)
    slants = 40 + np.arange(TRACES_PER_BUNDLE) * _TRUNK_GAP_PX
    levels = TRUNK_Y_PX + _lane_offsets(_TRUNK_GAP_PX)
    for x, y, slant, end in zip(valve.x + offsets, levels, slants, ends, strict=True):
        turns = [(TRUNK_LEFT_PX, y), (x - slant, y), (x, y - slant), (x, end)]
        paths.append(rounded_polyline(turns))
    return paths


def _output_trace_paths() -> list[Floats]:
    """Traces from the output valve, narrowing towards the junction."""
    left, right = OUTPUT_VALVE.x + OUTPUT_VALVE.radius + TRACE_CLEARANCE_PX, OUTPUT_JUNCTION_PX[0]
    starts = OUTPUT_VALVE.y + _lane_offsets(_TRUNK_GAP_PX)
    ends = OUTPUT_VALVE.y + _lane_offsets(_JUNCTION_GAP_PX)
    return [
        rounded_polyline([(left, start), (1640, start), (1690, end), (right, end)])
        for start, end in zip(starts, ends, strict=True)
    ]


def _feedback_trace_path(lane: int) -> Floats:
    """A trace from the output, down, and below the trunk back to the trunk's start."""
    out, below, near = 1600 + 5.0 * lane, 884 + 4.0 * lane, TRUNK_LEFT_PX - 24 - 5.0 * lane
    start = OUTPUT_VALVE.y + (TRACES_PER_BUNDLE / 2 - 0.5 - lane) * _TRUNK_GAP_PX
    end = TRUNK_Y_PX + 36 - 4.6 * lane
    turns = [(out, start), (out + 20, start + 20), (out + 20, below - 20), (out, below)]
    turns += [(near + 24, below), (near, below - 24), (near, end + 20)]
    turns += [(near + 20, end), (TRUNK_LEFT_PX, end)]
    return rounded_polyline(turns)
