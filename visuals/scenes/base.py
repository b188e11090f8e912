"""Scenes: ways to look at the network. A scene draws what a frame says and knows no clock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.backdrop import build_backdrop
from visuals.drawing.theme import PROMPT_POSITION
from visuals.drawing.typography import Typesetter
from visuals.hud.piano_keyboard import PianoKeyboard
from visuals.input.hit_targets import UnitHitTargets
from visuals.input.touch_input import DragSteering
from visuals.network_summary import NetworkSummary
from visuals.timeline import Timeline
from visuals.words import Words


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """What there is to see at one moment.

    Parameters
    ----------
    time : int
        ns, the moment the frame shows.
    number : int
        Counts up by one with each frame.
    timeline : Timeline
        What has sounded and will.
    activations : ndarray of float, shape (layers, 6, units)
        The network at `time`, moving smoothly from cue to cue; the second axis is `cues.SIGNALS`.
    ahead : ndarray of float, shape (88,)
        Probability of each key being next, moving smoothly.
    keys : ndarray of float, shape (88,)
        Light of each key, 0..1, safe to show as brightness.
    visitor : ndarray of float, shape (88,)
        The same for the visitor's notes only.
    detail : int
        2 for everything; at 1 and 0 a scene leaves out what it can, the machine being slow.
    still : bool
        Motion is reduced: what moves for its beauty only stands still, and nothing pulses.
    gain : ndarray of float, shape (layers, units), optional
        What fingers leave of each unit's hidden state, 0 to 1; in `activations` it already is.
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
        """Seconds for what moves for its beauty only: they pass unless motion is reduced."""
        return 0.0 if self.reduced_motion else self.time / 1e9


@dataclass(frozen=True, slots=True, eq=False)
class SceneResources:
    """What all scenes share: type, words, the piano, and all the networks that may play."""

    typesetter: Typesetter
    words: Words
    keyboard: PianoKeyboard
    networks: tuple[NetworkSummary, ...] = ()


class Scene(ABC):
    """One way to look.

    Parameters
    ----------
    anatomy : Anatomy
        The network shown.
    toolkit : Toolkit

    Attributes
    ----------
    name : str
        In commands and settings, and the prefix of its words.
    prompt_position : (int, int)
        Top left of the prompt, which the stage draws; see `theme.PROMPT_POSITION`.
    ground : tuple of Depth
        What lies behind the scene, which the stage draws as its camera sees it.
    """

    name: str
    prompt_position: tuple[int, int] = PROMPT_POSITION

    def __init__(self, anatomy: NetworkSummary, toolkit: SceneResources) -> None:
        self.network = anatomy
        self.resources = toolkit
        self.backdrop = build_backdrop(anatomy)

    @property
    def hit_targets(self) -> UnitHitTargets | None:
        """The units that may be looked at, and where; none unless overridden."""
        return None

    def unit_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Layer and number of the unit drawn at a point, for fingers."""
        return None if self.hit_targets is None else self.hit_targets.unit_at(x, y)

    def unit_position(self, layer: int, unit: int) -> tuple[float, float] | None:
        """Where a unit is drawn, if it is."""
        return None if self.hit_targets is None else self.hit_targets.unit_position((layer, unit))

    def drag_steering_at(self, x: float, y: float) -> DragSteering | None:
        """What a finger that lands on a point takes hold of; nothing unless overridden."""
        return None

    def steer_by_arrow(self, across: int, down: int) -> tuple[str, tuple[float, ...]] | None:
        """What an arrow key steers, -1, 0 or 1 each way; nothing unless overridden."""
        return None

    def steer_temperature(self, steps: int) -> tuple[str, tuple[float, ...]] | None:
        """What a key for more or less daring steers; nothing unless overridden."""
        return None

    @abstractmethod
    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        """Draw the whole picture, 1920 by 1080 pixels."""
