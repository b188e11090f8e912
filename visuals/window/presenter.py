"""Presenter: brings the logical picture to the glass."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from abc import ABC, abstractmethod

import pygame

from visuals.drawing.theme import SIZE

_NOT_SHOWN = ("dummy", "offscreen")
"""SDL video drivers that show nothing; SDL falls back on them by itself."""


RETRIED = 60
"""Frames between two tries to open a window that was lost."""

log = logging.getLogger(__name__)


class NoDisplayError(RuntimeError):
    """There is no display to open a window on."""


def start_display() -> str:
    """Start SDL's video and name its driver, quietly; raises `pygame.error` where it cannot."""
    if sys.platform == "linux":
        # through a software OpenGL a flip takes 25 ms and more, straight to X11 one or two
        os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
        # without it the Wayland library complains on stderr, on machines with no Wayland too
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    pygame.display.init()
    return pygame.display.get_driver()


def show_display() -> None:
    """Start SDL's video where something is shown.

    Raises
    ------
    NoDisplayError
    """
    try:
        shown = start_display() not in _NOT_SHOWN
    except pygame.error as error:
        raise NoDisplayError(str(error)) from error
    if not shown and os.environ.get("SDL_VIDEODRIVER") not in _NOT_SHOWN:
        pygame.display.quit()  # or a later try would find this driver again
        raise NoDisplayError("no screen found")


class Presenter(ABC):
    """Shows finished pictures."""

    @abstractmethod
    def show(self, picture: pygame.Surface) -> None:
        """Show a picture of 1920 by 1080 pixels."""

    @abstractmethod
    def toggle_fullscreen(self) -> None:
        """From window to full screen, or back."""

    @abstractmethod
    def close(self) -> None:
        """Close the window."""


class DummyPresenter(Presenter):
    """Shows nothing: for pictures off screen, and tests."""

    def show(self, picture: pygame.Surface) -> None: ...

    def toggle_fullscreen(self) -> None: ...

    def close(self) -> None: ...


class WindowPresenter(Presenter):
    """A plain window; the picture is scaled to fit, never stretched, with black bars.

    Parameters
    ----------
    width, height : int
        Of the window, pixels.
    fullscreen : bool
    title : str

    Raises
    ------
    NoDisplayError
        If no window can be opened.
    """

    def __init__(self, width: int, height: int, fullscreen: bool, title: str) -> None:
        self._size = (width, height)
        self._fullscreen = fullscreen
        self._title, self._lost = title, 0
        show_display()
        try:
            self._open()
        except pygame.error as error:
            raise NoDisplayError(str(error)) from error

    def show(self, picture: pygame.Surface) -> None:
        if self._lost and not self._is_back():
            return
        try:
            self._show(picture)
        except pygame.error as error:
            log.warning("the window is gone (%s): drawing on until it is back", error)
            self._lost = 1

    def _is_back(self) -> bool:
        """Try, now and then, to open the window that was lost."""
        self._lost += 1
        if self._lost % RETRIED:
            return False
        try:
            show_display()
            self._open()
        except (pygame.error, NoDisplayError):
            return False
        log.warning("the window is back")
        self._lost = 0
        return True

    def _show(self, picture: pygame.Surface) -> None:
        window = pygame.display.get_surface()
        if window is None:
            raise pygame.error("no window")
        place = fit(picture.get_size(), window.get_size())
        if place.size == picture.get_size():
            window.blit(picture, place)
        else:
            pygame.transform.smoothscale(picture, place.size, window.subsurface(place))
        pygame.display.flip()

    def toggle_fullscreen(self) -> None:
        if self._lost:
            return
        if not self._fullscreen:
            self._size = pygame.display.get_window_size()
        self._fullscreen = not self._fullscreen
        self._open()

    def close(self) -> None:
        pygame.display.quit()

    def _open(self) -> None:
        if self._fullscreen:
            pygame.display.set_mode((0, 0), pygame.FULLSCREEN, 32)
        else:
            pygame.display.set_mode(self._size, pygame.RESIZABLE, 32)
        pygame.display.set_caption(self._title)
        pygame.mouse.set_visible(False)


def fit(picture: tuple[int, int] = SIZE, window: tuple[int, int] = SIZE) -> pygame.Rect:
    """The largest rectangle of the picture's shape in the middle of a window."""
    scale = min(window[0] / picture[0], window[1] / picture[1])
    width = min(window[0], max(1, round(picture[0] * scale)))
    height = min(window[1], max(1, round(picture[1] * scale)))
    return pygame.Rect((window[0] - width) // 2, (window[1] - height) // 2, width, height)
