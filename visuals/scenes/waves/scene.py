"""Waves: hidden states travel in, one cell fires one note.

Each trace is a real unit of the last layer. Its distance from its line, at a place from which a
wave needs s seconds to the cell, is the hidden state that unit will have s seconds from now, on a
carrier wave. As far as the music is composed the future is thus there to see; beyond, it is calm.
"""

from __future__ import annotations

import numpy as np
import pygame

from messages.cues import HIDDEN, Cue, Source
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.animation import charge, light_levels_at
from visuals.drawing.bloom import Glow
from visuals.drawing.canvas import Canvas, grey, vignette
from visuals.drawing.line_renderer import Bundle, Strokes
from visuals.drawing.sprites import ADD, Placed, glow_atlas
from visuals.drawing.theme import (
    DIM,
    FAINT,
    FIFTHS_PLACE,
    MARGIN,
    PITCH_COLOURS,
    TITLE_PLACE,
    shade,
)
from visuals.drawing.typography import SUBTITLE, TITLE, TextStyle
from visuals.hud.abc_ticker import Script
from visuals.hud.note_name_label import NoteName
from visuals.hud.piano_roll import Ribbon
from visuals.input.hit_targets import FINGER, Sites
from visuals.network_summary import Anatomy
from visuals.scenes.base import Frame, Scene, Toolkit
from visuals.scenes.waves.cell_body import CellBody, lit_branches, tones_of, travelled
from visuals.scenes.waves.hidden_state_traces import SPEED, Traces
from visuals.scenes.waves.trace_paths import POINTS, Cell, Floats, choose_units, lay_paths
from visuals.timeline import SECOND, TimedCue

CELL = Cell(1262.0, 432.0, 76.0)
_START, _BEND = 132.0, 880.0
_TOP, _BOTTOM = 190.0, 684.0
_RIBBON = pygame.Rect(132, 764, 1708, 112)
GLOW_RECT = pygame.Rect(96, 104, 1632, 640)
"""What may glow: traces, cell and axon."""
_SCRIPT_LEFT = 270.0
"""Where a line of text may begin: between what the ribbon says of past and future."""
_VOTERS = 7
_PICKED = 24
"""The point of a trace that stands for its unit where one is looked at."""
MOST_PACKETS = 64
"""Coming notes whose beads are drawn, the soonest."""
_AXON_TIME, _BRANCH_TIME = 0.11, 0.13


class Waves(Scene):
    """The last layer's hidden states on their way to a note."""

    name = "waves"
    prompt_place = (1388, 606)

    def __init__(self, anatomy: Anatomy, toolkit: Toolkit) -> None:
        super().__init__(anatomy, toolkit)
        self._units = choose_units(anatomy)
        self._tones = [int(tone) for tone in anatomy.preference[-1, self._units]]
        self._paths = lay_paths(len(self._units), CELL, _START, _BEND, _TOP, _BOTTOM)
        self._layer = anatomy.layers - 1
        self._sites = self._build_sites()
        self._traces = Traces(self._paths, self._tones, self._hidden)
        self._body = CellBody(CELL, 176, 556)
        self._ribbon = Ribbon(_RIBBON, CELL.x, SPEED)
        self._note_name = NoteName(toolkit.type)
        self._script = Script(_SCRIPT_LEFT, CELL.x - 52, _RIBBON.bottom + 14)
        self._glow = Glow(GLOW_RECT)
        self._shine = [self._glow.small(branch[::3]) for branch in self._body.branches]
        self._lengths = self._paths.arc[:, -1].tolist()
        self._known_voters: dict[int, list[int]] = {}
        self._strokes = Strokes(PITCH_COLOURS)
        self._packet = glow_atlas(12, core=2.0, halo=0.45, white=0.6)
        self._entry = glow_atlas(16, core=3.0, halo=0.6, white=0.7)
        self._halo = glow_atlas(50, halo=1.0, power=1.5)
        self._sheath_halo = glow_atlas(9, halo=1.0)
        self._background = self._draw_background()

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        surface.blit(self._background, (0, 0))
        self._glow.begin()
        tones, *sheaths, arrived = self._tones_along(frame)
        gain = np.ones(len(self._units)) if frame.gain is None else frame.gain[-1, self._units]
        votes = self._votes(frame) * tones.max() * gain
        sprites: list[Placed] = []
        lines = self._traces.draw(surface, self._glow, frame, votes, gain)
        sprites += self._packets(frame, lines)
        sprites += self._synapses(votes)
        sprites += self._fire(frame, tones)
        sprites += self._draw_axon(surface, frame, sheaths, arrived)
        self._ribbon.draw(surface, frame.timeline, frame.time)
        surface.fblits(sprites, ADD)
        if frame.detail > 0:
            self._glow.add_to(surface)
        self.toolkit.keyboard.draw(surface, frame.keys, frame.ahead, frame.visitor)
        self._note_name.draw(surface, frame.timeline, frame.time)
        self._script.draw(surface, self.toolkit.type, frame.timeline, frame.time)

    def _tones_along(self, frame: Frame) -> Floats:
        """Light of each tone in the body, at each sheath and at the terminals, shape (n, 12)."""
        sheaths = len(self._body.sheaths)
        delays = [_AXON_TIME * place / sheaths for place in range(sheaths + 1)]
        delays.append(_AXON_TIME + _BRANCH_TIME)
        times = [frame.time - round(delay * SECOND) for delay in delays]
        return light_levels_at(frame.timeline.cues, times, _tone, 12)

    @property
    def sites(self) -> Sites:
        return self._sites

    def unit_at(self, x: float, y: float) -> tuple[int, int] | None:
        """The unit of the trace nearest to a point, anywhere along it."""
        if not _START - FINGER < x < CELL.x - CELL.radius:
            return None
        column = int(np.abs(self._paths.points[0, :, 0] - x).argmin())
        away = np.abs(self._paths.points[:, column, 1] - y)
        nearest = int(away.argmin())
        return (self._layer, int(self._units[nearest])) if away[nearest] <= FINGER else None

    def _hidden(self, cue: Cue) -> np.ndarray:
        return cue.activations[-1, HIDDEN, self._units]

    def _votes(self, frame: Frame) -> Floats:
        """How much each unit speaks for the note that sounds, shape (traces,), 0..1."""
        latest = frame.timeline.latest(frame.time)
        if latest is None:
            return np.zeros(len(self._units))
        return self._votes_for(latest.cue)

    def _votes_for(self, cue: Cue) -> Floats:
        key = fold_pitch(cue.pitch) - LOWEST_PITCH
        speaks = self.anatomy.readout[key, self._units] * self._hidden(cue)
        return np.clip(speaks / max(1e-6, float(np.abs(speaks).max())), 0.0, 1.0)

    def _packets(self, frame: Frame, lines: np.ndarray) -> list[Placed]:
        """Beads that ride the traces of a coming note's strongest voters and arrive with it."""
        sprites: list[Placed] = []
        coming = frame.timeline.between(frame.time, frame.time + 4 * SECOND)
        mine = [timed for timed in coming if timed.cue.source is not Source.VISITOR]
        for timed in mine[:MOST_PACKETS]:
            left = (timed.due - frame.time) / SECOND
            if left < -0.02:
                continue
            for trace in self._voters(timed.cue):
                place = int((1.0 - left * SPEED / self._lengths[trace]) * (POINTS - 1))
                if 2 < place < POINTS - 1:
                    level = 0.30 + 0.65 * (place / POINTS) ** 2
                    x, y = lines[trace, place].tolist()
                    sprites.append(self._packet.placed(timed.cue.pitch % 12, level, x, y))
        return sprites

    def _voters(self, cue: Cue) -> list[int]:
        """The traces that speak the most for a note, worked out once."""
        voters = self._known_voters.get(cue.serial)
        if voters is None:
            votes = self._votes_for(cue)
            voters = [int(k) for k in np.argsort(-votes)[:_VOTERS] if votes[k] > 0.1]
            if len(self._known_voters) > MOST_PACKETS:
                self._known_voters.clear()
            self._known_voters[cue.serial] = voters
        return voters

    def _synapses(self, votes: Floats) -> list[Placed]:
        entries = self._paths.entries
        return [
            self._entry.placed(self._tones[k], float(votes[k]), *entries[k])
            for k in np.flatnonzero(votes > 0.12)
        ]

    def _fire(self, frame: Frame, tones: Floats) -> list[Placed]:
        """Light of the cell body: what sounds, and the charge for what comes next."""
        shares = tones**3  # the newest leads; several at once have the light of one
        levels = 0.86 * tones.max() * shares / max(1e-9, float(shares.sum()))
        following = _next_of_network(frame)
        if following is not None:
            levels[following.cue.pitch % 12] += 0.34 * charge(following, frame.time)
        sprites = []
        for tone in np.flatnonzero(levels > 0.03):
            level = min(1.0, float(levels[tone]))
            sprites.append(self._body.fire_placed(int(tone), level))
            self._glow.light(self._halo, int(tone), 0.16 * level, (CELL.x, CELL.y))
        return sprites

    def _draw_axon(
        self, surface: pygame.Surface, frame: Frame, sheaths: list[Floats], levels: Floats
    ) -> list[Placed]:
        """The impulse: sheath after sheath, then along a branch to the tone that sounds."""
        body = self._body
        for sheath, light in zip(body.sheaths, sheaths, strict=True):
            tone = int(light.argmax())
            if light[tone] > 0.03:
                self._draw_sheath(surface, sheath, tone, float(light[tone]))
        expected = tones_of(frame.ahead)
        sprites: list[Placed] = []
        lines, shine = Bundle(), Bundle()
        for place, tone, level in lit_branches(np.maximum(levels, 0.55 * expected**0.7)):
            branch, sounds = body.branches[place], float(levels[tone])
            lines.add_lines(branch[None], tone, 0.16 + 0.80 * level)
            if sounds > 0.05:
                lines.add_lines(branch[None] + (0, 1), tone, 0.16 + 0.80 * level)
                shine.add_lines(self._shine[place][None], tone, 0.3 * sounds)
            x, y = body.terminals[place]
            sprites.append(body.terminal_dot.placed(tone, min(1.0, 0.25 + level), x, y))
            if sounds > 0.03:
                sprites.append(body.terminal_light.placed(tone, sounds, x, y))
        self._strokes.draw_bundle(surface, lines)
        self._glow.draw_bundle(self._strokes, shine)
        return sprites + self._impulse(frame)

    def _draw_sheath(
        self, surface: pygame.Surface, sheath: Floats, tone: int, level: float
    ) -> None:
        colour = PITCH_COLOURS[tone]
        outline = sheath.tolist()
        pygame.draw.polygon(surface, shade(colour, 0.12 + 0.55 * level), outline)
        pygame.draw.aalines(surface, shade(colour, 0.35 + 0.60 * level), True, outline)
        x, y = sheath.mean(axis=0).tolist()
        self._glow.light(self._sheath_halo, tone, 0.3 * level, (x, y))

    def _impulse(self, frame: Frame) -> list[Placed]:
        """The spark that runs down the axon and its branch."""
        latest = frame.timeline.latest(frame.time)
        if latest is None:
            return []
        age = (frame.time - latest.due) / SECOND
        tone = latest.cue.pitch % 12
        if age < _AXON_TIME:
            place = travelled(self._body.axon, age / _AXON_TIME)
        elif age < _AXON_TIME + _BRANCH_TIME:
            branch = self._body.branches[FIFTHS_PLACE[tone]]
            place = travelled(branch, (age - _AXON_TIME) / _BRANCH_TIME)
        else:
            return []
        return [self._body.spark.placed(tone, 0.9, *place)]

    def _build_sites(self) -> Sites:
        """Units at their numbers, where traces set out."""
        units = np.array([(self._layer, unit) for unit in self._units], np.int64)
        return Sites(units.reshape(-1, 2), self._paths.points[:, _PICKED].copy())

    def _draw_background(self) -> pygame.Surface:
        canvas = Canvas()
        vignette(canvas, (CELL.x, CELL.y))
        self._body.draw_static(canvas)
        for tone, points in zip(self._tones, self._paths.points, strict=True):
            canvas.line(points, grey(PITCH_COLOURS[tone], 0.11), 0.5)
        canvas.settle()
        for tone, entry in zip(self._tones, self._paths.entries, strict=True):
            canvas.circle(entry, 2.2, shade(PITCH_COLOURS[tone], 0.8))
        y = CELL.y + CELL.radius + 96
        while y < _RIBBON.top - 14:
            canvas.circle((CELL.x, y), 0.9, shade(FAINT, 1.2))
            y += 9
        canvas.settle()
        surface = canvas.surface()
        self._write(surface)
        self._body.draw_names(surface, self.toolkit.type)
        self._ribbon.draw_static(surface, self.toolkit.type, self.toolkit.words)
        self.toolkit.keyboard.draw_static(surface)
        return surface

    def _write(self, surface: pygame.Surface) -> None:
        type, words = self.toolkit.type, self.toolkit.words
        type.put(surface, words["waves.title"], TITLE_PLACE, TITLE)
        subtitle = words["waves.subtitle"].format(units=len(self._units))
        style = TextStyle(SUBTITLE.size, SUBTITLE.face, SUBTITLE.tracking, DIM)
        type.put(surface, subtitle, (MARGIN + 3, 128), style)
        for unit, tone, (_, y) in zip(
            self._units, self._tones, self._paths.points[:, 0], strict=True
        ):
            number = TextStyle(12, "mono-300", 0.0, shade(PITCH_COLOURS[tone], 0.62))
            type.put(surface, f"{unit:03d}", (_START - 12, y - 9), number, "right")


def _tone(cue: Cue) -> int:
    return cue.pitch % 12


def _next_of_network(frame: Frame) -> TimedCue | None:
    following = frame.timeline.following(frame.time)
    if following is None or following.cue.source is Source.VISITOR:
        return None
    return following
