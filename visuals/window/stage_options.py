"""Stage options: the settings of the stage, and the presenter that they ask for."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

from visuals.drawing.picture_layout import choose_layout
from visuals.input.operator_lock import OperatorLock
from visuals.window.presenter import DummyPresenter, Presenter, WindowPresenter
from visuals.window.splash import splash_picture

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StageOptions:
    """Settings of the stage; fields are named as the keys of config.toml's [stage] table.

    Parameters
    ----------
    scene : str
        Name of the first scene.
    width, height : int
        Size of the window, pixels.
    fullscreen : bool
    language : str
        Language code of the words, two letters.
    rotate : float
        Seconds between changes of scene while nobody plays; 0 for no changes.
    reduced_motion : bool
        Start with reduced motion.
    brightness : float
        Brightness of the whole picture, 0..1.
    quality : {"auto", "full", "light"}
        Detail that is drawn: what the machine affords, all, or the least.
    gpu : bool
        Show pictures through OpenGL where it is available.
    display : int
        Number of the screen, from 0.
    lesson : str
        Name of the lesson that is open at the start, or "tour"; empty for none.
    tour : float
        Seconds without a visitor after which the tour runs by itself; 0 for never.
    distance : str
        Viewing distance: a preset or diagonal and distance, as in `screen_and_viewer`.
    legends : bool
        Write the computer key of each pitch on the piano.
    operator_lock : OperatorLock or None
        Keeps visitors inside the piece.
    """

    scene: str = "waves"
    width: int = 1280
    height: int = 720
    fullscreen: bool = False
    language: str = "en"
    rotate: float = 0.0
    reduced_motion: bool = False
    brightness: float = 1.0
    quality: Literal["auto", "full", "light"] = "auto"
    gpu: bool = False
    display: int = 0
    lesson: str = ""
    tour: float = 0.0
    distance: str = "room"
    legends: bool = False
    operator_lock: OperatorLock | None = None


def open_presenter(options: StageOptions, offscreen: bool) -> Presenter:
    """The presenter for some options.

    Parameters
    ----------
    options : StageOptions
    offscreen : bool
        Open no window.

    Returns
    -------
    Presenter
        Through OpenGL where it is wanted and available, else a plain window; it shows the splash.

    Raises
    ------
    NoDisplayError
        If a window is wanted and there is no display.
    """
    if offscreen:
        return DummyPresenter((options.width, options.height))
    presenter = _open_window(options)
    presenter.show(
        splash_picture(choose_layout(presenter.window_size).size)
    )  # the first scene takes a while to build
    return presenter


def _open_window(options: StageOptions) -> Presenter:
    window = options.width, options.height, options.fullscreen, "Hidden State", options.display
    if options.gpu:
        from visuals.window.gl_presenter import GlPresenter, NoGlError

        try:
            return GlPresenter(*window)
        except NoGlError as error:
            log.warning("shown without OpenGL: %s", error)
    return WindowPresenter(*window)
