"""Scenes: ways to look at the network. A scene draws what a frame says and knows no clock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray

from visuals.backdrop import ground_of
from visuals.drawing.theme import PROMPT_PLACE
from visuals.drawing.typography import Typesetter
from visuals.hud.piano_keyboard import Keyboard
from visuals.input.hit_targets import Sites
from visuals.input.touch_input import Grip
from visuals.network_summary import Anatomy
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
    ahead: NDArray[np.float64]
    keys: NDArray[np.float64]
    visitor: NDArray[np.float64]
    detail: int = 2
    still: bool = False
    gain: NDArray[np.float64] | None = None

    @property
    def drift(self) -> float:
        """Seconds for what moves for its beauty only: they pass unless motion is reduced."""
        return 0.0 if self.still else self.time / 1e9


@dataclass(frozen=True, slots=True, eq=False)
class Toolkit:
    """What all scenes share: type, words, the piano, and all the networks that may play."""

    type: Typesetter
    words: Words
    keyboard: Keyboard
    troupe: tuple[Anatomy, ...] = ()


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
    prompt_place : (int, int)
        Top left of the prompt, which the stage draws; see `theme.PROMPT_PLACE`.
    ground : tuple of Depth
        What lies behind the scene, which the stage draws as its camera sees it.
    """

    name: str
    prompt_place: tuple[int, int] = PROMPT_PLACE

    def __init__(self, anatomy: Anatomy, toolkit: Toolkit) -> None:
        self.anatomy = anatomy
        self.toolkit = toolkit
        self.ground = ground_of(anatomy)

    @property
    def sites(self) -> Sites | None:
        """The units that may be looked at, and where; none unless overridden."""
        return None

    def unit_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Layer and number of the unit drawn at a point, for fingers."""
        return None if self.sites is None else self.sites.at(x, y)

    def place_of(self, layer: int, unit: int) -> tuple[float, float] | None:
        """Where a unit is drawn, if it is."""
        return None if self.sites is None else self.sites.place_of((layer, unit))

    def grip(self, x: float, y: float) -> Grip | None:
        """What a finger that lands on a point takes hold of; nothing unless overridden."""
        return None

    def nudge(self, across: int, down: int) -> tuple[str, tuple[float, ...]] | None:
        """What an arrow key steers, -1, 0 or 1 each way; nothing unless overridden."""
        return None

    def warm(self, steps: int) -> tuple[str, tuple[float, ...]] | None:
        """What a key for more or less daring steers; nothing unless overridden."""
        return None

    @abstractmethod
    def draw(self, surface: pygame.Surface, frame: Frame) -> None:
        """Draw the whole picture, 1920 by 1080 pixels."""
