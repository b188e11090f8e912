"""Threads of the Circuit, from the output junction to the keys and from the keys to the trunk."""

from __future__ import annotations

import numpy as np

from messages.clock import SECOND
from messages.cues import NoteSource
from midi_data.notes import fold_pitch
from visuals.drawing.animation import anticipation_level
from visuals.drawing.sprites import PlacedSprite, glow_atlas
from visuals.scenes.base.geometry import Floats
from visuals.scenes.base.glowing_lines import GlowingLines
from visuals.scenes.base.scene import Frame
from visuals.scenes.circuit.layout import OUTPUT_JUNCTION_PX, heard_note_path, output_thread_path
from visuals.timeline import TimedCue
from visuals.widgets.piano_keyboard import PianoKeyboard

HEARD_TRAVEL_S = 0.14  # travel time of the light from a visitor's key to the trunk, seconds
_MAX_THREADS_BY_DETAIL = (8, 16, 32)


class KeyThreads:
    """Draws the threads to and from the keys of a keyboard."""

    def __init__(self, keyboard: PianoKeyboard) -> None:
        self._keyboard = keyboard
        self._front = glow_atlas(11, core=1.4, halo=0.6, white=0.7)
        self._junction_light = glow_atlas(36, core=8.0, halo=0.65, white=0.7)
        self._paths: dict[tuple[int, bool], Floats] = {}  # by pitch, and whether by the visitor

    def draw(self, strokes: GlowingLines, frame: Frame) -> list[PlacedSprite]:
        """Add the threads of recent and coming notes to `strokes`, and return their lights."""
        sprites: list[PlacedSprite] = []
        output = np.zeros(12)
        near = list(frame.timeline.cues_between(frame.time - 3 * SECOND, frame.time + SECOND))
        for timed in near[-_MAX_THREADS_BY_DETAIL[frame.detail_level] :]:
            light, reach = _light_and_reach(timed, frame)
            if light < 0.03:
                continue
            by_visitor, tone = timed.cue.source is NoteSource.VISITOR, timed.cue.pitch % 12
            path = self._path(fold_pitch(timed.cue.pitch), by_visitor)
            path = path[: max(2, int(reach * len(path)))]
            strokes.add(path[None], tone, 0.95 * light, glow_level=0.24 * light, stride=2)
            if reach < 1.0:
                sprites.append(self._front.sprite_centred_at(tone, light, *path[-1].tolist()))
            if not by_visitor:
                output[tone] = max(output[tone], light)
        for tone in np.flatnonzero(output > 0.05).tolist():
            level = float(output[tone]) * float(output[tone] ** 2 / (output**2).sum())
            sprite = self._junction_light.sprite_centred_at(tone, level, *OUTPUT_JUNCTION_PX)
            sprites.append(sprite)
        return sprites

    def _path(self, pitch: int, by_visitor: bool) -> Floats:
        key = (pitch, by_visitor)
        if key not in self._paths:
            x = self._keyboard.key_top(pitch)[0]
            self._paths[key] = heard_note_path(x) if by_visitor else output_thread_path(x)
        return self._paths[key]


def _light_and_reach(timed: TimedCue, frame: Frame) -> tuple[float, float]:
    """Brightness of a note's thread, and the share of the thread that its light has passed."""
    by_visitor = timed.cue.source is NoteSource.VISITOR
    if timed.due > frame.time:
        charge = 0.0 if by_visitor else anticipation_level(timed, frame.time, 0.5)
        return 0.5 * charge, charge**0.5
    reach = frame.seconds_since(timed.due) / HEARD_TRAVEL_S if by_visitor else 1.0
    return frame.light_of_note(timed), min(1.0, reach)
