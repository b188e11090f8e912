"""View state: what a visitor chose at the window, which outlives the process of the stage."""

from __future__ import annotations

from dataclasses import dataclass

from messages.cues import BlendChange, Turn
from visuals.window.picture_controls import PictureSettings


@dataclass(frozen=True, slots=True)
class ViewState:
    """What the next stage shows, if this one is lost.

    Parameters
    ----------
    scene, language : str
    turn : Turn
        The last one seen: a visit that ends meanwhile ends its choices too.
    lesson : tuple of (int, int) or None
        Index of the open lesson and of its step.
    settings : PictureSettings
    octave_shift : int
        Of the computer's piano, octaves.
    steered_from : BlendChange or None
        The parameters of the music before a visitor changed them, if so.
    """

    scene: str
    language: str
    turn: Turn
    lesson: tuple[int, int] | None
    settings: PictureSettings
    octave_shift: int = 0
    steered_from: BlendChange | None = None
