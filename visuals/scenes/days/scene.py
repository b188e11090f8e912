"""Days: the generations of the style as growth rings, and the cells that have changed.

Each ring outside the heartwood is a generation; one that was set aside is dashed. In the heartwood
lie the cells, each at its place in the Cortex. The brighter a cell, the more its weights have moved
since generation 0; its hidden state makes it flicker while music plays. The cells that a
visitor's keys change the most flare in the visitor's colour. Phrases that visitors liked wind into
the wood. While a generation is trained its processes are a rope around it. At the left, one phrase
is answered by generation 0 and by the one that plays, to be heard at a touch: the newest that a
visitor liked, or else a tune of the generation's own rehearsal.
"""

from __future__ import annotations

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.cues import HIDDEN_INDEX, NoteCue, NoteSource
from messages.gestures import LessonTone
from midi_data.notes import fold_pitch
from rnn.model.model_card import ComparedAnswers
from visuals.drawing.bloom import DOWNSCALE_FACTOR
from visuals.drawing.canvas import Canvas, add_background_light, bezier
from visuals.drawing.line_renderer import LineRenderer
from visuals.drawing.polled_surface import poll_input
from visuals.drawing.sprites import BLEND_ADD, FixedLights, glow_atlas
from visuals.drawing.theme import (
    LABEL_COLOUR,
    PITCH_COLOURS,
    RULE_COLOUR,
    TEXT_COLOUR,
    VISITOR_COLOUR,
    mix,
    shade,
)
from visuals.drawing.typography import TextStyle
from visuals.scenes.base.cortex_layout import lay_out_cortex
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import Floats
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.base.scene import Scene
from visuals.scenes.base.state_change import VISITOR_FADE_S, recent_change
from visuals.scenes.days.answer_panels import AnswerPanels
from visuals.scenes.days.growth_rings import (
    HEART_PX,
    lay_out_rings,
    place_in_heartwood,
    ring_outline,
)
from visuals.scenes.days.motif_stream import motif_lights
from visuals.scenes.days.training_strands import training_strands

RING_COLOUR = (246, 205, 140)
PALETTE = (RING_COLOUR, *PITCH_COLOURS, VISITOR_COLOUR)
VISITOR_INDEX = len(PALETTE) - 1
MAX_KEY_THREADS = 6
FACTS_TOP_PX = 300  # top of the facts at the left
RESTING_CELL_LEVEL, MOVED_CELL_LEVEL = 0.10, 0.62
"""Level of a cell that has not moved, and what is added for the one that moved most."""
BRAIN_LEVEL = 0.8  # of its outline
HIDDEN_CELL_LEVEL = 0.45  # what the largest hidden state adds
MIN_GLOW_LEVEL = 0.5
MIN_THREAD_LIGHT = 0.03
STRAND_LEVEL = 0.7
MAX_FULL_GLOW_CELLS = 14.0  # cells that can glow fully at once
MAX_FLARES, MAX_FULL_FLARES = 30, 7.0  # cells that can flare at once, and fully at once
FLARE_HAZE_LEVEL = 0.15  # of the glow around a cell that flares fully


class DaysScene(Scene):
    """What has changed since the doors opened."""

    name = "days"
    prompt_position = (80, 842)
    code_rect = pygame.Rect(1540, 480, 330, 330)
    crowd_position = (1560, 190)
    glow_rect = pygame.Rect(688, 88, 804, 784)
    glow_persistence = 170

    def _prepare(self) -> None:
        centre, network = np.array(self.glow_rect.center, float), self.network
        self._centre = (float(centre[0]), float(centre[1]))
        self._rings = lay_out_rings(network.lineage, centre)
        cortex = lay_out_cortex(network, self._centre)
        self._index = cortex.layer, HIDDEN_INDEX, cortex.unit
        places = place_in_heartwood(cortex.position, cortex, centre)
        self._brain = [place_in_heartwood(each, cortex, centre) for each in cortex.outlines]
        moved = (
            np.zeros((network.layers, network.units)) if network.moved is None else network.moved
        )
        self._moved = moved[cortex.layer, cortex.unit] / max(1e-9, float(moved.max()))
        colours = cortex.pitch_class.tolist()
        disc, haze = glow_atlas(17, core=2.6, halo=0.34, white=0.85), glow_atlas(15, halo=0.2)
        glow_places = (places - self.glow_rect.topleft) / DOWNSCALE_FACTOR
        self._cells = FixedLights([disc] * len(places), colours, places)
        self._hazes = FixedLights([haze] * len(places), colours, glow_places)
        flare = glow_atlas(22, core=3.6, halo=0.5, white=0.6, colours=(VISITOR_COLOUR,))
        flare_haze = glow_atlas(16, halo=FLARE_HAZE_LEVEL, colours=(VISITOR_COLOUR,))
        one_colour = [0] * len(places)
        self._flares = FixedLights([flare] * len(places), one_colour, places)
        self._flare_hazes = FixedLights([flare_haze] * len(places), one_colour, glow_places)
        self._renderer = LineRenderer(PALETTE, adds=True)
        accepted = [ring.outline for ring in self._rings if ring.mark.accepted]
        outermost = accepted[-1] if accepted else ring_outline(centre, HEART_PX, 4.0, 0)
        self._lowest = outermost[outermost[:, 1].argmax()]
        self._motif_light = glow_atlas(19, core=2.2, halo=0.4, white=0.5)
        self._panels: AnswerPanels | None = None
        self._show_answers(network.compared)

    def _show_answers(self, compared: ComparedAnswers | None) -> None:
        """Have two panels with these answers from now on, unless they are shown already."""
        kept = [mark.number for mark in self.network.lineage if mark.accepted]
        if self._panels is not None and self._panels.compared is compared:
            return
        self._panels = (
            AnswerPanels(compared, kept[-1], self.layout) if compared is not None and kept else None
        )

    def touch(self, x: float, y: float, now: int) -> tuple[LessonTone, ...]:
        return () if self._panels is None else self._panels.touch(x, y, now)

    def _draw_network(self, surface: pygame.Surface, frame: Frame) -> None:
        words = self.resources.words
        hidden = np.abs(frame.activations[self._index])
        level = RESTING_CELL_LEVEL + MOVED_CELL_LEVEL * self._moved
        sways = 0.35 + 0.65 * self._moved if self.network.lineage else 1.0
        level = np.minimum(1.0, level + HIDDEN_CELL_LEVEL * hidden * sways)
        strokes = GlowingLines(self._renderer, self._glow)
        accepted = [ring for ring in self._rings if ring.mark.accepted]
        for ring in accepted[-1:]:  # the generation that plays lights with the keys
            light = 0.35 + 0.65 * float(frame.key_light.max())
            strokes.add(ring.outline[None], 0, light, glow_level=0.3 * light, stride=2)
        if frame.training.is_running:
            paths = training_strands(frame.training, np.array(self._centre), frame.ambient_time_s)
            strokes.add(paths, 0, STRAND_LEVEL, glow_level=0.3 * STRAND_LEVEL, stride=2)
            self._write_training(surface, frame)
        self._draw_key_threads(strokes, frame)
        strokes.draw(surface)
        poll_input(surface)
        bright = np.flatnonzero(level > MIN_GLOW_LEVEL)
        excess = (level[bright] - MIN_GLOW_LEVEL) / (1 - MIN_GLOW_LEVEL)
        share = min(1.0, (MAX_FULL_GLOW_CELLS / max(1e-6, float(excess.sum()))) ** 0.6)
        self._glow.add_sprites(self._hazes.sprites_at(bright, share * excess))
        surface.fblits(self._cells.sprites_at(np.arange(len(level)), level), BLEND_ADD)
        cells, levels = self._answer_levels(frame)
        surface.fblits(self._flares.sprites_at(cells, levels), BLEND_ADD)
        self._glow.add_sprites(self._flare_hazes.sprites_at(cells, levels))
        motifs = motif_lights(frame.motifs, self._centre, frame.ambient_time_s, self._motif_light)
        surface.fblits(motifs, BLEND_ADD)
        self._show_answers(frame.compared or self.network.compared)
        if self._panels is not None:
            labels = [words["days.answered"].format(number=n) for n in self._panels.numbers]
            self._panels.draw(surface, self.resources.typesetter, labels, frame.time)
        if frame.detail_level > 0:
            self._glow.add_to(surface)

    def _answer_levels(self, frame: Frame) -> tuple[NDArray[np.int64], Floats]:
        """Cells that a visitor's keys changed the most, and the light of their flares, 0 to 1."""
        change = recent_change(frame, self._hidden_states, VISITOR_FADE_S, by_visitor=True)
        response = np.broadcast_to(change, len(self._moved))
        cells = np.argsort(-response)[:MAX_FLARES]
        level = np.minimum(1.0, 1.2 * response[cells])
        share = min(1.0, (MAX_FULL_FLARES / max(1e-6, float(level.sum()))) ** 0.6)
        return cells, share * level

    def _draw_key_threads(self, strokes: GlowingLines, frame: Frame) -> None:
        """Draw threads between the generation that plays and the keys that sound."""
        for timed in frame.timeline.sounding_cues(frame.time)[-MAX_KEY_THREADS:]:
            light = frame.light_of_note(timed)
            if light < MIN_THREAD_LIGHT:
                continue
            end = np.array(self.resources.keyboard.key_top(fold_pitch(timed.cue.pitch)))
            drop = (0.0, 0.5 * (end[1] - self._lowest[1]))
            path = bezier(self._lowest, self._lowest + drop, end - drop, end, 40)
            by_visitor = timed.cue.source is NoteSource.VISITOR
            tone = VISITOR_INDEX if by_visitor else 1 + timed.cue.pitch % 12
            strokes.lines.add_lines(path[None], tone, 0.9 * light)

    def _hidden_states(self, cue: NoteCue) -> Floats:
        """Hidden states of the cells after a cue."""
        return cue.activations[self._index]

    def _write_training(self, surface: pygame.Surface, frame: Frame) -> None:
        typesetter, words = self.resources.typesetter, self.resources.words
        size, loss = typesetter.scale.least, frame.training.loss
        text = words["days.training"].format(bits=f"{loss:.2f}" if loss else "…")
        style = TextStyle(size, "jost-300", 0.4, RING_COLOUR)
        place = (83, FACTS_TOP_PX + round(1.5 * size) * len(self._facts()))
        typesetter.draw_text(surface, text, place, style)

    def _draw_background(self) -> pygame.Surface:
        canvas = Canvas(self.layout.size)
        add_background_light(canvas, self._centre)
        canvas.add_gaussian(self._centre, (250.0, 250.0), (14, 10, 8))
        heart = ring_outline(np.array(self._centre), HEART_PX, 4.0, 0)
        canvas.draw_line(heart, shade(RULE_COLOUR, 1.5), 1.4, closed=True)
        for outline in self._brain:
            canvas.draw_line(outline, shade(RULE_COLOUR, BRAIN_LEVEL), 1.2, closed=True)
        for ring in self._rings:
            if ring.mark.accepted:
                level = 0.30 + 0.45 * min(1.0, ring.mark.duets / 300)
                colour = mix(shade(RULE_COLOUR, 1.2), RING_COLOUR, level)
                canvas.draw_line(ring.outline, colour, 1.2 + 1.6 * level, closed=True)
            else:
                for start in range(0, len(ring.outline) - 3, 6):
                    canvas.draw_line(ring.outline[start : start + 3], shade(RULE_COLOUR, 1.4), 1.2)
        canvas.flatten_strokes()
        words = self.resources.words
        told = [words["days.subtitle_1"], words["days.subtitle_2"]] if self.network.lineage else []
        surface = self._finish_background(canvas, *told)
        typesetter, scale = self.resources.typesetter, self.resources.typesetter.scale
        for line, text in enumerate(self._facts()):
            strong = line % 2 == 0
            colour = shade(TEXT_COLOUR, 0.85) if strong else LABEL_COLOUR
            style = TextStyle(scale.least, "jost-300", 0.4, colour)
            typesetter.draw_text(
                surface, text, (83, FACTS_TOP_PX + round(1.5 * scale.least) * line), style
            )
        return surface

    def _facts(self) -> list[str]:
        """Lines about the generations; without any, that the doors have only opened."""
        lineage, words = self.network.lineage, self.resources.words
        if not lineage:
            return [words["days.opened_1"], words["days.opened_2"]]
        kept = [mark for mark in lineage if mark.accepted]
        facts = []
        if kept:
            facts.append(words["days.generation"].format(number=kept[-1].number))
            facts.append(self._count_words("duets", kept[-1].duets))
        return [
            *facts,
            self._count_words("kept", len(kept)),
            self._count_words("aside", len(lineage) - len(kept)),
        ]

    def _count_words(self, name: str, count: int) -> str:
        form = "_one" if count == 1 else ""
        return self.resources.words[f"days.{name}{form}"].format(count=count)
