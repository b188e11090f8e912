"""Waves: hidden states travel in, one cell fires one note.

Each trace is a unit of the last layer, and its hidden state travels towards the cell. A point of
the trace swings by the hidden state that arrives from there, on a carrier wave. So the composed
future is visible; beyond the last composed note the traces are calm.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.clock import SECOND
from messages.cues import HIDDEN_INDEX, NoteCue, NoteSource
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.animation import anticipation_level
from visuals.drawing.canvas import Canvas, add_background_light, mute_colour
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, glow_atlas
from visuals.drawing.theme import PITCH_COLOURS, RULE_COLOUR, shade
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats
from visuals.scenes.base.scene import Scene
from visuals.scenes.base.shown_units import choose_shown_units, output_hit_targets
from visuals.scenes.waves.abc_ticker import AbcTicker
from visuals.scenes.waves.axon import Axon
from visuals.scenes.waves.cell_body import CellBody
from visuals.scenes.waves.drummer_traces import DrummerTraces
from visuals.scenes.waves.hidden_state_traces import TRAVEL_SPEED_PX_PER_S, HiddenStateTraces
from visuals.scenes.waves.trace_paths import POINTS_PER_PATH, CellCircle, lay_paths
from visuals.widgets.hit_targets import TOUCH_RADIUS_PX
from visuals.widgets.piano_roll import PianoRoll

CELL_CIRCLE = CellCircle(764.0, 376.0, 76.0)
MAX_TRACES = 30
MAX_PACKETS = 64  # number of coming notes with beads on the traces
_TRACES_RECT = pygame.Rect(1130, 206, 658, 398)  # of their level parts
_TERMINALS_RECT = pygame.Rect(192, 184, 60, 366)
_PIANO_ROLL_RECT = pygame.Rect(80, 672, 1708, 92)
_MAX_CONTRIBUTORS = 7
_HIT_TARGET_POINT = 24  # point of a trace at which a selected unit is marked


class WavesScene(Scene):
    """Hidden states of the last layer on their way to a note."""

    name = "waves"
    prompt_position = (80, 842)
    crowd_position = (900, 36)
    piano_roll = PianoRoll(_PIANO_ROLL_RECT, CELL_CIRCLE.x, TRAVEL_SPEED_PX_PER_S, 6)
    glow_rect = pygame.Rect(192, 72, 1632, 592)  # area of the traces, the cell and the axon

    def _prepare(self) -> None:
        network = self.network
        self._units = choose_shown_units(network, MAX_TRACES)
        self._pitch_classes = network.preferred_pitch_class[-1, self._units].tolist()
        layout = self.layout
        level = layout.rect(_TRACES_RECT, "waves traces")
        share = (CELL_CIRCLE.y - _TRACES_RECT.top) / _TRACES_RECT.height
        height = level.top + share * level.height
        self._cell = cell = CellCircle(layout.x(CELL_CIRCLE.x), height, CELL_CIRCLE.radius)
        self._trace_start_x = level.right
        self._paths = lay_paths(len(self._units), cell, level, layout.x_map[1])
        positions = self._paths.points[:, _HIT_TARGET_POINT].copy()
        self.hit_targets = output_hit_targets(network, self._units, positions)
        self._traces = HiddenStateTraces(
            self._paths, self._pitch_classes, partial(_hidden_states, self._units)
        )
        self._drummer = DrummerTraces(layout, self.resources, TRAVEL_SPEED_PX_PER_S)
        self._body = CellBody(cell)
        ends = layout.rect(_TERMINALS_RECT, "waves terminals")
        self._axon = Axon(cell, ends.top, ends.bottom, self._glow, layout)
        below_roll = self.piano_roll.rect.bottom + 12
        gap = self.piano_roll.label_gap(self.resources.typesetter, self.resources.words)
        self._ticker = AbcTicker(*gap, below_roll)
        self._contributor_cache: dict[tuple[int, int], list[int]] = {}  # by serial and due time
        self._packet = glow_atlas(12, core=2.0, halo=0.45, white=0.6)
        self._entry_light = glow_atlas(16, core=3.0, halo=0.6, white=0.7)
        self._halo = glow_atlas(50, halo=1.0, power=1.5)

    def _draw_network(self, surface: pygame.Surface, frame: Frame) -> None:
        axon_light = self._axon.light_levels(frame)
        body_light = axon_light[0]
        gain = frame.output_gain(self._units)
        latest = frame.timeline.latest_cue(frame.time)
        contributions = np.zeros(len(self._units))
        if latest is not None:
            contributions = self._contributions(latest.cue) * body_light.max() * gain
        lines = self._traces.draw(surface, self._glow, frame, contributions, gain)
        sprites = self._packets(frame, lines)
        sprites += self._entry_lights(contributions)
        sprites += self._body_lights(frame, body_light)
        sprites += self._axon.draw(surface, frame, axon_light)
        self._drummer.draw(surface, frame)
        self.piano_roll.draw(surface, frame.timeline, frame.time, frame.taken_up)
        surface.fblits(sprites, BLEND_ADD)
        if frame.detail_level > 0:
            self._glow.add_to(surface)
        self._ticker.draw(surface, self.resources.typesetter, frame.timeline, frame.time)

    def unit_at(self, x: float, y: float) -> tuple[int, int] | None:
        """The unit of the nearest trace, anywhere along the trace."""
        if not self._cell.x + self._cell.radius < x < self._trace_start_x + TOUCH_RADIUS_PX:
            return None
        column = int(np.abs(self._paths.points[0, :, 0] - x).argmin())
        distance = np.abs(self._paths.points[:, column, 1] - y)
        nearest = int(distance.argmin())
        if distance[nearest] > TOUCH_RADIUS_PX:
            return None
        return self.network.layers - 1, int(self._units[nearest])

    def _contributions(self, cue: NoteCue) -> Floats:
        """Contribution (readout weight times hidden state) of each unit to a note, 0 to 1."""
        key = fold_pitch(cue.pitch) - LOWEST_PITCH
        contributions = self.network.readout[key, self._units] * _hidden_states(self._units, cue)
        return np.clip(contributions / max(1e-6, float(np.abs(contributions).max())), 0.0, 1.0)

    def _contributors(self, cue: NoteCue) -> list[int]:
        """The traces with the largest contributions for a note; cached."""
        key = (cue.serial, cue.due)  # serials restart with every performer
        if key not in self._contributor_cache:
            if len(self._contributor_cache) > MAX_PACKETS:
                self._contributor_cache.clear()
            contributions = self._contributions(cue)
            strongest = np.argsort(-contributions)[:_MAX_CONTRIBUTORS]
            self._contributor_cache[key] = strongest[contributions[strongest] > 0.1].tolist()
        return self._contributor_cache[key]

    def _packets(self, frame: Frame, lines: NDArray[np.float32]) -> list[PlacedSprite]:
        """Beads of coming notes, on the traces of their contributors; they arrive with the note."""
        sprites: list[PlacedSprite] = []
        coming = frame.timeline.cues_between(frame.time, frame.time + 4 * SECOND)
        composed = [timed for timed in coming if timed.cue.source is not NoteSource.VISITOR]
        for timed in composed[:MAX_PACKETS]:
            remaining = -frame.seconds_since(timed.due)
            if remaining < -0.02:
                continue
            for trace in self._contributors(timed.cue):
                share = 1.0 - remaining * TRAVEL_SPEED_PX_PER_S / self._paths.arc_length[trace, -1]
                point = int(share * (POINTS_PER_PATH - 1))
                if 2 < point < POINTS_PER_PATH - 1:
                    level = 0.30 + 0.65 * (point / POINTS_PER_PATH) ** 2
                    x, y = lines[trace, point].tolist()
                    tone = timed.cue.pitch % 12
                    sprites.append(self._packet.sprite_centred_at(tone, level, x, y))
        return sprites

    def _entry_lights(self, contributions: Floats) -> list[PlacedSprite]:
        """Lights where the traces of the contributors meet the membrane."""
        entries, tones = self._paths.points[:, -1], self._pitch_classes
        return [
            self._entry_light.sprite_centred_at(tones[k], float(contributions[k]), *entries[k])
            for k in np.flatnonzero(contributions > 0.12)
        ]

    def _body_lights(self, frame: Frame, levels: Floats) -> list[PlacedSprite]:
        """Light of the cell body: the sounding notes, and the charge for the next note."""
        shares = levels**3  # favours the newest note; a chord is no brighter than one note
        levels = 0.86 * levels.max() * shares / max(1e-9, float(shares.sum()))
        following = frame.timeline.next_cue(frame.time)
        if following is not None and following.cue.source is not NoteSource.VISITOR:
            levels[following.cue.pitch % 12] += 0.34 * anticipation_level(following, frame.time)
        sprites = []
        for tone in np.flatnonzero(levels > 0.03).tolist():
            level = min(1.0, float(levels[tone]))
            sprites.append(self._body.light(tone, level))
            self._glow.add_light(self._halo, tone, 0.16 * level, self._cell.centre)
        return sprites

    def _draw_background(self) -> pygame.Surface:
        canvas = Canvas(self.layout.size)
        add_background_light(canvas, self._cell.centre)
        self._body.draw_dendrites(canvas)
        self._axon.draw_hillock(canvas)
        canvas.flatten_strokes(0.75)
        self._body.draw_static(canvas)
        self._axon.draw_static(canvas)
        canvas.flatten_strokes(0.95)
        traces = list(zip(self._pitch_classes, self._paths.points, strict=True))
        for tone, points in traces:
            canvas.draw_line(points, mute_colour(PITCH_COLOURS[tone], 0.11), 0.5)
        canvas.flatten_strokes()
        for tone, points in traces:
            canvas.draw_circle(points[-1], 2.2, shade(PITCH_COLOURS[tone], 0.8))
        top = self._cell.y + self._cell.radius + 96
        for y in np.arange(top, self.piano_roll.rect.top - 14, 9):
            canvas.draw_circle((self._cell.x, y), 0.9, shade(RULE_COLOUR, 1.2))
        canvas.flatten_strokes()
        subtitle = self.resources.words["waves.subtitle"].format(
            shown=len(self._units), units=self.network.layers * self.network.units
        )
        surface = self._finish_background(canvas, subtitle, labels=True)
        self._axon.write_note_names(surface, self.resources.typesetter, self.resources.words)
        return surface


def _hidden_states(units: NDArray[np.int64], cue: NoteCue) -> NDArray[np.float32]:
    """Hidden states of units of the last layer; a method would make the scene refer to itself."""
    return cue.activations[-1, HIDDEN_INDEX, units]
