"""Geometry of the Circuit: the bus of memory lines, the four valves, and the traces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from visuals.drawing.picture_layout import LANDSCAPE, PictureLayout
from visuals.drawing.typography import TextAlign
from visuals.scenes.base.geometry import Floats, arc_lengths, resample_curve

MAX_MEMORY_LINES = 48
TRACES_PER_BUNDLE = 16
FEEDBACK_TRACES = 8
CANDIDATE_TRACES = 8
TRACE_CLEARANCE_PX = 12.0  # distance of the traces from the rim of a valve, pixels
_TRUNK_GAP_PX, _JUNCTION_GAP_PX = 4.6, 1.6
_POINT_SPACING_PX = 7.0


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


@dataclass(frozen=True, slots=True)
class CircuitPlaces:
    """Places of the parts of the Circuit, pixels."""

    bus_left: float
    bus_right: float
    bus_top: float
    bus_height: float
    forget: GateValve
    input: GateValve
    candidate: GateValve
    output: GateValve
    trunk_left: float  # start of the bundle that carries the note into all valves
    trunk_y: float
    junction: tuple[float, float]  # point where the outputs of all cells meet
    feedback_y: float  # height of the way back to the trunk
    thread_y: float  # height of the threads above the keys
    heard_x: float  # where the light of a visitor's key rises to the trunk
    keys_top: float
    trace_gap: float = 6.2  # distance of the traces of a bundle
    memory_align: TextAlign = "right"  # end of the bus over which its caption stands
    heard_inset: float = 150.0  # distance of its caption from the start of the trunk
    thread_turn: tuple[float, float] | None = None  # where the thread to the keys turns aside

    @property
    def valves(self) -> tuple[GateValve, GateValve, GateValve, GateValve]:
        """All valves, from the left in landscape."""
        return self.forget, self.input, self.candidate, self.output

    @property
    def captions(self) -> tuple[tuple[str, tuple[float, float], TextAlign], ...]:
        """Word, position and alignment of the captions."""
        x, y = self.junction
        end = self.bus_right if self.memory_align == "right" else self.bus_left
        return (
            ("memory", (end, self.bus_top - 40), self.memory_align),
            ("heard", (self.trunk_left + self.heard_inset, self.trunk_y - 66), "left"),
            ("echo", (self.forget.x + 90, self.feedback_y - 28), "left"),
            ("voice", (x, y - 66), "centre"),
        )


LANDSCAPE_PLACES = CircuitPlaces(
    bus_left=168.0,
    bus_right=1704.0,
    bus_top=164.0,
    bus_height=223.25,
    forget=GateValve(552.0, 275.625, 142.0, "gate.keep", (-78, 150)),
    input=GateValve(900.0, 552.0, 82.0, "gate.write", (-116, -52)),
    candidate=GateValve(1152.0, 552.0, 70.0, "circuit.idea", (0, -170), "centre"),
    output=GateValve(1430.0, 552.0, 82.0, "gate.say", (-102, -52)),
    trunk_left=168.0,
    trunk_y=724.0,
    junction=(1770.0, 552.0),
    feedback_y=790.0,
    thread_y=960.0,
    heard_x=68.0,
    keys_top=976.0,
)
_UPRIGHT_PLACES = CircuitPlaces(
    bus_left=80.0,
    bus_right=1000.0,
    bus_top=300.0,
    bus_height=290.0,
    forget=GateValve(300.0, 445.0, 184.0, "gate.keep", (-110, 196)),
    input=GateValve(660.0, 960.0, 88.0, "gate.write", (44, -230), "left"),
    candidate=GateValve(440.0, 960.0, 66.0, "circuit.idea", (0, -184), "centre"),
    output=GateValve(906.0, 960.0, 88.0, "gate.say", (44, -230), "left"),
    trunk_left=80.0,
    trunk_y=1250.0,
    junction=(1040.0, 960.0),
    feedback_y=1360.0,
    thread_y=1660.0,
    heard_x=12.0,
    keys_top=1716.0,
    trace_gap=4.0,
    memory_align="left",
    heard_inset=0.0,
    thread_turn=(965.0, 1450.0),  # the buttons stand below the junction
)


def place_circuit(layout: PictureLayout) -> CircuitPlaces:
    """The places of all parts in a layout: upright ones of their own, else moved sideways."""
    if layout is LANDSCAPE:
        return LANDSCAPE_PLACES
    if layout.is_upright:
        return _UPRIGHT_PLACES
    wide, x = LANDSCAPE_PLACES, layout.x
    shrink = layout.y_map[1]
    valves = {
        name: replace(valve, x=x(valve.x), radius=shrink * valve.radius)
        for name, valve in zip(("forget", "input", "candidate", "output"), wide.valves, strict=True)
    }
    # the place of its label is the candidate's
    valves["output"] = replace(valves["output"], label_offset=(40, -150), align="left")
    return replace(
        wide,
        bus_left=x(wide.bus_left),
        bus_right=x(wide.bus_right),
        trunk_left=x(wide.trunk_left),
        junction=(x(wide.junction[0]), wide.junction[1]),
        trace_gap=4.6,
        **valves,
    )


@dataclass(frozen=True, slots=True, eq=False)
class CircuitLayout:
    """Geometry for a number of memory lines, pixels."""

    places: CircuitPlaces
    line_heights: Floats  # (lines,)
    served_lines: NDArray[np.int64]  # (traces of a bundle,): line that each trace serves
    input_traces: list[Floats]  # (n, 2) each, from the trunk into all valves
    write_traces: Floats  # (traces, 3): x, top and bottom, from the input valve to its lines
    read_traces: Floats  # (traces, 3): the same, from the lines to the output valve
    candidate_traces: Floats  # (traces, 3): left, right and y, from candidate to input valve
    output_traces: list[Floats]  # (n, 2) each, from the output valve to the junction
    feedback_traces: list[Floats]  # (n, 2) each, from the output back to the trunk


def lay_out_circuit(lines: int, places: CircuitPlaces = LANDSCAPE_PLACES) -> CircuitLayout:
    """The geometry for a number of memory lines."""
    gap = places.bus_height / MAX_MEMORY_LINES  # of a full bus; fewer lines lie further apart
    share = (np.arange(lines) + 0.5) / lines
    heights = np.round(places.bus_top + share * places.bus_height - gap / 2)
    order = TRACES_PER_BUNDLE - 1 - np.arange(TRACES_PER_BUNDLE)
    served = ((order + 0.5) / TRACES_PER_BUNDLE * lines).astype(np.int64)
    writes, idea = places.input, places.candidate
    first, second = sorted((writes, idea), key=lambda valve: valve.x)
    clearance = {writes: TRACE_CLEARANCE_PX, idea: 6.0}
    left = first.x + first.radius + clearance[first]
    right = second.x - second.radius - clearance[second]
    levels = idea.y + (np.arange(CANDIDATE_TRACES) - (CANDIDATE_TRACES - 1) / 2) * 6.0
    gap = places.trace_gap
    return CircuitLayout(
        places,
        heights,
        served,
        [path for valve in places.valves for path in _input_trace_paths(valve, places)],
        _upright_traces(writes, heights[served], gap),
        _upright_traces(places.output, heights[served], gap),
        np.array([(left, right, y) for y in levels]),
        _output_trace_paths(places),
        [_feedback_trace_path(k, places) for k in range(FEEDBACK_TRACES)],
    )


def output_thread_path(key_x: float, places: CircuitPlaces = LANDSCAPE_PLACES) -> Floats:
    """The path from the output junction to the top of a key, shape (n, 2)."""
    (x, y), level, top = places.junction, places.thread_y, places.keys_top
    turns = [(x, y + 14)]
    if places.thread_turn is not None:
        turn_x, turn_y = places.thread_turn
        turns += [(x, turn_y - 30), (x - 30, turn_y), (turn_x + 30, turn_y), (turn_x, turn_y + 30)]
        x = turn_x
    side = float(np.clip((x - key_x) / 2, -30, 30))  # a key right below has no way aside
    turns += [(x, level - 30), (x - side, level), (key_x + side, level)]
    turns += [(key_x, min(level + 26, top)), (key_x, top)]
    return rounded_polyline(turns)


def heard_note_path(key_x: float, places: CircuitPlaces = LANDSCAPE_PLACES) -> Floats:
    """The path from the top of a key to the start of the trunk, shape (n, 2)."""
    left, trunk, y = places.trunk_left, places.trunk_y, places.thread_y
    x, top = places.heard_x, places.keys_top
    from_key, to_side = (min(way, max(0.0, key_x - x) / 2) for way in (22.0, 26.0))
    turns = [(key_x, top), (key_x, min(y + 18, top)), (key_x - from_key, y), (x + to_side, y)]
    turns += [(x, y - 26)]
    turns += [(x, trunk + 24), (x + 24, trunk), (left, trunk)]
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


def _upright_traces(valve: GateValve, tops: Floats, gap: float) -> Floats:
    """x, top and bottom of traces from memory lines down to a valve, (TRACES_PER_BUNDLE, 3)."""
    offsets = _lane_offsets(gap)
    return np.stack([valve.x + offsets, tops, valve.y - _rim_heights(valve, offsets)], axis=1)


def _input_trace_paths(valve: GateValve, places: CircuitPlaces) -> list[Floats]:
    """Traces from the left along the trunk, then slanted and upright into a valve from below."""
    paths, offsets = [], _lane_offsets(places.trace_gap)
    ends = valve.y + _rim_heights(valve, offsets)
    slants = 40 + np.arange(TRACES_PER_BUNDLE) * _TRUNK_GAP_PX
    levels = places.trunk_y + _lane_offsets(_TRUNK_GAP_PX)
    for x, y, slant, end in zip(valve.x + offsets, levels, slants, ends, strict=True):
        turns = [(places.trunk_left, y), (x - slant, y), (x, y - slant), (x, end)]
        paths.append(rounded_polyline(turns))
    return paths


def _output_trace_paths(places: CircuitPlaces) -> list[Floats]:
    """Traces from the output valve, narrowing towards the junction."""
    valve = places.output
    left, right = valve.x + valve.radius + TRACE_CLEARANCE_PX, places.junction[0]
    narrow_from, narrow_to = left + 0.4715 * (right - left), left + 0.6748 * (right - left)
    starts = valve.y + _lane_offsets(_TRUNK_GAP_PX)
    ends = valve.y + _lane_offsets(_JUNCTION_GAP_PX)
    paths = [
        rounded_polyline([(left, start), (narrow_from, start), (narrow_to, end), (right, end)])
        for start, end in zip(starts, ends, strict=True)
    ]
    points = min(map(len, paths))  # all alike, to be drawn at once
    return [path if len(path) == points else resample_curve(path, points) for path in paths]


def _feedback_trace_path(lane: int, places: CircuitPlaces) -> Floats:
    """A trace from the output, down, and below the trunk back to the trunk's start."""
    valve, trunk = places.output, places.trunk_left
    left = valve.x + valve.radius + TRACE_CLEARANCE_PX
    room = 0.309 * (places.junction[0] - left)  # beside the valve
    out, below, near = left + room + 5.0 * lane, places.feedback_y + 4.0 * lane, trunk - 24
    out, near = (
        min(out, places.junction[0] - 20 - 5.0 * (FEEDBACK_TRACES - lane)),
        near - 5.0 * lane,
    )
    start = valve.y + (TRACES_PER_BUNDLE / 2 - 0.5 - lane) * _TRUNK_GAP_PX
    end = places.trunk_y + 36 - 4.6 * lane
    turns = [(out, start), (out + 20, start + 20), (out + 20, below - 20), (out, below)]
    turns += [(near + 24, below), (near, below - 24), (near, end + 20)]
    turns += [(near + 20, end), (trunk, end)]
    return rounded_polyline(turns)
