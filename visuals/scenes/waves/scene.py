"""Waves: hidden states travel in, one cell fires one note.

Each trace is a real unit of the last layer. Its distance from its line, at a place from which a
wave needs s seconds to the cell, is the hidden state that unit will have s seconds from now, on a
carrier wave. As far as the music is composed the future is thus there to see; beyond, it is calm.
"""

from __future__ import annotations

import numpy as np
import pygame

from messages.cues import HIDDEN_INDEX, NoteCue, NoteSource
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.animation import anticipation_level, light_levels_at
from visuals.drawing.bloom import GlowLayer
from visuals.drawing.canvas import Canvas, add_background_light, mute_colour
from visuals.drawing.line_renderer import LineBatch, LineRenderer
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, glow_atlas
from visuals.drawing.theme import (
    FIFTHS_POSITION,
    LABEL_COLOUR,
    MARGIN_PX,
    PITCH_COLOURS,
    RULE_COLOUR,
    TITLE_POSITION,
    shade,
)
from visuals.drawing.typography import SUBTITLE_STYLE, TITLE_STYLE, TextStyle
from visuals.hud.abc_ticker import AbcTicker
from visuals.hud.note_name_label import NoteNameLabel
from visuals.hud.piano_roll import PianoRoll
from visuals.input.hit_targets import TOUCH_RADIUS_PX, UnitHitTargets
from visuals.network_summary import NetworkSummary
from visuals.scenes.base import Frame, Scene, SceneResources
from visuals.scenes.waves.cell_body import (
    CellBody,
    lit_branches,
    pitch_class_probabilities,
    point_along,
)
from visuals.scenes.waves.hidden_state_traces import TRAVEL_SPEED_PX_PER_S, HiddenStateTraces
from visuals.scenes.waves.trace_paths import (
    POINTS_PER_PATH,
    CellCircle,
    Floats,
    choose_shown_units,
    lay_paths,
)
from visuals.timeline import SECOND, TimedCue

CELL_CIRCLE = CellCircle(1262.0, 432.0, 76.0)
_TRACE_START_X_PX, _TRACE_BEND_X_PX = 132.0, 880.0
_TRACES_TOP_PX, _TRACES_BOTTOM_PX = 190.0, 684.0
_PIANO_ROLL_RECT = pygame.Rect(132, 764, 1708, 112)
GLOW_RECT = pygame.Rect(96, 104, 1632, 640)
"""What may glow: traces, cell and axon."""
_SCRIPT_LEFT = 270.0
"""Where a line of text may begin: between what the ribbon says of past and future."""
_MAX_VOTERS = 7
_HIT_TARGET_POINT = 24
"""The point of a trace that stands for its unit where one is looked at."""
MAX_PACKETS = 64
"""Coming notes whose beads are drawn, the soonest."""
_AXON_TRAVEL_S, _BRANCH_TRAVEL_S = 0.11, 0.13


class WavesScene(Scene):
    """The last layer's hidden states on their way to a note."""

    name = "waves"
    prompt_position = (1388, 606)

    def __init__(self, anatomy: NetworkSummary, toolkit: SceneResources) -> None:
        super().__init__(anatomy, toolkit)
        self._units = choose_shown_units(anatomy)
        self._tones = [int(tone) for tone in anatomy.preferred_pitch_class[-1, self._units]]
        self._paths = lay_paths(
            len(self._units),
            CELL_CIRCLE,
            _TRACE_START_X_PX,
            _TRACE_BEND_X_PX,
            _TRACES_TOP_PX,
            _TRACES_BOTTOM_PX,
        )
        self._layer = anatomy.layers - 1
        self._hit_targets = self._build_hit_targets()
        self._traces = HiddenStateTraces(self._paths, self._tones, self._hidden)
        self._body = CellBody(CELL_CIRCLE, 176, 556)
        self._piano_roll = PianoRoll(_PIANO_ROLL_RECT, CELL_CIRCLE.x, TRAVEL_SPEED_PX_PER_S)
        self._note_name = NoteNameLabel(toolkit.typesetter)
        self._script = AbcTicker(_SCRIPT_LEFT, CELL_CIRCLE.x - 52, _PIANO_ROLL_RECT.bottom + 14)
        self._glow = GlowLayer(GLOW_RECT)
        self._branch_glow_lines = [
            self._glow.to_layer_points(branch[::3]) for branch in self._body.branches
        ]
        self._lengths = self._paths.arc_length[:, -1].tolist()
        self._voter_cache: dict[int, list[int]] = {}
        self._strokes = LineRenderer(PITCH_COLOURS)
        self._packet = glow_atlas(12, core=2.0, halo=0.45, white=0.6)
        self._entry = glow_atlas(16, core=3.0, halo=0.6, white=0.7)
        self._halo = glow_atlas(50, halo=1.0, power=1.5)
        self._sheath_halo = glow_atlas(9, halo=1.0)
        self._background = self._draw_background()

    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        surface.blit(self._background, (0, 0))
        self._glow.begin_frame()
        tones, *sheaths, arrived = self._tone_light_along_axon(frame)
        gain = (
            np.ones(len(self._units))
            if frame.unit_gain is None
            else frame.unit_gain[-1, self._units]
        )
        votes = self._votes(frame) * tones.max() * gain
        sprites: list[PlacedSprite] = []
        lines = self._traces.draw(surface, self._glow, frame, votes, gain)
        sprites += self._packets(frame, lines)
        sprites += self._synapse_lights(votes)
        sprites += self._cell_body_lights(frame, tones)
        sprites += self._draw_axon(surface, frame, sheaths, arrived)
        self._piano_roll.draw(surface, frame.timeline, frame.time)
        surface.fblits(sprites, BLEND_ADD)
        if frame.detail_level > 0:
            self._glow.add_to(surface)
        self.resources.keyboard.draw(
            surface, frame.key_light, frame.next_key_probabilities, frame.visitor_key_light
        )
        self._note_name.draw(surface, frame.timeline, frame.time)
        self._script.draw(surface, self.resources.typesetter, frame.timeline, frame.time)

    def _tone_light_along_axon(self, frame: Frame) -> Floats:
        """Light of each tone in the body, at each sheath and at the terminals, shape (n, 12)."""
        sheaths = len(self._body.sheaths)
        delays = [_AXON_TRAVEL_S * place / sheaths for place in range(sheaths + 1)]
        delays.append(_AXON_TRAVEL_S + _BRANCH_TRAVEL_S)
        times = [frame.time - round(delay * SECOND) for delay in delays]
        return light_levels_at(frame.timeline.cues, times, _tone, 12)

    @property
    def hit_targets(self) -> UnitHitTargets:
        return self._hit_targets

    def unit_at(self, x: float, y: float) -> tuple[int, int] | None:
        """The unit of the trace nearest to a point, anywhere along it."""
        if not _TRACE_START_X_PX - TOUCH_RADIUS_PX < x < CELL_CIRCLE.x - CELL_CIRCLE.radius:
            return None
        column = int(np.abs(self._paths.points[0, :, 0] - x).argmin())
        away = np.abs(self._paths.points[:, column, 1] - y)
        nearest = int(away.argmin())
        return (
            (self._layer, int(self._units[nearest])) if away[nearest] <= TOUCH_RADIUS_PX else None
        )

    def _hidden(self, cue: NoteCue) -> np.ndarray:
        return cue.activations[-1, HIDDEN_INDEX, self._units]

    def _votes(self, frame: Frame) -> Floats:
        """How much each unit speaks for the note that sounds, shape (traces,), 0..1."""
        latest = frame.timeline.latest_cue(frame.time)
        if latest is None:
            return np.zeros(len(self._units))
        return self._votes_for(latest.cue)

    def _votes_for(self, cue: NoteCue) -> Floats:
        key = fold_pitch(cue.pitch) - LOWEST_PITCH
        speaks = self.network.readout[key, self._units] * self._hidden(cue)
        return np.clip(speaks / max(1e-6, float(np.abs(speaks).max())), 0.0, 1.0)

    def _packets(self, frame: Frame, lines: np.ndarray) -> list[PlacedSprite]:
        """Beads that ride the traces of a coming note's strongest voters and arrive with it."""
        sprites: list[PlacedSprite] = []
        coming = frame.timeline.cues_between(frame.time, frame.time + 4 * SECOND)
        mine = [timed for timed in coming if timed.cue.source is not NoteSource.VISITOR]
        for timed in mine[:MAX_PACKETS]:
            left = (timed.due - frame.time) / SECOND
            if left < -0.02:
                continue
            for trace in self._voters(timed.cue):
                place = int(
                    (1.0 - left * TRAVEL_SPEED_PX_PER_S / self._lengths[trace])
                    * (POINTS_PER_PATH - 1)
                )
                if 2 < place < POINTS_PER_PATH - 1:
                    level = 0.30 + 0.65 * (place / POINTS_PER_PATH) ** 2
                    x, y = lines[trace, place].tolist()
                    sprites.append(
                        self._packet.sprite_centred_at(timed.cue.pitch % 12, level, x, y)
                    )
        return sprites

    def _voters(self, cue: NoteCue) -> list[int]:
        """The traces that speak the most for a note, worked out once."""
        voters = self._voter_cache.get(cue.serial)
        if voters is None:
            votes = self._votes_for(cue)
            voters = [int(k) for k in np.argsort(-votes)[:_MAX_VOTERS] if votes[k] > 0.1]
            if len(self._voter_cache) > MAX_PACKETS:
                self._voter_cache.clear()
            self._voter_cache[cue.serial] = voters
        return voters

    def _synapse_lights(self, votes: Floats) -> list[PlacedSprite]:
        entries = self._paths.entry_points
        return [
            self._entry.sprite_centred_at(self._tones[k], float(votes[k]), *entries[k])
            for k in np.flatnonzero(votes > 0.12)
        ]

    def _cell_body_lights(self, frame: Frame, tones: Floats) -> list[PlacedSprite]:
        """Light of the cell body: what sounds, and the charge for what comes next."""
        shares = tones**3  # the newest leads; several at once have the light of one
        levels = 0.86 * tones.max() * shares / max(1e-9, float(shares.sum()))
        following = _next_network_note(frame)
        if following is not None:
            levels[following.cue.pitch % 12] += 0.34 * anticipation_level(following, frame.time)
        sprites = []
        for tone in np.flatnonzero(levels > 0.03):
            level = min(1.0, float(levels[tone]))
            sprites.append(self._body.place_body_light(int(tone), level))
            self._glow.add_light(
                self._halo, int(tone), 0.16 * level, (CELL_CIRCLE.x, CELL_CIRCLE.y)
            )
        return sprites

    def _draw_axon(
        self, surface: pygame.Surface, frame: Frame, sheaths: list[Floats], levels: Floats
    ) -> list[PlacedSprite]:
        """The impulse: sheath after sheath, then along a branch to the tone that sounds."""
        body = self._body
        for sheath, light in zip(body.sheaths, sheaths, strict=True):
            tone = int(light.argmax())
            if light[tone] > 0.03:
                self._draw_sheath(surface, sheath, tone, float(light[tone]))
        expected = pitch_class_probabilities(frame.next_key_probabilities)
        sprites: list[PlacedSprite] = []
        lines, shine = LineBatch(), LineBatch()
        for place, tone, level in lit_branches(np.maximum(levels, 0.55 * expected**0.7)):
            branch, sounds = body.branches[place], float(levels[tone])
            lines.add_lines(branch[None], tone, 0.16 + 0.80 * level)
            if sounds > 0.05:
                lines.add_lines(branch[None] + (0, 1), tone, 0.16 + 0.80 * level)
                shine.add_lines(self._branch_glow_lines[place][None], tone, 0.3 * sounds)
            x, y = body.terminals[place]
            sprites.append(body.terminal_dot.sprite_centred_at(tone, min(1.0, 0.25 + level), x, y))
            if sounds > 0.03:
                sprites.append(body.terminal_light.sprite_centred_at(tone, sounds, x, y))
        self._strokes.draw_batch(surface, lines)
        self._glow.draw_batch(self._strokes, shine)
        return sprites + self._impulse(frame)

    def _draw_sheath(
        self, surface: pygame.Surface, sheath: Floats, tone: int, level: float
    ) -> None:
        colour = PITCH_COLOURS[tone]
        outline = sheath.tolist()
        pygame.draw.polygon(surface, shade(colour, 0.12 + 0.55 * level), outline)
        pygame.draw.aalines(surface, shade(colour, 0.35 + 0.60 * level), True, outline)
        x, y = sheath.mean(axis=0).tolist()
        self._glow.add_light(self._sheath_halo, tone, 0.3 * level, (x, y))

    def _impulse(self, frame: Frame) -> list[PlacedSprite]:
        """The spark that runs down the axon and its branch."""
        latest = frame.timeline.latest_cue(frame.time)
        if latest is None:
            return []
        age = (frame.time - latest.due) / SECOND
        tone = latest.cue.pitch % 12
        if age < _AXON_TRAVEL_S:
            place = point_along(self._body.axon, age / _AXON_TRAVEL_S)
        elif age < _AXON_TRAVEL_S + _BRANCH_TRAVEL_S:
            branch = self._body.branches[FIFTHS_POSITION[tone]]
            place = point_along(branch, (age - _AXON_TRAVEL_S) / _BRANCH_TRAVEL_S)
        else:
            return []
        return [self._body.impulse_light.sprite_centred_at(tone, 0.9, *place)]

    def _build_hit_targets(self) -> UnitHitTargets:
        """Units at their numbers, where traces set out."""
        units = np.array([(self._layer, unit) for unit in self._units], np.int64)
        return UnitHitTargets(units.reshape(-1, 2), self._paths.points[:, _HIT_TARGET_POINT].copy())

    def _draw_background(self) -> pygame.Surface:
        canvas = Canvas()
        add_background_light(canvas, (CELL_CIRCLE.x, CELL_CIRCLE.y))
        self._body.draw_static(canvas)
        for tone, points in zip(self._tones, self._paths.points, strict=True):
            canvas.draw_line(points, mute_colour(PITCH_COLOURS[tone], 0.11), 0.5)
        canvas.flatten_strokes()
        for tone, entry in zip(self._tones, self._paths.entry_points, strict=True):
            canvas.draw_circle(entry, 2.2, shade(PITCH_COLOURS[tone], 0.8))
        y = CELL_CIRCLE.y + CELL_CIRCLE.radius + 96
        while y < _PIANO_ROLL_RECT.top - 14:
            canvas.draw_circle((CELL_CIRCLE.x, y), 0.9, shade(RULE_COLOUR, 1.2))
            y += 9
        canvas.flatten_strokes()
        surface = canvas.to_surface()
        self._draw_texts(surface)
        self._body.draw_names(surface, self.resources.typesetter)
        self._piano_roll.draw_static(surface, self.resources.typesetter, self.resources.words)
        self.resources.keyboard.draw_static(surface)
        return surface

    def _draw_texts(self, surface: pygame.Surface) -> None:
        type, words = self.resources.typesetter, self.resources.words
        type.draw_text(surface, words["waves.title"], TITLE_POSITION, TITLE_STYLE)
        subtitle = words["waves.subtitle"].format(units=len(self._units))
        style = TextStyle(
            SUBTITLE_STYLE.size, SUBTITLE_STYLE.face, SUBTITLE_STYLE.tracking, LABEL_COLOUR
        )
        type.draw_text(surface, subtitle, (MARGIN_PX + 3, 128), style)
        for unit, tone, (_, y) in zip(
            self._units, self._tones, self._paths.points[:, 0], strict=True
        ):
            number = TextStyle(12, "mono-300", 0.0, shade(PITCH_COLOURS[tone], 0.62))
            type.draw_text(surface, f"{unit:03d}", (_TRACE_START_X_PX - 12, y - 9), number, "right")


def _tone(cue: NoteCue) -> int:
    return cue.pitch % 12


def _next_network_note(frame: Frame) -> TimedCue | None:
    following = frame.timeline.next_cue(frame.time)
    if following is None or following.cue.source is NoteSource.VISITOR:
        return None
    return following
