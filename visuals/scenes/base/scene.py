"""Scene: the base class of every picture of the network, and the frame that a scene draws."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

from messages.clock import SECOND
from messages.cues import KEY_COUNT
from midi_data.notes import LOWEST_PITCH, fold_pitch
from visuals.drawing.backdrop import build_backdrop
from visuals.drawing.canvas import Canvas
from visuals.drawing.theme import LABEL_COLOUR, PROMPT_POSITION, TITLE_POSITION
from visuals.drawing.typography import SUBTITLE_STYLE, TITLE_STYLE, TextStyle, Typesetter
from visuals.input.touch_input import DragSteering
from visuals.network_summary import NetworkSummary
from visuals.timeline import TimedCue, Timeline
from visuals.widgets.hit_targets import UnitHitTargets
from visuals.widgets.note_name_label import NoteNameLabel
from visuals.widgets.piano_keyboard import PianoKeyboard
from visuals.widgets.piano_roll import PianoRoll
from visuals.words import Words

NOTE_FADE_S = 0.8  # time in which the light of a note fades after the note's end, seconds
_SUBTITLE_STYLE = TextStyle(
    SUBTITLE_STYLE.size, SUBTITLE_STYLE.face, SUBTITLE_STYLE.tracking, LABEL_COLOUR
)
_SUBTITLE_TOP_PX, _SUBTITLE_LINE_PX = 128, 28

Steering = tuple[str, tuple[float, ...]]  # name and values of a `messages.gestures.ParameterChange`


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """State of the performance at one moment: all the information a scene draws.

    Parameters
    ----------
    time : int
        Moment that the frame shows, ns of the monotonic clock.
    number : int
        Frame number; increases by one with each frame.
    timeline : Timeline
        Past and coming notes.
    activations : ndarray of float64, shape (layers, 6, units)
        Signals of every unit at `time`, interpolated smoothly between cues. The order of the second
        axis is `messages.cues.SIGNALS`.
    next_key_probabilities : ndarray of float64, shape (88,)
        Probability that each key sounds next, interpolated smoothly.
    key_light : ndarray of float64, shape (88,)
        Brightness of each key, 0 to 1; changes slowly enough not to flash.
    visitor_key_light : ndarray of float64, shape (88,)
        Brightness of each key from the visitor's notes alone, 0 to 1.
    detail_level : int, default 2
        2 draws everything; at 1 and 0 a scene omits parts, to save time on a slow machine.
    reduced_motion : bool, default False
        Whether decorative motion stops and no light pulses.
    unit_gain : ndarray of float64, shape (layers, units), optional
        Gain from visitors who hold units, 0 (silenced) to 1. The hidden states in `activations`
        include this gain.
    """

    time: int
    number: int
    timeline: Timeline
    activations: NDArray[np.float64]
    next_key_probabilities: NDArray[np.float64]
    key_light: NDArray[np.float64]
    visitor_key_light: NDArray[np.float64]
    detail_level: int = 2
    reduced_motion: bool = False
    unit_gain: NDArray[np.float64] | None = None

    @property
    def ambient_time_s(self) -> float:
        """Clock of decorative motion, seconds; 0 while motion is reduced."""
        return 0.0 if self.reduced_motion else self.time / 1e9

    def seconds_since(self, moment: int) -> float:
        """Time from a moment (ns) to this frame, seconds; negative before the moment."""
        return (self.time - moment) / SECOND

    def silence_s(self, timed: TimedCue) -> float:
        """Time since the end of a note, seconds; 0 while the note sounds."""
        return max(0.0, self.seconds_since(timed.end_at(self.time)))

    def light_of_key(self, pitch: int) -> float:
        """Brightness (0 to 1) of the key of a MIDI pitch, which is folded onto the piano."""
        return float(self.key_light[fold_pitch(pitch) - LOWEST_PITCH])

    def light_of_note(self, timed: TimedCue) -> float:
        """Brightness (0 to 1) of a note that has begun; fades out after the note's end."""
        fade = max(0.0, 1.0 - self.silence_s(timed) / NOTE_FADE_S)
        return self.light_of_key(timed.cue.pitch) * fade

    def output_gain(self, units: NDArray[np.int64]) -> NDArray[np.float64]:
        """Gain of some units of the last layer, 0 to 1, in the shape of `units`."""
        return np.ones(len(units)) if self.unit_gain is None else self.unit_gain[-1, units]


@dataclass(frozen=True, slots=True, eq=False)
class SceneResources:
    """Objects that all scenes of one language share.

    Parameters
    ----------
    typesetter : Typesetter
        Renderer and cache of text.
    words : Words
        Texts on the screen, in one language.
    keyboard : PianoKeyboard
        Piano at the lower edge of the picture.
    networks : tuple of NetworkSummary, optional
        Networks of a blend, in the order of its weights; empty without a blend.
    """

    typesetter: Typesetter
    words: Words
    keyboard: PianoKeyboard
    networks: tuple[NetworkSummary, ...] = ()


class Scene(ABC):
    """One picture of the network.

    A scene draws frames. It knows no clock, and it keeps no state that a frame depends on except
    trails of light and eased positions. Subclasses set `name` and override `draw`. Scenes with
    units, or with parameters to steer, override the methods for touches and keys too.

    Parameters
    ----------
    network : NetworkSummary
        Network on display.
    resources : SceneResources
        Text, words and piano.
    piano_roll : PianoRoll
        Notes of the recent past and the future, at the scene's own place.

    Attributes
    ----------
    name : str
        Name in commands and settings, and prefix of the scene's keys in `Words`.
    prompt_position : tuple of int
        Top left corner of the visitor's prompt, pixels; the stage draws the prompt.
    network : NetworkSummary
        Network on display.
    resources : SceneResources
        Text, words and piano.
    backdrop : tuple of BackdropLayer
        Far and near layer behind the scene; the stage draws the layers through its camera.
    hit_targets : UnitHitTargets or None
        Units that can be selected, and their positions; None in a scene without any.
    """

    name: str
    prompt_position: tuple[int, int] = PROMPT_POSITION
    hit_targets: UnitHitTargets | None = None

    def __init__(
        self, network: NetworkSummary, resources: SceneResources, piano_roll: PianoRoll
    ) -> None:
        self.network = network
        self.resources = resources
        self.backdrop = build_backdrop(network)
        self._piano_roll = piano_roll
        self._note_name = NoteNameLabel(resources.typesetter)

    @abstractmethod
    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        """Draw the whole picture.

        Parameters
        ----------
        surface : Surface
            Target of 1920 by 1080 pixels, 32 bits; overwritten.
        frame : Frame
            State of the performance.
        """

    def unit_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Find the unit under a finger.

        Parameters
        ----------
        x, y : float
            Position of the finger, logical pixels.

        Returns
        -------
        tuple of int or None
            Layer and number of the unit; None if no unit is near.
        """
        return None if self.hit_targets is None else self.hit_targets.unit_at(x, y)

    def unit_position(self, layer: int, unit: int) -> tuple[float, float] | None:
        """Find the position of a unit.

        Parameters
        ----------
        layer, unit : int
            Layer and number of the unit.

        Returns
        -------
        tuple of float or None
            Position in logical pixels; None if the scene does not draw the unit.
        """
        return None if self.hit_targets is None else self.hit_targets.unit_position((layer, unit))

    def drag_steering_at(self, x: float, y: float) -> DragSteering | None:
        """Find the control that a finger grasps.

        Parameters
        ----------
        x, y : float
            Position where the finger lands, logical pixels.

        Returns
        -------
        callable or None
            Function from finger position to parameter name and values; None without a control.
        """
        return None

    def steer_by_arrow(self, across: int, down: int) -> Steering | None:
        """Compute the parameter change of an arrow key.

        Parameters
        ----------
        across, down : int
            Direction of the arrow, -1, 0 or 1 each.

        Returns
        -------
        tuple or None
            Name and values of the parameter; None if the scene has no use for arrows.
        """
        return None

    def steer_temperature(self, steps: int) -> Steering | None:
        """Compute the parameter change of a key that raises or lowers the temperature.

        Parameters
        ----------
        steps : int
            Steps of temperature, negative to lower it.

        Returns
        -------
        tuple or None
            Name and values of the parameter; None if the scene shows no temperature.
        """
        return None

    def _finish_background(
        self, canvas: Canvas, *subtitles: str, labels: bool = False
    ) -> pygame.Surface:
        """Render a canvas, with the heading, the piano roll's frame and the resting keyboard."""
        surface = canvas.to_surface()
        typesetter, words = self.resources.typesetter, self.resources.words
        typesetter.draw_text(surface, words[f"{self.name}.title"], TITLE_POSITION, TITLE_STYLE)
        for line, text in enumerate(subtitles):
            place = (TITLE_POSITION[0] + 3, _SUBTITLE_TOP_PX + _SUBTITLE_LINE_PX * line)
            typesetter.draw_text(surface, text, place, _SUBTITLE_STYLE)
        self._piano_roll.draw_static(surface, typesetter, words, labels=labels)
        self.resources.keyboard.draw_static(surface)
        return surface

    def _draw_keys_and_note_name(
        self, surface: pygame.Surface, frame: Frame, probabilities: bool = True
    ) -> None:
        """Draw the sounding keys, the probabilities above them, and the name of the note."""
        shown = frame.next_key_probabilities if probabilities else np.zeros(KEY_COUNT)
        self.resources.keyboard.draw(surface, frame.key_light, shown, frame.visitor_key_light)
        self._note_name.draw(surface, frame.timeline, frame.time)
