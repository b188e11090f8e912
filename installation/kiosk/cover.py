"""Cover: a quiet picture of its own, shown while the stage is down."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from installation.ops.exhibit_status import ProcessHealth
from messages.clock import SECOND

if TYPE_CHECKING:  # only the cover itself needs it
    import pygame

COVER_DELAY_NS = 2 * SECOND  # time without a stage after which the cover is shown, ns
END_TIMEOUT_S = 1.0  # longest wait for the end of the cover, seconds
REDRAW_INTERVAL_S = 0.1
BACKGROUND, RING_COLOUR, TEXT_COLOUR = (5, 6, 14), (60, 66, 110), (200, 206, 235)
WORDS = ("Hidden State", "one moment  -  un moment  -  un momento")


class CoverKeeper:
    """Starts the cover when the stage has been down for a while, and ends it when it is back.

    Parameters
    ----------
    command : tuple of str
        Shows the cover until it is killed.
    """

    def __init__(self, command: tuple[str, ...] = (sys.executable, "-m", __name__)) -> None:
        self._command = command
        self._down_since: int | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def update(self, now: int, health: Mapping[str, ProcessHealth]) -> None:
        """Learn the health at the time `now`, ns."""
        stage = health.get("stage")
        if stage is None or stage.state == "well":
            self._down_since = None
            self.close()
            return
        self._down_since = now if self._down_since is None else self._down_since
        if self.process is not None and self.process.poll() is not None:
            self.process, self._down_since = None, now  # its display was not ready: once more
        if self.process is None and now - self._down_since >= COVER_DELAY_NS:
            with contextlib.suppress(OSError):
                self.process = subprocess.Popen(self._command)

    def close(self) -> None:
        """Take the cover away."""
        if self.process is not None:
            self.process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(END_TIMEOUT_S)
            self.process = None


def show_cover() -> None:
    """Show the cover until this process or its parent ends."""
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame

    parent = os.getppid()
    pygame.display.init()
    pygame.font.init()
    window = pygame.display.set_mode((0, 0), pygame.FULLSCREEN)
    pygame.mouse.set_visible(False)
    draw_cover(window)
    while os.getppid() == parent:
        pygame.event.pump()
        pygame.display.flip()
        time.sleep(REDRAW_INTERVAL_S)


def draw_cover(surface: pygame.Surface) -> None:
    """Draw a ring and some words.

    Parameters
    ----------
    surface : pygame.Surface
    """
    import pygame

    width, height = surface.get_size()
    surface.fill(BACKGROUND)
    centre = (width // 2, round(height * 0.4))
    pygame.draw.circle(surface, RING_COLOUR, centre, height // 8, max(2, height // 250))
    for row, text in enumerate(WORDS):
        font = pygame.font.Font(None, height // (12 if row == 0 else 24))
        line = font.render(text, True, TEXT_COLOUR)
        place = line.get_rect(center=(width // 2, round(height * (0.62 + 0.08 * row))))
        surface.blit(line, place)


if __name__ == "__main__":
    show_cover()
