"""Opening: how a stage is to begin, and what it shows its pictures on."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from visuals.window.frame_clock import DrawingQuality
from visuals.window.presenter import DummyPresenter, Presenter, WindowPresenter

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StageOptions:
    """How the stage opens.

    Parameters
    ----------
    scene : str
        The scene shown first.
    width, height : int
        Of the window, pixels.
    fullscreen : bool
    language : str
        Of the words, two letters.
    legends : bool
        Write the computer key of each pitch on the piano.
    rotate : float
        Seconds after which another scene is shown while nobody plays; 0 for never.
    still : bool
        Reduce motion from the start; a key changes it.
    brightness : float
        Of the whole picture, 0..1; the dim key takes from that.
    quality : Quality
        How much is drawn.
    gpu : bool
        Show it through OpenGL where that is to be had.
    """

    scene: str = "waves"
    width: int = 1280
    height: int = 720
    fullscreen: bool = False
    language: str = "en"
    legends: bool = False
    rotation_interval_s: float = 0.0
    reduced_motion: bool = False
    brightness: float = 1.0
    quality: DrawingQuality = DrawingQuality.AUTO
    gpu: bool = False


def open_presenter(settings: StageOptions, offscreen: bool) -> Presenter:
    """What brings the picture to the glass: through OpenGL where that is wanted and to be had.

    Raises
    ------
    NoDisplayError
        If there is no display (not off screen).
    """
    if offscreen:
        return DummyPresenter()
    window = settings.width, settings.height, settings.fullscreen, "Hidden State"
    if settings.gpu:
        from visuals.window.gl_presenter import GlPresenter, NoGlError

        try:
            return GlPresenter(*window)
        except NoGlError as error:
            log.warning("shown without OpenGL: %s", error)
    return WindowPresenter(*window)
