"""Visitor's wave: the sound of a visitor's key, as rings of light that leave the key."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
import pygame

from messages.clock import SECOND
from messages.cues import KeyStruck, NoteSource
from midi_data.notes import fold_pitch
from visuals.drawing.line_renderer import LineBatch, LineRenderer
from visuals.drawing.sprites import BLEND_ADD, PlacedSprite, glow_atlas
from visuals.drawing.theme import VISITOR_COLOUR
from visuals.scenes.base.frame import Frame
from visuals.scenes.base.geometry import unit_vectors
from visuals.shared_shape import CHORD_GAP_NS
from visuals.timeline import TimedCue
from visuals.widgets.piano_keyboard import PianoKeyboard

WAVE_DURATION_S = 1.2  # time in which a wave crosses the picture, seconds
WAVE_SPEED_PX_PER_S = 1150.0
START_RADIUS_PX = 26.0  # radius of a wave in the frame of its sound, pixels
_RING_INSETS_PX = (0.0, 5.0)  # distance of each ring of a wave behind its front, pixels
_MIN_RING_LEVEL = 0.02  # of a ring that is drawn
_MAX_WAVES = 3
_LAMP_LEVEL = 0.8  # of the lamp at the key of a note of full strength
MAX_FULL_ONSETS_PER_S = 3.0  # number of fully bright onsets a second (WCAG 2.3.1: three flashes)
_DIRECTIONS = unit_vectors(np.linspace(-np.pi, 0.0, 181))


class VisitorWave:
    """Draws the waves of the visitor's notes, and of the network's notes that take them up.

    A wave is seen in the first frame of its note, before any light that rises slowly.
    """

    def __init__(self, keyboard: PianoKeyboard) -> None:
        self._keyboard = keyboard
        palette = (VISITOR_COLOUR,)
        self._renderer = LineRenderer(palette, adds=True)
        self._lamp = glow_atlas(110, core=6, halo=0.75, power=2.2, white=0.6, colours=palette)

    def draw(
        self,
        surface: pygame.Surface,
        frame: Frame,
        serials: Collection[int] | None = None,
        light: float = 1.0,
    ) -> None:
        """Add the waves of all notes, or of those of some serial numbers, to a picture.

        `light` (0..1) is the brightness of the picture.
        """
        lines, lamps = LineBatch(), []
        for timed, onset in visitor_onsets(frame, WAVE_DURATION_S, True)[-_MAX_WAVES:]:
            if serials is not None and timed.cue.serial not in serials:
                continue
            strength = light * onset * _velocity_strength(timed.cue.velocity)
            centre = np.array(self._keyboard.key_top(fold_pitch(timed.cue.pitch)))
            age = frame.seconds_since(timed.due)
            left = max(0.0, 1.0 - age / WAVE_DURATION_S)
            radius = START_RADIUS_PX + WAVE_SPEED_PX_PER_S * age
            for rank, inset in enumerate(_RING_INSETS_PX):
                level = 0.9 * strength * left**1.3 / (1 + rank)
                if level > _MIN_RING_LEVEL:
                    lines.add_lines((centre + _DIRECTIONS * (radius - inset))[None], 0, level)
            lamp = strength * max(0.0, 1.0 - age / 0.5)
            lamps.append(self.lamp(timed.cue.pitch, lamp))
        self._renderer.draw_batch(surface, lines)
        surface.fblits(lamps, BLEND_ADD)

    def lamp(self, pitch: int, strength: float) -> PlacedSprite:
        """Light of a strength (0..1) at the key of a pitch, with which its wave begins."""
        place = self._keyboard.key_top(fold_pitch(pitch))
        return self._lamp.sprite_centred_at(0, _LAMP_LEVEL * strength, *place)


def visitor_onsets(
    frame: Frame, age_s: float, with_struck: bool = False
) -> list[tuple[TimedCue, float]]:
    """Notes in the visitor's colour that began lately, and the strength of their light, 0 to 1.

    Parameters
    ----------
    frame : Frame
    age_s : float
        Time since the oldest onset, seconds.
    with_struck : bool
        Also keys that the network has not heard yet, whose cues have no state.

    Returns
    -------
    list of (TimedCue, float)
        One note stands for a chord. The more notes a second, the fainter each.
    """
    recent: list[TimedCue] = []
    begun = [*frame.timeline.cues_between(frame.time - 3 * SECOND, frame.time + 1)]
    if with_struck:
        begun += (key for key in frame.timeline.struck_keys if key.due <= frame.time)
    for timed in begun:
        is_own = timed.cue.source is NoteSource.VISITOR or timed.cue.serial in frame.taken_up
        is_in_chord = bool(recent) and timed.due - recent[-1].due < CHORD_GAP_NS
        if is_own and not is_in_chord:
            recent.append(timed)
    last_second = sum(frame.seconds_since(timed.due) < 1.0 for timed in recent)
    strength = onset_strength(last_second)
    return [(timed, strength) for timed in recent if frame.seconds_since(timed.due) < age_s]


def struck_key_strength(frame: Frame, key: KeyStruck) -> float:
    """Strength of the wave of a key that the next frame will draw; 0 in a chord that has one.

    Parameters
    ----------
    frame : Frame
        The last one, which does not know of the key.
    key : KeyStruck

    Returns
    -------
    float
        0 to 1.
    """
    onsets = visitor_onsets(replace(frame, time=key.due), 1.0, with_struck=True)
    if onsets and key.due - onsets[-1][0].due < CHORD_GAP_NS:
        return 0.0
    return onset_strength(len(onsets) + 1) * _velocity_strength(key.velocity)


def _velocity_strength(velocity: int) -> float:
    """Share of a wave's strength that a MIDI velocity gives it."""
    return 0.5 + 0.5 * velocity / 127.0


def onset_strength(onsets: int) -> float:
    """Strength of the light of an onset: the more of them, the fainter each.

    Parameters
    ----------
    onsets : int
        Number of onsets in the last second, this one included.

    Returns
    -------
    float
        0 to 1.
    """
    return min(1.0, (MAX_FULL_ONSETS_PER_S / max(1, onsets)) ** 1.5)
