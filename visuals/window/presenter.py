"""Presenters: show the finished picture in a window, or nowhere."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import warnings
from abc import ABC, abstractmethod

import pygame

from messages.clock import SECOND
from messages.stage_timing import PictureStatus
from visuals.drawing.polled_surface import poll_input
from visuals.drawing.sprites import PlacedSprite
from visuals.drawing.theme import PICTURE_SIZE_PX, fit_rect
from visuals.window.sharpness import PictureSharpener

_HEADLESS_DRIVERS = ("dummy", "offscreen")
"""SDL video drivers that show nothing; SDL falls back to them."""
REOPEN_INTERVAL_FRAMES = 60  # frames between two attempts to reopen a lost window

log = logging.getLogger(__name__)


class NoDisplayError(RuntimeError):
    """No display for a window."""


def start_display() -> str:
    """Start SDL's video.

    Returns
    -------
    str
        Name of the video driver.

    Raises
    ------
    pygame.error
        If no driver starts.
    """
    if sys.platform == "linux":
        # a flip through a software OpenGL takes 25 ms or more, a flip to X11 one or two
        os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
        # a window of another program must not put the full screen away
        os.environ.setdefault("SDL_VIDEO_MINIMIZE_ON_FOCUS_LOSS", "0")
        # without it the Wayland library writes to stderr, even without Wayland
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    pygame.display.init()
    return pygame.display.get_driver()


def require_display() -> None:
    """Start SDL's video with a driver that shows pictures.

    Raises
    ------
    NoDisplayError
        If there is none and the environment does not ask for a headless driver.
    """
    try:
        shown = start_display() not in _HEADLESS_DRIVERS
    except pygame.error as error:
        raise NoDisplayError(str(error)) from error
    if not shown and os.environ.get("SDL_VIDEODRIVER") not in _HEADLESS_DRIVERS:
        pygame.display.quit()  # a later attempt must choose a driver again
        raise NoDisplayError("no screen found")


def describe_display() -> str:
    """Driver and size of the open window; empty if the driver shows nothing."""
    driver = pygame.display.get_driver()
    if driver in _HEADLESS_DRIVERS:
        return ""
    width, height = pygame.display.get_window_size()
    return f"{driver}, {width} by {height}"


def known_display(number: int) -> int:
    """The number of a screen that is there: the one asked for, else the first, which is logged.

    Parameters
    ----------
    number : int
        From 0.

    Returns
    -------
    int
    """
    count = pygame.display.get_num_displays()
    if number < count:
        return number
    log.warning("there is no display %d; there are %d, from 0: the first is used", number, count)
    return 0


def restore_window(size: tuple[int, int], position: tuple[int, int]) -> None:
    """Give the window the size and place that it had before full screen.

    Without a window manager, SDL leaves the window as large as the screen.
    """
    window = pygame.Window.from_display_module()
    window.size, window.position = size, position


def window_surface() -> pygame.Surface | None:
    """The surface of the open window; None where there is none, also while SDL has lost it."""
    try:
        return pygame.display.get_surface()
    except pygame.error:
        return None


def central_position(size: tuple[int, int]) -> tuple[int, int]:
    """Position of a window of some size in the middle of the open one, pixels of the desktop."""
    place = pygame.Rect(pygame.display.get_window_position(), pygame.display.get_window_size())
    left, top = pygame.Rect((0, 0), size).move_to(center=place.center).topleft
    return left, top


class Presenter(ABC):
    """Shows finished pictures.

    Attributes
    ----------
    frames_shown : int
        Number of pictures that reached the display.
    display : str
        Driver and size of the display; empty if nothing can be seen.
    """

    frames_shown = 0
    display = ""
    _window_size = PICTURE_SIZE_PX
    _shown_at = 0  # time of the last picture that reached the display, ns

    def __init__(self) -> None:
        self._sharpener = PictureSharpener()

    def show(self, picture: pygame.Surface, now: int = 0) -> None:
        """Show a picture at the time `now`, ns."""
        if self._flip(picture):
            self.frames_shown += 1
            self._shown_at = now

    @property
    def can_add_light(self) -> bool:
        """Whether light can be added to the picture that is shown."""
        return False

    def add_light(self, light: PlacedSprite) -> bool:
        """Add light to the picture that is shown, at once; whether it reached the display."""
        return False

    def read_status(self, now: int, mean_light: float, brightness: float) -> PictureStatus:
        """What is seen at the time `now` (ns) of pictures of some light and brightness, 0..1."""
        age_s = (now - self._shown_at) / SECOND if self.frames_shown else None
        return PictureStatus(self.frames_shown, age_s, mean_light, brightness, self.display)

    @abstractmethod
    def _flip(self, picture: pygame.Surface) -> bool:
        """Show a picture; whether it reached the display."""

    @property
    def is_lost(self) -> bool:
        """Whether the window is gone, until it is reopened."""
        return False

    @property
    def window_size(self) -> tuple[int, int]:
        """Width and height of the window, pixels."""
        if pygame.display.get_init() and window_surface() is not None:
            self._window_size = pygame.display.get_window_size()
        return self._window_size  # a lost window keeps its size

    @abstractmethod
    def toggle_fullscreen(self) -> None:
        """Change from window to full screen or back."""

    @abstractmethod
    def close(self) -> None:
        """Close the window."""


class DummyPresenter(Presenter):
    """Shows nothing, for pictures off screen and for tests."""

    def __init__(self, size: tuple[int, int] = PICTURE_SIZE_PX) -> None:
        super().__init__()
        self._size = size

    @property
    def window_size(self) -> tuple[int, int]:
        return self._size

    def _flip(self, picture: pygame.Surface) -> bool:
        return True

    def toggle_fullscreen(self) -> None: ...

    def close(self) -> None: ...


class WindowPresenter(Presenter):
    """A window drawn by the processor; black bars keep the picture's proportions.

    Raises `NoDisplayError` if no window can be opened.
    """

    def __init__(
        self, width: int, height: int, fullscreen: bool, title: str, display: int = 0
    ) -> None:
        super().__init__()
        self._size, self._display_number = (width, height), display
        self._fullscreen = fullscreen
        self._title, self._frames_since_loss = title, 0
        self._bars = (0, 0)
        self._picture_size = PICTURE_SIZE_PX
        require_display()
        try:
            self._open_window()
        except pygame.error as error:
            raise NoDisplayError(str(error)) from error
        self._position = central_position(self._size)  # of the window after full screen

    @property
    def is_lost(self) -> bool:
        return self._frames_since_loss > 0

    @property
    def can_add_light(self) -> bool:
        return self.frames_shown > 0 and not self.is_lost

    def add_light(self, light: PlacedSprite) -> bool:
        window = window_surface()
        if window is None or not self.can_add_light:
            return False
        place = fit_rect(self._picture_size, window.get_size())
        factor, (sprite, (x, y)) = place.width / self._picture_size[0], light
        if factor != 1.0:
            sprite = pygame.transform.smoothscale_by(sprite, factor)
        position = round(x * factor), round(y * factor)
        lit = window.subsurface(place).blit(sprite, position, None, pygame.BLEND_RGB_ADD)
        try:
            pygame.display.update(lit.move(place.topleft))
        except pygame.error:
            return False  # the next frame finds the window lost
        return lit.width > 0

    def _flip(self, picture: pygame.Surface) -> bool:
        if self._frames_since_loss and not self._try_reopen():
            return False
        self._picture_size = picture.get_size()
        try:
            self._blit_to_window(picture)
        except pygame.error as error:
            log.warning("the window is lost (%s): drawing goes on until it is back", error)
            self._frames_since_loss = 1
            return False
        return True

    def _try_reopen(self) -> bool:
        """Try to reopen the lost window, every `REOPEN_INTERVAL_FRAMES`."""
        self._frames_since_loss += 1
        if self._frames_since_loss % REOPEN_INTERVAL_FRAMES:
            return False
        try:
            require_display()
            self._open_window()
        except (pygame.error, NoDisplayError):
            return False
        log.warning("the window is back")
        self._frames_since_loss = 0
        return True

    def _blit_to_window(self, picture: pygame.Surface) -> None:
        window = pygame.display.get_surface()
        if window is None:
            raise pygame.error("no window")
        place = fit_rect(picture.get_size(), window.get_size())
        lifted = self._sharpener.lift(picture, place)
        if place.topleft != self._bars:  # what an earlier picture left beside this one
            self._bars = place.topleft
            window.fill((0, 0, 0))
        if place.size == picture.get_size():
            window.blit(picture, place)
        else:
            plain = picture if lifted is None else lifted.text.picture
            pygame.transform.smoothscale(plain, place.size, window.subsurface(place))
            if lifted is not None:
                poll_input(picture)
                self._sharpener.draw(lifted, window, place)
        poll_input(picture)
        pygame.display.flip()

    def toggle_fullscreen(self) -> None:
        if self._frames_since_loss:
            return
        if not self._fullscreen:
            self._size = pygame.display.get_window_size()
            self._position = pygame.display.get_window_position()
            if self._display_number == 0:  # without a window manager, SDL leaves it where it is
                pygame.display.set_window_position((0, 0))
        self._fullscreen = not self._fullscreen
        with warnings.catch_warnings():  # of a window that stays as large as the screen
            warnings.simplefilter("ignore", RuntimeWarning)
            self._open_window()
        if not self._fullscreen:
            restore_window(self._size, self._position)

    def close(self) -> None:
        pygame.display.quit()

    def _open_window(self) -> None:
        number = known_display(self._display_number)
        if self._fullscreen:
            pygame.display.set_mode((0, 0), pygame.FULLSCREEN, 32, number)
        else:
            pygame.display.set_mode(self._size, pygame.RESIZABLE, 32, number)
        self.display = describe_display()
        pygame.display.set_caption(self._title)
        pygame.mouse.set_visible(False)
